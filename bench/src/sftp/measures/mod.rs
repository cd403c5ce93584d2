//! What is measured. Each measure asks every server in turn, round after round.

mod logins;
mod memory;
mod small;
mod transfers;

use super::servers::Access;
use crate::rounds;
use anyhow::Result;

/// What all measures need.
type Bench<'a> = rounds::Bench<'a, Access>;

/// A part of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Measure {
    /// Downloads of large files: MiB/s and CPU time
    Get,
    /// Uploads of large files
    Put,
    /// Files of 1 KiB per second, both ways
    Small,
    /// Logins per second
    Logins,
    /// Memory of an idle session
    Memory,
}

impl Measure {
    pub(crate) const ALL: [Self; 5] = [Self::Get, Self::Put, Self::Small, Self::Logins, Self::Memory];
}

impl Bench<'_> {
    pub(crate) fn run(&mut self, measure: Measure) -> Result<()> {
        match measure {
            Measure::Get => transfers::downloads(self),
            Measure::Put => transfers::uploads(self),
            Measure::Small => small::run(self),
            Measure::Logins => logins::run(self),
            Measure::Memory => memory::run(self),
        }
    }
}
