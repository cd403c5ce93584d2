//! SFTP and SCP over SSH (RFC 4251 to 4254, 8308, 8332; draft-ietf-secsh-filexfer-02, which is version 3).
//!
//! May import `wharf-model`, `wharf-vfs` and `wharf-core`. russh speaks SSH; what runs inside of it is ours: one task
//! watches over a connection, one serves each channel.
//!
//! * [`listener`]: accepting connections, admission
//! * [`connection`]: the life of a connection: grace time, idle time, the goodbye
//! * [`client`]: what russh asks us on a client's behalf: logins, channels, requests
//! * [`channel`]: what runs on a channel, and what it has to work with
//! * [`subsystem`]: SFTP over one channel; [`packet`]: its packets
//! * [`scp`]: the old protocol of `scp -O`
//! * [`transport`]: the connection under SSH: cut at once when it has to end, reading that can wait
//! * [`algorithms`]: which ones we offer; [`hello`]: what the client makes of the offer
//! * [`host_keys`]: the server's keys
//! * [`authority`]: certificates of users
//! * `fuzzing`: what has to hold whatever a client sends; for tests and for the targets in `fuzz/`

mod algorithms;
mod authority;
mod channel;
mod client;
mod connection;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod hello;
pub mod host_keys;
mod listener;
mod packet;
mod scp;
mod subsystem;
mod transport;

pub use authority::{Authority, AuthorityError};
pub use listener::Listener;

use russh::{keys::PrivateKey, server};
use std::{sync::Arc, time::Duration};
use wharf_core::Core;
use wharf_model::addresses::AddressRange;

/// What all SFTP listeners of the process share.
#[derive(Debug)]
pub struct Sftp {
    core: Arc<Core>,
    settings: Settings,
    ssh: Arc<server::Config>,
}

/// What an operator may set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whose connections begin with a header of the PROXY protocol.
    pub proxies: Arc<[AddressRange]>,
    /// A session without a request for this long ends, unless its account says otherwise.
    pub idle: Duration,
    /// A connection has this long to log in.
    pub login: Duration,
    /// What clients show before the login; empty for nothing.
    pub banner: String,
    /// Whose certificates are good for a login.
    pub authority: Authority,
    /// Also offer MACs that do not cover the whole packet, for clients that have no others.
    pub older_clients: bool,
}

impl Sftp {
    /// With these host keys.
    pub fn new(core: Arc<Core>, settings: Settings, host_keys: Vec<PrivateKey>) -> Self {
        let ssh = Arc::new(algorithms::config(host_keys, settings.older_clients));
        Self { core, settings, ssh }
    }
}
