//! The house rules, the same for every protocol and for the panel.
//!
//! May import `wharf-model`, `wharf-store` and `wharf-vfs`; protocols, the panel and the binary import it.
//!
//! * [`sessions`]: who is connected, exact caps, the way to end a session
//! * [`transfers`]: files that move within a session
//! * [`live`]: what viewers see change
//! * [`kicks`]: ending sessions and transfers on an operator's order
//! * [`accounts`]: logging in over a file-transfer protocol, homes, limits
//! * [`domains`]: hosted domains
//! * [`people`]: signing in to the panel, bearer tokens
//! * [`permits`]: who acts, what it may do, what it may see
//! * [`lockout`]: addresses that fail to log in too often
//! * [`passwords`]: argon2id, off the runtime
//! * [`clock`], [`random`]: time and randomness as parameters

pub mod accounts;
pub mod clock;
pub mod domains;
pub mod kicks;
pub mod live;
pub mod lockout;
pub mod passwords;
pub mod people;
pub mod permits;
pub mod random;
pub mod sessions;
pub mod transfers;

use accounts::Accounts;
use clock::Clock;
use lockout::{Lockout, LockoutPolicy};
use passwords::Passwords;
use sessions::{Caps, Connection, Refusal, Registry, SessionHandle};
use std::{fmt::Write as _, net::IpAddr, sync::Arc};
use tokio::sync::watch;
use wharf_model::ids::{AuditId, PanelSessionId};
use wharf_store::{
    Store,
    audit::{self, AuditEntry},
};

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
    /// Password hashing.
    pub passwords: Passwords,
    accounts: Accounts,
    /// The panel session that was ended last; live sockets watch it.
    revoked: watch::Sender<PanelSessionId>,
}

impl Core {
    /// Nobody is connected yet.
    pub fn new(store: Store, clock: Clock, settings: &Settings) -> Arc<Self> {
        Arc::new(Self {
            sessions: Arc::new(Registry::new(&settings.node, settings.caps, clock.clone())),
            lockout: Lockout::new(settings.lockout),
            passwords: Passwords::new(),
            accounts: Accounts::new(settings.download_rate, settings.upload_rate),
            revoked: watch::Sender::new(PanelSessionId(uuid::Uuid::nil())),
            clock,
            store,
        })
    }

    /// The door for every protocol: a connection comes in as a session, or the client is told why not.
    pub fn admit(&self, connection: Connection) -> Result<SessionHandle, Refusal> {
        self.check_lockout(&self.lockout, connection.peer.ip())?;
        self.sessions.join(connection)
    }

    /// Panel sessions as they end, for sockets that have to close with them. A watcher may miss one of several at
    /// once, so whoever waits here asks the store about its own session as well.
    pub fn revocations(&self) -> watch::Receiver<PanelSessionId> {
        self.revoked.subscribe()
    }

    /// Writes down what somebody did. It never fails the deed: what cannot be stored goes to the log.
    pub async fn audit(&self, actor: &str, ip: Option<IpAddr>, action: &str, target: &str, detail: serde_json::Value) {
        let entry = AuditEntry {
            id: AuditId(random::id(&self.clock)),
            at: self.clock.now(),
            actor: actor.to_owned(),
            actor_ip: ip.map(|ip| ip.to_string()),
            action: action.to_owned(),
            target: target.to_owned(),
            detail,
            result: "ok".to_owned(),
        };
        if let Err(error) = audit::append(&self.store, &entry).await {
            tracing::error!(%error, ?entry, "audit entry not stored");
        }
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
