//! Memory of idle sessions: logged in, SFTP begun, nothing asked for.

use super::Bench;
use crate::{
    idle,
    race::open_sessions,
    sftp::{client::Client, servers::start},
};
use anyhow::Result;

const COUNTS: [u32; 2] = [300, 1_000];

pub(super) fn run(bench: &mut Bench) -> Result<()> {
    let counts = if bench.quick { &COUNTS[..1] } else { &COUNTS };
    let place = bench.place;
    let client = Client::new(place)?;
    let open = |server: &_, count| open_sessions(count, || client.log_in(server));
    idle::sessions(bench, counts, None, |server| start(server.kind, place), open);
    Ok(())
}
