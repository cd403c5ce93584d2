//! Small files one after another: what a transfer costs that hardly moves anything.

use super::{Bench, log_in};
use crate::{
    files::{SMALL, write_small_files},
    ftp::{
        client::{Download, Payload, Session, Upload},
        servers::Server,
    },
    race::{Effort, race},
    report::{Aim, Better, Row},
};
use anyhow::{Result, ensure};
use std::{fs, path::Path, time::Instant};

const SIZE: u64 = SMALL.len() as u64;
const SESSIONS: [u32; 2] = [1, 20];

pub(super) fn run(bench: &mut Bench) -> Result<()> {
    let files = bench.small_files;
    let payload = bench.place.root.join("small");
    fs::write(&payload, SMALL)?;
    for server in bench.servers {
        write_small_files(&server.files.join("small"), files)?;
    }
    rustix::fs::sync();
    let row = |direction: &str, sessions: u32| Row {
        section: "Small files: files of 1 KiB per second",
        name: format!("{files} {direction}, {sessions} session{}", if sessions == 1 { "" } else { "s" }),
        better: Better::Higher,
        aim: Some(Aim::Ratio(1.2)),
    };
    for sessions in SESSIONS {
        let each = files / sessions;
        let row = row("RETR", sessions);
        bench.in_turn(&row.name, |server, report| {
            let effort = with_sessions(server, sessions, |number, session| {
                for file in number * each..(number + 1) * each {
                    Download::begin(session, &format!("small/{file}"))?.discard(SIZE)?;
                }
                Ok(Instant::now())
            })?;
            report.add(row.clone(), server.kind, f64::from(files) / effort.elapsed.as_secs_f64());
            Ok(())
        });
    }
    for sessions in SESSIONS {
        let each = files / sessions;
        let row = row("STOR", sessions);
        bench.in_turn(&row.name, |server, report| {
            let effort = with_sessions(server, sessions, |number, session| {
                for file in number * each..(number + 1) * each {
                    Upload::begin(session, &format!("up-{file}"), Payload { file: &payload, size: SIZE })?.send()?;
                }
                Ok(Instant::now())
            });
            let stored = (0..files).filter(|number| is_stored(&server.files.join(format!("up-{number}")))).count();
            let effort = effort?;
            ensure!(stored == files as usize, "{stored} of {files} files are there");
            report.add(row.clone(), server.kind, f64::from(files) / effort.elapsed.as_secs_f64());
            Ok(())
        });
    }
    Ok(())
}

/// Runs `work` on so many sessions at once.
fn with_sessions(
    server: &Server,
    sessions: u32,
    work: impl Fn(u32, &mut Session) -> Result<Instant> + Sync,
) -> Result<Effort> {
    let mut sessions = log_in(server, sessions, None)?;
    race(&server.group, (0..).zip(&mut sessions), |(number, session)| work(number, session))
}

/// Whether an upload arrived whole. It is removed, so that the next round finds the disk as this one did.
fn is_stored(file: &Path) -> bool {
    let whole = fs::metadata(file).is_ok_and(|file| file.len() == SIZE);
    let _ = fs::remove_file(file);
    whole
}
