//! Large files: one transfer, then many at once of files that are that much smaller. All files are in the page cache.
//!
//! The clock of a download starts with its PASV; that of an upload with its first byte, because the client encrypts
//! before. Both stop with the last 226.

use super::{Bench, log_in};
use crate::{
    files::{MIB, touch_memory, write_file},
    ftp::{
        client::{Download, Payload, Tls, Upload},
        servers::Server,
    },
    race::{Effort, at_once, race},
    report::{Aim, Better, Row},
};
use anyhow::{Result, ensure};
use std::fs;

/// Transfers at once.
const AT_ONCE: [u32; 3] = [1, 20, 200];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Retr,
    Stor,
}

/// One line of the table.
#[derive(Clone, Copy)]
struct Case {
    direction: Direction,
    secure: bool,
    at_once: u32,
}

impl Case {
    fn name(self) -> String {
        let direction = if self.direction == Direction::Retr { "RETR" } else { "STOR" };
        let protection = if self.secure { "TLS" } else { "plain" };
        format!("{direction} {protection}, {} at once", self.at_once)
    }

    fn transfer_size(self, size: u64) -> u64 {
        size / u64::from(self.at_once)
    }

    fn speed(self) -> Row {
        let aim = if self.direction == Direction::Retr && !self.secure { 1.5 } else { 1.3 };
        Row { section: "Large files: MiB/s", name: self.name(), better: Better::Higher, aim: Some(Aim::Ratio(aim)) }
    }

    fn cpu(self) -> Row {
        Row {
            section: "Large files: server CPU seconds per GiB, kernel included",
            name: self.name(),
            better: Better::Lower,
            aim: Some(Aim::Ratio(0.8)),
        }
    }
}

pub(super) fn downloads(bench: &mut Bench) -> Result<()> {
    let size = bench.size;
    let pool = bench.place.root.join("downloads");
    fs::create_dir_all(&pool)?;
    for count in AT_ONCE {
        for number in 0..count {
            let name = file_name(count, number);
            write_file(&pool.join(&name), size / u64::from(count))?;
            for server in bench.servers {
                fs::hard_link(pool.join(&name), server.files.join(&name))?;
            }
        }
    }
    rustix::fs::sync();
    cases(bench, Direction::Retr, |server, case, tls| {
        let mut sessions = log_in(server, case.at_once, tls)?;
        race(&server.group, (0..).zip(&mut sessions), |(number, session)| {
            Download::begin(session, &file_name(case.at_once, number))?.discard(case.transfer_size(size))
        })
    })
}

pub(super) fn uploads(bench: &mut Bench) -> Result<()> {
    let size = bench.size;
    let file = bench.place.root.join("upload");
    write_file(&file, size)?;
    rustix::fs::sync();
    let folder = bench.place.root.clone();
    cases(bench, Direction::Stor, |server, case, tls| {
        let payload = Payload { file: &file, size: case.transfer_size(size) };
        let stored = |number| server.files.join(format!("up-{}", file_name(case.at_once, number)));
        let mut sessions = log_in(server, case.at_once, tls)?;
        let uploads = at_once((0..).zip(&mut sessions), |(number, session)| {
            Upload::begin(session, &format!("up-{}", file_name(case.at_once, number)), payload)
        })?;
        touch_memory(&folder, size)?;
        let result = race(&server.group, uploads, Upload::send);
        let whole = (0..case.at_once).all(|n| fs::metadata(stored(n)).is_ok_and(|file| file.len() == payload.size));
        for number in 0..case.at_once {
            let _ = fs::remove_file(stored(number));
        }
        // The next server finds the disk as this one did.
        rustix::fs::sync();
        let result = result?;
        ensure!(whole, "an upload is not there as it was sent");
        Ok(result)
    })
}

/// Every case of a direction, all servers in turn.
fn cases(
    bench: &mut Bench,
    direction: Direction,
    ask: impl Fn(&Server, Case, Option<&Tls>) -> Result<Effort>,
) -> Result<()> {
    let tls = bench.tls()?;
    #[expect(clippy::cast_precision_loss, reason = "it is for people to read")]
    let mib = bench.size as f64 / MIB;
    for secure in [false, true] {
        for at_once in AT_ONCE {
            let case = Case { direction, secure, at_once };
            bench.in_turn(&case.name(), |server, report| {
                let effort = ask(server, case, secure.then_some(&tls))?;
                report.add(case.speed(), server.kind, mib / effort.elapsed.as_secs_f64());
                report.add(case.cpu(), server.kind, effort.cpu.as_secs_f64() / (mib / 1024.0));
                Ok(())
            });
        }
    }
    Ok(())
}

fn file_name(count: u32, number: u32) -> String {
    format!("{count}-{number}.bin")
}
