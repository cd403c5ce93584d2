//! Every query on SQLite: round trips, broken constraints, values another hand wrote.
//!
//! * `deletions`: what is deleted, brought back, gone for good

mod deletions;

mod panel_sessions_end;
mod passkeys;
mod people_change;
mod user_sources;

use crate::{
    Secret, Store, StoreError,
    accounts::{self, NewAccount},
    audit,
    bans::{self, StoredBan, StoredReach},
    domains::{self, CertificateFiles, Domain, DomainTls, NewDomain},
    panel_sessions::{self, NewPanelSession},
    people::{self, NewPerson, Person},
    rules::{self, StoredRule},
    ssh_keys::{self, SshKey},
    together::{self, Step},
    tokens::{self, NewToken, Token},
};
use std::os::unix::fs::PermissionsExt;
use uuid::Uuid;
use wharf_model::{
    accounts::{Limits, Permissions, SshAuth},
    audit::{AuditEntry, AuditFilter, AuditRange},
    bans::BanOrigin,
    ids::{AccountId, AuditId, BanId, DomainId, PanelSessionId, PersonId, RuleId, SshKeyId, TokenId},
    people::Role,
    rules::RuleAction,
    sessions::UserType,
};

const NOW: i64 = 1_760_000_000_000;

fn person(n: u128, login: &str, role: Role, parent: Option<u128>) -> NewPerson {
    NewPerson {
        id: person_id(n),
        login: login.to_owned(),
        display_name: format!("{login} <b>"),
        role,
        parent_id: parent.map(person_id),
        mailbox: None,
        password_hash: "$argon2id$".into(),
        created_at: NOW,
    }
}

fn domain(n: u128, name: &str, owner: Option<u128>) -> NewDomain {
    NewDomain {
        id: domain_id(n),
        name: name.to_owned(),
        owner_id: owner.map(person_id),
        root: format!("/srv/{name}"),
        session_limit: Some(20),
        tls: DomainTls { certificate: Some(certificate(name)), required: true },
        created_at: NOW,
    }
}

fn certificate(name: &str) -> CertificateFiles {
    CertificateFiles { certificate: format!("/etc/{name}/chain.pem"), key: format!("/etc/{name}/key.pem") }
}

fn account(n: u128, domain: u128, login: &str) -> NewAccount {
    NewAccount {
        id: account_id(n),
        domain_id: domain_id(domain),
        login: login.to_owned(),
        user_type: UserType::WebUser,
        password_hash: "$argon2id$".into(),
        client_certificates: vec!["00ff".to_owned()],
        home: login.to_owned(),
        permissions: Permissions::READ_ONLY,
        limits: Limits { quota_bytes: Some(u64::MAX), sessions: Some(3), ..Limits::default() },
        expires_at: Some(NOW + 1),
        created_at: NOW,
    }
}

fn panel_session(n: u128, person: u128, created_at: i64) -> NewPanelSession {
    NewPanelSession {
        id: session_id(n),
        token_hash: format!("hash {n}"),
        person_id: person_id(person),
        actor: None,
        created_at,
        expires_at: created_at + 1000,
        ip: "2001:db8::1".to_owned(),
        user_agent: "Firefox'; drop table person; --".to_owned(),
    }
}

fn token(n: u128, name: &str) -> NewToken {
    NewToken {
        id: TokenId(Uuid::from_u128(n)),
        name: name.to_owned(),
        token_hash: format!("hash {n}"),
        role: Role::Auditor,
        person_id: None,
        created_at: NOW,
    }
}

fn entry(n: u128) -> AuditEntry {
    AuditEntry {
        id: AuditId(Uuid::from_u128(n)),
        at: NOW,
        actor: "admin".to_owned(),
        actor_ip: (n.is_multiple_of(2)).then(|| "192.0.2.1".to_owned()),
        action: "session.kick".to_owned(),
        target: "alice@example.org".to_owned(),
        detail: serde_json::json!({ "minutes": 30, "message": "bye \u{1f44b}" }),
        result: "ended".to_owned(),
        reason: "spam".to_owned(),
        before: Some(serde_json::json!({ "enabled": true })),
        after: None,
    }
}

async fn page(store: &Store, before: Option<u128>) -> Result<Vec<AuditEntry>, StoreError> {
    let range = AuditRange { before: before.map(|n| entry(n).id), limit: 2 };
    audit::list(store, &AuditFilter::default(), range, None).await
}

fn person_id(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(n))
}

fn domain_id(n: u128) -> DomainId {
    DomainId(Uuid::from_u128(n))
}

fn account_id(n: u128) -> AccountId {
    AccountId(Uuid::from_u128(n))
}

fn session_id(n: u128) -> PanelSessionId {
    PanelSessionId(Uuid::from_u128(n))
}

async fn store() -> Store {
    Store::in_memory().await.unwrap()
}

/// What another hand does to the database.
async fn tamper(store: &Store, statement: &'static str) {
    sqlx::query(statement).execute(store.pool()).await.unwrap();
}

#[tokio::test]
async fn a_person_comes_back_as_stored() {
    let store = store().await;
    people::insert(&store, &person(1, "Admin", Role::Administrator, None)).await.unwrap();
    let stored = people::by_id(&store, person_id(1)).await.unwrap().unwrap();
    assert_eq!(
        stored,
        Person {
            id: person_id(1),
            login: "admin".to_owned(),
            display_name: "Admin <b>".to_owned(),
            role: Role::Administrator,
            parent_id: None,
            mailbox: None,
            password_hash: "$argon2id$".into(),
            totp_secret: None,
            enabled: true,
            created_at: NOW,
            last_login_at: None,
        }
    );
    assert_eq!(people::by_login(&store, "ADMIN").await.unwrap(), Some(stored));
    assert_eq!(people::by_login(&store, "nobody").await.unwrap(), None);

    people::set_password_hash(&store, person_id(1), "$new$").await.unwrap();
    people::set_enabled(&store, person_id(1), false).await.unwrap();
    let changed = people::by_id(&store, person_id(1)).await.unwrap().unwrap();
    assert_eq!((&*changed.password_hash, changed.enabled, changed.last_login_at), ("$new$", false, None));
}

#[tokio::test]
async fn people_are_counted_and_listed() {
    let store = store().await;
    assert_eq!(people::count_administrators(&store).await.unwrap(), 0);
    people::insert(&store, &person(1, "zoe", Role::Administrator, None)).await.unwrap();
    people::insert(&store, &person(2, "bob", Role::Reseller, None)).await.unwrap();
    people::insert(&store, &person(3, "carol", Role::Customer, Some(2))).await.unwrap();
    assert_eq!(people::count_administrators(&store).await.unwrap(), 1);
    let logins: Vec<_> = people::list(&store).await.unwrap().into_iter().map(|person| person.login).collect();
    assert_eq!(logins, ["bob", "carol", "zoe"]);
}

#[tokio::test]
async fn scope_follows_owners_and_their_reseller() {
    let store = store().await;
    people::insert(&store, &person(1, "reseller", Role::Reseller, None)).await.unwrap();
    people::insert(&store, &person(2, "customer", Role::Customer, Some(1))).await.unwrap();
    people::insert(&store, &person(3, "stranger", Role::Customer, None)).await.unwrap();
    for (n, name, owner) in [
        (11, "b.example", Some(1)),
        (12, "a.example", Some(2)),
        (13, "c.example", Some(3)),
        (14, "house.example", None),
    ] {
        domains::insert(&store, &domain(n, name, owner)).await.unwrap();
    }
    let scope = async |person: u128, role| people::domains_in_scope(&store, person_id(person), role).await.unwrap();
    assert_eq!(scope(1, Role::Reseller).await, [domain_id(12), domain_id(11)]);
    assert_eq!(scope(2, Role::Customer).await, [domain_id(12)]);
    assert_eq!(scope(1, Role::Customer).await, [domain_id(11)]);
    assert_eq!(scope(9, Role::Reseller).await, []);
    assert_eq!(scope(1, Role::Administrator).await, []);
    assert_eq!(scope(1, Role::Auditor).await, []);
}

#[tokio::test]
async fn a_domain_comes_back_as_stored() {
    let store = store().await;
    assert_eq!(domains::count(&store).await.unwrap(), 0);
    domains::insert(&store, &domain(2, "Example.ORG", None)).await.unwrap();
    domains::insert(&store, &NewDomain { session_limit: None, ..domain(1, "a.example", None) }).await.unwrap();
    let stored = domains::by_id(&store, domain_id(2)).await.unwrap().unwrap();
    assert_eq!(
        stored,
        Domain {
            id: domain_id(2),
            name: "example.org".to_owned(),
            owner_id: None,
            root: "/srv/Example.ORG".to_owned(),
            enabled: true,
            session_limit: Some(20),
            tls: DomainTls { certificate: Some(certificate("Example.ORG")), required: true },
            created_at: NOW,
        }
    );
    assert_eq!(domains::by_name(&store, "EXAMPLE.org").await.unwrap(), Some(stored));
    assert_eq!(domains::by_name(&store, "nowhere.example").await.unwrap(), None);
    domains::set_tls(&store, domain_id(1), &DomainTls::default()).await.unwrap();
    assert_eq!(domains::by_id(&store, domain_id(1)).await.unwrap().unwrap().tls, DomainTls::default());
    domains::set_enabled(&store, domain_id(2), false).await.unwrap();
    let listed: Vec<_> = domains::list(&store)
        .await
        .unwrap()
        .into_iter()
        .map(|domain| (domain.name, domain.enabled, domain.session_limit))
        .collect();
    assert_eq!(listed, [("a.example".to_owned(), true, None), ("example.org".to_owned(), false, Some(20))]);
    assert_eq!(domains::count(&store).await.unwrap(), 2);
}

#[tokio::test]
async fn an_account_comes_back_as_stored() {
    let store = store().await;
    domains::insert(&store, &domain(1, "example.org", None)).await.unwrap();
    let new = account(1, 1, "Ålice");
    accounts::insert(&store, &new).await.unwrap();
    accounts::insert(&store, &NewAccount { expires_at: None, ..account(2, 1, "bob") }).await.unwrap();

    let found = accounts::by_id(&store, account_id(1)).await.unwrap().unwrap();
    assert_eq!(found.domain, domains::by_id(&store, domain_id(1)).await.unwrap().unwrap());
    let stored = found.account;
    assert_eq!((stored.id, stored.domain_id, &*stored.login), (new.id, new.domain_id, "Ålice"));
    assert_eq!((stored.user_type, stored.permissions, stored.limits), (new.user_type, new.permissions, new.limits));
    assert_eq!((&stored.password_hash, &stored.home), (&new.password_hash, &new.home));
    assert_eq!(stored.client_certificates, ["00ff"]);
    assert_eq!((stored.enabled, stored.expires_at, stored.used_bytes), (true, Some(NOW + 1), 0));
    assert_eq!((stored.created_at, stored.last_login_at), (NOW, None));

    accounts::set_enabled(&store, account_id(1), false).await.unwrap();
    accounts::set_password_hash(&store, account_id(1), "$new$").await.unwrap();
    accounts::touch_login(&store, account_id(1), NOW + 9).await.unwrap();
    let listed = accounts::list(&store, domain_id(1)).await.unwrap();
    assert_eq!(listed.iter().map(|account| &*account.login).collect::<Vec<_>>(), ["bob", "Ålice"]);
    assert_eq!(listed[0].expires_at, None);
    let changed = &listed[1];
    assert_eq!((changed.enabled, &*changed.password_hash, changed.last_login_at), (false, "$new$", Some(NOW + 9)));
    assert_eq!(accounts::by_id(&store, account_id(3)).await.unwrap(), None);
    assert_eq!(accounts::list(&store, domain_id(2)).await.unwrap(), []);
}

#[tokio::test]
async fn what_an_account_needs_over_ssh_comes_back() {
    let store = store().await;
    domains::insert(&store, &domain(1, "example.org", None)).await.unwrap();
    accounts::insert(&store, &account(1, 1, "alice")).await.unwrap();
    let id = account_id(1);
    let stored = async || accounts::by_id(&store, id).await.unwrap().unwrap().account;
    assert_eq!((stored().await.ssh_auth, stored().await.totp_secret), (SshAuth::Any, None));
    for ssh_auth in SshAuth::ALL {
        accounts::set_ssh_auth(&store, id, ssh_auth).await.unwrap();
        assert_eq!(stored().await.ssh_auth, ssh_auth);
    }
    accounts::set_totp_secret(&store, id, Some("ABC")).await.unwrap();
    assert_eq!(stored().await.totp_secret.as_deref(), Some("ABC"));
    assert!(accounts::take_totp_step(&store, id, 7).await.unwrap());
    for used in [7, 6] {
        assert!(!accounts::take_totp_step(&store, id, used).await.unwrap(), "no code is good twice");
    }
    assert!(accounts::take_totp_step(&store, id, 8).await.unwrap());
    accounts::set_totp_secret(&store, id, None).await.unwrap();
    assert_eq!(stored().await.totp_secret, None);

    let key = |n: u128, fingerprint: &str| SshKey {
        id: SshKeyId(Uuid::from_u128(n)),
        account_id: id,
        fingerprint: fingerprint.to_owned(),
        algorithm: "ssh-ed25519".to_owned(),
        public_key: "AAAA".to_owned(),
        comment: "of Alice's desk".to_owned(),
        created_at: NOW,
        last_used_at: None,
    };
    let [one, two] = [key(1, "SHA256:one"), key(2, "SHA256:two")];
    together::commit(&store, &[Step::AddSshKey(two.clone()), Step::AddSshKey(one.clone())]).await.unwrap();
    let again = together::commit(&store, &[Step::AddSshKey(key(3, "SHA256:one"))]).await.unwrap_err();
    assert_eq!(again.field(), Some("ssh_key.fingerprint"));
    assert_eq!(ssh_keys::list(&store, id).await.unwrap(), [one.clone(), two]);
    ssh_keys::touch(&store, id, "SHA256:one", NOW + 5).await.unwrap();
    let used = SshKey { last_used_at: Some(NOW + 5), ..one.clone() };
    let [listed] = &accounts::listed(&store, "ALICE@").await.unwrap()[..] else { panic!("one account") };
    assert_eq!((&*listed.login, &*listed.domain_name, listed.ssh_keys), ("alice", "example.org", 2));
    assert_eq!(accounts::listed(&store, "_").await.unwrap(), []);
    assert_eq!(ssh_keys::find(&store, id, "SHA256:one").await.unwrap(), Some(used));
    assert_eq!(ssh_keys::find(&store, account_id(2), "SHA256:one").await.unwrap(), None);
    let removal = [Step::RemoveSshKey(one.id)];
    together::commit(&store, &removal).await.unwrap();
    assert!(matches!(together::commit(&store, &removal).await, Err(StoreError::NotFound)));
}

#[tokio::test]
async fn every_user_type_comes_back() {
    let store = store().await;
    domains::insert(&store, &domain(1, "example.org", None)).await.unwrap();
    let types = [
        UserType::None,
        UserType::WebsiteAdministrator,
        UserType::WebUser,
        UserType::SubAccount,
        UserType::MailboxOwner,
        UserType::Anonymous,
        UserType::NotRegistered,
        UserType::ShareLink,
    ];
    for (n, user_type) in (1..).zip(types) {
        let new = NewAccount { user_type, ..account(n, 1, &n.to_string()) };
        accounts::insert(&store, &new).await.unwrap();
        assert_eq!(accounts::by_id(&store, new.id).await.unwrap().unwrap().account.user_type, user_type);
    }
}

#[tokio::test]
async fn a_login_without_its_domain_may_be_ambiguous() {
    let store = store().await;
    domains::insert(&store, &domain(1, "b.example", None)).await.unwrap();
    domains::insert(&store, &domain(2, "a.example", None)).await.unwrap();
    accounts::insert(&store, &account(1, 1, "alice")).await.unwrap();
    accounts::insert(&store, &account(2, 2, "alice")).await.unwrap();
    accounts::insert(&store, &account(3, 2, "bob")).await.unwrap();
    accounts::set_enabled(&store, account_id(3), false).await.unwrap();
    let find = async |login: &str, domain: Option<&str>| -> Vec<_> {
        let found = accounts::find_for_login(&store, login, domain).await.unwrap();
        found.into_iter().map(|found| (found.account.id, found.domain.name)).collect()
    };
    let [in_a, in_b] = [(account_id(2), "a.example".to_owned()), (account_id(1), "b.example".to_owned())];
    assert_eq!(find("alice", None).await, [in_a, in_b.clone()]);
    assert_eq!(find("alice", Some("B.example")).await, [in_b]);
    assert_eq!(find("bob", None).await, [(account_id(3), "a.example".to_owned())]);
    assert_eq!(find("bob", Some("b.example")).await, []);
    assert_eq!(find("ALICE", None).await, []);
    assert_eq!(find("' or 1=1 --", None).await, []);
}

#[tokio::test]
async fn used_bytes_never_fall_below_zero() {
    let store = store().await;
    domains::insert(&store, &domain(1, "example.org", None)).await.unwrap();
    accounts::insert(&store, &account(1, 1, "alice")).await.unwrap();
    assert_eq!(accounts::add_used_bytes(&store, account_id(1), 100).await.unwrap(), 100);
    assert_eq!(accounts::add_used_bytes(&store, account_id(1), -30).await.unwrap(), 70);
    assert_eq!(accounts::add_used_bytes(&store, account_id(1), -100).await.unwrap(), 0);
    accounts::set_used_bytes(&store, account_id(1), 1 << 40).await.unwrap();
    assert_eq!(accounts::by_id(&store, account_id(1)).await.unwrap().unwrap().account.used_bytes, 1 << 40);
}

#[tokio::test]
async fn a_token_works_until_revoked() {
    let store = store().await;
    let new = token(1, "ci");
    tokens::insert(&store, &new).await.unwrap();
    tokens::touch(&store, new.id, NOW + 1).await.unwrap();
    let expected = Token {
        id: new.id,
        name: "ci".to_owned(),
        role: Role::Auditor,
        owner: None,
        created_at: NOW,
        last_used_at: Some(NOW + 1),
        revoked_at: None,
    };
    assert_eq!(tokens::by_hash(&store, "hash 1").await.unwrap().as_ref(), Some(&expected));
    assert_eq!(tokens::by_hash(&store, "hash 2").await.unwrap(), None);

    together::commit(&store, &[Step::RevokeToken(new.id, NOW + 2)]).await.unwrap();
    together::commit(&store, &[Step::RevokeToken(new.id, NOW + 3)]).await.unwrap();
    assert_eq!(tokens::by_hash(&store, "hash 1").await.unwrap(), None);
    assert_eq!(tokens::list(&store).await.unwrap(), [Token { revoked_at: Some(NOW + 2), ..expected }]);
}

#[tokio::test]
async fn the_audit_log_pages_backwards() {
    let store = store().await;
    for n in 1..=5 {
        audit::append(&store, &entry(n)).await.unwrap();
    }
    assert_eq!(page(&store, None).await.unwrap(), [entry(5), entry(4)]);
    assert_eq!(page(&store, Some(4)).await.unwrap(), [entry(3), entry(2)]);
    assert_eq!(page(&store, Some(2)).await.unwrap(), [entry(1)]);
}

#[tokio::test]
async fn what_is_taken_is_named() {
    let store = store().await;
    people::insert(&store, &person(1, "admin", Role::Administrator, None)).await.unwrap();
    domains::insert(&store, &domain(1, "example.org", None)).await.unwrap();
    domains::insert(&store, &domain(2, "example.net", None)).await.unwrap();
    accounts::insert(&store, &account(1, 1, "alice")).await.unwrap();
    tokens::insert(&store, &token(1, "ci")).await.unwrap();
    panel_sessions::sign_in_as(&store, &panel_session(1, 1, NOW)).await.unwrap();

    let field = |outcome: Result<(), StoreError>| outcome.unwrap_err().field();
    assert_eq!(field(people::insert(&store, &person(2, "ADMIN", Role::Customer, None)).await), Some("person.login"));
    assert_eq!(field(domains::insert(&store, &domain(3, "Example.org", None)).await), Some("domain.name"));
    assert_eq!(field(accounts::insert(&store, &account(2, 1, "alice")).await), Some("account.login"));
    assert_eq!(field(tokens::insert(&store, &token(2, "ci")).await), Some("api_token.name"));
    let same_token = NewToken { token_hash: "hash 1".to_owned(), ..token(2, "cd") };
    assert_eq!(field(tokens::insert(&store, &same_token).await), Some("api_token.token_hash"));
    let same_token = NewPanelSession { token_hash: "hash 1".to_owned(), ..panel_session(2, 1, NOW) };
    assert_eq!(field(panel_sessions::sign_in_as(&store, &same_token).await), Some("panel_session.token_hash"));
    // An id that is taken is no mistake of a person.
    let same_id = domains::insert(&store, &domain(1, "other.example", None)).await;
    assert!(matches!(same_id, Err(StoreError::Database(_))), "{same_id:?}");

    accounts::insert(&store, &account(2, 2, "alice")).await.unwrap();
    accounts::insert(&store, &account(3, 1, "Alice")).await.unwrap();
}

#[tokio::test]
async fn what_refers_to_nothing_is_refused() {
    let store = store().await;
    let refused = |outcome: Result<(), StoreError>| matches!(outcome, Err(StoreError::Reference));
    assert!(refused(people::insert(&store, &person(1, "c", Role::Customer, Some(9))).await));
    assert!(refused(domains::insert(&store, &domain(1, "example.org", Some(9))).await));
    assert!(refused(accounts::insert(&store, &account(1, 9, "alice")).await));
    assert!(refused(panel_sessions::sign_in_as(&store, &panel_session(1, 9, NOW)).await));
}

#[tokio::test]
async fn what_is_not_there_is_not_changed() {
    let store = store().await;
    let missing = |outcome: Result<(), StoreError>| matches!(outcome, Err(StoreError::NotFound));
    assert!(missing(people::set_enabled(&store, person_id(1), true).await));
    assert!(missing(people::set_password_hash(&store, person_id(1), "").await));
    assert!(missing(domains::set_enabled(&store, domain_id(1), true).await));
    assert!(missing(accounts::set_enabled(&store, account_id(1), true).await));
    assert!(missing(accounts::set_password_hash(&store, account_id(1), "").await));
    assert!(missing(accounts::set_used_bytes(&store, account_id(1), 1).await));
    assert!(missing(accounts::add_used_bytes(&store, account_id(1), 1).await.map(|_| ())));
    assert!(missing(accounts::touch_login(&store, account_id(1), NOW).await));
    assert!(missing(together::commit(&store, &[Step::RevokeToken(TokenId(Uuid::from_u128(1)), NOW)]).await));
    panel_sessions::touch(&store, session_id(1), NOW).await.unwrap();
    tokens::touch(&store, TokenId(Uuid::from_u128(1)), NOW).await.unwrap();
}

#[tokio::test]
async fn what_is_deleted_takes_its_own_along() {
    let store = store().await;
    people::insert(&store, &person(1, "reseller", Role::Reseller, None)).await.unwrap();
    people::insert(&store, &person(2, "customer", Role::Customer, Some(1))).await.unwrap();
    domains::insert(&store, &domain(1, "example.org", Some(2))).await.unwrap();
    accounts::insert(&store, &account(1, 1, "alice")).await.unwrap();
    panel_sessions::sign_in_as(&store, &panel_session(1, 2, NOW)).await.unwrap();

    let refused = sqlx::query("delete from person where login = 'reseller'").execute(store.pool()).await;
    assert!(matches!(StoreError::from(refused.unwrap_err()), StoreError::Reference));
    tamper(&store, "delete from person where login = 'customer'").await;
    assert_eq!(panel_sessions::list(&store, NOW).await.unwrap(), []);
    assert_eq!(domains::by_id(&store, domain_id(1)).await.unwrap().unwrap().owner_id, None);
    tamper(&store, "delete from domain").await;
    assert_eq!(accounts::by_id(&store, account_id(1)).await.unwrap(), None);
}

#[tokio::test]
async fn what_does_not_parse_is_corrupt() {
    let store = store().await;
    domains::insert(&store, &domain(1, "example.org", None)).await.unwrap();
    accounts::insert(&store, &account(1, 1, "alice")).await.unwrap();
    for (spoil, mend, column) in [
        ("update account set permissions = '{'", "update account set permissions = '{}'", "account.permissions"),
        (
            "update account set permissions = '{\"read\":true,\"fly\":true}'",
            "update account set permissions = '{\"read\":true,\"write\":true,\"append\":true,\"delete\":true,\
             \"rename\":true,\"list\":true,\"make_directories\":true}'",
            "account.permissions",
        ),
        ("update account set limits = '[]x'", "update account set limits = '{}'", "account.limits"),
        ("update account set user_type = 'wizard'", "update account set user_type = 'web_user'", "account.user_type"),
        ("update account set used_bytes = -1", "update account set used_bytes = 0", "account.used_bytes"),
        ("update account set used_bytes = 'many'", "update account set used_bytes = 0", "account.used_bytes"),
        ("update domain set session_limit = -1", "update domain set session_limit = null", "domain.session_limit"),
    ] {
        tamper(&store, spoil).await;
        let Err(StoreError::Corrupt(what)) = accounts::by_id(&store, account_id(1)).await else {
            panic!("{spoil} goes unnoticed");
        };
        assert!(what.starts_with(column), "{what}");
        tamper(&store, mend).await;
    }
    accounts::by_id(&store, account_id(1)).await.unwrap();

    tamper(&store, "update account set id = 'x'").await;
    assert!(matches!(accounts::list(&store, domain_id(1)).await, Err(StoreError::Corrupt(_))));
    audit::append(&store, &entry(1)).await.unwrap();
    tamper(&store, "update audit set detail = ''").await;
    assert!(matches!(page(&store, None).await, Err(StoreError::Corrupt(_))));
}

#[tokio::test]
async fn a_file_keeps_its_rows_to_itself() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("wharf 1.db");
    let url = format!("sqlite://{}", path.display());
    let store = Store::open(&url).await.unwrap();
    people::insert(&store, &person(1, "admin", Role::Administrator, None)).await.unwrap();
    store.ping().await.unwrap();
    for file in std::fs::read_dir(directory.path()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} is {mode:o}", file.path().display());
    }
    store.close().await;
    assert!(store.ping().await.is_err());

    let store = Store::open(&url).await.unwrap();
    assert_eq!(people::count_administrators(&store).await.unwrap(), 1);
    for (pragma, expected) in [
        ("select journal_mode from pragma_journal_mode", "wal"),
        ("select cast(synchronous as text) from pragma_synchronous", "1"),
        ("select cast(foreign_keys as text) from pragma_foreign_keys", "1"),
        ("select cast(timeout as text) from pragma_busy_timeout", "5000"),
    ] {
        let value: String = sqlx::query_scalar(pragma).fetch_one(store.pool()).await.unwrap();
        assert_eq!(value, expected, "{pragma}");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_made_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/missing/wharf.db", directory.path().display());
    let error = Store::open(&url).await.unwrap_err();
    assert!(error.to_string().ends_with("/missing/wharf.db"), "{error}");
    assert!(matches!(Store::open("mongodb://x").await, Err(StoreError::Database(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn several_processes_may_start_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/wharf.db", directory.path().display());
    let starts = (0..4).map(|_| {
        let url = url.clone();
        tokio::spawn(async move { Store::open(&url).await })
    });
    for start in starts.collect::<Vec<_>>() {
        assert_eq!(domains::count(&start.await.unwrap().unwrap()).await.unwrap(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_writers_wait_for_each_other() {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/wharf.db", directory.path().display());
    // The command line writes while the server does.
    let [server, command_line] = [Store::open(&url).await.unwrap(), Store::open(&url).await.unwrap()];
    domains::insert(&server, &domain(1, "example.org", None)).await.unwrap();
    accounts::insert(&server, &account(1, 1, "alice")).await.unwrap();
    let writers = (0..8_u128).map(|writer| {
        let store = if writer.is_multiple_of(2) { server.clone() } else { command_line.clone() };
        tokio::spawn(async move {
            for n in 0..50 {
                audit::append(&store, &entry(writer * 100 + n)).await?;
                accounts::add_used_bytes(&store, account_id(1), 1).await?;
                accounts::find_for_login(&store, "alice", None).await?;
            }
            Ok::<_, StoreError>(())
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap().unwrap();
    }
    assert_eq!(audit::count(&server, &AuditFilter::default(), None).await.unwrap(), 400);
    assert_eq!(accounts::by_id(&server, account_id(1)).await.unwrap().unwrap().account.used_bytes, 400);
}

#[tokio::test]
async fn in_memory_stores_are_apart() {
    let [one, other] = [store().await, store().await];
    domains::insert(&one, &domain(1, "example.org", None)).await.unwrap();
    assert_eq!(domains::count(&one.clone()).await.unwrap(), 1);
    assert_eq!(domains::count(&other).await.unwrap(), 0);
    other.ping().await.unwrap();
}

#[test]
fn a_secret_is_not_logged() {
    let person = person(1, "admin", Role::Administrator, None);
    assert!(!format!("{person:?}").contains("argon2"));
    assert_eq!(&*Secret::from("x".to_owned()), "x");
}

#[tokio::test]
async fn the_audit_log_is_filtered_by_what_a_reader_sees() {
    let store = store().await;
    for n in 1..=4 {
        audit::append(&store, &entry(n)).await.unwrap();
    }
    let other = AuditEntry {
        actor: "Bob".to_owned(),
        action: "ban.add".to_owned(),
        target: "100%_sure".to_owned(),
        at: NOW + 10,
        ..entry(5)
    };
    audit::append(&store, &other).await.unwrap();
    let count = async |filter: AuditFilter| audit::count(&store, &filter, None).await.unwrap();
    let filter = AuditFilter::default;
    assert_eq!(count(filter()).await, 5);
    assert_eq!(count(AuditFilter { actor: "bo".into(), ..filter() }).await, 1);
    assert_eq!(count(AuditFilter { action: "session".into(), ..filter() }).await, 4);
    assert_eq!(count(AuditFilter { text: "192.0.2".into(), ..filter() }).await, 2);
    assert_eq!(count(AuditFilter { text: "MINUTES".into(), ..filter() }).await, 5);
    assert_eq!(count(AuditFilter { text: "%_s".into(), ..filter() }).await, 1);
    assert_eq!(count(AuditFilter { text: "a%z".into(), ..filter() }).await, 0);
    assert_eq!(count(AuditFilter { from: Some(NOW + 1), ..filter() }).await, 1);
    assert_eq!(count(AuditFilter { to: Some(NOW + 10), ..filter() }).await, 4);
    assert_eq!(audit::count(&store, &filter(), Some("Bob")).await.unwrap(), 1);
    let found = audit::list(&store, &filter(), AuditRange { before: None, limit: 1 }, None).await.unwrap();
    assert_eq!(found, [other]);
}

fn ban(n: u128, reach: StoredReach) -> StoredBan {
    StoredBan {
        id: BanId(Uuid::from_u128(n)),
        address: "192.0.2.0/24".parse().unwrap(),
        reach,
        origin: BanOrigin::Kick,
        reason: "spam".to_owned(),
        by: "admin".to_owned(),
        created: NOW,
        expires: NOW + 60_000,
        hits: 0,
        last_hit: None,
    }
}

fn rule(n: u128, rank: i64, reach: StoredReach) -> StoredRule {
    StoredRule {
        id: RuleId(Uuid::from_u128(n)),
        reach,
        rank,
        action: RuleAction::Deny,
        address: "2001:db8::/64".parse().unwrap(),
        comment: "'; drop table ip_rule; --".to_owned(),
        by: "admin".to_owned(),
        created: NOW,
        hits: 0,
        last_hit: None,
    }
}

async fn with_account() -> Store {
    let store = store().await;
    domains::insert(&store, &domain(1, "example.org", None)).await.unwrap();
    accounts::insert(&store, &account(1, 1, "alice")).await.unwrap();
    store
}

#[tokio::test]
async fn bans_and_rules_come_back_as_stored_with_their_names() {
    let store = with_account().await;
    let reaches = [
        StoredReach::server(),
        StoredReach::domain(domain_id(1), "example.org"),
        StoredReach::account(account_id(1), "alice", domain_id(1), "example.org"),
    ];
    let bans: Vec<_> = (1..).zip(reaches.clone()).map(|(n, reach)| ban(n, reach)).collect();
    let rules: Vec<_> = (1..).zip(-2..).zip(reaches).map(|((n, rank), reach)| rule(n, rank, reach)).collect();
    let mut steps: Vec<_> = bans.iter().cloned().map(Step::AddBan).collect();
    steps.extend(rules.iter().cloned().map(Step::AddRule));
    together::commit(&store, &steps).await.unwrap();
    assert_eq!(bans::list(&store, NOW).await.unwrap(), bans);
    assert_eq!(rules::list(&store).await.unwrap(), rules);

    let changed = StoredRule { action: RuleAction::Allow, rank: 7, comment: String::new(), ..rules[0].clone() };
    let steps = [
        Step::ChangeRule(changed.clone()),
        Step::RemoveRule(rules[1].id),
        Step::RuleHits(changed.id, 3, NOW + 1),
        Step::RemoveBan(bans[0].id),
        Step::BanHits(bans[1].id, u64::MAX, NOW + 2),
    ];
    together::commit(&store, &steps).await.unwrap();
    let changed = StoredRule { hits: 3, last_hit: Some(NOW + 1), ..changed };
    assert_eq!(rules::list(&store).await.unwrap(), [rules[2].clone(), changed]);
    let left = bans::list(&store, NOW).await.unwrap();
    assert_eq!((left.len(), left[0].hits, left[0].last_hit), (2, i64::MAX as u64, Some(NOW + 2)));
    assert_eq!(bans::list(&store, NOW + 60_000).await.unwrap(), [], "ended bans are not listed");
    bans::delete_expired(&store, NOW + 60_000).await.unwrap();
    assert_eq!(bans::list(&store, NOW).await.unwrap(), []);
}

#[tokio::test]
async fn steps_happen_together_or_not_at_all() {
    let store = with_account().await;
    let steps = [
        Step::AddBan(ban(1, StoredReach::server())),
        Step::EnableAccount(account_id(1), false),
        Step::Audit(entry(1)),
        Step::EnableAccount(account_id(9), false),
    ];
    assert!(matches!(together::commit(&store, &steps).await, Err(StoreError::NotFound)));
    assert_eq!(bans::list(&store, NOW).await.unwrap(), []);
    assert!(accounts::by_id(&store, account_id(1)).await.unwrap().unwrap().account.enabled);
    together::commit(&store, &steps[..3]).await.unwrap();
    assert_eq!(bans::list(&store, NOW).await.unwrap().len(), 1);
    assert!(!accounts::by_id(&store, account_id(1)).await.unwrap().unwrap().account.enabled);
    assert_eq!(audit::count(&store, &AuditFilter::default(), None).await.unwrap(), 1);
}

#[tokio::test]
async fn accounts_are_found_by_part_of_their_full_name() {
    let store = with_account().await;
    domains::insert(&store, &domain(2, "example.net", None)).await.unwrap();
    accounts::insert(&store, &account(2, 2, "Alice_2")).await.unwrap();
    let names = async |text: &str, domain: Option<DomainId>| -> Vec<String> {
        let visible = |id| domain.is_none_or(|domain| domain == id);
        let found = accounts::search(&store, text, visible, 10).await.unwrap();
        found.into_iter().map(|found| format!("{}@{}", found.account.login, found.domain.name)).collect()
    };
    assert_eq!(names("ALICE", None).await, ["Alice_2@example.net", "alice@example.org"]);
    assert_eq!(names("e@example.o", None).await, ["alice@example.org"]);
    assert_eq!(names("_", None).await, ["Alice_2@example.net"]);
    assert_eq!(names("", Some(domain_id(1))).await, ["alice@example.org"]);
}
