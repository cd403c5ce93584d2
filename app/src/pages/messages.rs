//! Chat with users of live sessions, and messages to many.

pub mod server;
