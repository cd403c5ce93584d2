//! Clients that work at the same time, and waiting.

use crate::group::Group;
use anyhow::{Context as _, Result, bail};
use std::{
    sync::Barrier,
    thread::ScopedJoinHandle,
    time::{Duration, Instant},
};

/// What something took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    pub(crate) elapsed: Duration,
    /// CPU time of the server.
    pub(crate) cpu: Duration,
}

/// Lets all of `items` go at once, each on a thread of its own; `work` says when it was done.
pub(crate) fn race<I: Send>(
    server: &Group,
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
        let before = server.cpu();
        go.wait();
        let (starts, ends): (Vec<_>, Vec<_>) = joined(threads)?.into_iter().unzip();
        let cpu = server.cpu()?.saturating_sub(before?);
        let (start, end) = starts.into_iter().min().zip(ends.into_iter().max()).context("nobody took part")?;
        Ok(Effort { elapsed: end.saturating_duration_since(start), cpu })
    })
}

/// Runs `work` for each of `items` on a thread of its own; the results in order, or the first error.
pub(crate) fn at_once<I: Send, T: Send>(
    items: impl IntoIterator<Item = I>,
    work: impl Fn(I) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = items.into_iter().map(|item| scope.spawn(|| work(item))).collect();
        joined(threads)
    })
}

/// Opens `count` sessions, not so many at a time that a server's queue of new connections overflows.
pub(crate) fn open_sessions<S: Send>(count: u32, open: impl Fn() -> Result<S> + Sync) -> Result<Vec<S>> {
    const AT_ONCE: u32 = 10;
    let some = |first: u32| (first..count).step_by(AT_ONCE as usize).map(|_| open()).collect::<Result<Vec<_>>>();
    Ok(at_once(0..AT_ONCE, some)?.into_iter().flatten().collect())
}

fn joined<T>(threads: Vec<ScopedJoinHandle<Result<T>>>) -> Result<Vec<T>> {
    let results = threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| bail!("a client panicked")));
    results.collect()
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
