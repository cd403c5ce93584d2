//! OpenSSH's sshd with its internal-sftp: three processes per session. It serves `nobody`, because it separates
//! privileges for everybody but root.

use super::{Access, Prepared, client_key, host_key};
use crate::servers::{Setting, output};
use anyhow::{Context as _, Result, ensure};
use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command};

const USER: &str = "nobody";
/// Where the process that talks to clients before they have logged in is locked up, as user `sshd`. Both are compiled in;
/// on a machine with an installed sshd its service makes the directory.
const PRIVILEGE_SEPARATION: &str = "/run/sshd";

pub(super) fn prepare(setting: &Setting) -> Result<Prepared> {
    let program = setting.peer("openssh-server/usr/sbin/sshd")?;
    let users = fs::read_to_string("/etc/passwd")?;
    ensure!(users.lines().any(|line| line.starts_with("sshd:")), "it needs a user called sshd");
    fs::create_dir_all(PRIVILEGE_SEPARATION).with_context(|| format!("cannot make {PRIVILEGE_SEPARATION}"))?;
    fs::set_permissions(PRIVILEGE_SEPARATION, fs::Permissions::from_mode(0o755))?;
    let sftp = format!("internal-sftp -d {}", setting.files().display());
    let file = setting.write(
        "sshd_config",
        &format!(
            "ListenAddress 127.0.0.1\nPort {}\nHostKey {}\nPidFile none\nLogLevel ERROR\nUseDNS no\nUsePAM no\n\
             StrictModes no\nAllowUsers {USER}\nAuthenticationMethods publickey\nAuthorizedKeysFile {}\n\
             MaxStartups 10000\nMaxSessions 1000\nPrintMotd no\nPrintLastLog no\nX11Forwarding no\n\
             Subsystem sftp {sftp}\nForceCommand {sftp}\n",
            setting.port,
            host_key(setting.place).display(),
            client_key(setting.place).with_extension("pub").display(),
        ),
    )?;
    let version = version(&program)?;
    let mut command = Command::new(program);
    command.args(["-D", "-e", "-f"]).arg(file);
    Ok(Prepared { command, access: Access { user: USER }, version })
}

/// `9.2` out of `OpenSSH_9.2, OpenSSL ...`
fn version(program: &Path) -> Result<String> {
    let text = output(Command::new("sh").args(["-c", "\"$0\" -V 2>&1"]).arg(program))?;
    let word = text.split([' ', ',']).next().unwrap_or_default();
    Ok(word.trim_start_matches("OpenSSH_").to_owned())
}
