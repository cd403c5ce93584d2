//! Wharf beside its peers, on loopback, in one run: `cargo xtask bench ftp`, `cargo xtask bench sftp`, `cargo xtask bench web`.
//!
//! Nothing imports this crate. Every server is a process of its own with a configuration made for the run; every
//! number is the median of several rounds in which the servers take turns.
//!
//! * [`ftp`], [`sftp`], [`web`]: each protocol's configurations, clients and measures; they import what is below, never each other
//! * [`run`]: the options, the folders, what is published; [`rounds`]: the servers take turns
//! * [`servers`]: how servers are started
//! * [`group`]: the processes of a server: their CPU time, memory, end
//! * [`race`]: clients at once; [`idle`]: memory of sessions; [`files`]: what is moved
//! * [`report`]: medians, ratios, aims, as Markdown and JSON
//! * [`machine`]: what it was measured on

mod files;
mod ftp;
mod group;
mod idle;
mod machine;
mod race;
mod report;
mod rounds;
mod run;
mod servers;
mod sftp;
mod web;

use anyhow::Result;
use clap::Parser;
use std::{path::PathBuf, process::ExitCode};

/// Measures Wharf beside other servers.
#[derive(Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench")]
enum Cli {
    /// FTP and FTPS
    Ftp(ftp::Options),
    /// SFTP beside OpenSSH
    Sftp(sftp::Options),
    /// HTTP beside nginx
    Web(web::Options),
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
        Cli::Ftp(options) => ftp::run(&options),
        Cli::Sftp(options) => sftp::run(&options),
        Cli::Web(options) => web::run(&options),
        Cli::Libunftp { listen, ports, root, certificate, key } => {
            ftp::servers::libunftp::serve(&listen, &ports, root, certificate, key)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_options_fit_together() {
        Cli::command().debug_assert();
    }
}
