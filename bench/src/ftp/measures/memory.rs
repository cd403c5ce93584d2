//! Memory of idle sessions, few and many.

use super::{Bench, log_in};
use crate::{ftp::servers::start, idle, report::Aim};

/// Sessions; the aim is about the most.
const COUNTS: [u32; 2] = [300, 5_000];
/// KiB of a session, at most.
const AIM: f64 = 24.0;

pub(super) fn run(bench: &mut Bench) {
    let counts = if bench.quick { &COUNTS[..1] } else { &COUNTS };
    let place = bench.place;
    let aim = Some(Aim::Value(AIM));
    idle::sessions(bench, counts, aim, |server| start(server.kind, place), |server, count| log_in(server, count, None));
}
