//! What webhooks talk to: an HTTP server that answers as it is told and keeps what it got.

use super::{eventually, succeed};
use rustls::{ServerConfig, ServerConnection, StreamOwned, pki_types::pem::PemObject};
use serde_json::Value;
use std::{
    collections::{BTreeMap, VecDeque},
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::Command,
    sync::{Arc, Mutex, MutexGuard},
};

/// What the receiver does with a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    /// This status and nothing else.
    Status(u16),
    /// A redirect to this port.
    Redirect(u16),
    /// Nothing, with the connection left open.
    Silence,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Delivered {
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Delivered {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }

    pub(crate) fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    /// Whether the example of the documentation takes it for genuine.
    pub(crate) fn is_genuine(&self, secret: &str) -> bool {
        let document = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/webhooks.md");
        let document = std::fs::read_to_string(document).unwrap();
        let example = document.split("```python\n").nth(1).unwrap().split("```").next().unwrap();
        let call = "import json, sys\nprint(is_genuine(sys.argv[1], json.loads(sys.argv[2]), sys.argv[3].encode()))";
        let headers = serde_json::to_string(&self.headers).unwrap();
        let script = format!("{example}\n{call}");
        let told = succeed(Command::new("python3").args(["-c", &script, secret, &headers, &self.body]));
        told.trim() == "True"
    }
}

/// The running server. Its threads end with the test.
pub(crate) struct Receiver {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    /// What to do with the next requests; 204 when there is nothing left.
    script: VecDeque<Answer>,
    got: Vec<Delivered>,
    connections: usize,
    /// Connections that wait in vain.
    silent: Vec<TcpStream>,
}

impl Receiver {
    /// Answers as in `script`, then with 204.
    pub(crate) fn start(script: &[Answer]) -> Self {
        Self::serve(script, |stream, shared| answer(BufReader::new(stream.try_clone().unwrap()), &stream, shared))
    }

    /// The same over TLS.
    pub(crate) fn start_securely(certificate: &Path, key: &Path) -> Self {
        let chain = vec![PemObject::from_pem_file(certificate).unwrap()];
        let key = PemObject::from_pem_file(key).unwrap();
        let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap();
        let config = Arc::new(config);
        Self::serve(&[], move |stream, shared| {
            let raw = stream.try_clone().unwrap();
            let connection = ServerConnection::new(config.clone()).unwrap();
            answer(BufReader::new(StreamOwned::new(connection, stream)), &raw, shared)
        })
    }

    fn serve(script: &[Answer], serve: impl Fn(TcpStream, &Mutex<Shared>) -> Option<()> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Mutex::new(Shared { script: script.iter().copied().collect(), ..Shared::default() }));
        let ours = shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                ours.lock().unwrap().connections += 1;
                // Whoever breaks off has said all that it had to say.
                let _ = serve(stream, &ours);
            }
        });
        Self { address, shared }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook?who=wharf", self.address)
    }

    /// How often somebody connected.
    pub(crate) fn connections(&self) -> usize {
        self.shared().connections
    }

    /// Everything that came so far.
    pub(crate) fn got(&self) -> Vec<Delivered> {
        self.shared().got.clone()
    }

    /// Waits until so many requests have come.
    pub(crate) fn wait_for(&self, count: usize) -> Vec<Delivered> {
        eventually(&format!("{count} requests have come"), || Some(self.got()).filter(|got| got.len() >= count))
    }

    /// Waits for an event of this type.
    pub(crate) fn wait_for_kind(&self, kind: &str) -> Delivered {
        eventually(&format!("{kind} has come"), || self.got().into_iter().find(|got| got.kind() == kind))
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap()
    }
}

/// Reads one request and answers it.
fn answer<S: Read + Write>(mut stream: BufReader<S>, raw: &TcpStream, shared: &Mutex<Shared>) -> Option<()> {
    let mut line = String::new();
    stream.read_line(&mut line).ok()?;
    assert!(line.starts_with("POST /hook?who=wharf HTTP/1.1"), "{line}");
    let mut headers = BTreeMap::new();
    loop {
        line.clear();
        stream.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let mut body = vec![0; headers["content-length"].parse().unwrap()];
    stream.read_exact(&mut body).ok()?;
    let mut shared = shared.lock().unwrap();
    shared.got.push(Delivered { headers, body: String::from_utf8(body).unwrap() });
    let head = match shared.script.pop_front().unwrap_or(Answer::Status(204)) {
        Answer::Status(status) => format!("HTTP/1.1 {status} So\r\n"),
        Answer::Redirect(port) => format!("HTTP/1.1 307 So\r\nlocation: http://127.0.0.1:{port}/hook?who=wharf\r\n"),
        Answer::Silence => {
            shared.silent.push(raw.try_clone().unwrap());
            return None;
        }
    };
    drop(shared);
    write!(stream.get_mut(), "{head}content-length: 0\r\nconnection: close\r\n\r\n").ok()?;
    stream.get_mut().flush().ok()
}
