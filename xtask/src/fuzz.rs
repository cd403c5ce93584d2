//! Fuzzing what clients send: the targets in `server/ftp/fuzz` and `server/sftp/fuzz`, one after the other.

use crate::{
    run::{output, run, say},
    setup,
    workspace::Workspace,
};
use anyhow::{Result, ensure};

/// Runs every target for `seconds`, also after one found something, and names those that did. What a target learned
/// stays in `corpus/` beside it, so that the next run goes on from there.
pub(crate) fn run_all(workspace: &Workspace, seconds: u32) -> Result<()> {
    setup::cargo_program(workspace, "fuzz")?;
    let mut found = Vec::new();
    for protocol in ["ftp", "sftp"] {
        found.extend(run_protocol(workspace, protocol, seconds)?);
    }
    ensure!(found.is_empty(), "found something: {}", found.join(", "));
    Ok(())
}

/// The targets of one crate that found something.
fn run_protocol(workspace: &Workspace, protocol: &str, seconds: u32) -> Result<Vec<String>> {
    let directory = workspace.root.join("server").join(protocol);
    let fuzz = |subcommand: &str| {
        // Niceness, because it would take the whole machine for as long as it runs.
        let mut command = workspace.command("nice");
        command.args(["-n", "19", "cargo", "fuzz", subcommand]).current_dir(&directory);
        // Instrumenting takes flags that a stable compiler has, but does not let everybody use.
        command.env("RUSTC_BOOTSTRAP", "1");
        command
    };
    let mut found = Vec::new();
    for target in output(&mut fuzz("list"))?.lines() {
        say(&format!("fuzzing: {target}"));
        let mut command = fuzz("run");
        // No sanitizer: there is no unsafe code here for one to look at.
        command.args(["--sanitizer", "none", target, "--", "-timeout=5"]);
        command.arg(format!("-dict=fuzz/{protocol}.dict"));
        command.arg(format!("-max_total_time={seconds}"));
        if let Err(error) = run(&mut command) {
            say(&format!("{target}: {error:#}"));
            found.push(target.to_owned());
        }
    }
    Ok(found)
}
