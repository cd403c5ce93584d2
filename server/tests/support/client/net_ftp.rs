//! Perl's `Net::FTP`: <https://perldoc.perl.org/Net::FTP>

use super::{
    Transport,
    steps::{Library, Steps},
};
use crate::support::{bounded, server::Wharf};

pub(crate) struct NetFtp(Steps);

impl Library for NetFtp {
    fn steps(&self) -> &Steps {
        &self.0
    }

    fn start(server: &Wharf, transport: Transport, login: &str) -> Self {
        let mut perl = bounded("perl");
        perl.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/client/net_ftp_client.pl"));
        Self(Steps::start(perl, server, transport, login))
    }
}
