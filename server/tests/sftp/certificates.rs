//! Keys that an authority has signed (OpenSSH user certificates).

use crate::support::{
    bounded,
    server::{DOMAIN, LOGIN, Site, Wharf},
    ssh::{lets_in_by_key, make_key, public},
    succeed,
};
use std::{fs, path::PathBuf};

/// A server that trusts the authority `ca`.
fn with_authority() -> Wharf {
    let mut site = Site::with_sftp();
    site.add_account("bob", &[]);
    let authority = make_key(&site, "ca", "ed25519");
    let text = fs::read_to_string(public(&authority)).unwrap();
    let trusted = site.write_local("trusted", format!("# ours\n\n{text}").as_bytes());
    site.set("sftp.user_ca", trusted.to_str().unwrap());
    site.start()
}

/// A fresh key with a certificate by `ca`, made with these options of ssh-keygen.
fn signed(server: &Wharf, ca: &str, name: &str, options: &[&str]) -> PathBuf {
    let key = make_key(server, name, "ed25519");
    let mut keygen = bounded("ssh-keygen");
    keygen.args(["-q", "-I", name, "-s"]).arg(server.local(ca)).args(options).arg(public(&key));
    succeed(&mut keygen);
    key
}

#[test]
fn a_certificate_lets_its_principal_in() {
    let server = with_authority();
    let key = signed(&server, "ca", "good", &["-n", LOGIN, "-V", "+1h"]);
    assert!(lets_in_by_key(&server, LOGIN, &key));
    assert!(!lets_in_by_key(&server, "bob", &key), "somebody else");
    assert!(!lets_in_by_key(&server, &format!("{LOGIN}@{DOMAIN}"), &key), "a domain it does not name");
    let key = signed(&server, "ca", "whole", &["-n", &format!("x,{LOGIN}@{DOMAIN}"), "-V", "+1h"]);
    assert!(lets_in_by_key(&server, LOGIN, &key) && lets_in_by_key(&server, &format!("{LOGIN}@{DOMAIN}"), &key));
}

#[test]
fn a_certificate_that_is_not_good_lets_nobody_in() {
    let server = with_authority();
    make_key(&server, "stranger", "ed25519");
    for (ca, name, options) in [
        ("stranger", "by-a-stranger", &["-n", LOGIN][..]),
        ("ca", "nobody's", &[]),
        ("ca", "over", &["-n", LOGIN, "-V", "20200101:20200102"]),
        ("ca", "not-yet", &["-n", LOGIN, "-V", "20990101:20990102"]),
        ("ca", "elsewhere", &["-n", LOGIN, "-O", "source-address=192.0.2.0/24"]),
        ("ca", "unknown-option", &["-n", LOGIN, "-O", "critical:new@wharf.example=1"]),
        ("ca", "forced-command", &["-n", LOGIN, "-O", "force-command=/bin/true"]),
        ("ca", "of-a-host", &["-h", "-n", LOGIN]),
    ] {
        let key = signed(&server, ca, name, options);
        assert!(!lets_in_by_key(&server, LOGIN, &key), "{name}");
    }
    let key = signed(&server, "ca", "from-here", &["-n", LOGIN, "-O", "source-address=192.0.2.0/24,127.0.0.0/8"]);
    assert!(lets_in_by_key(&server, LOGIN, &key));
}

#[test]
fn without_an_authority_a_certificate_is_nothing() {
    let server = Site::with_sftp().start();
    make_key(&server, "ca", "ed25519");
    let key = signed(&server, "ca", "key", &["-n", LOGIN]);
    assert!(!lets_in_by_key(&server, LOGIN, &key));
}

#[test]
fn a_list_of_authorities_that_cannot_be_used_stops_the_start() {
    let mut site = Site::with_sftp();
    for (content, said) in [("", "no key in it"), ("# a\nssh-ed25519 AAAA\n", "line 2: not a public key")] {
        let file = site.write_local("trusted", content.as_bytes());
        site.set("sftp.user_ca", file.to_str().unwrap());
        let told = site.fail_to_start();
        assert!(told.contains("configuration key sftp.user_ca: ") && told.contains(said), "{told}");
    }
}
