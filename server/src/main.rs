//! The binary `wharf`: reads the configuration, opens the listeners, stops in order.
//!
//! * [`cli`]: the command line
//! * [`config`]: what an operator can set
//! * [`first_start`]: the data directory and the first administrator
//! * [`serve`]: the running server and its signals
//! * [`listeners`]: the open ports
//! * [`systemd`]: what a service manager gives and wants
//! * [`masquerade`]: the address outside a NAT
//! * [`tls`]: the certificates; [`trust`]: those of others
//! * [`user_sources`]: asking about users whom a domain does not know itself
//! * [`http`]: panel, live socket, REST
//! * [`demo`]: demo people and clients

// The types of whole pages are deep.
#![recursion_limit = "512"]

mod cli;
mod config;
mod demo;
mod first_start;
mod http;
mod listeners;
mod masquerade;
mod serve;
mod systemd;
mod tls;
mod trust;
mod user_sources;
mod webhooks;

use clap::Parser;
use cli::{Cli, Command};
use std::{io::IsTerminal, process::ExitCode};
use systemd::Inherited;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let cli = Cli::parse();
    start_log(&cli.command);
    // While there is one thread: it takes variables out of the environment.
    let inherited = Inherited::take();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(cli, inherited)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The server tells what it does; the other commands have an answer and only complain. rustls would warn of every client
/// that names a server by its address, russh of every one that makes a mistake. `WHARF_LOG` says otherwise.
fn start_log(command: &Command) {
    let default =
        if matches!(command, Command::Serve { .. }) { "info,sqlx=warn,rustls=error,russh=off" } else { "warn" };
    let filter = EnvFilter::try_from_env("WHARF_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours).init();
}

async fn run(cli: Cli, inherited: Inherited) -> anyhow::Result<()> {
    let config = cli.load_config()?;
    match cli.command {
        Command::Serve { demo } => serve::run(&cli, config, demo, inherited).await,
        Command::CheckConfig => {
            println!("the configuration is good");
            Ok(())
        }
        Command::Person(ref command) => cli::person(&config, command).await,
        Command::Domain(ref command) => cli::domain(&config, command).await,
        Command::Account(ref command) => cli::account(&config, command).await,
        Command::Panel(ref command) => cli::panel(&config, command).await,
        Command::Token(ref command) => cli::token(&config, command).await,
        Command::Webhook(ref command) => cli::webhook(&config, command).await,
        Command::HostKey(ref command) => cli::host_key(&config, command).await,
    }
}
