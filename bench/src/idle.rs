//! Memory of idle sessions that have logged in: of the server's processes, and of the kernel on their behalf.
//!
//! The kernel's part is what the machine has less of, without the processes' own. This program's memory is taken off
//! again, and so is half of what bare connections cost: both ends are on this machine, and one of them is the client's.

use crate::{
    group,
    machine::meminfo,
    race::pause,
    report::{Aim, Better, Row},
    rounds::Bench,
    servers::Server,
};
use anyhow::{Context as _, Result, ensure};
use std::{
    net::{Ipv4Addr, TcpListener, TcpStream},
    time::Duration,
};

/// Measures `counts` of sessions, each with a fresh server. `open` opens so many.
pub(crate) fn sessions<A, S>(
    bench: &mut Bench<A>,
    counts: &[u32],
    aim: Option<Aim>,
    start: impl Fn(&Server<A>) -> Result<Server<A>>,
    open: impl Fn(&Server<A>, u32) -> Result<S>,
) -> Result<()> {
    for &count in counts {
        let bare = bare_connections(count)? / 2.0;
        bench
            .report
            .note(format!("memory: the client's end of each of {count} connections is {bare:.1} KiB, not counted"));
        let row = |name: &str, aim| Row {
            section: "Memory: KiB per idle session",
            name: format!("{count} sessions, {name}"),
            better: Better::Lower,
            aim,
        };
        let whole = row("with the kernel's", aim);
        let rounds = std::mem::replace(&mut bench.rounds, 1);
        bench.in_turn(&whole.name, |server, report| {
            // What others have left behind is no session's.
            let server = start(server)?;
            drop(open(&server, 1)?);
            settle();
            let (processes, machine) = (server.group.memory(), used()?);
            let sessions = open(&server, count)?;
            settle();
            let per_session = |before: f64, after: f64| (after - before) / f64::from(count) / 1024.0;
            let own = per_session(to_f64(processes), to_f64(server.group.memory()));
            let all = per_session(to_f64(machine), to_f64(used()?)) - bare;
            drop(sessions);
            report.add(row("its processes", None), server.kind, own);
            // Whatever else ran here meanwhile is in this number.
            ensure!(all > own / 2.0, "{all:.0} KiB with the kernel's: the machine was not quiet");
            report.add(whole.clone(), server.kind, all);
            Ok(())
        });
        bench.rounds = rounds;
    }
    Ok(())
}

/// KiB of one connection of which nobody wants anything, both ends.
fn bare_connections(count: u32) -> Result<f64> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    settle();
    let before = used()?;
    let mut connections = Vec::new();
    for _ in 0..count {
        let client = TcpStream::connect(listener.local_addr()?)?;
        connections.push((client, listener.accept()?));
    }
    settle();
    Ok((to_f64(used()?) - to_f64(before)) / f64::from(count) / 1024.0)
}

/// What the machine cannot give to anybody else, but for what this program has.
fn used() -> Result<u64> {
    let value = |key| meminfo(key).with_context(|| format!("/proc/meminfo has no {key}"));
    let ours = group::memory_of(std::process::id()).unwrap_or_default();
    Ok(value("MemTotal")?.saturating_sub(value("MemAvailable")?).saturating_sub(ours))
}

/// The kernel gives some memory back late.
fn settle() {
    pause(Duration::from_millis(1500));
}

#[expect(clippy::cast_precision_loss, reason = "it is for people to read")]
fn to_f64(bytes: u64) -> f64 {
    bytes as f64
}
