//! The house rules, on an in-memory store and with time as the tests say.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on fails; clippy does not take helpers of tests for tests"
)]

mod accounts;
mod authenticator;
mod chat;
mod domains;
mod http_sessions;
mod kicks;
mod limits;
mod live;
mod logins;
mod logs;
mod mailboxes;
mod overview;
mod passkeys;
mod people;
mod rules;
mod sessions;
mod ssh_keys;
mod ssh_logins;
mod tokens;
mod user_sources;
mod webhooks;

use std::{net::SocketAddr, path::Path, sync::Arc};
use tempfile::TempDir;
use wharf_core::{
    Core, Settings,
    accounts::AccountOrder,
    clock::Clock,
    domains::DomainOrder,
    lockout::LockoutPolicy,
    logins::Login,
    logs::Logs,
    permits::{Operator, Scope, Via},
    random,
    sessions::{Caps, Connection, SessionHandle},
    transfers::{Begin, TransferHandle},
};
use wharf_model::{
    accounts::{Limits, Permissions},
    audit::{AuditEntry, AuditFilter, AuditRange},
    bans::Reach,
    ids::{DomainId, PersonId, TokenId},
    people::Role,
    rules::ImportReceipt,
    sessions::{Direction, Protocol, UserType},
};
use wharf_store::{Store, domains::DomainTls};

const PASSWORD: &str = "correct horse";
/// 2026-01-01T00:00:00Z
const START: i64 = 1_767_225_600_000;

/// A core with one domain, `acme.example`, and one account in it, `ann`.
struct House {
    core: Arc<Core>,
    clock: Clock,
    domain: DomainId,
    owner: PersonId,
    directory: TempDir,
}

impl House {
    async fn new() -> Self {
        Self::with(Caps::default(), Limits::default()).await
    }

    async fn with(caps: Caps, limits: Limits) -> Self {
        let clock = Clock::manual(START);
        let lockout = LockoutPolicy { attempts: 3, window_ms: 60_000, lock_ms: 120_000 };
        let settings = Settings {
            node: "test".into(),
            caps,
            lockout,
            download_rate: None,
            upload_rate: None,
            webhooks: wharf_core::webhooks::WebhookPolicy::default(),
            panel_origin: None,
            sources: user_sources::sources(),
        };
        let core = Core::new(Store::in_memory().await.unwrap(), clock.clone(), &settings, Logs::default());
        let directory = tempfile::tempdir().unwrap();
        let owner = core.add_person("acme", "Acme", Role::Customer, None, PASSWORD).await.unwrap();
        let domain = core.add_domain(domain("acme.example", directory.path(), Some(owner))).await.unwrap();
        let house = Self { core, clock, domain, owner, directory };
        house.add_account("acme.example", "ann", limits).await;
        house
    }

    async fn add_domain(&self, name: &str) -> DomainId {
        let root = self.directory.path().join(name);
        std::fs::create_dir(&root).unwrap();
        self.core.add_domain(domain(name, &root, None)).await.unwrap()
    }

    async fn add_account(&self, domain: &str, login: &str, limits: Limits) {
        self.core.add_account(&account(domain, login, limits)).await.unwrap();
    }

    async fn add_certified_account(&self, domain: &str, login: &str, client_certificates: Vec<String>) {
        let order = AccountOrder { client_certificates, ..account(domain, login, Limits::default()) };
        self.core.add_account(&order).await.unwrap();
    }

    /// The server as it comes up again on the same store.
    async fn restarted(&self) -> Arc<Core> {
        let core = Core::new(self.core.store.clone(), self.clock.clone(), &Settings::default(), Logs::default());
        core.load_gate().await.unwrap();
        core.load_chat().await.unwrap();
        core
    }

    /// All that was written down, newest first.
    async fn audit(&self) -> Vec<AuditEntry> {
        let page = self.core.audit_page(&administrator(), &AuditFilter::default(), AuditRange::default()).await;
        page.unwrap().items
    }

    /// Adds rules to the server's list.
    async fn import(&self, rules: &str) -> ImportReceipt {
        self.core.import_rules(&administrator(), Reach::Server, rules, false, false).await.unwrap()
    }

    fn connect(&self, ip: &str) -> SessionHandle {
        self.core.admit(connection(ip)).unwrap()
    }

    async fn log_in(&self, ip: &str, name: &str) -> SessionHandle {
        let session = self.connect(ip);
        self.core.log_in(&session, &login(name, PASSWORD)).await.unwrap();
        session
    }
}

fn domain<'a>(name: &'a str, root: &'a Path, owner: Option<PersonId>) -> DomainOrder<'a> {
    DomainOrder { name, root, owner, session_limit: None, tls: DomainTls::default() }
}

fn account<'a>(domain: &'a str, login: &'a str, limits: Limits) -> AccountOrder<'a> {
    AccountOrder {
        domain,
        login,
        password: PASSWORD,
        client_certificates: Vec::new(),
        home: None,
        user_type: UserType::WebUser,
        permissions: Permissions::ALL,
        limits,
        expires_at: None,
    }
}

fn login<'a>(name: &'a str, password: &'a str) -> Login<'a> {
    Login { name, domain: None, password, secure: false, certificate: None, code: None }
}

fn connection(ip: &str) -> Connection {
    let peer = SocketAddr::new(ip.parse().unwrap(), 40_000);
    Connection { protocol: Protocol::Ftp, secure: false, peer, local: "127.0.0.1:2121".parse().unwrap() }
}

fn operator(role: Role, scope: Scope) -> Operator {
    let via = Via::Token(TokenId(random::id(&Clock::manual(START))));
    Operator { name: "test".into(), person: None, acting: None, role, scope, ip: "192.0.2.200".parse().unwrap(), via }
}

fn administrator() -> Operator {
    operator(Role::Administrator, Scope::All)
}

fn owner_of(domain: DomainId) -> Operator {
    operator(Role::Customer, Scope::Domains(Arc::new([domain].into())))
}

fn download(session: &SessionHandle, total: u64) -> TransferHandle {
    session.begin_transfer(Begin {
        path: "/media/film.mov".into(),
        direction: Direction::Download,
        offset: 0,
        total: Some(total),
        secure: true,
    })
}
