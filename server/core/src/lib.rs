//! The house rules, the same for every protocol and for the panel.
//!
//! May import `wharf-model`, `wharf-store` and `wharf-vfs`; protocols, the panel and the binary import it.
//!
//! * [`sessions`]: who is connected, exact caps, the way to end a session
//! * [`transfers`]: files that move within a session
//! * [`live`]: what viewers see change
//! * [`kicks`]: ending sessions and transfers on an operator's order
//! * [`bans`], [`rules`]: who may come in; `gate`: the same, ready to be asked at every accept
//! * [`logs`]: what sessions said and did
//! * [`chat`]: messages to and from users
//! * [`notices`]: news for open pages
//! * [`events`], [`webhooks`]: news for other programs
//! * [`audit`]: what operators did; [`orders`]: what can be wrong with their orders
//! * [`accounts`]: transfer accounts, homes, limits
//! * [`logins`]: logging in over a file-transfer protocol; [`ssh_logins`]: over SSH, in several steps
//! * [`ssh_keys`]: the keys of accounts; [`public_keys`]: reading them; [`codes`]: one-time codes
//! * [`limits`]: from the server down to the account; the strictest holds
//! * [`http_sessions`]: sessions that no connection holds; [`links`]: share links of accounts
//! * [`domains`]: hosted domains; [`user_sources`]: users whom a domain does not know itself
//! * [`overview`]: what an operator has, and what of it wants looking after
//! * [`deletions`]: what was deleted and can be brought back; `losses`: ending the sessions of who lost something
//! * [`preferences`]: in which language and time zone people see it
//! * [`people`]: who signs in to the panel; [`panel_sessions`]: who is signed in; [`panel_settings`]: for how long
//! * [`passkeys`]: signing in with a passkey instead of password and code
//! * [`tokens`]: bearer tokens of the REST interface
//! * [`permits`]: who acts, what it may do, what it may see
//! * [`listeners`]: accepting connections; [`proxy`]: the PROXY protocol; [`read_ahead`]: sockets read in large pieces
//! * [`lockout`]: addresses that fail to log in too often
//! * [`passwords`]: argon2id, off the runtime
//! * [`clock`], [`random`]: time and randomness as parameters

pub mod accounts;
pub mod audit;
pub mod bans;
pub mod chat;
pub mod clock;
pub mod codes;
pub mod deletions;
pub mod domains;
pub mod events;
mod gate;
pub mod http_sessions;
pub mod kicks;
pub mod limits;
pub mod links;
pub mod listeners;
pub mod live;
pub mod lockout;
pub mod logins;
pub mod logs;
mod losses;
pub mod notices;
pub mod orders;
pub mod overview;
pub mod panel_sessions;
pub mod panel_settings;
pub mod passkeys;
pub mod passwords;
pub mod people;
pub mod permits;
pub mod preferences;
pub mod proxy;
pub mod public_keys;
pub mod random;
pub mod read_ahead;
pub mod rules;
pub mod sessions;
pub mod ssh_keys;
pub mod ssh_logins;
pub mod tokens;
pub mod transfers;
pub mod user_sources;
pub mod webhooks;

use accounts::Accounts;
use chat::Pace;
use clock::Clock;
use events::Events;
use gate::Gate;
use http_sessions::HttpSessions;
use limits::HouseLimits;
use lockout::{Lockout, LockoutPolicy};
use logs::Logs;
use notices::Notices;
use panel_settings::Panel;
use passkeys::{Origin, ceremonies::Ceremonies};
use passwords::Passwords;
use sessions::{Caps, Connection, Refusal, Registry, SessionHandle};
use std::{
    fmt::Write as _,
    sync::{Arc, atomic::AtomicU64},
};
use tokio::sync::watch;
use user_sources::{Outside, Sources};
use webhooks::{WebhookPolicy, Webhooks};
use wharf_model::bans::Reach;
use wharf_store::Store;

/// What an operator sets once.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Name of this machine in rows.
    pub node: String,
    /// How many sessions there may be.
    pub caps: Caps,
    /// When an address has to wait after failed logins.
    pub lockout: LockoutPolicy,
    /// Bytes per second to all clients together.
    pub download_rate: Option<u64>,
    /// Bytes per second from all clients together.
    pub upload_rate: Option<u64>,
    /// Where webhooks may go, and how often they are tried.
    pub webhooks: WebhookPolicy,
    /// The address of the panel, for passkeys; whatever browsers call it where there is none.
    pub panel_origin: Option<Origin>,
    /// Who is asked about users whom domains do not know themselves.
    pub sources: Sources,
}

/// Everything the protocols and the panel act on. One for the whole process, shared by `Arc`.
#[derive(Debug)]
pub struct Core {
    /// What time it is.
    pub clock: Clock,
    /// What survives a restart.
    pub store: Store,
    /// Who is connected.
    pub sessions: Arc<Registry>,
    /// Which addresses have to wait.
    pub lockout: Lockout,
    /// News for open pages.
    pub notices: Notices,
    gate: Gate,
    pace: Pace,
    webhooks: Webhooks,
    /// Counts the times that somebody lost a right. A login that sees it move looks again.
    rights: AtomicU64,
    /// Password hashing.
    pub passwords: Passwords,
    accounts: Accounts,
    house_limits: HouseLimits,
    outside: Outside,
    http_sessions: HttpSessions,
    panel: Panel,
    panel_origin: Option<Origin>,
    ceremonies: Ceremonies,
    /// Moves when a panel session may have ended or sees something else; live sockets watch it.
    sign_in_news: watch::Sender<u64>,
}

impl Core {
    /// Nobody is connected yet.
    pub fn new(store: Store, clock: Clock, settings: &Settings, logs: Logs) -> Arc<Self> {
        Arc::new(Self {
            sessions: Arc::new(Registry::new(&settings.node, settings.caps, clock.clone(), logs)),
            lockout: Lockout::new(settings.lockout),
            notices: Notices::new(),
            gate: Gate::default(),
            pace: Pace::default(),
            webhooks: Webhooks::new(settings.webhooks.clone()),
            rights: AtomicU64::new(0),
            passwords: Passwords::new(),
            accounts: Accounts::new(settings.download_rate, settings.upload_rate),
            house_limits: HouseLimits::default(),
            outside: Outside::new(settings.sources.clone()),
            http_sessions: HttpSessions::default(),
            panel: Panel::default(),
            panel_origin: settings.panel_origin.clone(),
            ceremonies: Ceremonies::default(),
            sign_in_news: watch::Sender::new(0),
            clock,
            store,
        })
    }

    /// The door for every protocol: a connection comes in as a session, or the client is told why not.
    pub fn admit(&self, connection: Connection) -> Result<SessionHandle, Refusal> {
        let ip = connection.peer.ip();
        self.check_lockout(ip)?;
        self.gate.check(&[Reach::Server], ip, self.clock.now())?;
        let session = self.sessions.join(connection)?;
        // A ban made in between has not found this session yet.
        self.gate.check(&[Reach::Server], ip, self.clock.now())?;
        Ok(session)
    }

    /// What happens, for webhooks.
    pub fn events(&self) -> &Events {
        self.sessions.events()
    }

    /// Moves when a panel session may have ended. Whoever waits here asks about its own.
    pub fn sign_in_news(&self) -> watch::Receiver<u64> {
        self.sign_in_news.subscribe()
    }
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
