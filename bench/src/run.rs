//! A run: its options, its folder, its servers, and what is published of it.

use crate::{
    group, machine,
    report::Report,
    rounds::Bench,
    servers::{Kind, Place, Programs, Server},
};
use anyhow::{Context as _, Result, ensure};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::{
    fmt::Write as _,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// Files that the servers, and the client, may have open.
const OPEN_FILES: u64 = 65_536;

/// A file system in memory, as every Linux has it.
const MEMORY: &str = "/dev/shm";

/// What every protocol's run may be told.
#[derive(Debug, clap::Args)]
// Its group would be called as that of the options it is part of.
#[group(skip)]
pub(crate) struct Options {
    /// Only these servers, separated by commas
    #[arg(long, value_enum, value_delimiter = ',')]
    servers: Vec<Kind>,
    /// How often each server is asked; the tables show medians
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// MiB of a large transfer, or of all that run at once together
    #[arg(long, default_value_t = 1024, value_parser = clap::value_parser!(u64).range(1..))]
    size: u64,
    /// One round with little of everything: whether the bench works, not how fast anything is
    #[arg(long)]
    quick: bool,
    /// Where the servers' files are; another file system may tell another story
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Write every number into this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// The server to measure; `cargo xtask bench` builds one if nothing is said
    #[arg(long, value_name = "PATH")]
    wharf_binary: PathBuf,
    /// Another build of the server, to compare with
    #[arg(long, value_name = "PATH")]
    baseline: Option<PathBuf>,
    /// The unpacked packages of the peers
    #[arg(long, hide = true, default_value = "target/bench/peers")]
    peers: PathBuf,
}

impl Options {
    /// The servers, out of those that speak the protocol.
    fn kinds(&self, known: &[Kind]) -> Result<Vec<Kind>> {
        let mut kinds = if self.servers.is_empty() { known.to_vec() } else { self.servers.clone() };
        if self.baseline.is_some() && !kinds.contains(&Kind::Baseline) {
            kinds.insert(1.min(kinds.len()), Kind::Baseline);
        }
        for kind in &kinds {
            ensure!(kind.is_ours() || known.contains(kind), "{kind} does not speak this protocol");
        }
        Ok(kinds)
    }

    fn rounds(&self) -> u32 {
        if self.quick { 1 } else { self.rounds }
    }
}

/// A run. Its folders go with this value.
pub(crate) struct Run<'a> {
    options: &'a Options,
    kinds: Vec<Kind>,
    pub(crate) place: Place,
    _folders: [TempDir; 2],
}

impl<'a> Run<'a> {
    /// Makes folders for servers of these kinds.
    pub(crate) fn prepare(options: &'a Options, known: &[Kind]) -> Result<Self> {
        let kinds = options.kinds(known)?;
        raise_open_files()?;
        let make = |parent: &Path| tempfile::Builder::new().prefix("wharf-bench-").tempdir_in(parent);
        let folder = make(&options.folder.clone().unwrap_or_else(std::env::temp_dir))?;
        let memory = make(Path::new(MEMORY)).with_context(|| format!("cannot use {MEMORY}"))?;
        group::end_when_interrupted([folder.path().to_owned(), memory.path().to_owned()])?;
        // Servers that are nobody have to reach their files.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
        let absolute =
            |path: &PathBuf| fs::canonicalize(path).with_context(|| format!("{} is missing", path.display()));
        let programs = Programs {
            wharf: absolute(&options.wharf_binary)?,
            baseline: options.baseline.as_ref().map(absolute).transpose()?,
            peers: std::path::absolute(&options.peers)?,
        };
        let place = Place { programs, root: fs::canonicalize(folder.path())?, memory: memory.path().to_owned() };
        Ok(Self { options, kinds, place, _folders: [folder, memory] })
    }

    /// Starts the servers.
    pub(crate) fn start<A>(&self, start: impl Fn(Kind, &Place) -> Result<Server<A>>) -> Result<Vec<Server<A>>> {
        self.kinds.iter().map(|kind| start(*kind, &self.place)).collect()
    }

    /// What the measures need.
    pub(crate) fn bench<'b, A>(&'b self, servers: &'b [Server<A>], report: &'b mut Report) -> Bench<'b, A> {
        let options = self.options;
        Bench {
            place: &self.place,
            servers,
            rounds: options.rounds(),
            size: if options.quick { 64 } else { options.size } << 20,
            small_files: if options.quick { 100 } else { 2_000 },
            quick: options.quick,
            report,
        }
    }

    /// What is above the tables; `command` measures it again.
    pub(crate) fn head<A>(&self, title: &str, command: &str, servers: &[Server<A>]) -> String {
        let mut text = format!("# {title}\n\n");
        let _ = writeln!(text, "* {}", machine::occasion());
        for line in machine::describe(&self.place.root) {
            let _ = writeln!(text, "* {line}");
        }
        let versions: Vec<_> = servers.iter().map(|server| format!("{} {}", server.kind, server.version)).collect();
        let _ = writeln!(text, "* {}", versions.join(", "));
        let rounds = self.options.rounds();
        let _ = writeln!(text, "* medians of {rounds} rounds (least – greatest) in which the servers take turns");
        text += "* ours / best peer: medians of the same run; of rates more is better, of CPU time and memory less\n";
        let _ = writeln!(text, "* repeat it, as root: `{command}`");
        text
    }

    /// Prints the tables, and writes them into `file`, and the numbers where they are wanted.
    pub(crate) fn publish(&self, head: &str, report: &Report, file: Option<&Path>) -> Result<()> {
        let text = head.to_owned() + &report.markdown(&self.kinds);
        println!("{text}");
        if let Some(file) = file {
            fs::write(file, &text).with_context(|| format!("cannot write {}", file.display()))?;
        }
        if let Some(file) = &self.options.json {
            let json = serde_json::to_string_pretty(report)?;
            fs::write(file, json + "\n").with_context(|| format!("cannot write {}", file.display()))?;
        }
        Ok(())
    }
}

/// Thousands of sessions are thousands of sockets, on both sides. Not every machine lets us have as many.
fn raise_open_files() -> Result<()> {
    let most = getrlimit(Resource::Nofile).maximum.unwrap_or(OPEN_FILES);
    let to = |limit| setrlimit(Resource::Nofile, Rlimit { current: Some(limit), maximum: Some(limit) });
    if most < OPEN_FILES && to(OPEN_FILES).is_ok() {
        return Ok(());
    }
    to(most).context("cannot raise the limit of open files")
}
