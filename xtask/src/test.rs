//! Every test, in three parts; a part that fails does not keep the next from running.

use crate::{
    run::{run, say, succeeds, which},
    server, setup, site,
    workspace::{NATIVE, Profile, Workspace},
};
use anyhow::{Context, Result, ensure};
use std::{fmt, process::Command, time::Instant};

/// A part of the tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Part {
    /// Each crate by itself
    Unit,
    /// The server with real clients
    Integration,
    /// The panel in a browser
    E2e,
}

impl Part {
    const ALL: [Self; 3] = [Self::Unit, Self::Integration, Self::E2e];
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unit => "unit",
            Self::Integration => "integration",
            Self::E2e => "end to end",
        })
    }
}

/// Runs the parts and says at the end how each went.
pub(crate) fn run_all(workspace: &Workspace, filter: Option<&str>, only: Option<Part>) -> Result<()> {
    let mut lines = Vec::new();
    let mut failed = false;
    for part in Part::ALL.into_iter().filter(|part| only.is_none_or(|only| only == *part)) {
        let start = Instant::now();
        let result = match part {
            Part::Unit => unit(workspace, filter),
            Part::Integration => integration(workspace, filter),
            Part::E2e => end_to_end(workspace, filter),
        };
        failed |= result.is_err();
        let outcome = result.err().map_or("passed".to_owned(), |error| format!("FAILED: {error:#}"));
        lines.push(format!("{:<12} {:>5} s  {outcome}", part.to_string(), start.elapsed().as_secs()));
    }
    say("tests");
    for line in lines {
        eprintln!("  {line}");
    }
    ensure!(!failed, "not every test passed");
    Ok(())
}

fn unit(workspace: &Workspace, filter: Option<&str>) -> Result<()> {
    setup::programs(&setup::LIBRARIES)?;
    say("unit tests");
    let server = cargo_tests(workspace, &NATIVE, Kind::Unit, filter);
    let tool = cargo_tests(workspace, &["--package", "xtask"], Kind::Unit, filter);
    server.and(tool)
}

fn integration(workspace: &Workspace, filter: Option<&str>) -> Result<()> {
    setup::programs(&setup::LIBRARIES)?;
    setup::programs(&setup::CLIENTS)?;
    say("integration tests");
    cargo_tests(workspace, &NATIVE, Kind::Integration, filter)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Unit,
    Integration,
}

/// Runs Rust tests of one kind.
fn cargo_tests(workspace: &Workspace, packages: &[&str], kind: Kind, filter: Option<&str>) -> Result<()> {
    if succeeds(Command::new("cargo").args(["nextest", "--version"])) {
        let kinds = match kind {
            Kind::Unit => "not kind(test)",
            Kind::Integration => "kind(test)",
        };
        let mut cargo = workspace.cargo("nextest");
        cargo.arg("run").args(packages).args(["--no-fail-fast", "--no-tests", "pass", "--filterset", kinds]);
        return run(cargo.args(filter));
    }
    let mut cargo = workspace.cargo("test");
    cargo.args(packages).arg("--no-fail-fast");
    match kind {
        Kind::Unit => cargo.args(["--lib", "--bins"]),
        Kind::Integration => cargo.args(["--test", "*"]),
    };
    run(cargo.args(filter))
}

fn end_to_end(workspace: &Workspace, filter: Option<&str>) -> Result<()> {
    setup::programs(&setup::CLIENTS)?;
    setup::programs(&setup::NODE)?;
    setup::programs(&setup::BROWSER)?;
    setup::node_modules(workspace)?;
    site::build(workspace, Profile::Dev)?;
    let binary = server::build(workspace, Profile::Dev)?;
    say("end-to-end tests");
    let program = workspace.node_program("playwright").context("end2end has no playwright")?;
    let mut playwright = Command::new(program);
    playwright.arg("test").current_dir(workspace.end2end());
    playwright.env("WHARF_BINARY", binary).env("WHARF_SITE_DIR", workspace.site());
    if let Some(browser) = which("chromium") {
        playwright.env("CHROMIUM", browser);
    }
    if let Some(filter) = filter {
        playwright.args(["--pass-with-no-tests", "--grep", filter]);
    }
    run(&mut playwright)
}
