//! SFTP as SSH sees it: who gets in and how, what is offered, what is refused, how it ends.
//!
//! * [`logins`]: passwords, keys, both, one-time codes
//! * [`keys`]: keys over REST, from the first login to the last
//! * [`certificates`]: keys that an authority has signed
//! * [`offers`]: algorithms and host keys
//! * [`refusals`]: shells, commands, forwarding
//! * [`requests`]: what SFTP's requests do; [`transfers`]: open files as operators see them
//! * [`permissions`]: requests and the rights they need
//! * [`mounts`]: programs in a home that is mounted
//! * [`lives`]: rows, time limits, kicks, bans, the end of the server

mod certificates;
mod keys;
mod lives;
mod logins;
mod mounts;
mod offers;
mod permissions;
mod refusals;
mod requests;
mod transfers;
