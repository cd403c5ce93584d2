//! Large files: one client, then several at once that move as much together. All files are in the page cache.
//!
//! The clock is that of the whole client, from its start to its end: process, connection, login, file. What the clients
//! themselves cost is measured too, because on few cores it is often they who are the limit.

use super::Bench;
use crate::{
    files::{MIB, touch_memory, write_file},
    group::cpu_of_ended_children,
    race::{Effort, race},
    report::{Aim, Better, Row},
    servers::Place,
    sftp::{
        programs::{Cipher, Programs, local, remote},
        servers::Server,
    },
};
use anyhow::{Result, ensure};
use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Clients where one alone may be the limit.
const TOGETHER: u32 = 4;
/// What the project wants of a rate, and of the server's CPU time, beside OpenSSH.
const FASTER: f64 = 1.3;
const NOT_DEARER: f64 = 1.0;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Get,
    Put,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Program {
    Sftp,
    Rclone,
}

/// One line of the table.
#[derive(Clone, Copy)]
struct Case {
    direction: Direction,
    program: Program,
    cipher: Cipher,
    at_once: u32,
}

impl Case {
    fn name(self) -> String {
        let direction = if self.direction == Direction::Get { "get" } else { "put" };
        let program = if self.program == Program::Sftp { "sftp" } else { "rclone" };
        format!("{direction}, {} {program}, {}", self.at_once, self.cipher.name())
    }

    fn row(self, section: &'static str, better: Better, aim: Option<Aim>) -> Row {
        Row { section, name: self.name(), better, aim }
    }

    fn speed(self) -> Row {
        self.row("Large files: MiB/s", Better::Higher, Some(Aim::Ratio(FASTER)))
    }

    fn cpu(self) -> Row {
        let section = "Large files: server CPU seconds per GiB, kernel included";
        self.row(section, Better::Lower, Some(Aim::Ratio(NOT_DEARER)))
    }

    fn client_cpu(self) -> Row {
        self.row("Large files: client CPU seconds per GiB, kernel included", Better::Lower, None)
    }

    /// Runs a client to its end: the file of this `number` there, or the file `payload` here, is moved.
    fn run(self, place: &Place, programs: &Programs, server: &Server, number: u32, payload: &Path) -> Result<Instant> {
        let there = file_name(self.at_once, number);
        let arrives = place.memory.join(&there);
        let [here, arrives] = [local(payload)?, local(&arrives)?];
        let rclone = |paths| programs.rclone(server, self.cipher, &["copyto"], paths);
        let sftp = |batch: &str| programs.sftp(server, self.cipher, batch);
        match (self.program, self.direction) {
            (Program::Sftp, Direction::Get) => sftp(&format!("get {there} /dev/null\n"))?,
            (Program::Sftp, Direction::Put) => sftp(&format!("put {here} up-{there}\n"))?,
            (Program::Rclone, Direction::Get) => rclone([&remote(&there), arrives])?,
            (Program::Rclone, Direction::Put) => rclone([here, &remote(&format!("up-{there}"))])?,
        }
        Ok(Instant::now())
    }

    /// Where a file arrives that can be looked at afterwards.
    fn arrives(self, place: &Place, server: &Server, number: u32) -> Option<PathBuf> {
        let name = file_name(self.at_once, number);
        match (self.program, self.direction) {
            (Program::Sftp, Direction::Get) => None,
            (Program::Rclone, Direction::Get) => Some(place.memory.join(name)),
            (_, Direction::Put) => Some(server.files.join(format!("up-{name}"))),
        }
    }
}

pub(super) fn downloads(bench: &mut Bench) -> Result<()> {
    let pool = bench.place.root.join("downloads");
    fs::create_dir_all(&pool)?;
    for count in [1, TOGETHER] {
        for number in 0..count {
            let name = file_name(count, number);
            write_file(&pool.join(&name), bench.size / u64::from(count))?;
            for server in bench.servers {
                fs::hard_link(pool.join(&name), server.files.join(&name))?;
            }
        }
    }
    rustix::fs::sync();
    cases(bench, Direction::Get, &pool)
}

pub(super) fn uploads(bench: &mut Bench) -> Result<()> {
    let pool = bench.place.root.join("uploads");
    fs::create_dir_all(&pool)?;
    for count in [1, TOGETHER] {
        write_file(&pool.join(file_name(count, 0)), bench.size / u64::from(count))?;
    }
    rustix::fs::sync();
    cases(bench, Direction::Put, &pool)
}

/// Every case of a direction, all servers in turn.
fn cases(bench: &mut Bench, direction: Direction, pool: &Path) -> Result<()> {
    bench.report.note(
        "large files: the clock is that of the client's process, its start and its login included; sftp gets into \
         /dev/null, rclone into memory, in four streams above 250 MiB; where clients cost more CPU time than the server, \
         they are the limit"
            .to_owned(),
    );
    let mut kinds = Cipher::ALL.map(|cipher| (Program::Sftp, cipher, 1)).to_vec();
    kinds.push((Program::Rclone, Cipher::Aes128Gcm, 1));
    let programs = Programs::new(bench.place)?;
    if programs.rclone_takes_ciphers {
        kinds.push((Program::Rclone, Cipher::Chacha20Poly1305, 1));
    } else {
        bench.report.note("this rclone cannot be told a cipher (1.62 can); it asks for aes128-gcm".to_owned());
    }
    kinds.extend(Cipher::ALL.map(|cipher| (Program::Sftp, cipher, TOGETHER)));
    let (size, place) = (bench.size, bench.place);
    for (program, cipher, at_once) in kinds {
        let case = Case { direction, program, cipher, at_once };
        bench.in_turn(&case.name(), |server, report| {
            let (effort, clients) = ask(case, place, &programs, server, size, pool)?;
            let mib = to_f64(size) / MIB;
            let per_gib = |time: Duration| time.as_secs_f64() / (mib / 1024.0);
            report.add(case.speed(), server.kind, mib / effort.elapsed.as_secs_f64());
            report.add(case.cpu(), server.kind, per_gib(effort.cpu));
            report.add(case.client_cpu(), server.kind, per_gib(clients));
            Ok(())
        });
    }
    Ok(())
}

/// Lets the clients of a case go; what the server took, and the CPU time of the clients.
fn ask(
    case: Case,
    place: &Place,
    programs: &Programs,
    server: &Server,
    size: u64,
    pool: &Path,
) -> Result<(Effort, Duration)> {
    touch_memory(&place.memory, size)?;
    let payload = pool.join(file_name(case.at_once, 0));
    let before = cpu_of_ended_children();
    let result = race(&server.group, 0..case.at_once, |number| case.run(place, programs, server, number, &payload));
    let clients = cpu_of_ended_children().saturating_sub(before);
    let each = size / u64::from(case.at_once);
    let mut whole = true;
    for file in (0..case.at_once).filter_map(|number| case.arrives(place, server, number)) {
        whole &= fs::metadata(&file).is_ok_and(|file| file.len() == each);
        let _ = fs::remove_file(file);
    }
    // The next server finds the disk as this one did.
    rustix::fs::sync();
    let effort = result?;
    ensure!(whole, "a file did not arrive whole");
    Ok((effort, clients))
}

fn file_name(count: u32, number: u32) -> String {
    format!("{count}-{number}.bin")
}

#[expect(clippy::cast_precision_loss, reason = "it is for people to read")]
fn to_f64(bytes: u64) -> f64 {
    bytes as f64
}
