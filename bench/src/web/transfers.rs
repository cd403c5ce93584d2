//! Large files: one client, then several at once that move as much together. All files are in the page cache.
//!
//! The clock is that of the whole client, from its start to its end: process, connection, file. What the clients
//! themselves cost is measured too, because on few cores it is often they who are the limit.

use super::{
    curl::{Begun, Curl, Version},
    servers::{Access, Server},
};
use crate::{
    files::{MIB, touch_memory, write_file},
    group::cpu_of_ended_children,
    race::{Effort, race},
    report::{Better, Row},
    rounds,
    servers::Place,
};
use anyhow::{Result, ensure};
use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

type Bench<'a> = rounds::Bench<'a, Access>;

/// Clients where one alone may be the limit.
const TOGETHER: u32 = 8;

/// A way to move a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Transfer {
    /// Downloads
    Get,
    /// Uploads as WebDAV clients make them
    Put,
    /// Uploads as the file client in the browser makes them (tus)
    Patch,
}

impl Transfer {
    pub(crate) const ALL: [Self; 3] = [Self::Get, Self::Put, Self::Patch];

    fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Put => "PUT",
            Self::Patch => "PATCH (tus)",
        }
    }
}

/// One line of the table.
#[derive(Clone, Copy)]
struct Case {
    transfer: Transfer,
    version: Version,
    at_once: u32,
}

impl Case {
    fn name(self) -> String {
        format!("{}, {} at once, {}", self.transfer.name(), self.at_once, self.version.name())
    }

    fn row(self, section: &'static str, better: Better) -> Row {
        Row { section, name: self.name(), better, aim: None }
    }

    fn speed(self) -> Row {
        self.row("Large files: MiB/s", Better::Higher)
    }

    fn cpu(self) -> Row {
        self.row("Large files: server CPU seconds per GiB, kernel included", Better::Lower)
    }

    fn client_cpu(self) -> Row {
        self.row("Large files: client CPU seconds per GiB, kernel included", Better::Lower)
    }

    /// The file of this `number`, as the server has it.
    fn file(self, number: u32) -> String {
        let prefix = if self.transfer == Transfer::Get { "" } else { "up-" };
        format!("{prefix}{}", file_name(self.at_once, number))
    }
}

/// Every chosen case, all servers in turn.
pub(super) fn run(bench: &mut Bench, chosen: &[Transfer]) -> Result<()> {
    bench.report.note(
        "the clock is that of curl's process, its start and its handshake included; downloads go into /dev/null; where \
         clients cost more CPU time than the server, they are the limit"
            .to_owned(),
    );
    let pool = make_files(bench)?;
    let (size, place) = (bench.size, bench.place);
    for transfer in chosen {
        for version in Version::ALL {
            for at_once in [1, TOGETHER] {
                let case = Case { transfer: *transfer, version, at_once };
                bench.in_turn(&case.name(), |server, report| {
                    if *transfer == Transfer::Patch && !server.access.tus {
                        return Ok(());
                    }
                    let (effort, clients) = ask(case, place, server, size, &pool)?;
                    let mib = to_f64(size) / MIB;
                    let per_gib = |time: Duration| time.as_secs_f64() / (mib / 1024.0);
                    report.add(case.speed(), server.kind, mib / effort.elapsed.as_secs_f64());
                    report.add(case.cpu(), server.kind, per_gib(effort.cpu));
                    report.add(case.client_cpu(), server.kind, per_gib(clients));
                    Ok(())
                });
            }
        }
    }
    Ok(())
}

/// Writes the files to move into a folder, and gives them to all servers.
fn make_files(bench: &Bench) -> Result<PathBuf> {
    let pool = bench.place.root.join("pool");
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
    Ok(pool)
}

/// Lets the clients of a case go; what the server took, and the CPU time of the clients.
fn ask(case: Case, place: &Place, server: &Server, size: u64, pool: &Path) -> Result<(Effort, Duration)> {
    let curl = Curl::new(place, server, case.version);
    let each = size / u64::from(case.at_once);
    let payload = pool.join(file_name(case.at_once, 0));
    let create = |number| match case.transfer {
        Transfer::Patch => curl.begin(&place.memory, &case.file(number), each).map(Some),
        Transfer::Get | Transfer::Put => Ok(None),
    };
    let begun: Vec<Option<Begun>> = (0..case.at_once).map(create).collect::<Result<_>>()?;
    touch_memory(&place.root, size)?;
    let before = cpu_of_ended_children();
    let result = race(&server.group, (0..).zip(&begun), |(number, begun)| {
        let file = case.file(number);
        match (case.transfer, begun) {
            (Transfer::Get, _) => curl.get(&file, each)?,
            (Transfer::Patch, Some(begun)) => curl.patch(&payload, begun)?,
            (Transfer::Put | Transfer::Patch, _) => curl.put(&payload, &file)?,
        }
        Ok(Instant::now())
    });
    let clients = cpu_of_ended_children().saturating_sub(before);
    let mut whole = true;
    for number in 0..case.at_once {
        let file = server.files.join(case.file(number));
        whole &= fs::metadata(&file).is_ok_and(|file| file.len() == each);
        if case.transfer != Transfer::Get {
            let _ = fs::remove_file(file);
        }
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
