//! Pure-FTPd: a process per session, virtual users.

use super::{Access, Login, NOBODY, PASSWORD, Pem, Prepared, passive_ports};
use crate::servers::{Setting, output};
use anyhow::{Result, anyhow};
use argon2::{Argon2, password_hash::PasswordHasher};
use std::process::Command;

pub(super) fn prepare(setting: &Setting) -> Result<Prepared> {
    let Setting { kind, folder, home, place, port, .. } = setting;
    let (pem, passive) = (Pem::of(place), passive_ports(*kind));
    let program = setting.peer("pure-ftpd/usr/sbin/pure-ftpd")?;
    // pure-pw would choose parameters that take half a second; these are the ones of Wharf.
    let hash = Argon2::default().hash_password(PASSWORD.as_bytes()).map_err(|error| anyhow!("{error}"))?;
    let users =
        setting.write("users", &format!("bench:{hash}:{NOBODY}:{NOBODY}::{}/./::::::::::::\n", home.display()))?;
    let database = folder.join("users.pdb");
    output(Command::new(setting.peer("pure-ftpd/usr/bin/pure-pw")?).arg("mkdb").arg(&database).arg("-f").arg(users))?;
    let help = output(Command::new(&program).arg("--help"))?;
    let mut command = Command::new(program);
    command.args(["--login", &format!("puredb:{}", database.display()), "--bind", &format!("127.0.0.1,{port}")]);
    command.args(["--passiveportrange", &format!("{}:{}", passive.0, passive.1)]);
    command.args(["--maxclientsnumber", "100000", "--maxclientsperip", "100000", "--maxidletime", "1440"]);
    command.args(["--ipv4only", "--dontresolve", "--noanonymous", "--minuid", "1", "--tls", "1"]);
    command.arg("--certfile").arg(format!("{},{}", pem.certificate.display(), pem.key.display()));
    command.arg("--pidfile").arg(folder.join("pid"));
    Ok(Prepared {
        command,
        access: Access {
            login: Login { name: "bench".to_owned(), password: PASSWORD.to_owned(), folder: Some("files".to_owned()) },
            hashing: "argon2id with the parameters of Wharf, checked each time",
            rest: None,
        },
        version: help.split_whitespace().nth(1).unwrap_or("?").trim_start_matches('v').to_owned(),
    })
}
