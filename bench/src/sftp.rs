//! SFTP beside OpenSSH: `cargo xtask bench sftp`.
//!
//! * [`servers`]: how each server is configured
//! * [`programs`]: the clients that people have: OpenSSH's sftp and rclone
//! * [`client`]: a lean client, for logins and for sessions that do nothing
//! * [`measures`]: what is measured

mod client;
mod measures;
mod programs;
mod servers;

use crate::{
    report::Report,
    run::{self, Run},
};
use anyhow::Result;
use measures::Measure;
use std::path::PathBuf;

/// What is measured, and how often.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Only these measures, separated by commas
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Measure>,
    /// Write the tables into this file
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "docs/benchmarks-sftp.md")]
    write: Option<PathBuf>,
    #[command(flatten)]
    run: run::Options,
}

/// Measures SFTP.
pub(crate) fn run(options: &Options) -> Result<()> {
    let run = Run::prepare(&options.run, &servers::KINDS)?;
    servers::make_keys(&run.place)?;
    let servers = run.start(servers::start)?;
    let mut report = Report::default();
    report.note(format!("clients: {}", programs::versions()?));
    let measures = if options.only.is_empty() { Measure::ALL.to_vec() } else { options.only.clone() };
    let mut bench = run.bench(&servers, &mut report);
    for measure in measures {
        eprintln!("• {measure:?}");
        bench.run(measure)?;
    }
    let head = run.head("Benchmarks of SFTP", "cargo xtask bench sftp --write", &servers);
    run.publish(&head, &report, options.write.as_deref())
}
