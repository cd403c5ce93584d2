//! Wharf beside its peers: builds both sides in release, fetches the peers, measures.

use crate::{
    run::{output, run, say},
    server, setup,
    workspace::{Profile, Workspace},
};
use anyhow::{Context, Result, bail};
use std::{fs, path::PathBuf, process::Command};

/// Debian packages of the peers. Each wants to be the only server of its protocol on a machine and to run from then on,
/// so they are not installed but unpacked into a folder.
const FTP_PEERS: &[&str] = &["pure-ftpd", "pure-ftpd-common", "vsftpd", "proftpd-core", "proftpd-mod-crypto"];
const SFTP_PEERS: &[&str] = &["openssh-server"];
const WEB_PEERS: &[&str] = &["nginx"];
/// Shared libraries that they need and that a small machine lacks, with their packages.
const LIBRARIES: [(&str, &str); 7] = [
    ("libaudit.so.1", "libaudit1"),
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
        let packages = match arguments.first().map(String::as_str) {
            Some("sftp") => SFTP_PEERS,
            Some("web") => WEB_PEERS,
            _ => FTP_PEERS,
        };
        bench.arg("--peers").arg(peers(workspace, packages)?);
        if packages == SFTP_PEERS {
            user_of_sshd()?;
        }
        if !asked("--wharf-binary") {
            bench.arg("--wharf-binary").arg(server::build(workspace, Profile::Release)?);
        }
    }
    run(&mut bench)
}

/// The folder of the unpacked peers; each package has its own below it.
fn peers(workspace: &Workspace, packages: &[&str]) -> Result<PathBuf> {
    let folder = workspace.target.join("bench/peers");
    let missing: Vec<_> = packages.iter().copied().filter(|package| !folder.join(package).is_dir()).collect();
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

/// Adds the user that sshd locks clients up as until they have logged in, which its package would do when installed.
fn user_of_sshd() -> Result<()> {
    const ADD: [&str; 8] =
        ["--system", "--home-dir", "/run/sshd", "--shell", "/usr/sbin/nologin", "--gid", "nogroup", "sshd"];
    let users = fs::read_to_string("/etc/passwd")?;
    if users.lines().any(|line| line.starts_with("sshd:")) {
        return Ok(());
    }
    if !setup::is_root() {
        bail!("sshd needs a user: sudo useradd {}", ADD.join(" "));
    }
    say("adding the user that sshd needs");
    run(Command::new("/usr/sbin/useradd").args(ADD))
}
