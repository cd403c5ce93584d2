//! Logins: connect, USER, PASS, QUIT, as fast as some clients at once can.

use super::Bench;
use crate::{
    ftp::client::Session,
    race::race,
    report::{Better, Row},
};
use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

/// Clients at once.
const CLIENTS: u32 = 20;

pub(super) fn run(bench: &mut Bench) {
    for server in bench.servers {
        bench.report.note(format!("logins of {}: {}", server.kind, server.access.hashing));
    }
    let row = Row {
        section: "Logins per second",
        name: format!("the same account, {CLIENTS} clients"),
        better: Better::Higher,
        aim: None,
    };
    let time = Duration::from_secs(if bench.quick { 1 } else { 3 });
    bench.in_turn(&row.name, |server, report| {
        let logins = AtomicU32::new(0);
        let stop = Instant::now() + time;
        let effort = race(&server.group, 0..CLIENTS, |_| {
            while Instant::now() < stop {
                let mut session = Session::connect(server.address)?;
                session.authenticate(&server.access.login)?;
                session.quit()?;
                logins.fetch_add(1, Ordering::Relaxed);
            }
            Ok(Instant::now())
        })?;
        let logins = logins.into_inner();
        report.add(row.clone(), server.kind, f64::from(logins) / effort.elapsed.as_secs_f64());
        Ok(())
    });
}
