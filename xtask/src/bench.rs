//! Wharf beside its peers: builds both sides in release, fetches the peers, measures.

use crate::{
    run::{output, run, say},
    server, setup,
    workspace::{Profile, Workspace},
};
use anyhow::{Context, Result};
use std::{fs, path::PathBuf, process::Command};

/// Debian packages of the peers. Each wants to be the only FTP server of a machine and to run from then on, so they are
/// not installed but unpacked into a folder.
const PEERS: [&str; 5] = ["pure-ftpd", "pure-ftpd-common", "vsftpd", "proftpd-core", "proftpd-mod-crypto"];
/// Shared libraries that they need and that a small machine lacks, with their packages.
const LIBRARIES: [(&str, &str); 6] = [
    ("libhiredis.so.0.14", "libhiredis0.14"),
    ("libmemcached.so.11", "libmemcached11"),
    ("libmemcachedutil.so.2", "libmemcachedutil2"),
    ("libpcre2-posix.so.3", "libpcre2-posix3"),
    ("libsodium.so.23", "libsodium23"),
    ("libwrap.so.0", "libwrap0"),
];

/// Builds what is needed, then measures; `arguments` are those of the bench itself.
pub(crate) fn run_all(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let asked = |option: &str| arguments.iter().any(|word| word == option || word.starts_with(&format!("{option}=")));
    say("building the bench");
    run(workspace.command("cargo").args(["build", "--release", "--package", "wharf-bench"]))?;
    let mut bench = workspace.command(workspace.target.join("release/wharf-bench"));
    bench.args(arguments);
    if !asked("--help") && !asked("-h") {
        setup::programs(&setup::CLIENTS)?;
        bench.arg("--peers").arg(peers(workspace)?);
        if !asked("--wharf-binary") {
            bench.arg("--wharf-binary").arg(server::build(workspace, Profile::Release)?);
        }
    }
    run(&mut bench)
}

/// The folder of the unpacked peers; each package has its own below it.
fn peers(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.target.join("bench/peers");
    let missing: Vec<_> = PEERS.into_iter().filter(|package| !folder.join(package).is_dir()).collect();
    if missing.is_empty() {
        return Ok(folder);
    }
    let known = output(Command::new("/sbin/ldconfig").arg("-p"))?;
    let libraries = LIBRARIES.into_iter().filter(|(library, _)| !known.contains(library));
    let libraries: Vec<_> = libraries.map(|(_, package)| package).collect();
    if !libraries.is_empty() {
        setup::packages_by_apt(&libraries)?;
    }
    let archives = workspace.target.join("bench/archives");
    for folder in [&archives, &folder] {
        fs::create_dir_all(folder)?;
    }
    say(&format!("unpacking {}", missing.join(" ")));
    run(Command::new("apt-get").current_dir(&archives).args(["download", "--quiet"]).args(&missing))?;
    for archive in fs::read_dir(&archives)? {
        let archive = archive?;
        let name = archive.file_name();
        let package = name.to_str().and_then(|name| name.split_once('_')).context("an archive has a strange name")?.0;
        run(Command::new("dpkg-deb").arg("--extract").arg(archive.path()).arg(folder.join(package)))?;
    }
    Ok(folder)
}
