//! Logins with a key, as fast as some clients at once can: from the connection to SFTP's first answer, then the end.

use super::Bench;
use crate::{
    race::race,
    report::{Better, Row},
    sftp::client::Client,
};
use anyhow::Result;
use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

/// Clients at once.
const CLIENTS: u32 = 8;

pub(super) fn run(bench: &mut Bench) -> Result<()> {
    let name = format!("the same account, {CLIENTS} clients");
    let rate = Row { section: "Logins per second", name: name.clone(), better: Better::Higher, aim: None };
    let cost = Row { section: "Server CPU milliseconds per login", name, better: Better::Lower, aim: None };
    bench.report.note(
        "logins: curve25519-sha256, Ed25519 keys on both sides, aes128-gcm; the client is on the same cores and does \
         about the same arithmetic"
            .to_owned(),
    );
    let client = Client::new(bench.place)?;
    let time = Duration::from_secs(if bench.quick { 1 } else { 5 });
    bench.in_turn(&rate.name, |server, report| {
        let logins = AtomicU32::new(0);
        let stop = Instant::now() + time;
        let effort = race(&server.group, 0..CLIENTS, |_| {
            while Instant::now() < stop {
                drop(client.log_in(server)?);
                logins.fetch_add(1, Ordering::Relaxed);
            }
            Ok(Instant::now())
        })?;
        let logins = f64::from(logins.into_inner());
        report.add(rate.clone(), server.kind, logins / effort.elapsed.as_secs_f64());
        report.add(cost.clone(), server.kind, effort.cpu.as_secs_f64() * 1000.0 / logins);
        Ok(())
    });
    Ok(())
}
