//! A server in a temporary directory, with one domain and one account in it.

use super::{Background, eventually, rest::Rest, told, wire::Wire};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs::{self, File},
    io::Write,
    net::SocketAddr,
    ops::{Deref, RangeInclusive},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::atomic::{AtomicU16, AtomicU32, Ordering},
};

/// The domain every server has.
pub(crate) const DOMAIN: &str = "acme.example";
/// The account every server has.
pub(crate) const LOGIN: &str = "alice";
/// The password of every account. A space, a quote and a letter beyond ASCII must not matter.
pub(crate) const PASSWORD: &str = "correct 'horse' \u{fc}";
/// The password of the administrator.
const ADMIN_PASSWORD: &str = "an admin's password";

/// Passive ports of one server; below the range that the kernel gives to clients.
const FIRST_PASSIVE: u16 = 20_000;
const PASSIVE_COUNT: u16 = 100;
const PASSIVE_SLOTS: u16 = 120;

/// What a server has on disk. Nothing runs.
pub(crate) struct Site {
    directory: tempfile::TempDir,
    config: toml::Table,
}

impl Site {
    /// An empty data directory, and a configuration whose listeners are on free ports of this machine only.
    pub(crate) fn new() -> Self {
        let directory = tempfile::Builder::new().prefix("wharf-test-").tempdir().unwrap();
        fs::create_dir(directory.path().join("work")).unwrap();
        let mut site = Self { directory, config: toml::Table::new() };
        site.set("data_dir", site.data().to_str().unwrap().to_owned());
        for key in ["panel.listen", "ftp.listen", "ftp.implicit_listen"] {
            site.set(key, "127.0.0.1:0");
        }
        // Making host keys is work; [`Site::with_sftp`] wants them.
        site.set("sftp.listen", "off");
        site.set("web.listen", "off");
        let ports = passive_ports();
        site.set("ftp.passive_ports", format!("{}-{}", ports.start(), ports.end()));
        site.set("node", "test-node");
        site
    }

    /// One with the domain and the account.
    pub(crate) fn with_account() -> Self {
        let site = Self::new();
        site.add_domain(DOMAIN);
        site.add_account(LOGIN, &[]);
        site
    }

    /// One that listens for SFTP too.
    pub(crate) fn with_sftp() -> Self {
        let mut site = Self::with_account();
        site.set("sftp.listen", "127.0.0.1:0");
        site
    }

    /// One with the file client and WebDAV.
    pub(crate) fn with_web() -> Self {
        let mut site = Self::with_account();
        site.set("web.listen", "127.0.0.1:0");
        site
    }

    /// Sets a dotted configuration key.
    pub(crate) fn set(&mut self, key: &str, value: impl Into<toml::Value>) -> &mut Self {
        let (section, name) = key.split_once('.').map_or((None, key), |(section, name)| (Some(section), name));
        let table = match section {
            Some(section) => {
                let table = self.config.entry(section.to_owned());
                table.or_insert_with(|| toml::Table::new().into()).as_table_mut().unwrap()
            }
            None => &mut self.config,
        };
        table.insert(name.to_owned(), value.into());
        fs::write(self.config_file(), self.config.to_string()).unwrap();
        self
    }

    pub(crate) fn config_file(&self) -> PathBuf {
        self.directory.path().join("wharf.toml")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// The directory all homes of a domain lie in.
    pub(crate) fn root(&self, domain: &str) -> PathBuf {
        self.directory.path().join("hosted").join(domain)
    }

    /// A file or directory in the home of an account of [`DOMAIN`].
    pub(crate) fn home(&self, login: &str) -> PathBuf {
        self.root(DOMAIN).join(login)
    }

    /// A file on the client's side.
    pub(crate) fn local(&self, name: &str) -> PathBuf {
        self.directory.path().join("work").join(name)
    }

    /// A file on the client's side with this content.
    pub(crate) fn write_local(&self, name: &str, content: &[u8]) -> PathBuf {
        let file = self.local(name);
        fs::write(&file, content).unwrap();
        file
    }

    /// Puts a file into the account's home behind the server's back.
    pub(crate) fn write_home(&self, login: &str, name: &str, content: &[u8]) -> PathBuf {
        let file = self.home(login).join(name);
        fs::write(&file, content).unwrap();
        file
    }

    /// `wharf` with this configuration and nothing from the test's own environment.
    pub(crate) fn wharf(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wharf"));
        command.args(arguments).arg("--config").arg(self.config_file()).current_dir(self.directory.path());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("WHARF_") {
                command.env_remove(name);
            }
        }
        command.stdin(Stdio::null());
        command
    }

    /// Runs a command of the command line with `input` on its standard input.
    pub(crate) fn run(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = self.wharf(arguments);
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = child.expect("wharf starts");
        // A command that does not read its input may be gone already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    fn run_well(&self, arguments: &[&str], input: &str) -> String {
        let output = self.run(arguments, input);
        assert!(output.status.success(), "wharf {arguments:?}: {}\n{}", output.status, told(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) fn add_domain(&self, name: &str) {
        self.run_well(&["domain", "add", name, "--root", self.root(name).to_str().unwrap()], "");
    }

    /// Adds an account to [`DOMAIN`], with further options of `wharf account add`.
    pub(crate) fn add_account(&self, login: &str, options: &[&str]) {
        self.add_account_to(DOMAIN, login, options);
    }

    pub(crate) fn add_account_to(&self, domain: &str, login: &str, options: &[&str]) {
        let arguments = [&["account", "add", domain, login, "--password-stdin"], options].concat();
        self.run_well(&arguments, PASSWORD);
    }

    pub(crate) fn add_token(&self, name: &str, role: &str) -> String {
        self.run_well(&["token", "add", name, "--role", role], "").trim_end().to_owned()
    }

    /// Starts the server, which has to open all its listeners.
    pub(crate) fn start(self) -> Wharf {
        let command = self.wharf(&["serve"]);
        self.start_by(command)
    }

    /// Starts the server by a command of one's own.
    pub(crate) fn start_by(self, command: Command) -> Wharf {
        let process = Running::start(&self, command);
        Wharf { site: self, process }
    }

    /// Runs a server that cannot start, to its end.
    pub(crate) fn fail_to_start(&self) -> String {
        let log = File::create(self.log()).unwrap();
        let mut server = self.wharf(&["serve"]);
        let mut server = Background::start(server.stdout(log.try_clone().unwrap()).stderr(log));
        let status = server.wait();
        let text = fs::read_to_string(self.log()).unwrap();
        assert_eq!(status.code(), Some(1), "{text}");
        text
    }

    fn listens(&self, section: &str) -> bool {
        let listen = self.config.get(section).and_then(|section| section.get("listen"));
        listen.is_some_and(|listen| listen.as_str() != Some("off"))
    }

    fn log(&self) -> PathBuf {
        self.directory.path().join("server.log")
    }
}

/// Ports that no other server of the tests has.
pub(crate) fn passive_ports() -> RangeInclusive<u16> {
    static SERVERS: AtomicU16 = AtomicU16::new(0);
    #[expect(clippy::cast_possible_truncation, reason = "any slot is as good as another")]
    let process = std::process::id() as u16;
    let slot = process.wrapping_add(SERVERS.fetch_add(1, Ordering::Relaxed)) % PASSIVE_SLOTS;
    let first = FIRST_PASSIVE + slot * PASSIVE_COUNT;
    first..=first + PASSIVE_COUNT - 1
}

/// The process, and where it listens.
struct Running {
    child: Child,
    ftp: SocketAddr,
    implicit: SocketAddr,
    panel: SocketAddr,
    sftp: Option<SocketAddr>,
    web: Option<SocketAddr>,
}

impl Running {
    fn start(site: &Site, mut command: Command) -> Self {
        let announced = site.directory.path().join("announced");
        command
            .env("WHARF_ADMIN_PASSWORD", ADMIN_PASSWORD)
            .env("WHARF_LOG", "debug,sqlx=warn,hyper=warn,rustls=warn,russh=off");
        let log = File::options().create(true).append(true).open(site.log()).unwrap();
        let child = command.stdout(File::create(&announced).unwrap()).stderr(log).spawn();
        let mut child = child.expect("wharf starts");
        let (with_sftp, with_web) = (site.listens("sftp"), site.listens("web"));
        let ([panel, ftp, implicit], sftp, web) = eventually("the server announces its listeners", || {
            if let Some(status) = child.try_wait().unwrap() {
                panic!("the server ended: {status}\n{}", fs::read_to_string(site.log()).unwrap());
            }
            let lines = fs::read_to_string(&announced).unwrap();
            let address = |label| address_in(&lines, label);
            let (sftp, web) = (address("sftp"), address("files"));
            let addresses = [address("panel")?, address("ftp")?, address("ftps")?];
            ((sftp.is_some() || !with_sftp) && (web.is_some() || !with_web)).then_some((addresses, sftp, web))
        });
        Self { child, ftp, implicit, panel, sftp, web }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }
}

/// The address in a line such as `ftp    127.0.0.1:2121 (explicit TLS), ...`. The line has to be whole.
fn address_in(lines: &str, label: &str) -> Option<SocketAddr> {
    let line = lines.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    let mut words = line.map(str::split_whitespace).find(|words| words.clone().next() == Some(label))?;
    words.nth(1)?.trim_start_matches("https://").trim_start_matches("http://").parse().ok()
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A running server.
pub(crate) struct Wharf {
    process: Running,
    site: Site,
}

impl Wharf {
    /// A server with the domain and the account.
    pub(crate) fn start() -> Self {
        Site::with_account().start()
    }

    pub(crate) fn ftp(&self) -> SocketAddr {
        self.process.ftp
    }

    pub(crate) fn implicit(&self) -> SocketAddr {
        self.process.implicit
    }

    pub(crate) fn sftp(&self) -> SocketAddr {
        self.process.sftp.expect("the site listens for SFTP")
    }

    pub(crate) fn web(&self) -> SocketAddr {
        self.process.web.expect("the site has the file client")
    }

    pub(crate) fn panel(&self) -> SocketAddr {
        self.process.panel
    }

    pub(crate) fn certificate(&self) -> PathBuf {
        self.data().join("certificate.pem")
    }

    /// The REST interface, as an administrator.
    pub(crate) fn rest(&self) -> Rest {
        static TOKENS: AtomicU32 = AtomicU32::new(0);
        let name = format!("test {}", TOKENS.fetch_add(1, Ordering::Relaxed));
        Rest::new(self.panel(), Some(self.add_token(&name, "administrator")))
    }

    /// A connection that has read the greeting.
    pub(crate) fn connect(&self) -> Wire {
        let mut wire = Wire::open(self.ftp());
        wire.expect_reply(220);
        wire
    }

    /// A session of [`LOGIN`], for files byte by byte (TYPE I).
    pub(crate) fn log_in(&self) -> Wire {
        self.log_in_as(LOGIN)
    }

    pub(crate) fn log_in_as(&self, login: &str) -> Wire {
        let mut wire = self.connect();
        wire.log_in(login);
        wire
    }

    /// A session of [`LOGIN`] with control and data connections under TLS.
    pub(crate) fn log_in_securely(&self) -> Wire {
        let mut wire = self.connect();
        wire.secure(&self.certificate());
        wire.log_in(LOGIN);
        wire.protect();
        wire
    }

    /// Uploads `sent` as the beginning of `name` and breaks the upload off.
    pub(crate) fn leave_part(&self, name: &str, sent: &[u8]) {
        let mut wire = self.log_in();
        let mut data = wire.begin(&format!("STOR {name}"));
        data.write_all(sent).unwrap();
        let arrived = format!("Transferring {}: {} bytes", name.rsplit('/').next().unwrap(), sent.len());
        eventually("the bytes have arrived", || wire.command("STAT").text.contains(&arrived).then_some(()));
        wire.send("ABOR");
        wire.expect_reply(426);
        wire.expect_reply(226);
        assert!(!self.home(LOGIN).join(name).exists(), "half of {name} stands under its name");
    }

    pub(crate) fn terminate(&self) {
        self.process.signal(Signal::TERM);
    }

    /// Has it read its configuration and certificate again.
    pub(crate) fn reload(&self) {
        let before = self.log_text().len();
        self.process.signal(Signal::HUP);
        eventually("the server says that it reloaded", || self.log_text()[before..].contains("reloaded").then_some(()));
    }

    /// Ends it as a power failure would, and starts it again.
    pub(crate) fn crash_and_restart(&mut self) {
        self.process.signal(Signal::KILL);
        self.process.child.wait().unwrap();
        self.start_again();
    }

    /// Starts it after it has ended.
    pub(crate) fn start_again(&mut self) {
        self.process = Running::start(&self.site, self.site.wharf(&["serve"]));
    }

    /// Waits for the server's own end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        eventually("the server ends", || self.process.child.try_wait().unwrap())
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.process.child.try_wait().unwrap().is_none()
    }

    /// The id of the process.
    pub(crate) fn process(&self) -> u32 {
        self.process.child.id()
    }

    /// Memory of the process that is not swapped out, in KiB.
    pub(crate) fn resident(&self) -> u64 {
        self.status("VmRSS:")
    }

    /// The most that it ever was, in KiB.
    pub(crate) fn peak(&self) -> u64 {
        self.status("VmHWM:")
    }

    fn status(&self, key: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// What the server logged so far.
    pub(crate) fn log_text(&self) -> String {
        fs::read_to_string(self.site.log()).unwrap()
    }

    /// Changes the configuration file; the server notices with [`Wharf::reload`].
    pub(crate) fn set(&mut self, key: &str, value: impl Into<toml::Value>) {
        self.site.set(key, value);
    }
}

impl Deref for Wharf {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}

impl Drop for Wharf {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("--- log of the server\n{}---", self.log_text());
        }
    }
}

/// A fresh certificate for this machine and its key, in files.
pub(crate) fn make_certificate(site: &Site, name: &str) -> (PathBuf, PathBuf) {
    make_certificate_for(site, name, &["127.0.0.1", "localhost"])
}

/// A fresh certificate for these hosts and its key, in files.
pub(crate) fn make_certificate_for(site: &Site, name: &str, hosts: &[&str]) -> (PathBuf, PathBuf) {
    let hosts: Vec<_> = hosts.iter().map(|host| (*host).to_owned()).collect();
    let made = rcgen::generate_simple_self_signed(hosts).unwrap();
    let certificate = site.write_local(&format!("{name}.pem"), made.cert.pem().as_bytes());
    let key = site.write_local(&format!("{name}-key.pem"), made.signing_key.serialize_pem().as_bytes());
    (certificate, key)
}

/// The text of a path, for configuration and command lines.
pub(crate) fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}
