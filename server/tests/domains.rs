//! The ways to a domain: its name in HOST and in the TLS handshake, its certificate, and what it wants of a login.

use crate::support::{
    bounded,
    client::{Client, Curl, Lftp, Transport},
    server::{DOMAIN, LOGIN, PASSWORD, Site, Wharf, make_certificate, make_certificate_for, text},
    succeed,
    tls::Tls,
    told,
    wire::Wire,
};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use std::{
    fs,
    io::Seek,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

/// A second domain, with an account of the same login and a file that tells them apart.
const OTHER: &str = "other.example";

fn with_two_domains() -> Site {
    let site = Site::with_account();
    site.add_domain(OTHER);
    site.add_account_to(OTHER, LOGIN, &[]);
    for domain in [DOMAIN, OTHER] {
        fs::write(site.root(domain).join(LOGIN).join("whose"), domain).unwrap();
    }
    site
}

/// Logs in as [`LOGIN`], without its domain. Whose account that was.
#[track_caller]
fn whose(wire: &mut Wire) -> String {
    wire.log_in(LOGIN);
    String::from_utf8(wire.receive("RETR whose")).unwrap()
}

#[test]
fn a_bare_login_is_one_of_the_domain_that_host_names() {
    let server = with_two_domains().start();
    for (host, domain) in [(DOMAIN, DOMAIN), ("OTHER.example.", OTHER)] {
        let mut wire = server.connect();
        wire.expect(&format!("HOST {host}"), 220);
        assert_eq!(whose(&mut wire), domain);
    }
    let mut changed_mind = server.connect();
    changed_mind.expect(&format!("HOST {DOMAIN}"), 220);
    changed_mind.expect(&format!("HOST {OTHER}"), 220);
    assert_eq!(whose(&mut changed_mind), OTHER);
}

#[test]
fn host_is_refused_where_it_makes_no_sense() {
    let server = with_two_domains().start();
    let mut wire = server.connect();
    assert!(wire.expect("FEAT", 211).text.contains("\n HOST\n"));
    for (line, code) in [
        ("HOST", 501),
        ("HOST two words", 501),
        ("HOST elsewhere.example", 504),
        ("HOST 127.0.0.1", 504),
        ("HOST [::1]", 504),
    ] {
        wire.expect(line, code);
    }
    wire.expect(&format!("HOST {DOMAIN}"), 220);
    wire.expect(&format!("USER {LOGIN}"), 331);
    wire.expect(&format!("HOST {OTHER}"), 503);
    wire.expect(&format!("PASS {PASSWORD}"), 230);
    wire.expect(&format!("HOST {OTHER}"), 503);
}

#[test]
fn a_login_with_its_domain_counts_more_than_host() {
    let server = with_two_domains().start();
    let mut wire = server.connect();
    wire.expect(&format!("HOST {DOMAIN}"), 220);
    wire.log_in(&format!("{LOGIN}@{OTHER}"));
    assert_eq!(wire.receive("RETR whose"), OTHER.as_bytes());
}

#[test]
fn rein_forgets_host() {
    let server = with_two_domains().start();
    let mut wire = server.connect();
    wire.expect(&format!("HOST {OTHER}"), 220);
    assert_eq!(whose(&mut wire), OTHER);
    wire.expect("REIN", 220);
    wire.expect(&format!("USER {LOGIN}"), 331);
    assert_eq!(wire.expect(&format!("PASS {PASSWORD}"), 530).text, "530 Login incorrect");
}

/// Gives the domain a certificate for its name and for the address of the test. The certificate, and its key.
fn certify(site: &Site, domain: &str) -> (PathBuf, PathBuf) {
    let files = make_certificate_for(site, domain, &[domain, "127.0.0.1"]);
    set_tls(site, domain, &["--certificate", &text(&files.0), "--key", &text(&files.1)]);
    files
}

fn set_tls(site: &Site, domain: &str, options: &[&str]) {
    let output = site.run(&[&["domain", "set-tls", domain], options].concat(), "");
    assert!(output.status.success(), "{}", told(&output));
}

/// The certificate that a client gets which asks for this name.
fn shown(address: SocketAddr, name: &str, trusted: &Path) -> CertificateDer<'static> {
    Wire::open_with(address, Tls::trusting(trusted).named(name)).stream().certificate()
}

fn content(certificate: &Path) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(certificate).unwrap()
}

#[test]
fn the_handshake_names_the_domain_and_gets_its_certificate() {
    let site = with_two_domains();
    let (certificate, _) = certify(&site, OTHER);
    let server = site.start();
    let mut implicit = Wire::open_with(server.implicit(), Tls::trusting(&certificate).named("Other.Example"));
    implicit.expect_reply(220);
    assert_eq!(whose(&mut implicit), OTHER);
    let mut explicit = server.connect();
    explicit.secure_with(Tls::trusting(&certificate).named(OTHER));
    explicit.log_in(LOGIN);
    explicit.protect();
    assert_eq!(explicit.receive("RETR whose"), OTHER.as_bytes());
    // Whoever asks for another name, or for none, gets the server's.
    assert_eq!(shown(server.implicit(), "localhost", &server.certificate()), content(&server.certificate()));
    Wire::open_securely(server.implicit(), &server.certificate()).expect_reply(220);
}

#[test]
fn the_handshake_and_host_have_to_agree() {
    let site = with_two_domains();
    let (certificate, _) = certify(&site, OTHER);
    let server = site.start();
    let mut wire = Wire::open_with(server.implicit(), Tls::trusting(&certificate).named(OTHER));
    wire.expect_reply(220);
    wire.expect(&format!("HOST {DOMAIN}"), 504);
    wire.expect(&format!("HOST {OTHER}"), 220);
    assert_eq!(whose(&mut wire), OTHER);
    // What came in clear gives way to what came in the handshake.
    let mut wire = server.connect();
    wire.expect(&format!("HOST {DOMAIN}"), 220);
    wire.secure_with(Tls::trusting(&certificate).named(OTHER));
    wire.log_in(LOGIN);
    wire.protect();
    assert_eq!(wire.receive("RETR whose"), OTHER.as_bytes());
}

#[test]
fn host_before_the_handshake_chooses_the_certificate_of_a_client_that_names_nobody() {
    let site = with_two_domains();
    let (certificate, _) = certify(&site, OTHER);
    let server = site.start();
    let mut wire = server.connect();
    wire.expect(&format!("HOST {OTHER}"), 220);
    wire.secure(&certificate);
    assert_eq!(wire.stream().certificate(), content(&certificate));
    wire.log_in(LOGIN);
    wire.protect();
    assert_eq!(wire.receive("RETR whose"), OTHER.as_bytes());
}

#[test]
fn a_domain_gets_and_loses_its_certificate_while_the_server_runs() {
    let server = with_two_domains().start();
    let (first, key) = certify(&server, OTHER);
    server.reload();
    assert_eq!(shown(server.implicit(), OTHER, &first), content(&first));
    // Renewed in place.
    let (second, second_key) = make_certificate_for(&server, "second", &[OTHER]);
    fs::copy(&second, &first).unwrap();
    fs::copy(second_key, &key).unwrap();
    server.reload();
    assert_eq!(shown(server.implicit(), OTHER, &second), content(&second));
    // A file that is broken, and one that is gone.
    fs::write(&first, b"not a certificate").unwrap();
    server.reload();
    assert_eq!(shown(server.implicit(), OTHER, &second), content(&second));
    assert!(server.log_text().contains("certificate of a domain cannot be used, it keeps what it had"));
    fs::remove_file(&key).unwrap();
    server.reload();
    assert_eq!(shown(server.implicit(), OTHER, &second), content(&second));
    set_tls(&server, OTHER, &["--no-certificate"]);
    server.reload();
    Wire::open_securely(server.implicit(), &server.certificate()).expect_reply(220);
}

#[test]
fn a_certificate_that_cannot_be_used_is_refused_on_the_command_line() {
    let site = with_two_domains();
    let (certificate, key) = make_certificate(&site, "one");
    let (_, other_key) = make_certificate(&site, "two");
    for (certificate, key) in [(&key, &key), (&certificate, &other_key), (&certificate, &site.local("missing"))] {
        let arguments = ["domain", "set-tls", OTHER, "--certificate", &text(certificate), "--key", &text(key)];
        let output = site.run(&arguments, "");
        assert_eq!(output.status.code(), Some(1));
        assert!(told(&output).contains("cannot use "), "{}", told(&output));
    }
    let output = site.run(&["domain", "set-tls", "elsewhere.example", "--require-tls", "true"], "");
    assert!(told(&output).contains("there is no domain elsewhere.example"), "{}", told(&output));
}

struct SetOnDrop<'a>(&'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn certificates_are_exchanged_under_load() {
    let server = with_two_domains().start();
    let (in_use, key) = certify(&server, OTHER);
    let pairs = ["one", "two"].map(|name| make_certificate_for(&server, name, &[OTHER]));
    let trusted = server.local("trusted.pem");
    let all = [&in_use, &pairs[0].0, &pairs[1].0].map(|file| fs::read_to_string(file).unwrap());
    fs::write(&trusted, all.concat()).unwrap();
    server.reload();
    let done = AtomicBool::new(false);
    let greeted: Vec<usize> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut greeted = 0;
                    while !done.load(Ordering::Relaxed) {
                        let mut wire =
                            Wire::open_with(server.implicit(), Tls::trusting(&trusted).named(OTHER).forgetful());
                        wire.expect_reply(220);
                        greeted += 1;
                    }
                    greeted
                })
            })
            .collect();
        // Also if something fails below.
        let at_the_end = SetOnDrop(&done);
        for turn in 0..10 {
            let (certificate, fresh_key) = &pairs[turn % 2];
            fs::copy(certificate, &in_use).unwrap();
            fs::copy(fresh_key, &key).unwrap();
            server.reload();
            assert_eq!(shown(server.implicit(), OTHER, &trusted), content(certificate));
        }
        drop(at_the_end);
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    assert!(greeted.iter().all(|count| *count > 0), "{greeted:?}");
}

fn that_requires_tls() -> Wharf {
    let site = with_two_domains();
    set_tls(&site, OTHER, &["--require-tls", "true"]);
    site.add_account_to(OTHER, "bob", &[]);
    site.start()
}

#[test]
fn a_domain_that_needs_tls_says_so_before_the_password() {
    let server = that_requires_tls();
    for login in ["alice@other.example", "nobody@other.example"] {
        let mut wire = server.connect();
        assert_eq!(wire.expect(&format!("USER {login}"), 530).text, "530 Encryption is needed here: AUTH TLS first");
        wire.expect(&format!("PASS {PASSWORD}"), 503);
    }
    for login in [LOGIN, "nobody"] {
        let mut wire = server.connect();
        wire.expect(&format!("HOST {OTHER}"), 220);
        wire.expect(&format!("USER {login}"), 530);
    }
    // The other domain goes on as before.
    server.log_in_as("alice@acme.example");
}

#[test]
fn a_login_that_only_leads_to_a_domain_that_needs_tls_is_as_wrong_as_any() {
    let mut site = with_two_domains();
    set_tls(&site, OTHER, &["--require-tls", "true"]);
    site.add_account_to(OTHER, "bob", &[]);
    site.set("logins.attempts", 2);
    let server = site.start();
    for (login, password) in [("bob", PASSWORD), ("nobody", PASSWORD)] {
        let mut wire = server.connect();
        wire.expect(&format!("USER {login}"), 331);
        assert_eq!(wire.expect(&format!("PASS {password}"), 530).text, "530 Login incorrect");
    }
    // Both counted.
    Wire::open(server.ftp()).expect_reply(421);
}

#[test]
fn nothing_goes_in_clear_in_a_domain_that_needs_tls() {
    let server = that_requires_tls();
    let mut wire = server.connect();
    wire.secure(&server.certificate());
    wire.log_in("bob");
    wire.passive();
    wire.expect("LIST", 521);
    wire.expect("PBSZ 0", 200);
    wire.expect("PROT C", 534);
    wire.expect("CCC", 534);
    wire.protect();
    assert_eq!(wire.transmit("STOR file", b"content").code, 226);
    // The other domain may do all that.
    wire.expect("REIN", 220);
    wire.log_in("alice@acme.example");
    wire.expect("PROT C", 200);
    wire.expect("CCC", 200);
}

/// A server with an account, `carol`, that has to show this certificate.
fn with_client_certificate() -> (Wharf, (PathBuf, PathBuf)) {
    let site = Site::with_account();
    let own = make_certificate(&site, "client");
    let (another, _) = make_certificate(&site, "spare");
    site.add_account("carol", &["--client-certificate", &text(&another), "--client-certificate", &text(&own.0)]);
    (site.start(), own)
}

#[test]
fn an_account_with_a_client_certificate_needs_it_and_the_password() {
    let (server, own) = with_client_certificate();
    let stranger = make_certificate(&server, "stranger");
    let certificate = server.certificate();
    let attempt = |tls: Option<Tls>, password: &str| {
        let mut wire = server.connect();
        if let Some(tls) = tls {
            wire.secure_with(tls);
        }
        wire.expect("USER carol", 331);
        wire.command(&format!("PASS {password}")).text
    };
    for tls in [Tls::showing(&certificate, &own), Tls::showing12(&certificate, &own)] {
        assert_eq!(attempt(Some(tls.clone()), PASSWORD), "230 Logged in");
        // Coming back, with the TLS session of before.
        assert_eq!(attempt(Some(tls.clone()), PASSWORD), "230 Logged in");
        assert_eq!(attempt(Some(tls), "wrong"), "530 Login incorrect");
    }
    for tls in [Some(Tls::showing(&certificate, &stranger)), Some(Tls::trusting(&certificate)), None] {
        assert_eq!(attempt(tls, PASSWORD), "530 Login incorrect");
    }
    // Whoever needs none may show one.
    let mut wire = server.connect();
    wire.secure_with(Tls::showing(&certificate, &stranger));
    wire.log_in(LOGIN);
}

#[test]
fn curl_and_lftp_show_their_certificates() {
    let (server, own) = with_client_certificate();
    let (certificate, key) = (text(&own.0), text(&own.1));
    server.write_home("carol", "file", b"content");
    for version in ["1.2", "1.3"] {
        let curl = Curl::new(&server, Transport::Explicit).with_login("carol").with_options(&["--tls-max", version]);
        assert_eq!(curl.command().arg(curl.url("file")).status().unwrap().code(), Some(67), "without a certificate");
        let curl = curl.with_options(&["--cert", &certificate, "--key", &key]);
        assert_eq!(succeed(curl.command().arg(curl.url("file"))), "content");
    }
    let lftp = Lftp::new(&server, Transport::Explicit).with_setting("ssl:cert-file", &certificate);
    let lftp = lftp.with_setting("ssl:key-file", &key).with_login("carol");
    assert_eq!(lftp.run("cat file"), "content");
}

#[test]
fn openssl_without_a_certificate_is_as_welcome() {
    let (server, _) = with_client_certificate();
    let quit = fs::File::open(server.write_local("quit", b"QUIT\n")).unwrap();
    for version in ["-tls1_2", "-tls1_3"] {
        let mut client = bounded("openssl");
        client.args(["s_client", "-quiet", "-crlf", "-starttls", "ftp", version]);
        client.args(["-connect", &server.ftp().to_string()]).stdin(quit.try_clone().unwrap());
        assert_eq!(succeed(&mut client), "221 Goodbye\r\n");
        (&quit).rewind().unwrap();
    }
}
