//! Real clients that do one thing until somebody ends their session.

use super::{Activity, CROWDED, ENDLESS, KICKED, text};
use crate::{ftp::servers::Server, servers::wharf::PASSWORD};
use anyhow::{Context as _, Result};
use std::{
    path::Path,
    process::{Child, Command, Stdio},
};

/// What Python runs.
const FTPLIB: &str = include_str!("ftplib_client.py");

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Program {
    Curl,
    Lftp,
    Ftplib,
}

impl Program {
    pub(super) const ALL: [Self; 3] = [Self::Curl, Self::Lftp, Self::Ftplib];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::Lftp => "lftp",
            Self::Ftplib => "ftplib",
        }
    }
}

/// A running client. It ends with this value.
#[derive(Debug)]
pub(super) struct Client(Child);

impl Client {
    /// `endless` is what it uploads.
    pub(super) fn start(
        program: Program,
        activity: Activity,
        tls: bool,
        server: &Server,
        endless: &Path,
    ) -> Result<Self> {
        let mut command = match program {
            Program::Curl => curl(activity, tls, server, endless)?,
            Program::Lftp => lftp(activity, tls, server, endless)?,
            Program::Ftplib => ftplib(activity, tls, server, endless)?,
        };
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Self(command.spawn().with_context(|| format!("cannot start {}", program.name()))?))
    }

    pub(super) fn id(&self) -> u32 {
        self.0.id()
    }

    /// It may want to begin again, or be busy with what it got before the end.
    pub(super) fn end(&mut self) -> Result<()> {
        self.0.kill()?;
        self.0.wait()?;
        Ok(())
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

fn curl(activity: Activity, tls: bool, server: &Server, endless: &Path) -> Result<Command> {
    let mut command = Command::new("curl");
    command.args(["-q", "-s", "-k", "-u", &format!("{KICKED}:{PASSWORD}")]);
    if tls {
        command.arg("--ssl-reqd");
    }
    let url = |path: &str| format!("ftp://{}/{path}", server.address);
    match activity {
        Activity::Retr => command.arg(url(ENDLESS)),
        Activity::Stor => command.args(["-T", text(endless)?, &url("upload")]),
        // So slow that the listing is on its way when the order comes.
        Activity::List => command.args(["--limit-rate", "64k", &url(&format!("{CROWDED}/"))]),
        // A minute between two transfers over one connection.
        Activity::Idle | Activity::BeforeLogin => {
            command.args(["--rate", "1/m", "-I", &url(ENDLESS), "-I", &url(ENDLESS)])
        }
    };
    Ok(command)
}

fn lftp(activity: Activity, tls: bool, server: &Server, endless: &Path) -> Result<Command> {
    let security = if tls { "set ftp:ssl-force yes; set ftp:ssl-protect-list yes" } else { "set ftp:ssl-allow no" };
    let deed = match activity {
        Activity::Retr => format!("cat {ENDLESS}"),
        Activity::Stor => format!("put {} -o upload", text(endless)?),
        Activity::List => format!("set net:limit-rate 65536; ls {CROWDED}"),
        Activity::Idle | Activity::BeforeLogin => "cd /; sleep 60".to_owned(),
    };
    let script = format!(
        "set net:max-retries 1; set net:idle 1h; set ssl:verify-certificate no; {security}; \
         open -u {KICKED},{PASSWORD} ftp://{}; {deed}",
        server.address
    );
    let mut command = Command::new("lftp");
    command.args(["--norc", "-c", &script]);
    Ok(command)
}

fn ftplib(activity: Activity, tls: bool, server: &Server, endless: &Path) -> Result<Command> {
    let deed = match activity {
        Activity::Retr => ["retr", ENDLESS],
        Activity::Stor => ["stor", text(endless)?],
        Activity::List => ["list", CROWDED],
        Activity::Idle => ["idle", ""],
        Activity::BeforeLogin => ["before-login", ""],
    };
    let (ip, port) = (server.address.ip().to_string(), server.address.port().to_string());
    let mut command = Command::new("python3");
    command.args(["-c", FTPLIB, if tls { "tls" } else { "plain" }, &ip, &port, KICKED, PASSWORD]).args(deed);
    Ok(command)
}
