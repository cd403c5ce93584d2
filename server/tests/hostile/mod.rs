//! Clients that mean harm. Whatever they do is answered clearly or ends in a closed connection; a session beside them
//! goes on working, memory stays flat and nothing panics ([`Siege`](crate::support::siege::Siege) looks after that).
//!
//! * [`control`]: what comes over the control connection
//! * [`data`]: what is done with data connections
//! * [`crowds`]: too much of something
//! * [`ssh`], [`sftp`]: what comes over SSH, and in its channels
//! * [`names`]: names, directories and links made to confuse

mod control;
mod crowds;
mod data;
mod names;
mod sftp;
mod ssh;
