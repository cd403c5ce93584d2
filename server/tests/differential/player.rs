//! A client that plays the lines of a script and says what became of each, in words that two servers can share.

use crate::support::{
    eventually,
    server::{LOGIN, PASSWORD},
    tls::Tls,
    wire::{Reply, Stream, Wire},
};
use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
};

/// A session with one of the servers.
///
/// A line is sent as it stands, but for these:
/// * `log in` is USER, PASS and TYPE I.
/// * `STOR name < text` sends the text as the file.
/// * A command that moves data is preceded by EPSV, unless the line before opened a way for it, or begins with `!`.
/// * `PORT here` and `EPRT here` name a port that the client listens on.
///
/// A server that closes the connection gets a new one for the next line.
pub(super) struct Player {
    wire: Wire,
    address: SocketAddr,
    tls: Tls,
    protected: bool,
    opened: Option<Opened>,
}

/// A way for data to come.
enum Opened {
    Passive(SocketAddr),
    Active(TcpListener),
}

impl Player {
    pub(super) fn connect(address: SocketAddr, tls: Tls) -> Self {
        let mut wire = Wire::open(address);
        wire.expect_reply(220);
        Self { wire, address, tls, protected: false, opened: None }
    }

    /// What became of a line.
    pub(super) fn play(&mut self, line: &str) -> String {
        let answer = match line {
            "log in" => {
                self.wire.log_in(LOGIN);
                return "logged in".to_owned();
            }
            _ => match line.strip_prefix('!') {
                Some(line) => self.command(line),
                None if moves_data(line) => self.transfer(line),
                None => self.command(line),
            },
        };
        let refused = answer.as_ref().is_none_or(|answer| answer.starts_with(['4', '5']));
        if refused && !self.is_alive() {
            *self = Self::connect(self.address, self.tls.clone());
            self.wire.log_in(LOGIN);
            return answer.map_or("closed".to_owned(), |answer| format!("{answer}, closed"));
        }
        answer.unwrap_or_else(|| "closed".to_owned())
    }

    /// A server that means to close has done so when it has had time to answer a command.
    fn is_alive(&mut self) -> bool {
        self.wire.try_send("NOOP") && self.wire.try_reply().is_some()
    }

    fn command(&mut self, line: &str) -> Option<String> {
        let verb = line.split(' ').next().unwrap_or_default();
        let line = match line {
            "PASS" => format!("PASS {PASSWORD}"),
            "PORT here" | "EPRT here" => self.listen(verb),
            line => line.to_owned(),
        };
        self.wire.send(&line);
        let reply = self.wire.try_reply()?;
        match (verb, reply.code) {
            ("AUTH", 234) => self.wire.handshake(self.tls.clone()),
            ("PROT", 200) => self.protected = line == "PROT P",
            ("PASV", 227) => self.opened = Some(Opened::Passive(after_pasv(&reply.text))),
            ("EPSV", 229) => self.opened = Some(Opened::Passive(after_epsv(self.address, &reply.text))),
            _ => {}
        }
        Some(told(verb, &reply))
    }

    fn listen(&mut self, verb: &str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        self.opened = Some(Opened::Active(listener));
        let [high, low] = port.to_be_bytes();
        if verb == "PORT" { format!("PORT 127,0,0,1,{high},{low}") } else { format!("EPRT |1|127.0.0.1|{port}|") }
    }

    /// The codes of both replies, and what came.
    fn transfer(&mut self, line: &str) -> Option<String> {
        let (line, content) = line.split_once(" < ").unwrap_or((line, ""));
        if self.opened.is_none() {
            let answer = self.command("EPSV")?;
            assert_eq!(answer, "229", "EPSV before {line}");
        }
        // Some servers look for the connection when the command comes.
        let passive = match &self.opened {
            Some(Opened::Passive(address)) => Some(Stream::open(*address)),
            _ => None,
        };
        self.wire.send(line);
        let first = self.wire.try_reply()?;
        let opened = self.opened.take();
        if first.code >= 200 {
            return Some(first.code.to_string());
        }
        let data = match opened {
            Some(Opened::Active(listener)) => {
                Stream::from(eventually("the server connects", || listener.accept().ok()).0)
            }
            _ => passive.unwrap(),
        };
        let data = if self.protected { self.wire.try_secure(data) } else { Ok(data) };
        let mut received = String::new();
        if let Ok(mut data) = data {
            if line.starts_with("STOR") || line.starts_with("APPE") {
                // A server that does not want it may be gone already; its reply says so.
                let _ = data.write_all(content.as_bytes()).and_then(|()| data.try_finish());
            } else if data.read_to_string(&mut received).is_err() {
                received.push_str("(cut)");
            }
        }
        let last = self.wire.try_reply()?.code;
        if last >= 400 {
            // Before 150 or after it: to the client it is the same.
            return Some(format!("{last}{}", if received.is_empty() { "" } else { ", cut" }));
        }
        Some(match line.split(' ').next() {
            Some("RETR") => format!("{last} {received:?}"),
            Some("LIST") => format!("{last} {}", sorted(received.lines().map(ls))),
            Some("NLST") => format!("{last} {}", sorted(received.lines().map(str::to_owned))),
            Some("MLSD") => format!("{last} {}", sorted(received.lines().filter_map(facts))),
            _ => last.to_string(),
        })
    }
}

fn moves_data(line: &str) -> bool {
    matches!(line.split(' ').next(), Some("RETR" | "STOR" | "APPE" | "LIST" | "NLST" | "MLSD"))
}

/// The code of a reply, and of its text what programs read.
fn told(verb: &str, reply: &Reply) -> String {
    let Reply { code, text } = reply;
    let read = match (verb, code) {
        ("PWD" | "XPWD" | "MKD" | "XMKD", 257) => {
            text.find('"').zip(text.rfind('"')).map(|(first, last)| text[first..=last].to_owned())
        }
        ("SIZE" | "MDTM", 213) => Some(text[4..].to_owned()),
        ("MLST", 250) => text.lines().nth(1).and_then(facts),
        // Between the first line and the last.
        ("STAT", 212 | 213 | 200) => {
            let lines: Vec<_> = text.lines().collect();
            lines.get(1..lines.len() - 1).map(|lines| sorted(lines.iter().map(|line| ls(line))))
        }
        _ => None,
    };
    read.map_or(code.to_string(), |read| format!("{code} {read}"))
}

/// The address in `(h1,h2,h3,h4,p1,p2)`.
fn after_pasv(text: &str) -> SocketAddr {
    let numbers = text.split_once('(').and_then(|(_, rest)| rest.split_once(')')).unwrap().0;
    let [a, b, c, d, high, low] = numbers.split(',').map(|number| number.parse().unwrap()).collect::<Vec<u8>>()[..]
    else {
        panic!("six numbers: {text}")
    };
    SocketAddr::new([a, b, c, d].into(), u16::from_be_bytes([high, low]))
}

/// The port in `(|||port|)`.
fn after_epsv(server: SocketAddr, text: &str) -> SocketAddr {
    SocketAddr::new(server.ip(), text.split('|').nth(3).unwrap().parse().unwrap())
}

/// Of a line of `ls -l` the type, the size of a file, and the name.
fn ls(line: &str) -> String {
    let line = line.trim_start();
    let mut rest = line;
    let mut columns = Vec::new();
    for _ in 0..8 {
        let (column, behind) = rest.split_once(' ').unwrap_or((rest, ""));
        columns.push(column);
        rest = behind.trim_start();
    }
    let name = rest;
    match line.chars().next() {
        Some('d') => format!("{name}/"),
        Some('-') => format!("{name} ({})", columns[4]),
        _ => line.to_owned(),
    }
}

/// Of the facts of a file its type, the size of a file, and the name. The directory itself and the one above, which some
/// servers list, are none.
fn facts(line: &str) -> Option<String> {
    let (facts, name) = line.trim_start().split_once(' ')?;
    let facts = facts.to_lowercase();
    let fact = |name: &str| facts.split(';').find_map(|fact| fact.strip_prefix(name)).unwrap_or("?").to_owned();
    match fact("type=").as_str() {
        "cdir" | "pdir" => None,
        "file" => Some(format!("{name} ({})", fact("size="))),
        kind => Some(format!("{name} {kind}")),
    }
}

fn sorted(names: impl Iterator<Item = String>) -> String {
    format!("[{}]", names.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", "))
}
