//! The life of a control connection: greeting, commands, transfers beside them, goodbye.

use crate::{
    Ftp, commands,
    data::{Plan, Terms},
    deflate::DEFAULT_LEVEL,
    digest::{self, Algorithm},
    line::{LIMIT_AFTER_LOGIN, LIMIT_BEFORE_LOGIN, Line, LineBuffer},
    listing::Facts,
    reply::Reply,
    stream::ControlStream,
    transfer::{self, Job, Work},
};
use std::{collections::VecDeque, io, sync::Arc, time::Duration};
use tokio::{
    net::TcpStream,
    sync::Semaphore,
    task::JoinHandle,
    time::{Instant, sleep_until, timeout, timeout_at},
};
use tokio_util::sync::CancellationToken;
use wharf_core::{
    accounts::Identity,
    sessions::{Ending, SessionHandle},
};
use wharf_model::logs::LineKind;
use wharf_vfs::VPath;

/// Commands that may wait for a running transfer. Beyond it nothing is read until the transfer ends, which TCP tells
/// the client.
const DEFERRED_MOST: usize = 32;
/// Lines that are no commands, before the login; with the last one the connection is closed.
const NONSENSE_MOST: u8 = 5;
/// Finished data connections of one session that wait for the client to close them.
const LINGERING_MOST: usize = 4;
/// How much is read at once.
const READ: usize = 4 * 1024;
/// How long a transfer may take to notice that its session was ended.
const WIND_DOWN: Duration = Duration::from_millis(500);
/// How long a goodbye may take.
const GOODBYE: Duration = Duration::from_secs(2);

/// The state of one control connection.
#[expect(clippy::struct_excessive_bools, reason = "each is a parameter of the protocol that a command of its own sets")]
pub(crate) struct Control {
    pub(crate) ftp: Arc<Ftp>,
    pub(crate) session: SessionHandle,
    pub(crate) stream: ControlStream,
    lines: LineBuffer,
    /// Commands that came while a file moved and have to wait for it.
    deferred: VecDeque<Line>,
    transfer: Option<Running>,
    lingering: Arc<Semaphore>,
    started: Instant,
    last_activity: Instant,
    /// The reply to come may bring messages along.
    carries: bool,
    pub(crate) login: LoginState,
    /// The domain the client came for (HOST).
    pub(crate) host: Option<Box<str>>,
    pub(crate) cwd: VPath,
    pub(crate) rename_from: Option<VPath>,
    pub(crate) upcoming: Upcoming,
    /// TYPE A; otherwise TYPE I.
    pub(crate) ascii: bool,
    /// MODE Z; otherwise MODE S.
    pub(crate) deflate: bool,
    /// How well MODE Z compresses (OPTS MODE Z LEVEL).
    pub(crate) level: u32,
    /// TLS on data connections (PROT P).
    pub(crate) protect: bool,
    /// PBSZ was sent, so PROT may follow.
    pub(crate) sized: bool,
    /// EPSV ALL was sent: no other way to open a data connection any more.
    pub(crate) epsv_all: bool,
    pub(crate) plan: Option<Plan>,
    /// What MLSD and MLST tell of a file.
    pub(crate) facts: Facts,
    /// How HASH computes digests (OPTS HASH).
    pub(crate) hash: Algorithm,
    /// The idle time the client asked for (SITE IDLE), below what it may have.
    pub(crate) idle: Option<Duration>,
}

/// What the client said of its next transfer. Any other command in between makes it forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Upcoming {
    /// The byte it begins at (REST, RANG).
    pub(crate) offset: u64,
    /// The byte it ends before (RANG).
    pub(crate) end: Option<u64>,
    /// Bytes the file will have (ALLO).
    pub(crate) announced: Option<u64>,
}

/// How far the login is.
#[derive(Debug, Default)]
pub(crate) struct LoginState {
    pub(crate) name: Option<String>,
    pub(crate) identity: Option<Arc<Identity>>,
    pub(crate) failures: u8,
    /// Lines that were no commands.
    nonsense: u8,
}

/// A transfer, or a digest, which the control loop treats alike.
struct Running {
    task: JoinHandle<Reply>,
    stop: CancellationToken,
    /// The client asked for the abort, and gets an answer of its own after the transfer's.
    aborting: bool,
}

/// What a command led to.
pub(crate) enum Outcome {
    /// An answer.
    Reply(Reply),
    /// An answer, and a transfer beside the control connection that will answer for itself.
    Transfer(Reply, Work),
    /// A digest that is computed beside the control connection and will answer for itself.
    Digest(digest::Work),
    /// ABOR while a file moves.
    Abort,
    /// A last answer, then the end.
    Close(Reply),
    /// An answer, then TLS on the connection (AUTH).
    Secure(Reply),
    /// An answer, then TLS off the connection (CCC).
    Clear(Reply),
}

impl From<Reply> for Outcome {
    fn from(reply: Reply) -> Self {
        Self::Reply(reply)
    }
}

/// Why the conversation ends.
enum End {
    /// Everything was said, or there is nobody to talk to.
    Quiet,
    /// We end it, with these words.
    Goodbye(Reply),
}

impl From<io::Error> for End {
    fn from(_: io::Error) -> Self {
        Self::Quiet
    }
}

enum Event {
    Line(Line),
    /// A message for the user is not to wait for the next reply.
    Urgent,
    TransferDone(Reply),
    Killed,
    Idle,
}

/// Serves one connection to its end.
pub(crate) async fn serve(ftp: Arc<Ftp>, session: SessionHandle, stream: TcpStream, implicit: bool) {
    let now = Instant::now();
    let mut control = Control {
        ftp,
        session,
        stream: ControlStream::Plain(stream),
        lines: LineBuffer::default(),
        deferred: VecDeque::new(),
        transfer: None,
        lingering: Arc::new(Semaphore::new(LINGERING_MOST)),
        started: now,
        last_activity: now,
        carries: false,
        login: LoginState::default(),
        host: None,
        cwd: VPath::root(),
        rename_from: None,
        upcoming: Upcoming::default(),
        ascii: true,
        deflate: false,
        level: DEFAULT_LEVEL,
        // Implicit FTPS clients expect protected data without asking for it.
        protect: implicit,
        sized: implicit,
        epsv_all: false,
        plan: None,
        facts: Facts::default(),
        hash: Algorithm::default(),
        idle: None,
    };
    if implicit {
        let session = control.session.session().clone();
        // There is nothing to say goodbye with yet.
        let secured = tokio::select! {
            secured = control.secure() => secured.is_ok(),
            () = session.killed() => false,
        };
        if !secured {
            return;
        }
    }
    let end = control.converse().await;
    control.wind_up(end).await;
}

impl Control {
    async fn converse(&mut self) -> End {
        let session = self.session.session().clone();
        let greeting = Reply::new(220, self.ftp.settings.banner.clone());
        if let Err(error) = self.send(&greeting).await {
            return error.into();
        }
        loop {
            let event = match self.next_event().await {
                Ok(event) => event,
                Err(error) => {
                    let left = error.kind() == io::ErrorKind::UnexpectedEof;
                    session.farewell(if left { "client left" } else { "connection lost" });
                    return error.into();
                }
            };
            // Whatever a command waits for, a kick comes through.
            let handled = tokio::select! {
                handled = self.handle(event) => handled,
                () = session.killed() => Err(End::Quiet),
            };
            if let Some(ending) = session.ending() {
                return End::Goodbye(goodbye(ending));
            }
            if let Err(end) = handled {
                return end;
            }
        }
    }

    async fn next_event(&mut self) -> io::Result<Event> {
        if self.transfer.is_none()
            && let Some(line) = self.deferred.pop_front()
        {
            return Ok(Event::Line(line));
        }
        let deadline = self.deadline();
        let readable = self.deferred.len() < DEFERRED_MOST;
        let limit = if self.login.identity.is_some() { LIMIT_AFTER_LOGIN } else { LIMIT_BEFORE_LOGIN };
        let Self { session, stream, lines, transfer, .. } = self;
        let running = transfer.is_some();
        tokio::select! {
            biased;
            () = session.killed() => Ok(Event::Killed),
            reply = finished(transfer) => Ok(Event::TransferDone(reply)),
            line = next_line(stream, lines, limit), if readable => {
                let line = line?;
                note_command(session, &line);
                Ok(Event::Line(line))
            },
            () = session.outbox().urgent() => Ok(Event::Urgent),
            () = sleep_until(deadline), if !running => Ok(Event::Idle),
        }
    }

    async fn handle(&mut self, event: Event) -> Result<(), End> {
        match event {
            Event::Line(line) => self.handle_line(line).await,
            Event::TransferDone(reply) => {
                let aborting = self.transfer.take().is_some_and(|running| running.aborting);
                self.last_activity = Instant::now();
                self.carries = !aborting && reply.code() == 226;
                self.send(&reply).await?;
                if aborting {
                    self.send(&Reply::new(226, "ABOR successful")).await?;
                }
                Ok(())
            }
            Event::Urgent => Ok(self.speak_up().await?),
            Event::Idle => {
                self.session.farewell("idle for too long");
                Err(End::Goodbye(self.idle_reply()))
            }
            Event::Killed => Ok(()),
        }
    }

    async fn handle_line(&mut self, line: Line) -> Result<(), End> {
        let Line::Command(bytes) = &line else {
            self.send(&Reply::new(500, "Command line too long")).await?;
            return Ok(());
        };
        let (verb, argument) = crate::line::split(bytes);
        // Once a command waits, those behind it wait too, so that replies keep their order; ABOR alone overtakes, once.
        let aborting = self.transfer.as_ref().is_some_and(|running| running.aborting);
        let in_turn = if verb == "ABOR" { !aborting } else { self.deferred.is_empty() };
        let at_once = commands::during_transfer(&verb) && in_turn;
        if self.transfer.is_some() && !at_once {
            self.deferred.push_back(line);
            return Ok(());
        }
        let known = commands::known(&verb);
        if let Some(verb) = known {
            let counts = verb != "NOOP";
            if counts {
                self.last_activity = Instant::now();
            }
            if self.login.identity.is_some() && self.transfer.is_none() {
                self.session.command(verb, counts);
            }
        }
        let argument = argument.to_vec();
        self.carries = commands::carries_messages(&verb);
        let outcome = match known {
            Some(_) if argument.contains(&0) => Reply::new(501, "NUL is not allowed here").into(),
            Some(verb) => commands::execute(self, verb, &argument).await,
            None => self.not_understood(),
        };
        self.carry_out(outcome).await
    }

    /// Before the login a few lines are enough to know that somebody speaks another protocol: a scanner, or a web page
    /// that has a browser send a form here, whose fields could be commands.
    fn not_understood(&mut self) -> Outcome {
        if self.login.identity.is_none() {
            self.login.nonsense += 1;
            if self.login.nonsense >= NONSENSE_MOST {
                return Outcome::Close(Reply::new(421, "This is FTP: closing control connection"));
            }
        }
        Reply::new(500, "Command not understood").into()
    }

    async fn carry_out(&mut self, outcome: Outcome) -> Result<(), End> {
        match outcome {
            Outcome::Reply(reply) => self.send(&reply).await?,
            Outcome::Close(reply) => {
                self.session.farewell(if reply.code() == 221 { "client quit" } else { "sent away" });
                return Err(End::Goodbye(reply));
            }
            Outcome::Transfer(reply, work) => {
                self.send(&reply).await?;
                self.start(work);
            }
            Outcome::Digest(work) => {
                let stop = CancellationToken::new();
                let task = tokio::spawn(digest::run(work, stop.clone()));
                self.transfer = Some(Running { task, stop, aborting: false });
            }
            Outcome::Abort => match &mut self.transfer {
                Some(running) => {
                    running.aborting = true;
                    running.stop.cancel();
                }
                None => self.send(&Reply::new(225, "No transfer to abort")).await?,
            },
            Outcome::Secure(reply) => {
                self.send(&reply).await?;
                self.secure().await?;
                self.reset_login();
            }
            Outcome::Clear(reply) => {
                self.send(&reply).await?;
                self.stream.clear().await?;
                self.lines.clear();
                self.session.set_encryption(None);
            }
        }
        Ok(())
    }

    /// TLS on; nothing from before counts after it.
    async fn secure(&mut self) -> io::Result<()> {
        let acceptor = self.ftp.tls.control(self.session.id, self.host.as_deref());
        // A handshake is part of the login, and may not take longer than it.
        let secured = timeout_at(self.deadline(), self.stream.secure(&acceptor)).await;
        secured.map_err(|_| io::ErrorKind::TimedOut)??;
        self.lines.clear();
        self.deferred.clear();
        // HOST came in clear; what the handshake says counts more.
        if self.stream.server_name().is_some_and(|name| Some(name) != self.host.as_deref()) {
            self.host = None;
        }
        self.session.set_encryption(self.stream.encryption());
        Ok(())
    }

    /// Forgets who is logged in and everything that belongs to the login (REIN, AUTH).
    pub(crate) fn reset_login(&mut self) {
        if self.login.identity.take().is_some() {
            self.session.sign_out();
            // Only who was logged in gets time for another login; else REIN could be repeated for ever.
            self.started = Instant::now();
        }
        self.login.name = None;
        self.cwd = VPath::root();
        self.rename_from = None;
        self.upcoming = Upcoming::default();
        self.ascii = true;
        self.deflate = false;
        self.level = DEFAULT_LEVEL;
        self.epsv_all = false;
        self.plan = None;
        self.facts = Facts::default();
        self.hash = Algorithm::default();
        self.idle = None;
    }

    /// The domain the client came for, if it said so (HOST, or else SNI).
    pub(crate) fn domain(&self) -> Option<&str> {
        self.host.as_deref().or_else(|| self.stream.server_name())
    }

    /// Whether nothing may go in clear, because of the server or of the domain that is logged in to.
    pub(crate) fn requires_tls(&self) -> bool {
        self.ftp.settings.require_tls || self.login.identity.as_ref().is_some_and(|identity| identity.require_tls)
    }

    /// Whether a file moves or a listing goes out.
    pub(crate) fn is_transferring(&self) -> bool {
        self.transfer.is_some()
    }

    fn start(&mut self, work: Work) {
        let (Some(plan), Some(identity)) = (self.plan.take(), self.login.identity.clone()) else { return };
        let stop = CancellationToken::new();
        let job = Job {
            session: self.session.session().clone(),
            identity,
            plan,
            terms: Terms {
                peer: self.session.ip(),
                local: self.stream.local_ip().unwrap_or(self.session.local.ip()),
                proxies: self.ftp.settings.proxies.clone(),
                tls: self.protect.then(|| self.ftp.tls.data(self.session.id, self.host.as_deref())),
            },
            stop: stop.clone(),
            lingering: self.lingering.clone(),
            stall: self.ftp.settings.stall,
            now: self.ftp.core.clock.now(),
            deflate: self.deflate.then_some(self.level),
            work,
        };
        self.transfer = Some(Running { task: tokio::spawn(transfer::run(job)), stop, aborting: false });
    }

    fn deadline(&self) -> Instant {
        match &self.login.identity {
            None => self.started + self.ftp.settings.login,
            Some(identity) => self.last_activity + self.idle_time(identity),
        }
    }

    /// How long the session may be without a command.
    pub(crate) fn idle_time(&self, identity: &Identity) -> Duration {
        self.idle.unwrap_or_else(|| self.idle_limit(identity))
    }

    /// The longest [`Control::idle_time`] it may ask for.
    pub(crate) fn idle_limit(&self, identity: &Identity) -> Duration {
        identity.limits.idle_seconds.map_or(self.ftp.settings.idle, |seconds| Duration::from_secs(seconds.into()))
    }

    fn idle_reply(&self) -> Reply {
        let text = match &self.login.identity {
            None => "Login timed out: closing control connection".to_owned(),
            Some(identity) => {
                let seconds = self.idle_time(identity).as_secs();
                format!("No command for {seconds} seconds: closing control connection")
            }
        };
        Reply::new(421, text)
    }

    /// Sends a reply, with the messages that wait for the user where it can bring them along.
    pub(crate) async fn send(&mut self, reply: &Reply) -> io::Result<()> {
        let waiting = if std::mem::take(&mut self.carries) && reply.is_plain() && self.login.identity.is_some() {
            self.session.outbox().take()
        } else {
            Vec::new()
        };
        note_reply(&self.session, reply);
        if waiting.is_empty() {
            return self.stream.send(&reply.encode()).await;
        }
        let lines = waiting.iter().map(|outgoing| outgoing.line().into_bytes());
        self.stream.send(&reply.clone().after(lines).encode()).await?;
        self.ftp.core.messages_delivered(waiting);
        Ok(())
    }

    /// Sends the messages that wait as a reply nobody asked for. 1yz says that another one follows, and x1z that it
    /// is information (RFC 959 section 4.2).
    async fn speak_up(&mut self) -> io::Result<()> {
        let waiting = self.session.outbox().take();
        if waiting.is_empty() {
            return Ok(());
        }
        let reply = Reply::text(119, waiting.iter().map(|outgoing| outgoing.line().into_bytes()));
        self.stream.send(&reply.encode()).await?;
        self.ftp.core.messages_delivered(waiting);
        Ok(())
    }

    /// Ends what runs, says goodbye, closes.
    async fn wind_up(mut self, end: End) {
        if let Some(mut running) = self.transfer.take() {
            running.stop.cancel();
            let reply = timeout(WIND_DOWN, &mut running.task).await;
            running.task.abort();
            if let (Ok(Ok(reply)), End::Goodbye(_)) = (reply, &end) {
                let _ = timeout(GOODBYE, self.send(&reply)).await;
            }
        }
        if let End::Goodbye(reply) = end {
            let _ = timeout(GOODBYE, self.send(&reply)).await;
        }
        self.ftp.core.give_up_messages(&self.session);
        self.stream.close().await;
    }
}

/// Lines of one reply that go to the session's log; a listing over the control connection has thousands.
const NOTED_LINES: usize = 30;

/// What the client sent, without its secrets.
fn note_command(session: &SessionHandle, line: &Line) {
    match line {
        Line::Command(bytes) => {
            let (verb, argument) = crate::line::split(bytes);
            if commands::is_secret(&verb) && !argument.is_empty() {
                session.note(LineKind::Command, &format!("{verb} ****"));
            } else {
                session.note(LineKind::Command, &String::from_utf8_lossy(bytes));
            }
        }
        Line::TooLong => session.note(LineKind::Command, "(a line that is too long)"),
    }
}

fn note_reply(session: &SessionHandle, reply: &Reply) {
    let lines = reply.noted();
    let count = lines.size_hint().0;
    for line in lines.take(NOTED_LINES) {
        session.note(LineKind::Reply, &line);
    }
    if count > NOTED_LINES {
        session.note(LineKind::Reply, &format!("({} more lines)", count - NOTED_LINES));
    }
}

/// The last words to a client whose session is ended from outside. 421 is the one reply that may come unasked.
fn goodbye(ending: &Ending) -> Reply {
    let mut lines: Vec<Vec<u8>> = ending.message.lines().map(|line| line.as_bytes().to_vec()).collect();
    lines.push(ending.text().as_bytes().to_vec());
    Reply::text(421, lines)
}

/// The reply of the running transfer, once it has ended; never, while none runs.
async fn finished(transfer: &mut Option<Running>) -> Reply {
    match transfer {
        Some(running) => match (&mut running.task).await {
            Ok(reply) => reply,
            Err(error) => {
                tracing::error!(%error, "transfer task failed");
                Reply::new(451, "Transfer failed: internal error")
            }
        },
        None => std::future::pending().await,
    }
}

/// The next line. May be dropped and called again without loss.
async fn next_line(stream: &mut ControlStream, lines: &mut LineBuffer, limit: usize) -> io::Result<Line> {
    let mut chunk = [0; READ];
    loop {
        if let Some(line) = lines.pop() {
            return Ok(line);
        }
        let n = stream.read(&mut chunk).await?;
        if n == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        lines.push(&chunk[..n], limit);
    }
}
