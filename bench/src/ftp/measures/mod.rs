//! What is measured. Each measure asks every server in turn, round after round.

mod kick;
mod logins;
mod memory;
mod small;
mod transfers;

use super::{
    client::{Session, Suite, Tls},
    servers::{Access, Server},
};
use crate::{race::open_sessions, rounds, servers::Pem};
use anyhow::Result;

/// What all measures need.
type Bench<'a> = rounds::Bench<'a, Access>;

/// A part of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Measure {
    /// Downloads of large files: MiB/s and the server's CPU time
    Retr,
    /// Uploads of large files
    Stor,
    /// Files of 1 KiB per second, both ways
    Small,
    /// Logins per second
    Logins,
    /// Memory of an idle session
    Memory,
    /// How quick a kick is, for curl, lftp and ftplib
    Kick,
}

impl Measure {
    pub(crate) const ALL: [Self; 6] = [Self::Retr, Self::Stor, Self::Small, Self::Logins, Self::Memory, Self::Kick];
}

impl Bench<'_> {
    pub(crate) fn run(&mut self, measure: Measure) -> Result<()> {
        match measure {
            Measure::Retr => transfers::downloads(self)?,
            Measure::Stor => transfers::uploads(self)?,
            Measure::Small => small::run(self)?,
            Measure::Logins => logins::run(self),
            Measure::Memory => memory::run(self),
            Measure::Kick => kick::run(self)?,
        }
        Ok(())
    }

    /// TLS as the tables name it.
    fn tls(&self) -> Result<Tls> {
        Tls::new(&Pem::of(self.place).certificate, Suite::Aes256)
    }
}

/// Opens sessions that have logged in.
fn log_in(server: &Server, count: u32, tls: Option<&Tls>) -> Result<Vec<Session>> {
    open_sessions(count, || server.log_in(tls))
}
