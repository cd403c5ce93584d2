//! FTP and FTPS: `cargo xtask bench ftp`.
//!
//! * [`servers`]: how each server is configured
//! * [`client`]: a lean FTP client, so that the client is not what is measured
//! * [`measures`]: what is measured

mod client;
mod measures;
pub(crate) mod servers;

use crate::{
    report::Report,
    run::{self, Run},
    servers::Pem,
};
use anyhow::Result;
use client::{Suite, Tls};
use measures::Measure;
use std::path::PathBuf;

/// What is measured, and how often.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Only these measures, separated by commas
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Measure>,
    /// Write the tables into this file
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "docs/benchmarks.md")]
    write: Option<PathBuf>,
    #[command(flatten)]
    run: run::Options,
}

/// Measures FTP and FTPS.
pub(crate) fn run(options: &Options) -> Result<()> {
    let run = Run::prepare(&options.run, &servers::KINDS)?;
    let pem = Pem::make(&run.place)?;
    let servers = run.start(servers::start)?;
    let mut report = Report::default();
    let tls = Tls::new(&pem.certificate, Suite::Any)?;
    for server in &servers {
        let suite = server.log_in(Some(&tls))?.suite().unwrap_or_default();
        report.note(format!("{} on its own chooses {suite}; measured is TLS13_AES_256_GCM_SHA384", server.kind));
    }
    let measures = if options.only.is_empty() { Measure::ALL.to_vec() } else { options.only.clone() };
    let mut bench = run.bench(&servers, &mut report);
    for measure in measures {
        eprintln!("• {measure:?}");
        bench.run(measure)?;
    }
    let head = run.head("Benchmarks", "cargo xtask bench ftp --write", &servers);
    run.publish(&head, &report, options.write.as_deref())
}
