//! <https://docs.python.org/3/library/ftplib.html>

use super::{
    Transport,
    steps::{Library, Steps},
};
use crate::support::{bounded, server::Wharf};

pub(crate) struct Ftplib(Steps);

impl Library for Ftplib {
    fn steps(&self) -> &Steps {
        &self.0
    }

    fn start(server: &Wharf, transport: Transport, login: &str) -> Self {
        let mut python = bounded("python3");
        python.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/client/ftplib_client.py"));
        Self(Steps::start(python, server, transport, login))
    }
}
