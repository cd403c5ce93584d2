//! Messages to and from users, and the log of what was said: clients stay in step, and nothing forges a reply.

use crate::support::{
    assert_content,
    client::{Client, Curl, Ftplib, Lftp, Transport},
    eventually, noise,
    rest::{Rest, id},
    server::{LOGIN, Site, Wharf},
    wire::Wire,
};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};

fn say(rest: &Rest, session: &Value, text: &str, mode: &str) -> Value {
    let answer = rest.post(&format!("/sessions/{}/messages", id(session)), &json!({ "text": text, "mode": mode }));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

fn messages(rest: &Rest, session: &str) -> Vec<Value> {
    rest.get(&format!("/sessions/{session}/messages")).body["items"].as_array().unwrap().clone()
}

/// A client in a session of its own, and its row.
fn logged_in(server: &Wharf, rest: &Rest) -> (Wire, Value) {
    let wire = server.log_in();
    let row = rest.session("that rests", |row| row["state"] == "idle");
    (wire, row)
}

#[test]
fn a_message_rides_on_the_next_reply_that_can_carry_it() {
    let server = Wharf::start();
    let rest = server.rest();
    let (mut wire, row) = logged_in(&server, &rest);
    assert_eq!(say(&rest, &row, "Please finish\r\n230 soon", "next_reply")["state"], "queued");
    for (command, code) in [("PWD", 257), ("PASV", 227), ("SIZE nothing", 550), ("FEAT", 211)] {
        let reply = wire.expect(command, code).text;
        assert!(!reply.contains("finish"), "{command}: clients look into this reply: {reply}");
    }
    let reply = wire.expect("NOOP", 200).text;
    let [first, last] = reply.lines().collect::<Vec<_>>()[..] else { panic!("{reply:?}") };
    assert!(first.starts_with("200-[token ") && first.ends_with("] Please finish\u{fffd}\u{fffd}230 soon"), "{first}");
    assert_eq!(last, "200 OK");
    assert_eq!(wire.expect("NOOP", 200).text, "200 OK");
    eventually("the message counts as delivered", || {
        (messages(&rest, id(&row))[0]["state"] == "delivered").then_some(())
    });
}

#[test]
fn a_message_that_shall_not_wait_comes_at_once_under_tls_too() {
    let server = Wharf::start();
    let rest = server.rest();
    let mut wire = server.log_in_securely();
    let row = rest.session("that rests", |row| row["state"] == "idle");
    say(&rest, &row, "now", "now");
    assert!(wire.expect_reply(119).text.ends_with("] now"));
    wire.expect("PWD", 257);
}

#[test]
fn what_a_client_never_asked_for_is_not_delivered() {
    let server = Wharf::start();
    let rest = server.rest();
    let (mut wire, row) = logged_in(&server, &rest);
    say(&rest, &row, "too late", "next_reply");
    wire.expect("QUIT", 221);
    wire.expect_end();
    eventually("the message counts as undelivered", || {
        (messages(&rest, id(&row))[0]["state"] == "undelivered").then_some(())
    });
    let answer = rest.post(&format!("/sessions/{}/messages", id(&row)), &json!({ "text": "hello?" }));
    assert_eq!(answer.status, 404);
}

#[test]
fn users_write_with_site_msg_also_while_a_file_moves() {
    let server = Wharf::start();
    let rest = server.rest();
    let (mut wire, row) = logged_in(&server, &rest);
    wire.expect("SITE MSG Is anybody there?", 200);
    let mut data = wire.begin("STOR file");
    wire.expect("SITE MSG <img src=x onerror=alert(1)>\u{202e}", 200);
    std::io::Write::write_all(&mut data, b"content").unwrap();
    data.finish();
    wire.expect_reply(226);
    wire.expect("SITE MSG", 501);
    wire.expect(&format!("SITE MSG {}", "x".repeat(501)), 501);
    let texts: Vec<_> = messages(&rest, id(&row)).into_iter().map(|message| message["text"].clone()).collect();
    assert_eq!(texts, ["Is anybody there?", "<img src=x onerror=alert(1)>\u{fffd}"]);
    for _ in 2..10 {
        wire.expect("SITE MSG again", 200);
    }
    wire.expect("SITE MSG once more", 450);
}

#[test]
fn nobody_writes_before_the_login() {
    let server = Wharf::start();
    let mut wire = server.connect();
    wire.expect("SITE MSG hello", 530);
}

/// What clients of a server where somebody never stops talking see of it: nothing.
fn while_somebody_talks(site: Site, work: impl FnOnce(&Wharf)) {
    let tokens: Vec<_> = (0..8).map(|n| site.add_token(&format!("operator {n}"), "administrator")).collect();
    let server = site.start();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // Each operator may send ten messages at once.
            for token in tokens.iter().cycle().take(80) {
                let rest = Rest::new(server.panel(), Some(token.clone()));
                if done.load(Ordering::Relaxed) {
                    break;
                }
                rest.post("/broadcast", &json!({ "text": "226 (1,2,3,4,5,6) |||7| \"/\" 150 bytes" }));
            }
        });
        work(&server);
        done.store(true, Ordering::Relaxed);
    });
    let rest = Rest::new(server.panel(), Some(tokens[0].clone()));
    let broadcasts = rest.get("/audit?action=broadcast").body["total"].as_u64().unwrap();
    assert!(broadcasts > 0);
}

fn stays_in_step<C: Client>(transport: Transport) {
    while_somebody_talks(Site::with_account(), |server| {
        let client = C::new(server, transport);
        client.make_directory("below");
        for seed in 1..8 {
            let content = noise(seed, 200_000);
            client.upload(&server.write_local("up", &content), "below/file");
            client.download("below/file", &server.local("down"));
            assert_content(&server.local("down"), &content);
            client.rename("below/file", "below/other");
            client.delete("below/other");
        }
        assert!(client.list("below").iter().all(|name| name.starts_with('.')));
    });
}

#[test]
fn curl_stays_in_step() {
    stays_in_step::<Curl>(Transport::Plain);
}

#[test]
fn lftp_stays_in_step() {
    stays_in_step::<Lftp>(Transport::Explicit);
}

#[test]
fn ftplib_stays_in_step() {
    stays_in_step::<Ftplib>(Transport::Explicit);
}

#[test]
fn the_log_shows_what_was_said_without_passwords_and_stays_after_the_end() {
    let server = Wharf::start();
    let rest = server.rest();
    let (mut wire, row) = logged_in(&server, &rest);
    server.write_home(LOGIN, "file", b"content");
    wire.receive("RETR file");
    wire.expect("CWD \u{1b}[31mred", 553);
    wire.expect("QUIT", 221);
    let log = eventually("the session has ended", || {
        let log = rest.get(&format!("/sessions/{}/log", id(&row))).body;
        log["ended"].is_i64().then_some(log)
    });
    let lines: Vec<_> = log["items"].as_array().unwrap().iter().map(|line| line["text"].as_str().unwrap()).collect();
    let position = |text: &str| {
        lines.iter().position(|line| line.starts_with(text)).unwrap_or_else(|| panic!("{text} is not in {lines:#?}"))
    };
    let order = [
        "connected from 127.0.0.1:",
        "220 ",
        &format!("USER {LOGIN}"),
        "331 ",
        "PASS ****",
        "logged in as ",
        "230 ",
        "RETR file",
        "150 ",
        "download of /file: 7 of 7 bytes",
        "226 ",
        "CWD \u{fffd}[31mred",
        "QUIT",
        "disconnected: client quit",
    ];
    assert!(order.iter().map(|text| position(text)).is_sorted(), "{lines:#?}");
    assert!(!log.to_string().contains(crate::support::server::PASSWORD));
    assert_eq!(rest.get("/sessions/ended").body["items"][0]["why"], "client quit");
    let found = rest.get(&format!("/sessions/{}/log?search=retr", id(&row))).body;
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
}
