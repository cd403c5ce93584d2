//! The machine's own users as the source. It takes root to make one, and a server that was built with PAM.

use super::{attempt, run};
use crate::support::{
    bounded,
    server::{DOMAIN, Site},
    ssh::lets_in_by_password,
    succeed,
};
use serde_json::json;
use std::{fs, io::Write, path::PathBuf, process::Stdio};

const PASSWORD: &str = "of-this-machine 7";

/// A user and a service that are gone with the test.
struct Machine {
    user: String,
    service: PathBuf,
}

impl Machine {
    fn new() -> Option<Self> {
        if !cfg!(feature = "pam") {
            eprintln!("skipped: the server was built without PAM; cargo xtask builds it with");
            return None;
        }
        if !rustix::process::geteuid().is_root() {
            eprintln!("skipped: only root can make a user of the machine");
            return None;
        }
        let user = format!("wharf-t{}", std::process::id());
        let service = PathBuf::from(format!("/etc/pam.d/{user}"));
        let machine = Self { user, service };
        let stack = "auth required pam_unix.so nodelay\naccount required pam_unix.so\n";
        fs::write(&machine.service, stack).unwrap();
        succeed(bounded("useradd").args(["--no-create-home", "--shell", "/usr/sbin/nologin", &machine.user]));
        let mut chpasswd = bounded("chpasswd").stdin(Stdio::piped()).spawn().unwrap();
        write!(chpasswd.stdin.take().unwrap(), "{}:{PASSWORD}", machine.user).unwrap();
        assert!(chpasswd.wait().unwrap().success());
        Some(machine)
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.service);
        let _ = bounded("userdel").arg(&self.user).output();
    }
}

#[test]
fn users_of_the_machine_log_in_as_long_as_pam_lets_them() {
    let Some(machine) = Machine::new() else { return };
    let site = Site::with_sftp();
    run(&site, &["domain", "set-users", DOMAIN, "--pam", &machine.user, "--read-only"]);
    let server = site.start();
    let name = format!("{}@{DOMAIN}", machine.user);
    assert_eq!(attempt(&server, &name, "wrong"), "530 Login incorrect");
    assert_eq!(attempt(&server, &format!("nobody-of-that-name@{DOMAIN}"), PASSWORD), "530 Login incorrect");
    assert!(!server.home(&machine.user).exists());
    let mut wire = server.connect();
    wire.expect(&format!("USER {name}"), 331);
    wire.expect(&format!("PASS {PASSWORD}"), 230);
    let row = server.rest().session("of the user", |row| row["login"] == machine.user);
    assert_eq!(row["type"], json!("not_registered"));
    assert_eq!(wire.command("MKD directory").code, 550, "the rights are those of the source");
    assert!(lets_in_by_password(&server, &name, PASSWORD));
    assert!(!lets_in_by_password(&server, &name, "wrong"));
    // The password is right, but the account is over.
    succeed(bounded("chage").args(["--expiredate", "1", &machine.user]));
    assert_eq!(attempt(&server, &name, PASSWORD), "530 Login incorrect");
    assert_eq!(attempt(&server, &name, PASSWORD), "530 Login incorrect");
    // A service that is gone is trouble, and not the service called other.
    fs::remove_file(&machine.service).unwrap();
    assert_eq!(attempt(&server, &name, PASSWORD), "530 Login incorrect");
    let log = server.log_text();
    assert!(log.contains("there is no file /etc/pam.d/"), "{log}");
    assert!(!log.contains(PASSWORD), "the log has a password in it");
}

#[test]
fn a_service_that_is_not_there_is_refused() {
    let site = Site::with_account();
    let refused = site.run(&["domain", "set-users", DOMAIN, "--pam", "no-such-service-of-wharf"], "");
    assert!(!refused.status.success());
}
