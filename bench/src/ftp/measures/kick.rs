//! From the order over the REST interface to the last byte: how long real clients still have a connection after
//! somebody ended their session, with many other sessions open. Ours only: no peer takes such an order.

mod clients;
mod rest;
mod sockets;

use super::{Bench, log_in};
use crate::{
    ftp::servers::Server,
    race::{pause, until},
    report::Table,
    servers::Kind,
};
use anyhow::{Context as _, Result, ensure};
use clients::{Client, Program};
use rest::{KICKED, Rest};
use sockets::{Diag, Socket};
use std::{
    fs::{self, File},
    net::SocketAddr,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// A file without content that is larger than anybody can move in time.
const ENDLESS: &str = "endless";
const ENDLESS_SIZE: u64 = 1 << 40;
/// A directory whose listing is larger than what sockets hold.
const CROWDED: &str = "crowded";
const CROWD: u32 = 100_000;
/// A connection that is open for longer than this after the order will not close.
const PATIENCE: Duration = Duration::from_secs(10);
/// The time between two looks at the client's connections.
const LOOK: Duration = Duration::from_micros(200);
/// What the project wants of the 99th percentile, in milliseconds.
const AIM: f64 = 100.0;

/// What the client does when the order comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Activity {
    Retr,
    Stor,
    List,
    Idle,
    /// Connected, and with TLS the handshake done.
    BeforeLogin,
}

impl Activity {
    const ALL: [Self; 5] = [Self::Retr, Self::Stor, Self::List, Self::Idle, Self::BeforeLogin];

    fn name(self) -> &'static str {
        match self {
            Self::Retr => "RETR",
            Self::Stor => "STOR",
            Self::List => "LIST",
            Self::Idle => "idle",
            Self::BeforeLogin => "before login",
        }
    }

    /// Connections that the client has meanwhile.
    fn connections(self) -> usize {
        match self {
            Self::Retr | Self::Stor | Self::List => 2,
            Self::Idle | Self::BeforeLogin => 1,
        }
    }
}

pub(super) fn run(bench: &mut Bench) -> Result<()> {
    let (others, kicks) = if bench.quick { (50, 5) } else { (1_000, 50) };
    for server in bench.servers {
        let Some(panel) = server.access.rest.clone() else { continue };
        let files = Files::make(server)?;
        let _others = log_in(server, others, None)?;
        let mut stage = Stage { server, files, rest: Rest::connect(panel.0, &panel.1)?, panel, diag: Diag::open()? };
        let whose = if server.kind == Kind::Wharf { String::new() } else { format!(", {}", server.kind) };
        let title = format!("Kick to last byte: milliseconds, {others} other sessions, {kicks} kicks each{whose}");
        let mut table = Table::new(title, &["client", "p50", "p99", "greatest", "aim for p99"]);
        for (activity, program, tls) in grid() {
            let name = format!("{} {}, {}", program.name(), activity.name(), if tls { "TLS" } else { "plain" });
            let times = (0..kicks).map(|_| stage.kick(program, activity, tls)).collect::<Result<Vec<_>>>();
            match times {
                Ok(times) => table.add(line(name, times)),
                // The others may still tell something.
                Err(error) => {
                    eprintln!("  {name}: {error:#}");
                    bench.report.note(format!("kick, {name} failed: {error:#}"));
                }
            }
        }
        bench.report.table(table);
    }
    bench.report.note(
        "kick: the clock runs from the order to the moment at which the kernel has no connection of the client to the \
         server any more that could bring a byte; curl and lftp log in as soon as they are connected, so ftplib alone is \
         kicked before that"
            .to_owned(),
    );
    Ok(())
}

fn grid() -> impl Iterator<Item = (Activity, Program, bool)> {
    let pairs = Activity::ALL.into_iter().flat_map(|activity| Program::ALL.map(|program| (activity, program)));
    let pairs = pairs.filter(|(activity, program)| *activity != Activity::BeforeLogin || *program == Program::Ftplib);
    pairs.flat_map(|(activity, program)| [false, true].map(|tls| (activity, program, tls)))
}

fn line(name: String, mut times: Vec<Duration>) -> Vec<String> {
    times.sort_unstable();
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    // The smallest time that so many percent do not exceed.
    let quantile = |percent: usize| ms(times[(times.len() * percent).div_ceil(100).max(1) - 1]);
    let p99 = quantile(99);
    let verdict = if p99 <= AIM { "met" } else { "**missed**" };
    eprintln!("  {name}: p50 {:.1}, p99 {p99:.1}", quantile(50));
    let cells = [quantile(50), p99, quantile(100)].map(|ms| format!("{ms:.1}"));
    [vec![name], cells.to_vec(), vec![format!("≤ {AIM}, {verdict}")]].concat()
}

/// What clients move.
struct Files {
    directory: PathBuf,
}

impl Files {
    fn make(server: &Server) -> Result<Self> {
        File::create(server.files.join(ENDLESS))?.set_len(ENDLESS_SIZE)?;
        let crowded = server.files.join(CROWDED);
        if !crowded.exists() {
            fs::create_dir(&crowded)?;
            let name = "n".repeat(200);
            for number in 0..CROWD {
                File::create(crowded.join(format!("{name}{number}")))?;
            }
        }
        Ok(Self { directory: server.files.clone() })
    }

    fn endless(&self) -> PathBuf {
        self.directory.join(ENDLESS)
    }

    /// Removes what came of cut uploads, which may be gigabytes.
    fn clear(&self) -> Result<()> {
        for entry in fs::read_dir(&self.directory)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with(".wharf-part.") {
                fs::remove_file(&path)?;
            }
        }
        Ok(())
    }
}

/// Everything that a kick needs.
struct Stage<'a> {
    server: &'a Server,
    files: Files,
    panel: (SocketAddr, String),
    rest: Rest,
    diag: Diag,
}

impl Stage<'_> {
    /// How long it takes.
    fn kick(&mut self, program: Program, activity: Activity, tls: bool) -> Result<Duration> {
        // A panel ends connections that wait for too long, as they do while the last client winds up.
        self.rest = Rest::connect(self.panel.0, &self.panel.1)?;
        let mut client = Client::start(program, activity, tls, self.server, &self.files.endless())?;
        let id = self.rest.until_busy(activity)?;
        let sockets = until(PATIENCE, || {
            let sockets = sockets::of_process(client.id()).ok()?;
            (sockets.len() == activity.connections()).then_some(sockets)
        })
        .context("the client's connections were not found")?;
        let start = Instant::now();
        self.rest.send("POST", &format!("/api/v1/sessions/{id}/kick"))?;
        let end = self.until_ended(&sockets, start)?;
        self.rest.answer()?;
        client.end()?;
        self.rest.until_gone()?;
        self.files.clear()?;
        Ok(end.saturating_duration_since(start))
    }

    fn until_ended(&self, sockets: &[Socket], start: Instant) -> Result<Instant> {
        loop {
            let mut open = 0;
            for socket in sockets {
                open += usize::from(self.diag.is_open(socket)?);
            }
            if open == 0 {
                return Ok(Instant::now());
            }
            ensure!(start.elapsed() < PATIENCE, "{open} connections were open {} s later", PATIENCE.as_secs());
            pause(LOOK);
        }
    }
}

/// The path of `file` below the account's home, as clients are told it.
fn text(file: &Path) -> Result<&str> {
    file.to_str().context("the path is not UTF-8")
}
