//! The configuration: what is wrong with it is said by key, before anything is opened.

use crate::support::{
    server::{Site, make_certificate, text},
    told,
};
use std::{fs, net::TcpListener};

fn check(site: &Site) -> (Option<i32>, String) {
    let output = site.run(&["check-config"], "");
    (output.status.code(), told(&output))
}

#[test]
fn a_good_configuration_is_good() {
    let site = Site::new();
    assert_eq!(check(&site), (Some(0), "the configuration is good\n".to_owned()));
    assert!(!site.data().exists(), "checking makes nothing");
}

#[test]
fn an_unknown_key_is_named() {
    for (key, named) in [("ftp.lissen", "ftp.lissen"), ("colour", "colour"), ("limits.session", "limits.session")] {
        let mut site = Site::new();
        site.set(key, 1);
        let (code, said) = check(&site);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(&format!("configuration key {named}: unknown field")), "{said}");
    }
}

#[test]
fn a_bad_value_is_named() {
    for (key, value) in [
        ("ftp.listen", "21"),
        ("ftp.passive_ports", "9-1"),
        ("ftp.masquerade", "2001:db8::1"),
        ("panel.tls", "perhaps"),
    ] {
        let mut site = Site::new();
        site.set(key, value);
        let (code, said) = check(&site);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.starts_with(&format!("error: configuration key {key}: ")), "{said}");
    }
}

#[test]
fn a_file_that_is_missing_or_no_toml_is_named() {
    let site = Site::new();
    fs::write(site.config_file(), "[ftp\n").unwrap();
    let (code, said) = check(&site);
    assert!(code == Some(1) && said.contains(&format!("{} is not TOML", site.config_file().display())), "{said}");
    fs::remove_file(site.config_file()).unwrap();
    let (code, said) = check(&site);
    assert!(code == Some(1) && said.contains(&format!("cannot read {}", site.config_file().display())), "{said}");
}

#[test]
fn the_environment_is_checked_as_the_file_is() {
    let site = Site::new();
    let output = site.wharf(&["check-config"]).env("WHARF_FTP__COLOUR", "red").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(told(&output).contains("configuration key ftp.colour"), "{}", told(&output));
    let output = site.wharf(&["check-config"]).env("WHARF_FTP__REQUIRE_TLS", "true").output().unwrap();
    assert!(output.status.success());
}

#[test]
fn a_port_that_is_taken_is_told_by_its_key() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for key in ["panel.listen", "ftp.listen", "ftp.implicit_listen", "sftp.listen", "web.listen"] {
        let mut site = Site::new();
        site.set(key, address.clone());
        let said = site.fail_to_start();
        assert!(
            said.contains(&format!(
                "error: configuration key {key}: cannot listen on {address}: Address already in use"
            )),
            "{said}"
        );
        assert!(!said.contains("ftp    "), "no listener is announced: {said}");
    }
}

#[test]
fn an_address_of_another_machine_is_told_by_its_key() {
    let mut site = Site::new();
    site.set("ftp.listen", "192.0.2.99:2121");
    let said = site.fail_to_start();
    assert!(said.contains("configuration key ftp.listen: cannot listen on 192.0.2.99:2121: "), "{said}");
}

#[test]
fn a_certificate_that_cannot_be_used_is_told_by_its_key() {
    let mut site = Site::new();
    let (certificate, key) = make_certificate(&site, "good");
    let (_, other_key) = make_certificate(&site, "other");
    let missing = site.local("missing.pem");
    let empty = site.write_local("empty.pem", b"");
    for (certificate, key, named) in [
        (&missing, &key, "tls.certificate"),
        (&empty, &key, "tls.certificate"),
        (&certificate, &missing, "tls.key"),
        (&certificate, &other_key, "tls.key"),
    ] {
        site.set("tls.certificate", text(certificate)).set("tls.key", text(key));
        let said = site.fail_to_start();
        assert!(said.contains(&format!("error: configuration key {named}: cannot use ")), "{said}");
    }
}

#[test]
fn a_data_directory_that_cannot_be_made_is_told_by_its_key() {
    let mut site = Site::new();
    let file = site.write_local("file", b"");
    site.set("data_dir", text(&file.join("below")));
    let said = site.fail_to_start();
    assert!(said.contains("error: configuration key data_dir: cannot make "), "{said}");
}
