//! libunftp with its file system back end, served by this program in a process of its own.

use super::{Access, Login, PASSWORD, Pem, Prepared, passive_ports};
use crate::servers::Setting;
use ::libunftp::{ServerBuilder, options::TlsFlags};
use anyhow::{Context, Result};
use std::{path::PathBuf, process::Command};
use unftp_sbe_fs::Filesystem;

/// As the workspace requires it.
const VERSION: &str = "0.24";

pub(super) fn prepare(setting: &Setting) -> Result<Prepared> {
    let Setting { kind, home, place, port, .. } = setting;
    let (pem, passive) = (Pem::of(place), passive_ports(*kind));
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["libunftp", &format!("127.0.0.1:{port}"), &format!("{}-{}", passive.0, passive.1)]);
    command.args([home, &pem.certificate, &pem.key]);
    Ok(Prepared {
        command,
        access: Access {
            login: Login { name: "bench".to_owned(), password: PASSWORD.to_owned(), folder: Some("files".to_owned()) },
            hashing: "anonymous, no password is checked",
            rest: None,
        },
        version: VERSION.to_owned(),
    })
}

/// Serves until it is killed.
pub(crate) fn serve(listen: &str, ports: &str, root: PathBuf, certificate: PathBuf, key: PathBuf) -> Result<()> {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let (first, last) = ports.split_once('-').context("ports are written as first-last")?;
    let ports = first.parse()?..=last.parse()?;
    Filesystem::new(&root).context("cannot open the directory to serve")?;
    #[expect(clippy::unwrap_used, reason = "the library's interface has no room for an error; it was opened above")]
    let server = ServerBuilder::new(Box::new(move || Filesystem::new(root.clone()).unwrap()))
        .passive_ports(ports)
        .ftps(certificate, key)
        .ftps_tls_flags(TlsFlags::V1_2 | TlsFlags::V1_3)
        .idle_session_timeout(86_400)
        .build()?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(server.listen(listen))?;
    Ok(())
}
