//! HTTP beside nginx: `cargo xtask bench web`.
//!
//! * [`servers`]: how each server is configured
//! * [`curl`]: the client
//! * [`transfers`]: what is measured

mod curl;
mod servers;
mod transfers;

use crate::{
    report::Report,
    run::{self, Run},
    servers::Pem,
};
use anyhow::Result;
use std::path::PathBuf;
use transfers::Transfer;

/// What is measured, and how often.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Only these ways to move a file, separated by commas
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Transfer>,
    /// Write the tables into this file
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "docs/benchmarks-web.md")]
    write: Option<PathBuf>,
    #[command(flatten)]
    run: run::Options,
}

/// Measures HTTP.
pub(crate) fn run(options: &Options) -> Result<()> {
    let run = Run::prepare(&options.run, &servers::KINDS)?;
    Pem::make(&run.place)?;
    let servers = run.start(servers::start)?;
    let mut report = Report::default();
    report.note(format!("client: {}, {} under {} everywhere", curl::version()?, curl::SUITE, curl::TLS));
    report.note(
        "nginx: as Debian configures it; its sendfile is on, which under TLS does nothing unless the kernel encrypts, and \
         that is off in Debian's configuration; passwords in clear, so that it hashes none"
            .to_owned(),
    );
    let chosen = if options.only.is_empty() { Transfer::ALL.to_vec() } else { options.only.clone() };
    let mut bench = run.bench(&servers, &mut report);
    transfers::run(&mut bench, &chosen)?;
    let head = run.head("Benchmarks of HTTP", "cargo xtask bench web --write", &servers);
    run.publish(&head, &report, options.write.as_deref())
}
