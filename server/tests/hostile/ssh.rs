//! SSH clients that do what no client does, below SFTP.

use crate::support::{
    eventually,
    server::{PASSWORD, Site},
    siege::Siege,
    ssh::{paramiko, python},
};

fn siege() -> Siege {
    Siege::of(Site::with_sftp())
}

/// Before the keys are there packets are easy to make: `packet` makes one, `hello` says who we are and what we can, and
/// `closed` waits for the end.
fn raw(siege: &Siege, script: &str) -> String {
    let before = "
import os, socket, struct
def string(bytes):
    return struct.pack('>I', len(bytes)) + bytes
def packet(payload):
    padding = 16 - (len(payload) + 5) % 8
    return struct.pack('>IB', len(payload) + padding + 1, padding) + payload + b'\\0' * padding
def connect():
    client = socket.create_connection(('127.0.0.1', port))
    client.settimeout(30)
    return client
def kexinit(kex=b'curve25519-sha256'):
    cipher = b'aes128-gcm@openssh.com'
    lists = [kex, b'ssh-ed25519', cipher, cipher, b'', b'', b'none', b'none', b'', b'']
    return packet(b'\\x14' + os.urandom(16) + b''.join(map(string, lists)) + b'\\0' * 5)
def closed(client):
    try:
        while client.recv(65536):
            pass
    except ConnectionError:
        pass
    return True
";
    python(siege, &format!("{before}{script}"), &[("port", &siege.sftp().port().to_string())])
}

/// russh CVE-2024-43410: what a length promises is not taken for granted.
#[test]
fn packets_that_say_they_are_enormous() {
    let siege = siege();
    let said = raw(
        &siege,
        r"
port = int(port)
for number in range(1000):
    client = connect()
    client.sendall(b'SSH-2.0-x\r\n' + struct.pack('>I', 0xffffffff - number % 2 * 0x7fffffff) + b'\x04' * 100)
    assert closed(client)
    client.close()
print('closed')
",
    );
    assert_eq!(said, "closed\n");
    siege.lift();
}

/// russh GHSA-cqvm-j2r2-hwpg, RFC 8731 section 3: a shared secret that everybody knows is none.
#[test]
fn public_keys_that_are_none() {
    let siege = siege();
    let said = raw(
        &siege,
        r"
port = int(port)
small = bytes.fromhex('ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f')
for kex in [b'curve25519-sha256', b'mlkem768x25519-sha256']:
    for key in [b'', b'\0' * 31, b'\0' * 32, b'\1' + b'\0' * 31, small, b'\0' * 33, b'\xff' * 1216, b'\0' * 1216]:
        client = connect()
        client.sendall(b'SSH-2.0-x\r\n' + kexinit(kex) + packet(b'\x1e' + string(key)))
        assert closed(client)
        client.close()
print('refused')
",
    );
    assert_eq!(said, "refused\n");
    siege.lift();
}

/// russh CVE-2026-42189: more answers than were asked for, before any login.
#[test]
fn answers_to_questions_nobody_asked() {
    let siege = siege();
    for count in ["0xffffffff", "0x7fffffff", "0"] {
        let script = format!(
            r"
def answer(title, instructions, prompts):
    message = paramiko.Message()
    message.add_byte(b'\x3d')
    message.add_int({count})
    transport._send_message(message)
    return ['x']
try:
    transport.auth_interactive('alice', answer)
except (paramiko.SSHException, EOFError):
    print('refused')
"
        );
        assert_eq!(paramiko(&siege, &script, &[]), "refused\n", "{count}");
    }
    siege.lift();
}

/// russh GHSA-h5rc-j5f5-3gcm: a window beyond what its number can hold.
#[test]
fn windows_that_overflow() {
    let siege = siege();
    let script = r"
transport.auth_password('alice', password)
channel = transport.open_session(timeout=20)
channel.invoke_subsystem('sftp')
for _ in range(10):
    message = paramiko.Message()
    message.add_byte(b'\x5d')
    message.add_int(channel.remote_chanid)
    message.add_int(0xffffffff)
    transport._send_message(message)
try:
    transport.open_session(timeout=20)
except (paramiko.SSHException, EOFError):
    pass
print('done')
";
    assert_eq!(paramiko(&siege, script, &[("password", PASSWORD)]), "done\n");
    siege.lift();
}

/// A channel on which nothing can ever be sent.
#[test]
fn packets_of_no_size() {
    let siege = siege();
    let rest = siege.rest();
    let script = r"
transport.auth_password('alice', password)
transport._sanitize_packet_size = lambda size: 0
try:
    transport.open_session(timeout=20, max_packet_size=0)
except (paramiko.SSHException, EOFError):
    print('refused')
";
    assert_eq!(paramiko(&siege, script, &[("password", PASSWORD)]), "refused\n");
    eventually("it has left", || rest.sessions().iter().all(|row| row["protocol"] != "sftp").then_some(()));
    siege.lift();
}

/// A new key exchange that is begun and never gone on with: nothing can be sent meanwhile, not even a goodbye.
#[test]
fn a_key_exchange_that_stalls() {
    let mut site = Site::with_sftp();
    site.set("sftp.idle_seconds", 2);
    let siege = Siege::of(site);
    let script = r"
transport.auth_password('alice', password)
channel = transport.open_session(timeout=20)
channel.invoke_subsystem('sftp')
transport._parse_kex_init = transport._negotiate_keys = lambda message: None
transport._handler_table = {**transport._handler_table, 20: lambda self, message: None}
transport._send_kex_init()
end = time.time() + 60
while transport.is_active() and time.time() < end:
    time.sleep(0.1)
print('ended' if not transport.is_active() else 'goes on')
";
    assert_eq!(paramiko(&siege, script, &[("password", PASSWORD)]), "ended\n");
    siege.lift();
}
