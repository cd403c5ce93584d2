//! <https://asyncssh.readthedocs.io>

use super::{
    Transport,
    steps::{Library, Steps},
};
use crate::support::{bounded, server::Wharf};

pub(crate) struct Asyncssh(Steps);

impl Library for Asyncssh {
    fn steps(&self) -> &Steps {
        &self.0
    }

    fn start(server: &Wharf, transport: Transport, login: &str) -> Self {
        let mut python = bounded("/usr/bin/python3");
        python.args(["-W", "ignore", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/client/asyncssh_client.py")]);
        Self(Steps::start(python, server, transport, login))
    }
}
