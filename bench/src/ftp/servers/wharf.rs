//! Wharf, with FTP alone.

use super::{Access, Login, PASSWORD, Pem, Prepared, passive_ports};
use crate::servers::{Setting, free_port, output, wharf::Wharf};
use anyhow::Result;
use std::net::{Ipv4Addr, SocketAddr};

pub(super) fn prepare(setting: &Setting) -> Result<Prepared> {
    let (pem, passive) = (Pem::of(setting.place), passive_ports(setting.kind));
    let rest = free_port()?;
    let sections = format!(
        "tls = {{ certificate = \"{}\", key = \"{}\" }}\n\
         [ftp]\n\
         listen = \"127.0.0.1:{}\"\n\
         implicit_listen = \"off\"\n\
         passive_ports = \"{}-{}\"\n\
         idle_seconds = 86400\n\
         [sftp]\n\
         listen = \"off\"\n\
         [web]\n\
         listen = \"off\"\n",
        pem.certificate.display(),
        pem.key.display(),
        setting.port,
        passive.0,
        passive.1,
    );
    let wharf = Wharf::new(setting, rest, &sections)?;
    for account in ["bench", "kicked"] {
        wharf.add_account(account)?;
    }
    let token = output(&mut wharf.command(&["token", "add", "bench", "--role", "administrator"]))?.trim().to_owned();
    Ok(Prepared {
        command: wharf.serve(),
        access: Access {
            login: Login { name: "bench".to_owned(), password: PASSWORD.to_owned(), folder: None },
            hashing: "argon2id, 19 MiB; a verified password is remembered for five minutes",
            rest: Some((SocketAddr::from((Ipv4Addr::LOCALHOST, rest)), token)),
        },
        version: wharf.version()?,
    })
}
