//! Who gets in: passwords, keys, both, one-time codes.

use crate::support::{
    server::{DOMAIN, LOGIN, PASSWORD, Site, Wharf},
    ssh::{fingerprint, lets_in_by_key, lets_in_by_password, make_key, openssh_with_password, paramiko, public},
    told,
};

/// Runs a command of the command line that has to succeed. What it printed.
fn wharf(site: &Site, arguments: &[&str]) -> String {
    let output = site.run(arguments, "");
    assert!(output.status.success(), "{arguments:?}: {}", told(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// A key pair, known to the account.
fn add_key(site: &Site, login: &str, name: &str, kind: &str) -> std::path::PathBuf {
    let key = make_key(site, name, kind);
    wharf(site, &["account", "key", "add", login, public(&key).to_str().unwrap()]);
    key
}

/// How often sessions of this server were told that a login failed.
fn failures(server: &Wharf) -> usize {
    server.log_text().matches("login failed").count()
}

#[test]
fn a_password_lets_in_and_a_wrong_one_does_not() {
    let server = Site::with_sftp().start();
    assert!(lets_in_by_password(&server, LOGIN, PASSWORD));
    assert!(lets_in_by_password(&server, &format!("{LOGIN}@{DOMAIN}"), PASSWORD));
    assert!(!lets_in_by_password(&server, LOGIN, "wrong"));
    assert!(!lets_in_by_password(&server, &format!("{LOGIN}@other.example"), PASSWORD));
}

#[test]
fn nobody_learns_which_names_exist() {
    let site = Site::with_sftp();
    site.add_account("keys", &[]);
    wharf(&site, &["account", "set-ssh-auth", "keys", "key"]);
    site.add_account("both", &[]);
    wharf(&site, &["account", "set-ssh-auth", "both", "key+password"]);
    site.add_account("codes", &[]);
    wharf(&site, &["account", "totp", "enable", "codes"]);
    let server = site.start();
    let answers = ["nobody", LOGIN, "keys", "both", "codes"].map(|login| {
        let options = ["PreferredAuthentications=password", "NumberOfPasswordPrompts=1"];
        let mut ssh = openssh_with_password("ssh", &server, "wrong", &options);
        told(&ssh.args(["-T", "-l", login, "127.0.0.1"]).output().unwrap()).replace(login, "NAME")
    });
    for answer in &answers {
        assert!(answer.contains("Permission denied (publickey,password,keyboard-interactive)"), "{answer}");
    }
    // The first client also tells that it has learned the host key.
    assert!(answers[1..].iter().all(|answer| *answer == answers[1]), "{answers:#?}");
}

#[test]
fn keys_let_in_until_they_are_taken_away() {
    let site = Site::with_sftp();
    let kinds = ["ed25519", "ecdsa", "rsa"];
    let keys = kinds.map(|kind| add_key(&site, LOGIN, &format!("key-{kind}"), kind));
    let other = make_key(&site, "other", "ed25519");
    let server = site.start();
    for key in &keys {
        assert!(lets_in_by_key(&server, LOGIN, key), "{}", key.display());
    }
    assert!(!lets_in_by_key(&server, LOGIN, &other));
    assert_eq!(failures(&server), 0, "an unknown key locks nobody out");
    let list = wharf(&server, &["account", "key", "list", LOGIN]);
    for key in &keys {
        let line = list.lines().find(|line| line.starts_with(&fingerprint(key))).unwrap();
        assert!(!line.contains("never used") && line.ends_with(key.file_name().unwrap().to_str().unwrap()), "{line}");
    }
    wharf(&server, &["account", "key", "remove", LOGIN, &fingerprint(&keys[0])]);
    assert!(!lets_in_by_key(&server, LOGIN, &keys[0]));
    assert!(lets_in_by_key(&server, LOGIN, &keys[1]));
}

#[test]
fn a_key_is_for_one_account() {
    let site = Site::with_sftp();
    let key = add_key(&site, LOGIN, "key", "ed25519");
    site.add_account("bob", &[]);
    let server = site.start();
    assert!(!lets_in_by_key(&server, "bob", &key));
    assert!(!lets_in_by_key(&server, "nobody", &key));
    assert!(lets_in_by_key(&server, LOGIN, &key));
}

#[test]
fn a_disabled_account_is_out_with_password_and_key() {
    let site = Site::with_sftp();
    let key = add_key(&site, LOGIN, "key", "ed25519");
    let server = site.start();
    let rest = server.rest();
    let mut wire = server.connect();
    wire.log_in(LOGIN);
    let session = rest.session("of alice", |row| row["login"] == LOGIN);
    rest.kick(&session, &serde_json::json!({"disable_account": true}));
    assert!(!lets_in_by_password(&server, LOGIN, PASSWORD));
    assert!(!lets_in_by_key(&server, LOGIN, &key));
}

#[test]
fn an_account_may_want_a_key_alone() {
    let site = Site::with_sftp();
    let key = add_key(&site, LOGIN, "key", "ed25519");
    wharf(&site, &["account", "set-ssh-auth", LOGIN, "key"]);
    let server = site.start();
    assert!(lets_in_by_key(&server, LOGIN, &key));
    assert!(!lets_in_by_password(&server, LOGIN, PASSWORD));
}

#[test]
fn an_account_may_want_key_and_password() {
    let site = Site::with_sftp();
    let key = add_key(&site, LOGIN, "key", "ed25519");
    wharf(&site, &["account", "set-ssh-auth", LOGIN, "key+password"]);
    let server = site.start();
    assert!(!lets_in_by_key(&server, LOGIN, &key), "the key alone");
    assert!(!lets_in_by_password(&server, LOGIN, PASSWORD), "the password alone");
    let identity = format!("IdentityFile={}", key.display());
    let options = [&*identity, "PreferredAuthentications=publickey,password", "NumberOfPasswordPrompts=1"];
    for (password, said) in [("wrong", "Permission denied"), (PASSWORD, "files only")] {
        let mut ssh = openssh_with_password("ssh", &server, password, &options);
        let output = ssh.args(["-T", "-l", LOGIN, "127.0.0.1"]).output().unwrap();
        assert!(told(&output).contains(said), "{password}: {}", told(&output));
    }
}

/// russh CVE-2026-46705, and every server that forgets whose proof it was.
#[test]
fn another_name_in_the_middle_of_a_login_begins_from_nothing() {
    let site = Site::with_sftp();
    site.add_account("bob", &[]);
    let key = add_key(&site, LOGIN, "key", "rsa");
    for login in [LOGIN, "bob"] {
        wharf(&site, &["account", "set-ssh-auth", login, "key+password"]);
    }
    let server = site.start();
    let script = "
key = paramiko.RSAKey.from_private_key_file(file)
print(transport.auth_publickey('alice', key))
for name in ('bob', 'alice'):
    try:
        print(name, transport.auth_password(name, password, fallback=False))
    except paramiko.SSHException as error:
        print(name, type(error).__name__)
print(transport.auth_publickey('alice', key))
print(transport.auth_password('alice', password, fallback=False), transport.is_authenticated())
";
    let said = paramiko(&server, script, &[("file", key.to_str().unwrap()), ("password", PASSWORD)]);
    let expected = "['password', 'keyboard-interactive']\nbob AuthenticationException\nalice AuthenticationException\n\
                    ['password', 'keyboard-interactive']\n[] True\n";
    assert_eq!(said, expected);
}

#[test]
fn codes_come_on_top_and_are_good_once() {
    let site = Site::with_sftp();
    let key = add_key(&site, LOGIN, "key", "rsa");
    let uri = wharf(&site, &["account", "totp", "enable", LOGIN]);
    let secret = uri.split_once("secret=").unwrap().1.split('&').next().unwrap().trim().to_owned();
    let server = site.start();
    assert!(!lets_in_by_password(&server, LOGIN, PASSWORD), "a password without a code");
    assert!(!lets_in_by_key(&server, LOGIN, &key), "a key without a code");
    assert_eq!(server.connect().command(&format!("USER {LOGIN}")).code, 331);
    let mut wire = server.connect();
    wire.command(&format!("USER {LOGIN}"));
    assert_eq!(wire.command(&format!("PASS {PASSWORD}")).code, 530, "FTP has no place for a code");
    let script = "
import base64, hashlib, hmac, struct
def code(step):
    digest = hmac.new(base64.b32decode(secret + '=' * (-len(secret) % 8)), struct.pack('>Q', step), hashlib.sha1).digest()
    at = digest[-1] & 15
    return '%06d' % ((struct.unpack('>I', digest[at:at + 4])[0] & 0x7fffffff) % 1000000)
def connect():
    transport = paramiko.Transport(sock.getpeername())
    transport.start_client(timeout=20)
    return transport
def attempt(name, log_in):
    transport = connect()
    try:
        log_in(transport)
    except paramiko.SSHException as error:
        pass
    print(name, transport.is_authenticated())
    transport.close()
def asked(answers):
    def answer(title, instructions, prompts):
        return [answers[prompt.strip()] for prompt, echo in prompts]
    return lambda transport: transport.auth_interactive('alice', answer)
step = int(time.time()) // 30
used, next = code(step), code(step + 1)
def with_key(transport):
    print(transport.auth_publickey('alice', paramiko.RSAKey.from_private_key_file(file)))
    asked({'Verification code:': next})(transport)
attempt('wrong code', asked({'Password:': password, 'Verification code:': '000000' if used != '000000' else '000001'}))
attempt('wrong password', asked({'Password:': 'wrong', 'Verification code:': used}))
attempt('both', asked({'Password:': password, 'Verification code:': used}))
attempt('again', asked({'Password:': password, 'Verification code:': used}))
attempt('key', with_key)
attempt('code first', lambda transport: transport.auth_interactive('alice', lambda *all: [next]))
";
    let names = [("file", key.to_str().unwrap()), ("password", PASSWORD), ("secret", &*secret)];
    let expected = "wrong code False\nwrong password False\nboth True\nagain False\n['keyboard-interactive']\nkey True\n\
                    code first False\n";
    assert_eq!(paramiko(&server, script, &names), expected);
    wharf(&server, &["account", "totp", "disable", LOGIN]);
    assert!(lets_in_by_password(&server, LOGIN, PASSWORD));
}

#[test]
fn clients_that_only_answer_questions_get_in() {
    let server = Site::with_sftp().start();
    let options = ["PreferredAuthentications=keyboard-interactive", "NumberOfPasswordPrompts=1"];
    for (password, said) in [(PASSWORD, "files only"), ("wrong", "Permission denied")] {
        let mut ssh = openssh_with_password("ssh", &server, password, &options);
        let output = ssh.args(["-T", "-l", LOGIN, "127.0.0.1"]).output().unwrap();
        assert!(told(&output).contains(said), "{}", told(&output));
    }
}

#[test]
fn six_attempts_are_enough_for_one_connection() {
    let mut site = Site::with_sftp();
    site.set("logins.attempts", 1000);
    let server = site.start();
    let script = "
tried = 0
try:
    while tried < 50:
        try:
            transport.auth_password('alice', 'wrong', fallback=False)
        except paramiko.AuthenticationException:
            if not transport.is_active():
                break
            tried += 1
except paramiko.SSHException:
    pass
print(tried)
";
    let tried: u32 = paramiko(&server, script, &[]).trim().parse().unwrap();
    assert!((6..=7).contains(&tried), "{tried} attempts");
}

#[test]
fn an_address_that_fails_too_often_waits_on_every_protocol() {
    let mut site = Site::with_sftp();
    site.set("logins.attempts", 2);
    let server = site.start();
    assert!(!lets_in_by_password(&server, LOGIN, "wrong"));
    assert!(!lets_in_by_password(&server, LOGIN, "wrong"));
    let mut wire = crate::support::wire::Wire::open(server.ftp());
    assert!(wire.reply().text.contains("too many failed logins"));
    let mut ssh = openssh_with_password("ssh", &server, PASSWORD, &["LogLevel=DEBUG1"]);
    let output = ssh.args(["-T", "-l", LOGIN, "127.0.0.1"]).output().unwrap();
    assert!(told(&output).contains("too many failed logins"), "{}", told(&output));
}

#[test]
fn keys_that_are_weak_or_none_are_not_added() {
    let site = Site::with_sftp();
    let short = site.local("short");
    let mut keygen = crate::support::bounded("ssh-keygen");
    crate::support::succeed(keygen.args(["-q", "-t", "rsa", "-b", "1024", "-N", "", "-f"]).arg(&short));
    let private = make_key(&site, "private", "ed25519");
    for (file, said) in [(public(&short), "not safe"), (private, "this is a private key")] {
        let output = site.run(&["account", "key", "add", LOGIN, file.to_str().unwrap()], "");
        assert!(!output.status.success() && told(&output).contains(said), "{}", told(&output));
    }
    let key = add_key(&site, LOGIN, "key", "ed25519");
    let output = site.run(&["account", "key", "add", LOGIN, public(&key).to_str().unwrap()], "");
    assert!(told(&output).contains("has this key already"), "{}", told(&output));
    let output = site.run(&["account", "key", "list", "nobody"], "");
    assert!(told(&output).contains("there is no account nobody"), "{}", told(&output));
}
