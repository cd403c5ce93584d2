//! What the tests stand on.
//!
//! * [`server`]: a server in a temporary directory
//! * [`rest`]: the REST interface, through curl
//! * [`receiver`]: what webhooks talk to
//! * [`siege`]: a server under attack
//! * [`ssh`]: SSH clients
//! * [`tls`]: the client's side of TLS
//! * [`wire`]: an FTP client that shows every byte
//! * [`client`]: curl, lftp, rclone and other clients behind one face

pub(crate) mod client;
pub(crate) mod receiver;
pub(crate) mod rest;
pub(crate) mod server;
pub(crate) mod siege;
pub(crate) mod ssh;
pub(crate) mod tls;
pub(crate) mod wire;

use std::{
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Output, Stdio},
    time::{Duration, Instant},
};

/// How long anything may take that the test waits for. Far more than it needs; only a failure waits this long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// How long a whole client program may run.
const CLIENT_SECONDS: &str = "90";

/// Asks until there is an answer.
pub(crate) fn eventually<T>(what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(answer) = probe() {
            return answer;
        }
        assert!(start.elapsed() < PATIENCE, "waited in vain until {what}");
        pause();
    }
}

#[expect(clippy::disallowed_methods, reason = "the one pause between two looks at another process")]
fn pause() {
    std::thread::sleep(Duration::from_millis(20));
}

/// Where `name` is installed. Its absence fails the test.
pub(crate) fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|directory| directory.join(name)).find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("these tests need the program {name}: cargo xtask setup installs it"))
}

/// A client program that is ended if it hangs.
pub(crate) fn bounded(name: &str) -> Command {
    let mut command = Command::new(program("timeout"));
    command.args(["--kill-after=5", CLIENT_SECONDS]).arg(program(name)).stdin(Stdio::null());
    command
}

/// Runs `command`, which has to succeed. What it wrote to standard output.
pub(crate) fn succeed(command: &mut Command) -> String {
    let output = command.output().expect("a program starts");
    assert!(output.status.success(), "{command:?}: {}\n{}", output.status, told(&output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Everything a program wrote.
pub(crate) fn told(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes)).concat()
}

/// A program beside the test, ended with it.
pub(crate) struct Background(Child);

impl Background {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.spawn().expect("a program starts"))
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        eventually("a program ends", || self.0.try_wait().unwrap())
    }

    /// Its standard input and output, which have to be pipes.
    pub(crate) fn pipes(&mut self) -> (ChildStdin, ChildStdout) {
        (self.0.stdin.take().unwrap(), self.0.stdout.take().unwrap())
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Bytes that look random and are the same each time. No two of them begin alike.
pub(crate) fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// The file has exactly these bytes. They are not printed: they are many.
pub(crate) fn assert_content(file: &Path, expected: &[u8]) {
    let content = std::fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    assert_eq!(content.len(), expected.len(), "length of {}", file.display());
    assert!(content == expected, "{} differs from what was sent", file.display());
}

/// Names in a directory, sorted, without unfinished uploads.
pub(crate) fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = everything(directory);
    names.retain(|name| !name.starts_with(".wharf-part."));
    names
}

/// Names in a directory, sorted.
pub(crate) fn everything(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
