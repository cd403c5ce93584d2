//! Bans, IP rules and disabled accounts, as clients meet them, and what a crash leaves of them.

use crate::support::{
    rest::{Rest, id},
    server::{LOGIN, PASSWORD, Site, Wharf},
    wire::Wire,
};
use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader, Read},
    net::{Ipv4Addr, SocketAddr, TcpStream},
};

/// Another address of this machine, which the never-ban list does not have.
const ELSEWHERE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// What a client from `ip` is greeted with.
fn greeting(server: &Wharf, ip: Ipv4Addr) -> String {
    let mut line = String::new();
    BufReader::new(connect(server, ip)).read_line(&mut line).unwrap();
    line
}

fn connect(server: &Wharf, ip: Ipv4Addr) -> TcpStream {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from((ip, 0)).into()).unwrap();
    socket.connect(&server.ftp().into()).unwrap();
    socket.into()
}

fn from_elsewhere(rest: &Rest) -> Value {
    rest.session("from elsewhere", |row| row["ip"] == ELSEWHERE.to_string())
}

fn order(session: &Value, rest: &Rest, order: &Value) -> Value {
    let answer = rest.post(&format!("/sessions/{}/kick", id(session)), order);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

#[test]
fn a_banned_address_is_turned_away_with_a_word_also_after_a_crash_until_it_is_lifted() {
    let mut server = Wharf::start();
    let rest = server.rest();
    let mut client = connect(&server, ELSEWHERE);
    let receipt = order(&from_elsewhere(&rest), &rest, &json!({ "action": "ban", "minutes": 5, "message": "bye" }));
    let mut last_words = String::new();
    client.read_to_string(&mut last_words).unwrap();
    assert!(last_words.ends_with("421-bye\r\n421 Session closed by administrator\r\n"), "{last_words}");
    let refused = "421 Closing control connection: your address is banned, try again in 5 min\r\n";
    assert_eq!(greeting(&server, ELSEWHERE), refused);
    assert!(greeting(&server, Ipv4Addr::LOCALHOST).starts_with("220 "));
    server.crash_and_restart();
    let rest = server.rest();
    assert_eq!(greeting(&server, ELSEWHERE), refused);
    let undone = rest.post("/undo", &json!({ "effects": receipt["effects"] }));
    assert_eq!((undone.status, &undone.body["undone"]), (200, &json!(1)), "{undone:?}");
    assert!(greeting(&server, ELSEWHERE).starts_with("220 "));
}

#[test]
fn a_rule_ends_sessions_and_the_never_ban_list_is_spared() {
    let server = Wharf::start();
    let rest = server.rest();
    let _client = connect(&server, ELSEWHERE);
    from_elsewhere(&rest);
    let mut local = server.log_in();
    let answer = rest.post("/rules", &json!({ "action": "deny", "address": "127.*.*.*" }));
    assert_eq!((answer.status, &answer.body["ended"]), (201, &json!(1)), "{answer:?}");
    local.expect("PWD", 257);
    assert!(greeting(&server, ELSEWHERE).starts_with("421 "));
    let rule = rest.get("/rules").body["items"][0]["rules"][0].clone();
    assert_eq!((&rule["address"], &rule["hits"]), (&json!("127.0.0.0/8"), &json!(1)));
    assert_eq!(rest.call(&format!("/rules/{}", id(&rule)), &["-X", "DELETE"]).status, 200);
    assert_eq!(rest.call(&format!("/rules/{}", id(&rule)), &["-X", "DELETE"]).status, 404);
    assert!(greeting(&server, ELSEWHERE).starts_with("220 "));
    let refused = rest.post("/bans", &json!({ "address": "127.0.0.1" }));
    assert_eq!(refused.status, 422, "{refused:?}");
}

/// What a login is answered with.
fn login_answer(server: &Wharf, password: &str) -> String {
    let mut wire = Wire::open(server.ftp());
    wire.expect_reply(220);
    wire.expect(&format!("USER {LOGIN}"), 331);
    wire.command(&format!("PASS {password}")).text
}

#[test]
fn disabling_an_account_ends_its_sessions_and_its_logins_look_like_wrong_passwords() {
    let server = Wharf::start();
    let rest = server.rest();
    let mut one = server.log_in();
    let mut two = server.log_in_securely();
    let row = rest.sessions()[0].clone();
    let receipt = order(&row, &rest, &json!({ "disable_account": true, "reason": "=cmd|' /C calc'!A0" }));
    for wire in [&mut one, &mut two] {
        wire.expect_reply(421);
        wire.expect_end();
    }
    assert_eq!(login_answer(&server, PASSWORD), login_answer(&server, "wrong"));
    let csv = rest.get_text("/audit.csv");
    assert!(csv.contains("\"'=cmd|' /C calc'!A0\""), "a spreadsheet would run this: {csv}");
    rest.post("/undo", &json!({ "effects": receipt["effects"] }));
    assert!(login_answer(&server, PASSWORD).starts_with("230 "));
}

#[test]
fn a_crash_leaves_all_of_an_order_or_nothing() {
    let mut site = Site::with_account();
    site.set("shutdown.grace_seconds", 0);
    let mut server = site.start();
    for round in 0..6 {
        let rest = server.rest();
        let _wire = server.log_in();
        let row = rest.session("that rests", |row| row["state"] == "idle");
        let account = rest.get(&format!("/sessions/{}", id(&row))).body["account_id"].clone();
        let address = format!("192.0.2.{}", round + 1);
        let order = json!({ "action": "ban", "address": address, "disable_account": true });
        std::thread::scope(|scope| {
            let request = scope.spawn(|| rest.attempt(&format!("/sessions/{}/kick", id(&row)), &order));
            // A little later each time.
            for _ in 0..round {
                rest.get("/bans");
            }
            server.crash_and_restart();
            request.join().unwrap();
        });
        let rest = server.rest();
        let bans = rest.get("/bans").body["items"].to_string().contains(&address);
        let written = rest.get("/audit?action=session.kick").body["items"].to_string().contains(&address);
        let disabled = login_answer(&server, PASSWORD).starts_with("530 ");
        assert!(bans == written && written == disabled, "{round}: {bans} {written} {disabled}");
        if disabled {
            let effect = json!({ "kind": "disabled", "id": account, "login": LOGIN });
            assert_eq!(rest.post("/undo", &json!({ "effects": [effect] })).body["undone"], 1);
        }
    }
}
