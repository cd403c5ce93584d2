//! The audit log.

pub mod server;
