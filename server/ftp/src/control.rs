//! A control connection: what commands know of it and change in it. What happens on it is in [`conversation`].

mod conversation;
mod notes;

pub(crate) use self::conversation::serve;

use crate::{
    Ftp,
    data::Plan,
    deflate::DEFAULT_LEVEL,
    digest,
    line::{Line, LineBuffer},
    listing::Facts,
    reply::Reply,
    stream::ControlStream,
    transfer::Work,
};
use std::{collections::VecDeque, sync::Arc, time::Duration};
use tokio::{net::TcpStream, sync::Semaphore, task::JoinHandle, time::Instant};
use tokio_util::sync::CancellationToken;
use wharf_core::{
    accounts::Identity,
    sessions::{Occupied, SessionHandle},
};
use wharf_vfs::{VPath, digest::Algorithm};

/// Finished data connections of one session that wait for the client to close them.
const LINGERING_MOST: usize = 4;

/// The state of one control connection.
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
    /// TLS on data connections (PROT P).
    pub(crate) protect: bool,
    /// PBSZ was sent, so PROT may follow.
    pub(crate) sized: bool,
    pub(crate) cwd: VPath,
    pub(crate) rename_from: Option<VPath>,
    pub(crate) upcoming: Upcoming,
    pub(crate) plan: Option<Plan>,
    pub(crate) parameters: Parameters,
}

/// What the client set for as long as it is logged in.
pub(crate) struct Parameters {
    /// TYPE A; otherwise TYPE I.
    pub(crate) ascii: bool,
    /// MODE Z; otherwise MODE S.
    pub(crate) deflate: bool,
    /// How well MODE Z compresses (OPTS MODE Z LEVEL).
    pub(crate) level: u32,
    /// EPSV ALL was sent: no other way to open a data connection any more.
    pub(crate) epsv_all: bool,
    /// What MLSD and MLST tell of a file.
    pub(crate) facts: Facts,
    /// How HASH computes digests (OPTS HASH).
    pub(crate) hash: Algorithm,
    /// The idle time the client asked for (SITE IDLE), below what it may have.
    pub(crate) idle: Option<Duration>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            // RFC 959 section 5.1
            ascii: true,
            deflate: false,
            level: DEFAULT_LEVEL,
            epsv_all: false,
            facts: Facts::default(),
            hash: Algorithm::default(),
            idle: None,
        }
    }
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
    /// Held until the reply is sent, so that a stop waits for it.
    _occupied: Occupied,
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

impl Control {
    /// A connection on which nothing was said yet. `implicit`: TLS comes before everything else.
    fn new(ftp: Arc<Ftp>, session: SessionHandle, stream: TcpStream, implicit: bool) -> Self {
        let now = Instant::now();
        Self {
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
            // Implicit FTPS clients expect protected data without asking for it.
            protect: implicit,
            sized: implicit,
            cwd: VPath::root(),
            rename_from: None,
            upcoming: Upcoming::default(),
            plan: None,
            parameters: Parameters::default(),
        }
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
        self.plan = None;
        self.parameters = Parameters::default();
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

    /// How long the session may be without a command.
    pub(crate) fn idle_time(&self, identity: &Identity) -> Duration {
        self.parameters.idle.unwrap_or_else(|| self.idle_limit(identity))
    }

    /// The longest [`Control::idle_time`] it may ask for.
    pub(crate) fn idle_limit(&self, identity: &Identity) -> Duration {
        identity.limits.idle_seconds.map_or(self.ftp.settings.idle, |seconds| Duration::from_secs(seconds.into()))
    }
}
