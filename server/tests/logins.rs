//! Who is let in, and that a refusal tells nobody more than it must.

use crate::support::{
    server::{DOMAIN, LOGIN, PASSWORD, Site, Wharf},
    wire::{Reply, Wire},
};
use uuid::Uuid;
use wharf_model::ids::AccountId;
use wharf_store::{
    Store,
    accounts::{self, AccountWithDomain, NewAccount},
};

/// What a login with this password is answered, both replies.
fn attempt(server: &Wharf, login: &str, password: &str) -> [Reply; 2] {
    let mut wire = server.connect();
    [wire.command(&format!("USER {login}")), wire.command(&format!("PASS {password}"))]
}

/// Does something to the store of a server, which may run: what the command line cannot do yet.
fn in_store<F: Future<Output = ()>>(site: &Site, work: impl FnOnce(Store) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(&format!("sqlite://{}", site.data().join("wharf.db").display())).await.unwrap();
        work(store.clone()).await;
        store.close().await;
    });
}

fn disable(site: &Site, login: &str) {
    in_store(site, async |store| {
        let found = accounts::find_for_login(&store, login, Some(DOMAIN)).await.unwrap();
        accounts::set_enabled(&store, found[0].account.id, false).await.unwrap();
    });
}

/// An account like [`LOGIN`] that expired long ago.
fn add_expired(site: &Site, login: &str) {
    in_store(site, async |store| {
        let AccountWithDomain { account, .. } =
            accounts::find_for_login(&store, LOGIN, Some(DOMAIN)).await.unwrap().remove(0);
        let expired = NewAccount {
            id: AccountId(Uuid::from_u128(1)),
            domain_id: account.domain_id,
            login: login.to_owned(),
            user_type: account.user_type,
            password_hash: account.password_hash,
            client_certificates: account.client_certificates,
            home: account.home,
            permissions: account.permissions,
            limits: account.limits,
            expires_at: Some(account.created_at),
            created_at: account.created_at,
        };
        accounts::insert(&store, &expired).await.unwrap();
    });
}

#[test]
fn every_refused_login_looks_the_same() {
    let site = Site::with_account();
    site.add_account("disabled", &[]);
    disable(&site, "disabled");
    add_expired(&site, "expired");
    let server = site.start();
    let wrong_password = attempt(&server, LOGIN, "wrong");
    assert_eq!(wrong_password[1].text, "530 Login incorrect");
    for login in ["nobody", "disabled", "expired", "alice@elsewhere.example", "alice@", "@acme.example", "' or 1=1 --"]
    {
        assert_eq!(attempt(&server, login, PASSWORD), wrong_password, "{login}");
    }
}

#[test]
fn an_account_that_is_disabled_now_cannot_log_in_again() {
    let server = Wharf::start();
    server.log_in();
    disable(&server, LOGIN);
    // Also not by what the server remembers of the password.
    assert_eq!(attempt(&server, LOGIN, PASSWORD)[1].text, "530 Login incorrect");
}

#[test]
fn a_connection_is_closed_after_its_third_failure() {
    let server = Wharf::start();
    let mut wire = server.connect();
    for _ in 0..2 {
        wire.expect("USER nobody", 331);
        wire.expect("PASS x", 530);
    }
    wire.expect("USER nobody", 331);
    wire.expect("PASS x", 421);
    wire.expect_end();
}

#[test]
fn an_address_that_fails_too_often_waits_even_with_the_right_password() {
    let mut site = Site::with_account();
    site.set("logins.attempts", 3).set("logins.lock_seconds", 90);
    let server = site.start();
    let mut session = server.log_in();
    let mut connected = server.connect();
    for _ in 0..3 {
        assert_eq!(attempt(&server, "nobody", "x")[1].code, 530);
    }
    let refusal = "421 Closing control connection: too many failed logins from your address, try again in 2 min";
    connected.expect(&format!("USER {LOGIN}"), 331);
    assert_eq!(connected.command(&format!("PASS {PASSWORD}")).text, refusal);
    assert_eq!(Wire::open(server.ftp()).reply().text, refusal);
    session.expect("PWD", 257);
}

#[test]
fn a_login_that_succeeds_clears_the_failures_before_it() {
    let mut site = Site::with_account();
    site.set("logins.attempts", 3);
    let server = site.start();
    for _ in 0..3 {
        for _ in 0..2 {
            assert_eq!(attempt(&server, LOGIN, "x")[1].code, 530);
        }
        server.log_in();
    }
}

#[test]
fn an_account_without_its_home_is_told_so() {
    let server = Wharf::start();
    std::fs::remove_dir_all(server.root(DOMAIN)).unwrap();
    std::fs::write(server.root(DOMAIN), b"a file where the domain's directory was").unwrap();
    assert_eq!(attempt(&server, LOGIN, PASSWORD)[1].text, "530 Login not possible: home directory not available");
}

fn that_requires_tls() -> Wharf {
    let mut site = Site::with_account();
    site.set("ftp.require_tls", true);
    site.start()
}

#[test]
fn no_name_is_taken_in_clear_where_tls_is_required() {
    let server = that_requires_tls();
    let mut wire = server.connect();
    let reply = wire.expect(&format!("USER {LOGIN}"), 530);
    assert_eq!(reply.text, "530 Encryption is needed here: AUTH TLS first");
    wire.expect(&format!("PASS {PASSWORD}"), 503);
    wire.secure(&server.certificate());
    wire.log_in(LOGIN);
}

#[test]
fn no_file_goes_in_clear_where_tls_is_required() {
    let server = that_requires_tls();
    server.write_home(LOGIN, "file", b"secret");
    let mut wire = server.connect();
    wire.secure(&server.certificate());
    wire.log_in(LOGIN);
    // In clear is what RFC 4217 begins with.
    for line in ["RETR file", "STOR new", "LIST", "NLST", "MLSD"] {
        wire.passive();
        wire.expect(line, 521);
    }
    wire.expect("PBSZ 0", 200);
    wire.expect("PROT C", 534);
    wire.expect("CCC", 534);
    wire.protect();
    assert_eq!(wire.receive("RETR file"), b"secret");
}

#[test]
fn the_implicit_listener_is_encrypted_as_it_is() {
    let server = that_requires_tls();
    let mut wire = Wire::open_securely(server.implicit(), &server.certificate());
    wire.expect_reply(220);
    wire.log_in(LOGIN);
    assert_eq!(wire.transmit("STOR file", b"content").code, 226);
}

#[test]
fn a_login_with_its_domain_always_works_and_a_bare_one_where_it_is_unique() {
    let site = Site::with_account();
    site.add_domain("other.example");
    site.add_account_to("other.example", LOGIN, &[]);
    site.add_account_to("other.example", "bob", &[]);
    let server = site.start();
    assert_eq!(attempt(&server, "bob", PASSWORD)[1].code, 230);
    assert_eq!(attempt(&server, LOGIN, PASSWORD)[1].text, "530 Login incorrect");
    for (login, domain) in [("alice@acme.example", DOMAIN), ("alice@OTHER.example", "other.example")] {
        let mut wire = server.log_in_as(login);
        assert_eq!(wire.transmit("STOR whose", domain.as_bytes()).code, 226);
        assert_eq!(std::fs::read_to_string(server.root(domain).join("alice/whose")).unwrap(), domain);
    }
}
