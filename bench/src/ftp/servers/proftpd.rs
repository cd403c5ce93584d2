//! `ProFTPD`: a process per session, users in a file.

use super::{Access, Login, NOBODY, PASSWORD, Pem, Prepared, passive_ports};
use crate::servers::{Setting, output, output_for};
use anyhow::Result;
use std::{fs, os::unix::fs::PermissionsExt as _, process::Command};

pub(super) fn prepare(setting: &Setting) -> Result<Prepared> {
    let Setting { kind, folder, home, place, port, .. } = setting;
    let (pem, passive) = (Pem::of(place), passive_ports(*kind));
    let program = setting.peer("proftpd-core/usr/sbin/proftpd")?;
    let modules = setting.peer("proftpd-mod-crypto/usr/lib/proftpd")?;
    let hash = output_for(Command::new("openssl").args(["passwd", "-6", "-stdin"]), PASSWORD)?;
    let users =
        setting.write("users", &format!("bench:{}:{NOBODY}:{NOBODY}::{}:/bin/false\n", hash.trim(), home.display()))?;
    // It refuses users that others could read.
    fs::set_permissions(&users, fs::Permissions::from_mode(0o600))?;
    let file = setting.write(
        "proftpd.conf",
        &format!(
            "ServerType standalone\nDefaultServer on\nDefaultAddress 127.0.0.1\nSocketBindTight on\nPort {port}\n\
             PassivePorts {} {}\nUseIPv6 off\nUseReverseDNS off\nMaxInstances none\nTimeoutIdle 86400\n\
             TimeoutNoTransfer 86400\nUser nobody\nGroup nogroup\nAuthPAM off\nAuthOrder mod_auth_file.c\n\
             AuthUserFile {}\nRequireValidShell off\nDefaultRoot ~\nUseSendfile on\nAllowOverwrite on\nUmask 022\n\
             WtmpLog off\nTransferLog none\nSystemLog none\nPidFile {}\nScoreboardFile {}\n\
             ModulePath {}\nLoadModule mod_tls.c\nTLSEngine on\nTLSRequired off\nTLSProtocol TLSv1.2 TLSv1.3\n\
             TLSECCertificateFile {}\nTLSECCertificateKeyFile {}\nTLSVerifyClient off\n\
             TLSOptions NoSessionReuseRequired\n",
            passive.0,
            passive.1,
            users.display(),
            folder.join("pid").display(),
            folder.join("scoreboard").display(),
            modules.display(),
            pem.certificate.display(),
            pem.key.display(),
        ),
    )?;
    let version = output(Command::new("sh").args(["-c", "\"$0\" -v 2>&1"]).arg(&program))?;
    let mut command = Command::new(program);
    command.arg("--nodaemon").arg("--config").arg(file);
    Ok(Prepared {
        command,
        access: Access {
            login: Login { name: "bench".to_owned(), password: PASSWORD.to_owned(), folder: Some("files".to_owned()) },
            hashing: "SHA-512 crypt, 5,000 rounds, checked each time",
            rest: None,
        },
        version: version.split_whitespace().last().unwrap_or("?").to_owned(),
    })
}
