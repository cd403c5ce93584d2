//! curl, which knows nothing of this machine's configuration and proxies. Cipher and version of TLS are always the same,
//! so that all servers do the same work.

use super::servers::Server;
use crate::servers::{Pem, Place, output, wharf::PASSWORD};
use anyhow::{Context as _, Result, ensure};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

pub(crate) const TLS: &str = "TLS 1.3";
pub(crate) const SUITE: &str = "TLS_AES_256_GCM_SHA384";
/// The account of every server.
pub(super) const USER: &str = "bench";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    Http1,
    Http2,
}

impl Version {
    pub(super) const ALL: [Self; 2] = [Self::Http1, Self::Http2];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Http1 => "HTTP/1.1",
            Self::Http2 => "HTTP/2",
        }
    }

    /// As curl shows it.
    fn number(self) -> &'static str {
        self.name().trim_start_matches("HTTP/")
    }
}

/// An upload that was begun and waits for its bytes (tus).
pub(super) struct Begun {
    url: String,
    cookies: PathBuf,
}

/// A client of one server.
pub(super) struct Curl<'a> {
    server: &'a Server,
    certificate: PathBuf,
    version: Version,
}

impl<'a> Curl<'a> {
    pub(super) fn new(place: &Place, server: &'a Server, version: Version) -> Self {
        Self { server, certificate: Pem::of(place).certificate, version }
    }

    /// Gets a file of this size and throws it away.
    pub(super) fn get(&self, name: &str, size: u64) -> Result<()> {
        let mut command = self.command();
        command.args(["--user", &credentials(), "--output", "/dev/null"]).arg(self.url(name));
        let arrived = self.run(command.args(["--write-out", "%{http_version} %{size_download}"]))?;
        ensure!(arrived == size.to_string(), "{arrived} bytes arrived");
        Ok(())
    }

    /// Sends a file with PUT.
    pub(super) fn put(&self, file: &Path, name: &str) -> Result<()> {
        let mut command = self.command();
        command.args(["--user", &credentials(), "--output", "/dev/null", "--upload-file"]).arg(file);
        self.run(command.arg(self.url(name)).args(["--write-out", "%{http_version} "])).map(drop)
    }

    /// Signs in as a browser does, and creates an upload of `size` bytes.
    pub(super) fn begin(&self, folder: &Path, name: &str, size: u64) -> Result<Begun> {
        let cookies = folder.join(format!("cookies-{name}"));
        let body = serde_json::json!({"login": USER, "password": PASSWORD, "code": ""}).to_string();
        let mut sign_in = self.command();
        sign_in.args(["--output", "/dev/null", "--header", "content-type: application/json", "--data", &body]);
        output(sign_in.arg("--cookie-jar").arg(&cookies).arg(self.root("do/sign_in")))?;
        let mut create = self.command();
        create.args(["--request", "POST", "--output", "/dev/null", "--write-out", "%header{location}"]);
        create.args(["--header", "tus-resumable: 1.0.0", "--header", &format!("upload-length: {size}")]);
        create.args(["--header", &format!("upload-metadata: path {}", BASE64_STANDARD.encode(format!("/{name}")))]);
        let location = output(create.arg("--cookie").arg(&cookies).arg(self.root("uploads")))?;
        let path = location.trim().strip_prefix('/').context("the upload has no place")?;
        Ok(Begun { url: self.root(path), cookies })
    }

    /// Sends all of an upload that was begun.
    pub(super) fn patch(&self, file: &Path, begun: &Begun) -> Result<()> {
        let mut command = self.command();
        command.args(["--request", "PATCH", "--output", "/dev/null", "--upload-file"]).arg(file);
        command.args(["--header", "tus-resumable: 1.0.0", "--header", "upload-offset: 0"]);
        command.args(["--header", "content-type: application/offset+octet-stream"]);
        command.arg("--cookie").arg(&begun.cookies).arg(&begun.url);
        self.run(command.args(["--write-out", "%{http_version} "])).map(drop)
    }

    fn command(&self) -> Command {
        let mut command = Command::new("curl");
        command.args(["--disable", "--silent", "--show-error", "--fail", "--noproxy", "*", "--cacert"]);
        command.arg(&self.certificate).args(["--tlsv1.3", "--tls13-ciphers", SUITE]);
        command.arg(if self.version == Version::Http1 { "--http1.1" } else { "--http2" });
        command
    }

    /// What it writes behind the version of HTTP, which has to be the one that is wanted.
    fn run(&self, command: &mut Command) -> Result<String> {
        let text = output(command)?;
        let (version, rest) = text.split_once(' ').context("curl does not say what it did")?;
        ensure!(version == self.version.number(), "it was HTTP/{version}");
        Ok(rest.to_owned())
    }

    fn root(&self, path: &str) -> String {
        format!("https://{}/{path}", self.server.address)
    }

    fn url(&self, name: &str) -> String {
        self.root(&format!("{}{name}", self.server.access.files))
    }
}

fn credentials() -> String {
    format!("{USER}:{PASSWORD}")
}

/// What the client calls itself.
pub(crate) fn version() -> Result<String> {
    let text = output(Command::new("curl").arg("--version"))?;
    Ok(text.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
}
