//! From the order over the REST interface to the end of the connection, with many other sessions open. Ours only: no
//! peer takes such an order.

use super::{Bench, log_in};
use crate::{
    client::{Download, Login, Session},
    report::{Better, Row},
    servers::Server,
};
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::{
    fs::File,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

/// Account of the sessions that are kicked.
const KICKED: &str = "kicked";
/// A file without content that is larger than anybody can receive in time.
const ENDLESS: &str = "endless";
const ENDLESS_SIZE: u64 = 1 << 40;

/// What the session does when the order comes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Activity {
    Idle,
    Downloading,
}

pub(super) fn run(bench: &mut Bench) {
    let (others, kicks) = if bench.quick { (50, 10) } else { (1_000, 100) };
    for activity in [Activity::Idle, Activity::Downloading] {
        let what = match activity {
            Activity::Idle => "idle session: order to control connection closed",
            Activity::Downloading => "RETR: order to data connection reset",
        };
        let row = |quantile: &str| Row {
            section: "Kick: milliseconds",
            name: format!("{what}, {others} other sessions, {quantile}"),
            better: Better::Lower,
            aim: None,
        };
        bench.in_turn(what, |server, report| {
            let Some((address, token)) = &server.rest else { return Ok(()) };
            File::create(server.files.join(ENDLESS))?.set_len(ENDLESS_SIZE)?;
            let _others = log_in(server, others, None)?;
            let mut rest = Rest::connect(*address, token)?;
            let mut times = (0..kicks).map(|_| kick(server, &mut rest, activity)).collect::<Result<Vec<_>>>()?;
            times.sort();
            for (name, quantile) in [("p50", 50), ("p99", 99)] {
                report.add(row(name), server.kind, times[(times.len() - 1) * quantile / 100].as_secs_f64() * 1000.0);
            }
            Ok(())
        });
    }
}

/// How long a kick takes.
fn kick(server: &Server, rest: &mut Rest, activity: Activity) -> Result<Duration> {
    let mut session = Session::connect(server.address)?;
    session.log_in(&Login { name: KICKED.to_owned(), ..server.login.clone() })?;
    let id = rest.session_of(KICKED)?;
    std::thread::scope(|scope| {
        let (begun, has_begun) = std::sync::mpsc::channel();
        let client = scope.spawn(move || {
            if activity == Activity::Downloading {
                let download = Download::begin(&mut session, ENDLESS)?;
                begun.send(())?;
                download.wait_for_reset()?;
            } else {
                begun.send(())?;
                session.wait_for_end();
            }
            anyhow::Ok(Instant::now())
        });
        has_begun.recv().context("the client did not begin")?;
        let start = Instant::now();
        rest.call("POST", &format!("/api/v1/sessions/{id}/kick"))?;
        match client.join() {
            Ok(end) => Ok(end?.saturating_duration_since(start)),
            Err(_) => bail!("the client panicked"),
        }
    })
}

/// One connection to the REST interface.
struct Rest {
    stream: BufReader<TcpStream>,
    token: String,
}

impl Rest {
    fn connect(address: SocketAddr, token: &str) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), token: token.to_owned() })
    }

    /// The only session of an account.
    fn session_of(&mut self, login: &str) -> Result<String> {
        super::until(Duration::from_secs(5), || {
            let list = self.call("GET", "/api/v1/sessions?limit=10000").ok()?;
            let mut rows = list["items"].as_array()?.iter();
            let row = rows.find(|row| row["login"].as_str().is_some_and(|name| name.starts_with(login)))?;
            row["id"].as_str().map(str::to_owned)
        })
    }

    fn call(&mut self, method: &str, path: &str) -> Result<Value> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\ncontent-length: 0\r\n\r\n",
            self.token
        );
        self.stream.get_mut().write_all(request.as_bytes())?;
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
        ensure!(status.contains(" 200 "), "{path}: {}{}", status, String::from_utf8_lossy(&body));
        Ok(serde_json::from_slice(&body)?)
    }
}
