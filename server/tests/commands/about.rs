//! CLNT, CSID, LANG, HELP, FEAT, and the commands that nobody needs any more.

use crate::support::server::{LOGIN, Wharf};

#[test]
fn an_operator_sees_what_a_client_calls_itself() {
    let server = Wharf::start();
    let rest = server.rest();
    let mut wire = server.connect();
    wire.expect("CLNT  lftp/4.9.2 ", 200);
    rest.session("of lftp", |row| row["client"] == "lftp/4.9.2");
    wire.log_in(LOGIN);
    rest.session("of lftp that is logged in", |row| row["client"] == "lftp/4.9.2" && row["login"] == LOGIN);
    let reply = wire.expect("CSID name=FTP Voyager; Version=15.0.0.2;", 200);
    assert_eq!(reply.text, "200 Name=Wharf; OS=Linux; CaseSensitive=1; DirSep=/;");
    rest.session("of FTP Voyager", |row| row["client"] == "FTP Voyager 15.0.0.2");
}

#[test]
fn the_name_of_a_client_is_printable_and_short() {
    let server = Wharf::start();
    let rest = server.rest();
    let mut wire = server.connect();
    wire.expect(&format!("CLNT \u{202e}\u{1b}[31m{}", "x".repeat(3_000)), 200);
    let expected = format!("\u{fffd}\u{fffd}[31m{}", "x".repeat(58));
    rest.session("with a short name", |row| row["client"] == expected.as_str());
    for nothing in ["CLNT", "CLNT  ", "CSID", "CSID Version=1;", "CSID Name=;", "CSID Nam"] {
        wire.expect(nothing, 501);
    }
    assert_eq!(rest.sessions()[0]["client"], expected.as_str());
}

#[test]
fn replies_are_in_english() {
    let server = Wharf::start();
    let mut wire = server.log_in();
    for known in ["LANG", "LANG EN", "LANG en-GB"] {
        wire.expect(known, 200);
    }
    for unknown in ["LANG FR", "LANG english", "LANG *"] {
        wire.expect(unknown, 504);
    }
    assert!(wire.expect("FEAT", 211).text.contains("\n LANG EN*\n"));
}

#[test]
fn help_tells_the_syntax_of_each_command() {
    let server = Wharf::start();
    let mut wire = server.log_in();
    let list = wire.expect("HELP", 214).text;
    let names: Vec<_> = list.lines().filter(|line| line.starts_with(' ')).flat_map(str::split_whitespace).collect();
    assert!(names.len() > 50 && names.contains(&"STOR"), "{names:?}");
    for name in names {
        let help = wire.expect(&format!("HELP {name}"), 214).text;
        assert!(name == "SITE" || help.starts_with(&format!("214 Syntax: {name}")), "{help}");
    }
    assert_eq!(wire.expect("HELP stor", 214).text, "214 Syntax: STOR <file>");
    assert_eq!(wire.expect("HELP xpwd", 214).text, "214 Syntax: PWD");
    assert_eq!(wire.expect("HELP SITE", 214).text, wire.expect("SITE HELP", 214).text);
    wire.expect("HELP EVIL", 502);
}

#[test]
fn commands_of_old_times_are_answered() {
    let server = Wharf::start();
    let mut wire = server.connect();
    wire.expect("ACCT project", 202);
    wire.log_in(LOGIN);
    wire.expect("ACCT project", 202);
    wire.expect("SMNT /dev/tape", 502);
    wire.expect("XMKD below", 257);
    wire.expect("XCWD below", 250);
    assert!(wire.expect("XPWD", 257).text.contains("\"/below\""));
    wire.expect("XCUP", 250);
    wire.expect("XRMD below", 250);
    for (good, code) in [("TYPE A N", 200), ("TYPE L 8", 200), ("TYPE I", 200), ("MODE S", 200), ("STRU F", 200)] {
        wire.expect(good, code);
    }
    for bad in ["TYPE E", "TYPE A T", "TYPE L 7", "MODE B", "MODE C", "STRU R", "STRU P"] {
        wire.expect(bad, 504);
    }
}

#[test]
fn epsv_all_leaves_no_other_way() {
    let server = Wharf::start();
    server.write_home(LOGIN, "file", b"content");
    let mut wire = server.log_in();
    wire.expect("PASV", 227);
    wire.expect("EPSV ALL", 200);
    wire.expect("RETR file", 425);
    for other in ["PASV", "PORT 127,0,0,1,200,0", "EPRT |1|127.0.0.1|51200|"] {
        wire.expect(other, 503);
    }
    assert_eq!(wire.receive("RETR file"), b"content");
}
