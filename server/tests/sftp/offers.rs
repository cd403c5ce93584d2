//! What is offered: algorithms and host keys.

use crate::support::{
    bounded,
    server::{Site, Wharf},
    ssh::{fingerprint, lets_in_by_password, make_key, openssh, public},
    succeed, told,
};
use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    os::unix::fs::PermissionsExt,
};

/// Names of one kind that the server offers, as ssh-audit finds them.
fn offered(server: &Wharf) -> serde_json::Value {
    let mut audit = bounded("ssh-audit");
    let output = audit.args(["-j", "-p", &server.sftp().port().to_string(), "127.0.0.1"]).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", told(&output)))
}

fn names(offered: &serde_json::Value, kind: &str) -> Vec<String> {
    let name = |value: &serde_json::Value| value.as_str().or_else(|| value["algorithm"].as_str()).map(str::to_owned);
    offered[kind].as_array().unwrap().iter().map(|value| name(value).unwrap()).collect()
}

#[test]
fn nothing_old_is_offered() {
    let server = Site::with_sftp().start();
    let offered = offered(&server);
    let kex = names(&offered, "kex");
    assert_eq!(kex[..3], ["mlkem768x25519-sha256", "curve25519-sha256", "curve25519-sha256@libssh.org"]);
    assert!(kex.contains(&"kex-strict-s-v00@openssh.com".to_owned()), "Terrapin: {kex:?}");
    let ciphers = ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com"];
    let enc = names(&offered, "enc");
    assert_eq!(
        (&enc[..3], &enc[3..]),
        (&ciphers.map(str::to_owned)[..], &["aes256-ctr", "aes128-ctr"].map(str::to_owned)[..])
    );
    assert_eq!(names(&offered, "mac"), ["hmac-sha2-512-etm@openssh.com", "hmac-sha2-256-etm@openssh.com"]);
    assert_eq!(names(&offered, "key"), ["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256"]);
    let compression = serde_json::json!(["none"]);
    assert_eq!(offered["compression"], compression, "CVE-2026-46702");
    assert_eq!(offered["banner"]["raw"], "SSH-2.0-Wharf", "no version");
}

/// The elliptic curve of NIST is there for clients that have neither Ed25519 nor RSA with SHA-2; ssh-audit dislikes it.
/// The strict key exchange and the hybrid with ML-KEM are newer than this ssh-audit.
#[test]
fn ssh_audit_finds_nothing_that_could_be_left_out() {
    let server = Site::with_sftp().start();
    let mut audit = bounded("ssh-audit");
    let output = audit.args(["-n", "-p", &server.sftp().port().to_string(), "127.0.0.1"]).output().unwrap();
    let said = told(&output);
    let known = ["ecdsa-sha2-nistp256", "unknown algorithm", "kex-strict-s-v00@openssh.com", "mlkem768x25519-sha256"];
    let mut subject = String::new();
    for line in said.lines() {
        // Further remarks on an algorithm have no name of their own.
        if let Some(name) = line.split_whitespace().nth(1).filter(|_| line.starts_with('(')) {
            name.clone_into(&mut subject);
        }
        let complaint = line.contains("[fail]") || line.contains("[warn]");
        let excused = known.iter().any(|known| line.contains(known) || subject == *known);
        assert!(!complaint || excused || line.starts_with("(rec)"), "{line}\n{said}");
    }
}

#[test]
fn every_cipher_and_key_exchange_works() {
    let server = Site::with_sftp().start();
    for option in [
        "Ciphers=aes128-gcm@openssh.com",
        "Ciphers=aes256-gcm@openssh.com",
        "Ciphers=chacha20-poly1305@openssh.com",
        "Ciphers=aes256-ctr",
        "KexAlgorithms=curve25519-sha256",
        "HostKeyAlgorithms=ssh-ed25519",
        "HostKeyAlgorithms=ecdsa-sha2-nistp256",
        "HostKeyAlgorithms=rsa-sha2-512",
        "HostKeyAlgorithms=rsa-sha2-256",
    ] {
        // The key of another kind is another key.
        let _ = fs::remove_file(server.local("known_hosts"));
        let options = [option, "PreferredAuthentications=password", "BatchMode=yes"];
        let output = openssh("ssh", &server, &options).args(["-T", "-l", "alice", "127.0.0.1"]).output().unwrap();
        assert!(told(&output).contains("Permission denied"), "{option}: {}", told(&output));
    }
    for option in ["Ciphers=aes256-cbc", "KexAlgorithms=diffie-hellman-group14-sha256", "HostKeyAlgorithms=ssh-rsa"] {
        let output = openssh("ssh", &server, &[option]).args(["-T", "-l", "alice", "127.0.0.1"]).output().unwrap();
        assert!(told(&output).contains("no matching"), "{option}: {}", told(&output));
    }
}

#[test]
fn older_clients_are_let_in_where_that_is_wanted() {
    let mut site = Site::with_sftp();
    site.set("sftp.older_clients", true);
    let server = site.start();
    let offered = offered(&server);
    assert_eq!(names(&offered, "mac")[2..], ["hmac-sha2-512", "hmac-sha2-256"]);
    let options = ["Ciphers=aes256-ctr", "MACs=hmac-sha2-256", "PreferredAuthentications=password", "BatchMode=yes"];
    let output = openssh("ssh", &server, &options).args(["-T", "-l", "alice", "127.0.0.1"]).output().unwrap();
    assert!(told(&output).contains("Permission denied"), "{}", told(&output));
}

#[test]
fn host_keys_stay_over_a_restart_and_are_their_owners_alone() {
    let mut server = Site::with_sftp().start();
    let list = || server.run(&["host-key", "list"], "");
    let before = told(&list());
    assert_eq!(before.lines().count(), 3, "{before}");
    for line in before.lines() {
        let file = line.split(' ').nth(2).unwrap();
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600, "{file}");
        assert!(line.starts_with(&fingerprint(file.as_ref())), "{line}");
    }
    assert!(lets_in_by_password(&server, "alice", crate::support::server::PASSWORD));
    server.crash_and_restart();
    let after = told(&server.run(&["host-key", "list"], ""));
    assert_eq!(after, before);
    // OpenSSH would refuse another key than the one it has learned, on the port it has learned it for.
    let known = fs::read_to_string(server.local("known_hosts")).unwrap();
    let mut scan = bounded("ssh-keyscan");
    let said = succeed(scan.args(["-t", "ed25519", "-p", &server.sftp().port().to_string(), "127.0.0.1"]));
    let key = said.split_whitespace().last().unwrap();
    assert!(known.contains(key), "{known}\n{said}");
}

#[test]
fn a_host_key_of_another_server_can_be_taken_over() {
    let site = Site::with_sftp();
    let keys = ["ed25519", "rsa"].map(|kind| make_key(&site, &format!("old-{kind}"), kind));
    for key in &keys {
        let output = site.run(&["host-key", "import", key.to_str().unwrap()], "");
        assert!(told(&output).contains(&fingerprint(key)), "{}", told(&output));
    }
    let locked = make_key(&site, "locked", "ed25519");
    succeed(bounded("ssh-keygen").args(["-q", "-p", "-N", "secret", "-f"]).arg(&locked));
    for (file, said) in
        [(public(&keys[0]), "not a private key"), (locked, "passphrase"), (site.local("none"), "No such")]
    {
        let output = site.run(&["host-key", "import", file.to_str().unwrap()], "");
        assert!(!output.status.success() && told(&output).contains(said), "{}", told(&output));
    }
    let server = site.start();
    let list = told(&server.run(&["host-key", "list"], ""));
    assert_eq!(list.lines().count(), 3, "the third was made: {list}");
    for key in &keys {
        assert!(list.contains(&fingerprint(key)), "{list}");
    }
}

#[test]
fn the_banner_is_shown_before_the_login() {
    let mut site = Site::with_sftp();
    site.set("sftp.banner", "Authorised use only");
    let server = site.start();
    let output = openssh("ssh", &server, &["BatchMode=yes"]).args(["-T", "-l", "alice", "127.0.0.1"]).output().unwrap();
    assert!(told(&output).contains("Authorised use only"), "{}", told(&output));
}

/// russh CVE-2026-48108: whoever does not say at once that it speaks SSH is sent away.
#[test]
fn a_client_that_speaks_another_protocol_is_closed() {
    let server = Site::with_sftp().start();
    for sent in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[b'x'; 5000], b"junk\r\n"] {
        let mut stream = TcpStream::connect(server.sftp()).unwrap();
        stream.set_read_timeout(Some(crate::support::PATIENCE)).unwrap();
        stream.write_all(sent).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert_eq!(answer, b"SSH-2.0-Wharf\r\n");
    }
    server.rest().until_empty();
}
