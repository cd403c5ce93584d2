//! The run: its options, its servers, its measures.

use crate::{
    client::{Suite, Tls},
    group, machine,
    measures::{Bench, Measure},
    report::Report,
    servers::{Kind, Place, Programs, Server},
};
use anyhow::{Context, Result};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::{fmt::Write as _, fs, os::unix::fs::PermissionsExt as _, path::PathBuf};

/// Files that the servers, and the client, may have open.
const OPEN_FILES: u64 = 65_536;

/// What is measured, and how often.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Only these measures, separated by commas
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Measure>,
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
    /// Write the tables into this file
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "docs/benchmarks.md")]
    write: Option<PathBuf>,
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
    fn kinds(&self) -> Vec<Kind> {
        let mut kinds = if self.servers.is_empty() { Kind::ALL.to_vec() } else { self.servers.clone() };
        if self.baseline.is_some() && !kinds.contains(&Kind::Baseline) {
            kinds.insert(1.min(kinds.len()), Kind::Baseline);
        }
        kinds
    }
}

/// Measures FTP and FTPS.
pub(crate) fn ftp(options: &Options) -> Result<()> {
    raise_open_files()?;
    let mut folder = tempfile::Builder::new();
    folder.prefix("wharf-bench-");
    let folder = match &options.folder {
        Some(parent) => folder.tempdir_in(parent)?,
        None => folder.tempdir()?,
    };
    group::end_when_interrupted(folder.path().to_owned())?;
    // Servers that are nobody have to reach their files.
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
    let place = place(options, folder.path().to_owned())?;
    let kinds = options.kinds();
    let servers = kinds.iter().map(|kind| Server::start(*kind, &place)).collect::<Result<Vec<_>>>()?;
    let mut report = Report::default();
    let tls = Tls::new(&place.certificate, Suite::Any)?;
    for server in &servers {
        let suite = server.log_in(Some(&tls))?.suite().unwrap_or_default();
        report.note(format!("{} on its own chooses {suite}; measured is TLS13_AES_256_GCM_SHA384", server.kind));
    }
    let measures = if options.only.is_empty() { Measure::ALL.to_vec() } else { options.only.clone() };
    let mut bench = Bench {
        place: &place,
        servers: &servers,
        rounds: if options.quick { 1 } else { options.rounds },
        size: if options.quick { 64 } else { options.size } << 20,
        small_files: if options.quick { 100 } else { 2_000 },
        quick: options.quick,
        report: &mut report,
    };
    for measure in measures {
        eprintln!("• {measure:?}");
        bench.run(measure)?;
    }
    let mut text = head(options, &place, &servers);
    text += &report.markdown(&kinds);
    println!("{text}");
    if let Some(file) = &options.write {
        fs::write(file, &text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    if let Some(file) = &options.json {
        let json = serde_json::to_string_pretty(&report)?;
        fs::write(file, json + "\n").with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}

fn place(options: &Options, root: PathBuf) -> Result<Place> {
    let absolute = |path: &PathBuf| fs::canonicalize(path).with_context(|| format!("{} is missing", path.display()));
    let programs = Programs {
        wharf: absolute(&options.wharf_binary)?,
        baseline: options.baseline.as_ref().map(absolute).transpose()?,
        peers: std::path::absolute(&options.peers)?,
    };
    let (certificate, key) = (root.join("certificate.pem"), root.join("key.pem"));
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()])?;
    fs::write(&certificate, made.cert.pem())?;
    fs::write(&key, made.signing_key.serialize_pem())?;
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600))?;
    Ok(Place { programs, root, certificate, key })
}

fn head(options: &Options, place: &Place, servers: &[Server]) -> String {
    let mut text = "# Benchmarks\n\n".to_owned();
    let _ = writeln!(text, "* {}", machine::occasion());
    for line in machine::describe(&place.root) {
        let _ = writeln!(text, "* {line}");
    }
    let versions: Vec<_> = servers.iter().map(|server| format!("{} {}", server.kind, server.version)).collect();
    let _ = writeln!(text, "* {}", versions.join(", "));
    let rounds = if options.quick { 1 } else { options.rounds };
    let _ = writeln!(text, "* medians of {rounds} rounds (least – greatest) in which the servers take turns");
    text += "* ours / best peer: medians of the same run; of rates more is better, of CPU time and memory less\n\
             * repeat it, as root: `cargo xtask bench ftp --write`\n";
    text
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
