//! Orders over REST, and looks at the session that is to be ended.

use super::{Activity, PATIENCE};
use crate::race::{pause, until};
use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// Account of the sessions that are ended.
pub(super) const KICKED: &str = "kicked";
/// A session that does nothing for as long is idle.
const AT_REST: Duration = Duration::from_millis(100);

/// One connection to the REST interface.
pub(super) struct Rest {
    stream: BufReader<TcpStream>,
    token: String,
}

impl Rest {
    pub(super) fn connect(address: SocketAddr, token: &str) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), token: token.to_owned() })
    }

    /// Waits until the session that is to be ended does what it should. Its id.
    pub(super) fn until_busy(&mut self, activity: Activity) -> Result<String> {
        let mut before = Value::Null;
        until(PATIENCE, || {
            let row = self.victim().ok()??;
            let busy = match activity {
                Activity::Retr | Activity::Stor => row["done"].as_u64() > Some(0),
                Activity::List => row["status"] == "LIST",
                Activity::Idle | Activity::BeforeLogin => {
                    let rests = row == before && row["state"] != "transferring";
                    if !rests {
                        before = row.clone();
                        pause(AT_REST);
                    }
                    rests
                }
            };
            row["id"].as_str().filter(|_| busy).map(str::to_owned)
        })
        .with_context(|| format!("no session does what it should ({})", activity.name()))
    }

    /// Waits until the session is gone, so that the next one is not taken for it.
    pub(super) fn until_gone(&mut self) -> Result<()> {
        until(PATIENCE, || self.victim().ok()?.is_none().then_some(())).context("the session is still there")
    }

    /// The only session of the account, or the only one that has not logged in.
    fn victim(&mut self) -> Result<Option<Value>> {
        self.send("GET", "/api/v1/sessions?limit=10000")?;
        let mut list = self.answer()?;
        let rows = list["items"].as_array_mut().context("a list has items")?;
        let ours = |row: &Value| row["login"].as_str().is_none_or(|login| login == KICKED);
        let Some(place) = rows.iter().position(ours) else { return Ok(None) };
        let mut row = rows.swap_remove(place);
        // It only says how long the other members have been as they are.
        if let Some(members) = row.as_object_mut() {
            members.remove("idle_seconds");
        }
        Ok(Some(row))
    }

    pub(super) fn send(&mut self, method: &str, path: &str) -> Result<()> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\ncontent-length: 0\r\n\r\n",
            self.token
        );
        Ok(self.stream.get_mut().write_all(request.as_bytes())?)
    }

    /// The answer to what was sent.
    pub(super) fn answer(&mut self) -> Result<Value> {
        let mut status = String::new();
        self.stream.read_line(&mut status)?;
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.parse()?;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        ensure!(status.contains(" 200 "), "{}{}", status, String::from_utf8_lossy(&body));
        Ok(serde_json::from_slice(&body)?)
    }
}
