//! Wharf: its defaults, but for ports and for limits that a bench from one address would run into.

use super::{Login, PASSWORD, Prepared, Setting, free_port, output, output_for};
use anyhow::Result;
use std::process::Command;

pub(super) fn prepare(setting: &Setting) -> Result<Prepared> {
    let Setting { folder, home, place, port, passive, .. } = setting;
    let program = place.programs.wharf(setting.kind)?;
    let rest = free_port()?;
    let file = setting.write(
        "wharf.toml",
        &format!(
            "data_dir = \"{}\"\n\
             panel = {{ listen = \"127.0.0.1:{rest}\", tls = false }}\n\
             tls = {{ certificate = \"{}\", key = \"{}\" }}\n\
             limits = {{ sessions = 100000, sessions_per_ip = 100000, unauthenticated_per_ip = 100000 }}\n\
             [ftp]\n\
             listen = \"127.0.0.1:{port}\"\n\
             implicit_listen = \"off\"\n\
             passive_ports = \"{}-{}\"\n\
             idle_seconds = 86400\n\
             [sftp]\n\
             listen = \"off\"\n",
            folder.join("data").display(),
            place.certificate.display(),
            place.key.display(),
            passive.0,
            passive.1,
        ),
    )?;
    let wharf = |arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).arg("--config").arg(&file);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("WHARF_") {
                command.env_remove(name);
            }
        }
        command
    };
    output(wharf(&["domain", "add", "bench.example"]).arg("--root").arg(home))?;
    for account in ["bench", "kicked"] {
        let words = ["account", "add", "bench.example", account, "--password-stdin", "--home", "files"];
        output_for(&mut wharf(&words), PASSWORD)?;
    }
    let token = output(&mut wharf(&["token", "add", "bench", "--role", "administrator"]))?.trim().to_owned();
    let version = output(Command::new(program).arg("--version"))?.trim().replace("wharf ", "");
    let mut command = wharf(&["serve"]);
    command.env("WHARF_LOG", "warn").env("WHARF_ADMIN_PASSWORD", PASSWORD);
    Ok(Prepared {
        command,
        login: Login { name: "bench".to_owned(), password: PASSWORD.to_owned(), folder: None },
        version,
        hashing: "argon2id, 19 MiB; a verified password is remembered for five minutes",
        rest: Some((rest, token)),
    })
}
