//! What a reviewer would say before reading: format, lints, types, licences, advisories.

use crate::{
    run::{run, say},
    setup, wasm,
    workspace::{NATIVE, Workspace},
};
use anyhow::{Context, Result, bail};
use std::process::Command;

/// Runs every check, also after one failed, and names those that did.
pub(crate) fn run_all(workspace: &Workspace) -> Result<()> {
    type Check = (&'static str, fn(&Workspace) -> Result<()>);
    let checks: [Check; 5] = [
        ("format", format),
        ("lints", lints),
        ("lints of the frontend", frontend_lints),
        ("types of the browser tests", browser_test_types),
        ("dependencies", dependencies),
    ];
    let mut failed = Vec::new();
    for (name, check) in checks {
        say(&format!("checking: {name}"));
        if let Err(error) = check(workspace) {
            eprintln!("error: {error:#}");
            failed.push(name);
        }
    }
    if failed.is_empty() {
        say("every check passed");
        return Ok(());
    }
    bail!("failed: {}", failed.join(", "))
}

fn format(workspace: &Workspace) -> Result<()> {
    run(workspace.command("cargo").args(["fmt", "--all", "--check"]))
}

fn lints(workspace: &Workspace) -> Result<()> {
    let clippy = |packages: &[&str]| {
        let mut clippy = workspace.cargo("clippy");
        clippy.args(packages).args(["--all-targets", "--", "-D", "warnings"]);
        run(&mut clippy)
    };
    clippy(&NATIVE)?;
    clippy(&["--package", "xtask", "--package", "wharf-bench"])
}

/// The panel's crates a second time, as the browser gets them.
fn frontend_lints(workspace: &Workspace) -> Result<()> {
    let toolchain = wasm::toolchain(workspace)?;
    // Denies warnings without RUSTFLAGS, which would replace the flags of `.cargo/config.toml`.
    let deny = format!("target.{}.rustflags=['-D', 'warnings']", wasm::TARGET);
    let clippy = wasm::clippy(toolchain);
    let mut cargo = toolchain.cargo(workspace, if clippy { "clippy" } else { "check" });
    cargo.args(["--package", "wharf-frontend", "--package", "wharf-frontend-files", "--package", "wharf-app"]);
    cargo.args(["--no-default-features", "--features", "wharf-app/hydrate"]);
    if clippy {
        cargo.args(["--", "-D", "warnings"]);
    } else {
        say("no clippy for WebAssembly here, so the compiler's own warnings have to do");
        cargo.args(["--config", &deny]);
    }
    run(&mut cargo)
}

fn browser_test_types(workspace: &Workspace) -> Result<()> {
    setup::programs(&setup::NODE)?;
    setup::node_modules(workspace)?;
    let program = workspace.node_program("tsc").context("end2end has no TypeScript")?;
    run(Command::new(program).arg("--noEmit").current_dir(workspace.end2end()))
}

/// Licences, sources, duplicates; and advisories, where the database can be fetched.
fn dependencies(workspace: &Workspace) -> Result<()> {
    setup::cargo_program(workspace, "deny")?;
    let deny = |words: &[&str]| {
        let mut command = workspace.command("cargo");
        command.arg("deny").args(words);
        command
    };
    let fetched = run(&mut deny(&["fetch", "db"]));
    if let Err(error) = fetched {
        say(&format!("advisories are skipped, their database cannot be fetched: {error:#}"));
        return run(&mut deny(&["check", "bans", "licenses", "sources"]));
    }
    run(&mut deny(&["check"]))
}
