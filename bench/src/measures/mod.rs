//! What is measured. Each measure asks every server in turn, round after round.

mod kick;
mod logins;
mod memory;
mod small;
mod transfers;

use crate::{
    client::{Session, Suite, Tls},
    report::Report,
    servers::{Place, Server},
};
use anyhow::{Context as _, Result, bail};
use std::{
    sync::Barrier,
    thread::ScopedJoinHandle,
    time::{Duration, Instant},
};

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

/// What all measures need.
pub(crate) struct Bench<'a> {
    pub(crate) place: &'a Place,
    pub(crate) servers: &'a [Server],
    pub(crate) rounds: u32,
    /// Bytes of a large transfer, or of all that run at once together.
    pub(crate) size: u64,
    /// Files of each round of small ones.
    pub(crate) small_files: u32,
    /// Whether little of everything will do.
    pub(crate) quick: bool,
    pub(crate) report: &'a mut Report,
}

impl Bench<'_> {
    pub(crate) fn run(&mut self, measure: Measure) -> Result<()> {
        match measure {
            Measure::Retr => transfers::downloads(self)?,
            Measure::Stor => transfers::uploads(self)?,
            Measure::Small => small::run(self)?,
            Measure::Logins => logins::run(self),
            Measure::Memory => memory::run(self)?,
            Measure::Kick => kick::run(self)?,
        }
        Ok(())
    }

    /// TLS as the tables name it.
    fn tls(&self) -> Result<Tls> {
        Tls::new(&self.place.certificate, Suite::Aes256)
    }

    /// Asks every server in every round. What a server cannot do is noted and not asked again.
    fn in_turn(&mut self, what: &str, mut ask: impl FnMut(&Server, &mut Report) -> Result<()>) {
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

/// Asks until there is an answer, at most this long.
pub(crate) fn until<T>(patience: Duration, mut probe: impl FnMut() -> Option<T>) -> Result<T> {
    let start = Instant::now();
    loop {
        if let Some(answer) = probe() {
            return Ok(answer);
        }
        if start.elapsed() > patience {
            bail!("waited in vain for {} s", patience.as_secs());
        }
        pause(Duration::from_millis(20));
    }
}

#[expect(clippy::disallowed_methods, reason = "there is no runtime here to block")]
pub(crate) fn pause(duration: Duration) {
    std::thread::sleep(duration);
}

/// Opens sessions, not so many at a time that a server's queue of new connections overflows.
fn log_in(server: &Server, count: u32, tls: Option<&Tls>) -> Result<Vec<Session>> {
    const AT_ONCE: u32 = 10;
    let open =
        |first: u32| (first..count).step_by(AT_ONCE as usize).map(|_| server.log_in(tls)).collect::<Result<Vec<_>>>();
    Ok(at_once(0..AT_ONCE, open)?.into_iter().flatten().collect())
}

/// Runs `work` for each of `items` on a thread of its own; the results in order, or the first error.
fn at_once<I: Send, T: Send>(
    items: impl IntoIterator<Item = I>,
    work: impl Fn(I) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = items.into_iter().map(|item| scope.spawn(|| work(item))).collect();
        joined(threads)
    })
}

/// What something took.
#[derive(Clone, Copy, Debug)]
struct Effort {
    elapsed: Duration,
    /// CPU time of the server.
    cpu: Duration,
}

/// Lets all of `items` go at once, each on a thread of its own; `work` says when it was done.
fn race<I: Send>(
    server: &Server,
    items: impl IntoIterator<Item = I>,
    work: impl Fn(I) -> Result<Instant> + Sync,
) -> Result<Effort> {
    let items: Vec<_> = items.into_iter().collect();
    let go = Barrier::new(items.len() + 1);
    std::thread::scope(|scope| {
        let (go, work) = (&go, &work);
        // Each tells its own time: with many threads on few cores, ours could come long after the first has begun.
        let run = |item| {
            go.wait();
            let start = Instant::now();
            work(item).map(|end| (start, end))
        };
        let threads: Vec<_> = items.into_iter().map(|item| scope.spawn(move || run(item))).collect();
        let before = server.group.cpu();
        go.wait();
        let (starts, ends): (Vec<_>, Vec<_>) = joined(threads)?.into_iter().unzip();
        let cpu = server.group.cpu()?.saturating_sub(before?);
        let (start, end) = starts.into_iter().min().zip(ends.into_iter().max()).context("nobody took part")?;
        Ok(Effort { elapsed: end.saturating_duration_since(start), cpu })
    })
}

fn joined<T>(threads: Vec<ScopedJoinHandle<Result<T>>>) -> Result<Vec<T>> {
    let results = threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| bail!("a client panicked")));
    results.collect()
}
