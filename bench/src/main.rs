//! Wharf beside its peers, on loopback, in one run: `cargo xtask bench ftp`.
//!
//! Nothing imports this crate. Every server is a process of its own with a configuration made for the run; every
//! number is the median of several rounds in which the servers take turns.
//!
//! * [`run`]: the options, and the rounds
//! * [`servers`]: how each server is configured and started
//! * [`group`]: the processes of a server: their CPU time, memory, end
//! * [`client`]: a lean FTP client, so that the client is not what is measured
//! * [`measures`]: what is measured
//! * [`report`]: medians, ratios, aims, as Markdown and JSON
//! * [`machine`]: what it was measured on

mod client;
mod group;
mod machine;
mod measures;
mod report;
mod run;
mod servers;

use anyhow::Result;
use clap::Parser;
use std::{path::PathBuf, process::ExitCode};

/// Measures Wharf beside other servers.
#[derive(Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench")]
enum Cli {
    /// FTP and FTPS
    Ftp(run::Options),
    /// The peer libunftp, in a process of its own
    #[command(hide = true)]
    Libunftp {
        /// Where it listens
        listen: String,
        /// First and last passive port
        ports: String,
        /// What it serves
        root: PathBuf,
        /// PEM file with the certificate
        certificate: PathBuf,
        /// PEM file with the key
        key: PathBuf,
    },
}

fn main() -> ExitCode {
    match perform(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(cli: Cli) -> Result<()> {
    match cli {
        Cli::Ftp(options) => run::ftp(&options),
        Cli::Libunftp { listen, ports, root, certificate, key } => {
            servers::libunftp::serve(&listen, &ports, root, certificate, key)
        }
    }
}
