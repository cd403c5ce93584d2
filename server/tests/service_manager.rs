//! Sockets that are open before the server starts, and word that it is there: what systemd gives and wants.

use crate::support::{
    PATIENCE, program,
    server::{LOGIN, Site},
    wire::Wire,
};
use std::{os::unix::net::UnixDatagram, process::Command};

/// Runs the server with a socket for each name.
fn with_sockets(site: &Site, names: &[&str]) -> Command {
    let server = site.wharf(&["serve"]);
    let mut command = Command::new(program("python3"));
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/open_sockets.py")).args(names).arg("--");
    command.arg(server.get_program()).args(server.get_args()).current_dir(server.get_current_dir().unwrap());
    command
}

#[test]
fn clients_come_in_by_sockets_that_were_open_before() {
    let mut site = Site::with_account();
    site.set("ftp.listen", "systemd:clear")
        .set("ftp.implicit_listen", "systemd:tls")
        .set("panel.listen", "systemd:web");
    let command = with_sockets(&site, &["tls", "nobody's", "web", "clear"]);
    let server = site.start_by(command);
    assert_eq!(server.log_in().transmit("STOR file", b"content").code, 226);
    let mut implicit = Wire::open_securely(server.implicit(), &server.certificate());
    implicit.expect_reply(220);
    implicit.log_in(LOGIN);
    assert_eq!(implicit.receive("RETR file"), b"content");
    assert_eq!(server.rest().sessions().len(), 1);
}

#[test]
fn a_socket_that_nobody_opened_is_told_by_its_key() {
    let mut site = Site::with_account();
    site.set("ftp.listen", "systemd:ftp");
    let said = site.fail_to_start();
    assert!(said.contains("configuration key ftp.listen: cannot listen on systemd:ftp: "), "{said}");
}

#[test]
fn the_service_manager_hears_when_the_server_is_ready_and_when_it_stops() {
    let site = Site::with_account();
    let path = site.local("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(PATIENCE)).unwrap();
    let hear = || {
        let mut message = [0; 64];
        let length = manager.recv(&mut message).unwrap();
        String::from_utf8_lossy(&message[..length]).into_owned()
    };
    let mut command = site.wharf(&["serve"]);
    command.env("NOTIFY_SOCKET", &path);
    let mut server = site.start_by(command);
    assert_eq!(hear(), "READY=1");
    server.log_in();
    server.terminate();
    assert_eq!(hear(), "STOPPING=1");
    assert_eq!(server.wait().code(), Some(0));
}
