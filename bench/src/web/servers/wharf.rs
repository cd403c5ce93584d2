//! Wharf, with HTTP alone.

use super::{Access, Prepared};
use crate::{
    servers::{Pem, Setting, free_port, wharf::Wharf},
    web::curl::USER,
};
use anyhow::Result;

pub(super) fn prepare(setting: &Setting) -> Result<Prepared> {
    let pem = Pem::of(setting.place);
    let sections = format!(
        "tls = {{ certificate = \"{}\", key = \"{}\" }}\n\
         [ftp]\n\
         listen = \"off\"\n\
         implicit_listen = \"off\"\n\
         [sftp]\n\
         listen = \"off\"\n\
         [web]\n\
         listen = \"127.0.0.1:{}\"\n",
        pem.certificate.display(),
        pem.key.display(),
        setting.port,
    );
    let wharf = Wharf::new(setting, free_port()?, &sections)?;
    wharf.add_account(USER)?;
    Ok(Prepared { command: wharf.serve(), access: Access { files: "dav/", tus: true }, version: wharf.version()? })
}
