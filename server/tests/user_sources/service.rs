//! A web service that knows users, and does odd things for some of them.

use crate::support::server::PASSWORD;
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// The running service. Its threads end with the test.
pub(super) struct Service {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Value>>>,
}

impl Service {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let ours = asked.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let asked = ours.clone();
                thread::spawn(move || serve(&stream, &asked));
            }
        });
        Self { address, asked }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/check?domain={{domain}}", self.address)
    }

    /// The bodies of all questions about a login.
    pub(super) fn asked(&self, login: &str) -> Vec<Value> {
        self.asked.lock().unwrap().iter().filter(|body| body["login"] == login).cloned().collect()
    }
}

/// Whoever breaks off has heard all that it wants to.
fn serve(mut stream: &TcpStream, asked: &Mutex<Vec<Value>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    assert!(line.starts_with("POST /check?domain=acme.example HTTP/1.1"), "{line}");
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body: Value = serde_json::from_slice(&body).unwrap();
    asked.lock().unwrap().push(body.clone());
    let knows = body["password"] == PASSWORD;
    let answer = |allowed: bool| json!({ "user": { "allowed": allowed } }).to_string();
    let (status, text) = match body["login"].as_str().unwrap() {
        "broken" => (500, answer(true)),
        "moved" => (302, answer(true)),
        "babble" => (200, body["password"].to_string().repeat(3)),
        "unauthorized" => (401, answer(true)),
        "hanging" => {
            thread::park();
            return None;
        }
        "huge" => {
            write!(stream, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{{\"user\":\"").ok()?;
            let piece = vec![b'x'; 1 << 16];
            loop {
                stream.write_all(&piece).ok()?;
            }
        }
        _ => (200, answer(knows)),
    };
    let length = text.len();
    write!(stream, "HTTP/1.1 {status} So\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{text}").ok()
}
