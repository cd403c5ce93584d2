//! Open files as operators see and stop them.

use super::requests::script;
use crate::support::{
    Background, assert_content,
    client::{Client, Curl, Transport},
    eventually, names, noise,
    rest::id,
    server::{LOGIN, PASSWORD, Site, Wharf},
    ssh::openssh_with_password,
};
use serde_json::json;
use std::{
    fs::{self, File},
    process::{Child, Stdio},
};

const SLOW: &str = "slow";

/// A server on which one account moves 200 KB a second.
fn server() -> Wharf {
    let mut site = Site::with_sftp();
    // For the libssh2 of curl.
    site.set("sftp.older_clients", true);
    site.add_account(SLOW, &["--download-rate", "200000", "--upload-rate", "200000"]);
    site.start()
}

fn curl(server: &Wharf) -> std::process::Command {
    let mut curl = Curl::log_in(server, Transport::Ssh, SLOW).unbounded();
    curl.stdout(Stdio::null()).stderr(Stdio::null());
    curl
}

#[test]
fn an_open_file_is_a_transfer_with_its_progress() {
    let server = server();
    server.write_home(SLOW, "large", &noise(1, 8_000_000));
    let client = Curl::log_in(&server, Transport::Ssh, SLOW);
    let _download = Background::start(curl(&server).arg(client.url("large")));
    let rest = server.rest();
    let row = rest.moving("large");
    assert_eq!(row["direction"], "download");
    let detail = rest.get(&format!("/sessions/{}", id(&row))).body;
    assert_eq!(detail["transfers"][0]["total"], 8_000_000, "{detail}");
    assert_eq!(detail["transfers"].as_array().unwrap().len(), 1);
}

#[test]
fn a_transfer_is_stopped_and_the_session_goes_on() {
    let server = server();
    server.write_home(LOGIN, "large", &noise(1, 60_000_000));
    let rest = server.rest();
    let (asked, script_server) = (rest.sessions().len(), &server);
    assert_eq!(asked, 0);
    std::thread::scope(|scope| {
        let client = scope.spawn(|| {
            script(
                script_server,
                r"
file = sftp.open('large')
file.read(1000)
there = sftp.open('new', 'w')
there.set_pipelined(False)
there.write(b'x' * 30000)
while True:
    answer = refused(file.read, 32768)
    if 'aborted' in answer:
        break
    file.seek(0)
print(answer)
print(refused(there.write, b'y'), '|', refused(there.close))
print(sftp.listdir())
",
            )
        });
        let row = rest.session("with two open files", |row| {
            let detail = rest.get(&format!("/sessions/{}", id(row))).body;
            detail["transfers"].as_array().is_some_and(|transfers| transfers.len() == 2)
        });
        assert_eq!(rest.abort(&row), 2);
        let said = client.join().unwrap();
        assert!(said.lines().all(|line| line == "['large']" || line.contains("aborted by administrator")), "{said}");
        assert_eq!(said.lines().count(), 3, "{said}");
    });
    assert_eq!(names(&server.home(LOGIN)), ["large"], "a stopped upload is no file");
}

#[test]
fn one_transfer_is_stopped_and_the_other_goes_on() {
    let server = server();
    server.write_home(LOGIN, "large", &noise(1, 60_000_000));
    let rest = server.rest();
    std::thread::scope(|scope| {
        let client = scope.spawn(|| {
            script(
                &server,
                r"
there = sftp.open('new', 'w')
there.write(b'x' * 30000)
file = sftp.open('large')
file.read(1000)
while True:
    answer = refused(file.read, 32768)
    if 'aborted' in answer:
        break
    file.seek(0)
print(answer)
there.write(b'y' * 100)
there.close()
print(sftp.stat('new').st_size)
",
            )
        });
        let (session, download) = eventually("both files are open", || {
            let row = rest.sessions().into_iter().next()?;
            let detail = rest.get(&format!("/sessions/{}", id(&row))).body;
            let transfers = detail["transfers"].as_array().filter(|transfers| transfers.len() == 2)?;
            let download = transfers.iter().find(|transfer| transfer["path"] == "/large")?;
            Some((row, download["id"].as_str()?.to_owned()))
        });
        let path = format!("/sessions/{}/abort", id(&session));
        for wrong in [json!({"transfer": "x"}), json!({"transfers": [download]})] {
            assert_eq!(rest.post(&path, &wrong).status, 422, "{wrong}");
        }
        let answer = rest.post(&path, &json!({"transfer": download}));
        assert_eq!((answer.status, &answer.body["aborted"]), (200, &json!(1)), "{answer:?}");
        let said = client.join().unwrap();
        assert!(said.contains("Transfer aborted by administrator"), "{said}");
        assert_eq!(said.lines().last(), Some("30100"), "{said}");
    });
}

/// sftp that does `command` as the slow account; what it says goes to a file.
fn sftp(server: &Wharf, command: &str) -> Background {
    let batch = server.write_local("batch", command.as_bytes());
    let mut sftp = openssh_with_password("sftp", server, PASSWORD, &["PreferredAuthentications=password"]);
    // `-b` alone would ask for no password.
    sftp.args(["-o", "BatchMode=no", "-b"]).arg(batch).arg(format!("{SLOW}@127.0.0.1"));
    Background::start(sftp.stdout(Stdio::null()).stderr(File::create(server.local("said")).unwrap()))
}

#[test]
fn a_kick_in_the_middle_of_a_file_is_told() {
    let server = server();
    server.write_home(SLOW, "large", &noise(1, 8_000_000));
    let local = server.write_local("local", &noise(2, 8_000_000));
    let rest = server.rest();
    for (command, moves) in [
        (format!("get large {}", server.local("got").display()), "large"),
        (format!("put {} new", local.display()), "new"),
    ] {
        let mut client = sftp(&server, &command);
        rest.kick(&rest.moving(moves), &json!({"message": "back at noon"}));
        assert!(!client.wait().success());
        rest.until_empty();
        let said = fs::read_to_string(server.local("said")).unwrap();
        assert!(said.contains("back at noon - Session closed by administrator"), "{command}: {said}");
    }
    assert_eq!(names(&server.home(SLOW)), ["large"], "a cut upload is no file");
}

#[test]
fn a_cut_upload_goes_on_over_another_protocol() {
    let server = server();
    let content = noise(1, 2_000_000);
    let local = server.write_local("file", &content);
    let client = Curl::log_in(&server, Transport::Ssh, SLOW);
    let mut upload = curl(&server);
    let mut upload: Child = upload.arg("-T").arg(&local).arg(client.url("file")).spawn().unwrap();
    let rest = server.rest();
    rest.moving("file");
    upload.kill().unwrap();
    upload.wait().unwrap();
    rest.until_empty();
    assert!(names(&server.home(SLOW)).is_empty());
    let ftp = Curl::log_in(&server, Transport::Plain, SLOW);
    eventually("the part is there", || ftp.list("").is_empty().then_some(()));
    ftp.resume_upload(&local, "file");
    assert_content(&server.home(SLOW).join("file"), &content);
}

#[test]
fn the_log_tells_what_was_done() {
    let server = Site::with_sftp().start();
    let rest = server.rest();
    std::thread::scope(|scope| {
        let client = scope.spawn(|| {
            script(
                &server,
                r"
with sftp.open('file', 'w') as file:
    file.write(b'x' * 1000)
print(refused(sftp.remove, 'no\x1b[2Jthing'))
sys.stdout.flush()
while sftp.stat('.').st_size >= 0:
    try:
        sftp.stat('stop')
        break
    except FileNotFoundError:
        pass
",
            )
        });
        let row =
            rest.session("that has written", |row| row["bytes_in"].as_u64() >= Some(1000) && row["file"].is_null());
        let log = rest.get(&format!("/sessions/{}/log", id(&row))).body.to_string();
        for part in
            ["OPEN /file (write create truncate): ok", "CLOSE /file: ok", "upload of /file: 1000 bytes", "REMOVE"]
        {
            assert!(log.contains(part), "{part}: {log}");
        }
        assert!(!log.contains('\u{1b}'));
        server.write_home(LOGIN, "stop", b"");
        client.join().unwrap();
    });
}
