//! What a subsystem has to work with.

use crate::transport::Backlog;
use russh::{
    Channel,
    server::{Handle, Msg},
};
use std::sync::Arc;
use wharf_core::{accounts::Identity, sessions::Session};

/// A channel whose client is logged in. What serves it ends when the channel does, or soon after
/// [`Session::killed`]; its result is the exit status that the client is told.
pub(crate) struct ClientChannel {
    /// What the client sends.
    pub(crate) channel: Channel<Msg>,
    /// Answers go through it: it copies nothing, unlike the channel's own writer.
    pub(crate) handle: Handle,
    /// The session: its transfers, its log, its end.
    pub(crate) session: Arc<Session>,
    /// Whose files.
    pub(crate) identity: Arc<Identity>,
    /// Bytes that wait for the disk; too many of them, and the connection is not read for a while.
    pub(crate) backlog: Arc<Backlog>,
}
