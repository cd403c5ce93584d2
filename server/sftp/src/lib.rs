//! SFTP and SCP over SSH (RFC 4251 to 4254, 8308, 8332; draft-ietf-secsh-filexfer-02, which is version 3).
//!
//! May import `wharf-model`, `wharf-vfs` and `wharf-core`. russh speaks SSH; what runs inside of it is ours: one task per
//! connection watches over it, one per channel serves its requests.
//!
//! * [`channel`]: what a subsystem has to work with
//! * [`transport`]: the connection under SSH: cut at once when it has to end, reading that can wait
//! * [`subsystem`]: SFTP over one channel; [`packet`]: its packets
//! * [`scp`]: the old protocol of `scp -O`

#![expect(dead_code, reason = "the listener that uses all of it follows")]

mod channel;
mod packet;
mod scp;
mod subsystem;
mod transport;
