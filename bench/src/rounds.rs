//! The servers take turns, round after round.

use crate::{
    report::Report,
    servers::{Place, Server},
};
use anyhow::Result;

/// What all measures need; `A` is what a client of the protocol has to know of a server.
pub(crate) struct Bench<'a, A> {
    pub(crate) place: &'a Place,
    pub(crate) servers: &'a [Server<A>],
    pub(crate) rounds: u32,
    /// Bytes of a large transfer, or of all that run at once together.
    pub(crate) size: u64,
    /// Files of each round of small ones.
    pub(crate) small_files: u32,
    /// Whether little of everything will do.
    pub(crate) quick: bool,
    pub(crate) report: &'a mut Report,
}

impl<A> Bench<'_, A> {
    /// Asks every server in every round. What a server cannot do is noted and not asked again.
    pub(crate) fn in_turn(&mut self, what: &str, mut ask: impl FnMut(&Server<A>, &mut Report) -> Result<()>) {
        let mut failed = Vec::new();
        for _ in 0..self.rounds {
            for server in self.servers {
                if failed.contains(&server.kind) {
                    continue;
                }
                if let Err(error) = ask(server, self.report) {
                    eprintln!("  {what}: {} failed: {error:#}", server.kind);
                    self.report.note(format!("{what}: {} failed: {error:#}", server.kind));
                    failed.push(server.kind);
                }
            }
        }
    }
}
