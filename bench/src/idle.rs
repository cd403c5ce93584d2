//! Memory of idle sessions that have logged in: of the server's processes, and of the kernel on their behalf.
//!
//! The kernel's part is what is charged to the server's control group, and the size of a connection's own structure, which
//! the kernel makes before there is anybody to charge. Where there is no such group, only the first row is there.

use crate::{
    machine::socket_bytes,
    race::pause,
    report::{Aim, Better, Row},
    rounds::Bench,
    servers::Server,
};
use anyhow::Result;
use std::time::Duration;

/// Measures `counts` of sessions, each with a fresh server. `open` opens so many.
pub(crate) fn sessions<A, S>(
    bench: &mut Bench<A>,
    counts: &[u32],
    aim: Option<Aim>,
    start: impl Fn(&Server<A>) -> Result<Server<A>>,
    open: impl Fn(&Server<A>, u32) -> Result<S>,
) {
    for &count in counts {
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
            let (processes, kernel) = (server.group.memory(), server.group.kernel_memory());
            let sessions = open(&server, count)?;
            settle();
            let per_session = |before: u64, after: u64| (to_f64(after) - to_f64(before)) / f64::from(count) / 1024.0;
            let own = per_session(processes, server.group.memory());
            let kernel = kernel.zip(server.group.kernel_memory()).map(|(before, after)| per_session(before, after));
            drop(sessions);
            report.add(row("its processes", None), server.kind, own);
            if let Some((charged, socket)) = kernel.zip(socket_bytes()) {
                report.add(whole.clone(), server.kind, own + charged + to_f64(socket) / 1024.0);
            }
            Ok(())
        });
        bench.rounds = rounds;
    }
}

/// The kernel gives some memory back late.
fn settle() {
    pause(Duration::from_millis(1500));
}

#[expect(clippy::cast_precision_loss, reason = "it is for people to read")]
fn to_f64(bytes: u64) -> f64 {
    bytes as f64
}
