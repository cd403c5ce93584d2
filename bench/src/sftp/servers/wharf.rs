//! Wharf, with SFTP alone.

use super::{Access, Prepared, client_key};
use crate::servers::{Setting, free_port, output, wharf::Wharf};
use anyhow::Result;

const ACCOUNT: &str = "bench";

pub(super) fn prepare(setting: &Setting) -> Result<Prepared> {
    let sections = format!(
        "[ftp]\n\
         listen = \"off\"\n\
         implicit_listen = \"off\"\n\
         [sftp]\n\
         listen = \"127.0.0.1:{}\"\n\
         idle_seconds = 86400\n\
         [web]\n\
         listen = \"off\"\n",
        setting.port,
    );
    let wharf = Wharf::new(setting, free_port()?, &sections)?;
    wharf.add_account(ACCOUNT)?;
    let key = client_key(setting.place).with_extension("pub");
    output(wharf.command(&["account", "key", "add", ACCOUNT]).arg(key))?;
    Ok(Prepared { command: wharf.serve(), access: Access { user: ACCOUNT }, version: wharf.version()? })
}
