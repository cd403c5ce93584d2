//! A web service as the source.

use super::{attempt, run, service::Service};
use crate::support::{
    client::{Client, Curl, Transport},
    eventually,
    rest::id,
    server::{DOMAIN, LOGIN, PASSWORD, Site, Wharf},
    ssh::lets_in_by_password,
};
use serde_json::json;
use std::{fs, thread};

const REFUSED: &str = "530 Login incorrect";

fn with_service(service: &Service) -> Site {
    let mut site = Site::with_sftp();
    site.set("user_sources.timeout_seconds", 2);
    ask(&site, &service.url());
    site
}

fn ask(site: &Site, url: &str) {
    run(site, &["domain", "set-users", DOMAIN, "--rest", url, "--field", "user.allowed"]);
}

fn name(login: &str) -> String {
    format!("{login}@{DOMAIN}")
}

fn assert_says_nothing(server: &Wharf) {
    let log = server.log_text();
    assert!(!log.contains(PASSWORD) && !log.contains("{login}"), "the log has a password or a body in it");
}

#[test]
fn whom_the_service_knows_moves_files_over_every_protocol() {
    let service = Service::start();
    let server = with_service(&service).start();
    let rest = server.rest();
    let file = server.write_local("file", b"content");
    for (number, transport) in [Transport::Plain, Transport::Explicit, Transport::Implicit].into_iter().enumerate() {
        let curl = Curl::log_in(&server, transport, &name("guest"));
        curl.upload(&file, &format!("file{number}"));
        assert_eq!(fs::read(server.home("guest").join(format!("file{number}"))).unwrap(), b"content");
    }
    assert!(lets_in_by_password(&server, &name("guest"), PASSWORD));
    assert!(!lets_in_by_password(&server, &name("guest"), "wrong"));
    let mut wire = server.log_in_as(&name("guest"));
    let row = rest.session("of the guest", |row| row["login"] == "guest");
    assert_eq!((&row["type"], &row["domain"]), (&json!("not_registered"), &json!(DOMAIN)));
    wire.expect("SITE MSG hello", 200);
    let first = &service.asked("guest")[0];
    assert_eq!(first, &json!({ "login": "guest", "password": PASSWORD }));
    let account = rest.get("/accounts?search=guest").body["items"][0].clone();
    assert_eq!(account["type"], "not_registered");
    // Kicked and disabled for good, whatever the service says.
    rest.kick(&row, &json!({ "disable_account": true }));
    wire.expect_reply(421);
    let before = service.asked("guest").len();
    assert_eq!(attempt(&server, &name("guest"), PASSWORD), REFUSED);
    assert_eq!(service.asked("guest").len(), before);
    assert_says_nothing(&server);
}

#[test]
fn whatever_else_the_service_answers_is_a_plain_refusal() {
    let service = Service::start();
    let mut site = with_service(&service);
    site.set("logins.attempts", 3);
    let server = site.start();
    // Nobody is to blame for these, however often.
    for login in ["broken", "moved", "babble", "huge", "hanging", "broken", "moved", "babble"] {
        assert_eq!(attempt(&server, &name(login), PASSWORD), REFUSED, "{login}");
        assert!(!server.home(login).exists(), "{login}");
    }
    assert!(server.resident() < 512 * 1024, "an endless answer is not kept");
    assert!(server.log_text().contains("a user source gives no answer"));
    for login in ["guest", "unauthorized"] {
        assert_eq!(attempt(&server, &name(login), "wrong"), REFUSED, "{login}");
    }
    assert_eq!(attempt(&server, &name("guest"), "wrong"), REFUSED);
    let mut locked = crate::support::wire::Wire::open(server.ftp());
    assert!(locked.expect_reply(421).text.contains("too many failed logins"));
    assert_says_nothing(&server);
}

#[test]
fn own_accounts_come_first_and_do_not_wait_for_a_service_that_hangs() {
    let service = Service::start();
    let mut site = with_service(&service);
    site.set("user_sources.timeout_seconds", 20);
    let server = site.start();
    let mut waiting: Vec<_> = (0..20).map(|_| server.connect()).collect();
    for wire in &mut waiting {
        wire.expect(&format!("USER {}", name("hanging")), 331);
        wire.send(&format!("PASS {PASSWORD}"));
    }
    eventually("as many wait as may ask at once", || (service.asked("hanging").len() == 16).then_some(()));
    server.log_in_as(&name(LOGIN));
    assert_eq!(attempt(&server, LOGIN, "wrong"), REFUSED);
    assert!(service.asked(LOGIN).is_empty());
}

#[test]
fn a_service_that_is_gone_refuses_and_another_source_ends_sessions() {
    let service = Service::start();
    let server = with_service(&service).start();
    let rest = server.rest();
    let domain = id(&rest.get("/domains").body["items"][0]).to_owned();
    let path = format!("/domains/{domain}/users");
    let mut wire = server.log_in_as(&name("guest"));
    let mut own = server.log_in();
    let mut source = rest.get(&path).body["source"].clone();
    assert_eq!((&source["kind"], &source["field"]), (&json!("rest"), &json!("user.allowed")));
    let test = |source: &serde_json::Value, password: &str| {
        let order = json!({ "source": source, "login": "guest", "password": password });
        let answer = rest.post(&format!("{path}/test"), &order);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body["verdict"].as_str().unwrap().to_owned()
    };
    assert_eq!((test(&source, PASSWORD), test(&source, "wrong")), ("yes".to_owned(), "no".to_owned()));
    // Nobody listens on port 1.
    source["url"] = json!("http://127.0.0.1:1/");
    assert_eq!(test(&source, PASSWORD), "trouble");
    let put = |body: &serde_json::Value| rest.call(&path, &["-X", "PUT", "-d", &body.to_string()]);
    let changed = put(&json!({ "source": source }));
    assert_eq!((changed.status, &changed.body["ended"]), (200, &json!(1)), "{changed:?}");
    wire.expect_reply(421);
    own.expect("PWD", 257);
    assert_eq!(attempt(&server, &name("guest"), PASSWORD), REFUSED);
    let off = put(&json!({ "source": null }));
    assert_eq!(off.body["users"]["kind"], "none");
    assert_eq!(attempt(&server, &name("guest"), PASSWORD), REFUSED);
    assert_says_nothing(&server);
}

#[test]
fn many_first_logins_at_once_make_one_account() {
    let service = Service::start();
    let server = with_service(&service).start();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| server.log_in_as(&name("crowd")));
        }
    });
    assert_eq!(server.rest().get("/accounts?search=crowd").body["total"], 1);
}

#[test]
fn the_command_line_takes_a_source_away_again() {
    let service = Service::start();
    let site = with_service(&service);
    run(&site, &["domain", "set-users", DOMAIN, "--none"]);
    let refused = site.run(&["domain", "set-users", DOMAIN, "--rest", "https://a.example/?p={password}"], "");
    assert!(!refused.status.success());
    let server = site.start();
    assert_eq!(attempt(&server, &name("guest"), PASSWORD), REFUSED);
    assert!(service.asked("guest").is_empty());
}
