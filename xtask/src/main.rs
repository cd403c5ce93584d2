//! The only build tool a newcomer needs: `cargo xtask build | serve | test | fuzz | check | bench | setup`.
//!
//! Nothing imports this crate. It runs cargo, node and the distribution's package manager, and prints each command
//! before it runs, so that whatever it does can also be done by hand.
//!
//! * [`workspace`]: where things are
//! * [`run`]: external commands
//! * [`setup`]: what a fresh machine lacks
//! * [`wasm`]: a Rust toolchain that compiles to WebAssembly
//! * [`site`]: the browser's side: wasm, JavaScript, CSS, public files
//! * [`modules`]: the wasm and the JavaScript that loads it
//! * [`css`]: one style sheet out of many
//! * [`server`]: the binary, and starting it
//! * [`test`]: every test
//! * [`fuzz`]: the fuzz targets
//! * [`checks`]: format, lints, licences
//! * [`bench`]: measurements beside other servers

mod bench;
mod checks;
mod css;
mod fuzz;
mod modules;
mod run;
mod server;
mod setup;
mod site;
mod test;
mod wasm;
mod workspace;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::process::ExitCode;
use workspace::{Profile, Workspace};

/// Builds, starts and tests Wharf.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the site, then the server; with --release one binary that has the site inside
    Build {
        /// Optimised, compressed, embedded
        #[arg(long)]
        release: bool,
        /// Only the site
        #[arg(long)]
        site_only: bool,
    },
    /// Build everything and start Wharf; its data is in `wharf-data/` unless said otherwise
    Serve {
        /// Optimised, compressed, embedded
        #[arg(long)]
        release: bool,
        /// Add demo people and real clients that keep files moving
        #[arg(long)]
        demo: bool,
        /// What else `wharf serve` is to know, after `--`
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Run the tests: units, the server with real clients, the panel in a browser
    Test {
        /// Only tests whose name contains this
        filter: Option<String>,
        /// Only this part
        #[arg(long, value_enum)]
        only: Option<test::Part>,
    },
    /// Fuzz what FTP clients send, each target for this many seconds
    Fuzz {
        #[arg(default_value_t = 60)]
        seconds: u32,
    },
    /// Check format, lints, types of the browser tests, licences and advisories
    Check,
    /// Measure Wharf beside other servers; `cargo xtask bench ftp --help`, or `sftp`, tells the options
    #[command(disable_help_flag = true)]
    Bench {
        /// What the bench is to know
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Install what building and testing need, as far as it is missing
    Setup,
}

fn main() -> ExitCode {
    match perform(Cli::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(task: Task) -> Result<()> {
    let workspace = Workspace::find()?;
    match task {
        Task::Build { release, site_only } => {
            let profile = Profile::new(release);
            site::build(&workspace, profile)?;
            if !site_only {
                server::build(&workspace, profile)?;
            }
            Ok(())
        }
        Task::Serve { release, demo, arguments } => server::serve(&workspace, Profile::new(release), demo, &arguments),
        Task::Test { filter, only } => test::run_all(&workspace, filter.as_deref(), only),
        Task::Fuzz { seconds } => fuzz::run_all(&workspace, seconds),
        Task::Check => checks::run_all(&workspace),
        Task::Bench { arguments } => bench::run_all(&workspace, &arguments),
        Task::Setup => setup::everything(&workspace),
    }
}
