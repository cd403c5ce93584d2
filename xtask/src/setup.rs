//! What a fresh machine lacks, and how to get it.
//!
//! Each function looks first and does nothing when the thing is there. What cannot be installed from here (no root,
//! no apt) becomes an error of one line that says what to install.

use crate::{
    run::{output, run, say, which},
    wasm,
    workspace::Workspace,
};
use anyhow::{Result, bail};
use std::{fs, os::unix::fs::MetadataExt as _, process::Command, sync::Once};

/// A program, or any other file by its full path, and the Debian package that has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Need {
    program: &'static str,
    package: &'static str,
}

const fn need(program: &'static str, package: &'static str) -> Need {
    Need { program, package }
}

/// The clients that the integration tests and the demo move files with.
pub(crate) const CLIENTS: [Need; 20] = [
    need("aria2c", "aria2"),
    need("curl", "curl"),
    need("fusermount3", "fuse3"),
    need("git", "git"),
    need("lftp", "lftp"),
    need("litmus", "litmus"),
    need("ncftpput", "ncftp"),
    need("openssl", "openssl"),
    need("perl", "perl"),
    need("/usr/share/perl5/IO/Socket/SSL.pm", "libio-socket-ssl-perl"),
    need("python3", "python3"),
    need("/usr/lib/python3/dist-packages/asyncssh/__init__.py", "python3-asyncssh"),
    need("/usr/lib/python3/dist-packages/paramiko/__init__.py", "python3-paramiko"),
    need("rclone", "rclone"),
    need("ssh", "openssh-client"),
    need("ssh-audit", "ssh-audit"),
    need("sshfs", "sshfs"),
    need("sshpass", "sshpass"),
    need("tnftp", "tnftp"),
    need("wget", "wget"),
];
/// What the server is linked with.
pub(crate) const LIBRARIES: [Need; 1] = [need("/usr/include/security/pam_appl.h", "libpam0g-dev")];
/// Node, for the browser tests and for making the wasm smaller.
pub(crate) const NODE: [Need; 2] = [need("node", "nodejs"), need("npm", "npm")];
/// The browser of the browser tests.
pub(crate) const BROWSER: [Need; 1] = [need("chromium", "chromium")];

/// Installs all of it.
pub(crate) fn everything(workspace: &Workspace) -> Result<()> {
    programs(&LIBRARIES)?;
    programs(&CLIENTS)?;
    programs(&NODE)?;
    programs(&BROWSER)?;
    node_modules(workspace)?;
    let toolchain = wasm::toolchain(workspace)?;
    say(&format!("everything is there; WebAssembly is built with {toolchain}"));
    Ok(())
}

/// Makes sure that programs are on the path.
pub(crate) fn programs(needs: &[Need]) -> Result<()> {
    let packages: Vec<_> = needs.iter().filter(|need| which(need.program).is_none()).map(|need| need.package).collect();
    if packages.is_empty() { Ok(()) } else { packages_by_apt(&packages) }
}

/// Installs Debian packages.
pub(crate) fn packages_by_apt(packages: &[&str]) -> Result<()> {
    static UPDATE: Once = Once::new();
    let list = packages.join(" ");
    if which("apt-get").is_none() {
        bail!("please install: {list}");
    }
    if !is_root() {
        bail!("please install: sudo apt-get install -y --no-install-recommends {list}");
    }
    say(&format!("installing {list}"));
    let apt = || {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    // Without fresh lists apt asks for versions that are gone; a list that cannot be fetched may still be good enough.
    UPDATE.call_once(|| {
        if let Err(error) = run(apt().args(["update", "--quiet"])) {
            say(&format!("going on with the package lists there are: {error:#}"));
        }
    });
    run(apt().args(["install", "--yes", "--quiet", "--no-install-recommends"]).args(packages))
}

/// Makes sure that the node modules are those of the lock file.
pub(crate) fn node_modules(workspace: &Workspace) -> Result<()> {
    let folder = workspace.end2end();
    // npm writes this file last; it is as old as the last installation.
    let installed = fs::metadata(folder.join("node_modules/.package-lock.json")).and_then(|file| file.modified());
    let wanted = fs::metadata(folder.join("package-lock.json")).and_then(|file| file.modified())?;
    if installed.is_ok_and(|installed| installed >= wanted) {
        return Ok(());
    }
    programs(&NODE)?;
    say("installing the node modules of end2end");
    let mut npm = workspace.command("npm");
    npm.args(["ci", "--prefix", "end2end", "--no-audit", "--no-fund"]).env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    run(&mut npm)
}

/// Makes sure that cargo has a subcommand, building it if need be.
pub(crate) fn cargo_program(workspace: &Workspace, name: &str) -> Result<()> {
    if output(Command::new("cargo").args([name, "--version"])).is_ok() {
        return Ok(());
    }
    let package = format!("cargo-{name}");
    say(&format!("installing {package}; this takes some minutes, once"));
    run(workspace.command("cargo").args(["install", "--locked", &package]))
}

/// Whether this process may install system packages.
pub(crate) fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}
