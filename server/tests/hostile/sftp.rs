//! SFTP and SCP clients that do what no client does.

use crate::support::{
    eventually, names, noise,
    server::{LOGIN, PASSWORD, Site},
    siege::Siege,
    ssh::paramiko,
};

/// A script with `begin`, which opens a channel with SFTP on it, and `packet`, which makes one.
fn attack(siege: &Siege, script: &str) -> String {
    let before = "
import struct
transport.auth_password('alice', password)
def begin(greet=True, window=None):
    channel = transport.open_session(window_size=window, timeout=20)
    channel.settimeout(30)
    channel.invoke_subsystem('sftp')
    if greet:
        channel.sendall(packet(1, 3))
        answer(channel)
    return channel
def packet(kind, number, *fields):
    body = struct.pack('>BI', kind, number) + b''.join(fields)
    return struct.pack('>I', len(body)) + body
def string(bytes):
    return struct.pack('>I', len(bytes)) + bytes
def exactly(channel, n):
    data = b''
    while len(data) < n:
        piece = channel.recv(n - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data
def answer(channel):
    return exactly(channel, struct.unpack('>I', exactly(channel, 4))[0])
def ends(channel):
    try:
        while True:
            answer(channel)
    except EOFError:
        return True
";
    paramiko(siege, &format!("{before}{script}"), &[("password", PASSWORD)])
}

fn siege() -> Siege {
    Siege::of(Site::with_sftp())
}

#[test]
fn nonsense_ends_the_channel() {
    let siege = siege();
    let said = attack(
        &siege,
        r"
for nonsense in [b'\0\0\0\0', b'\xff\xff\xff\xff', struct.pack('>I', 262145), b'\0\0\0\x01\x05', b'GET / HTTP/1.1\r\n\r\n']:
    channel = begin()
    channel.sendall(nonsense)
    print(ends(channel))
channel = begin(greet=False)
channel.sendall(packet(17, 1, string(b'/')))
print(ends(channel))
channel = begin()
channel.sendall(packet(1, 3))
print(ends(channel))
",
    );
    assert_eq!(said, "True\n".repeat(7));
    siege.lift();
}

#[test]
fn requests_that_make_no_sense_are_answered() {
    let siege = siege();
    let said = attack(
        &siege,
        r"
channel = begin()
for kind in list(range(2, 30)) + [101, 105, 200, 201, 255]:
    for body in [b'', b'\0\0\0', b'\xff\xff\xff\xff', string(b'\xff' * 300), string(b'') * 9]:
        channel.sendall(packet(kind, kind, body))
        reply = answer(channel)
        # The empty name is that of the home, which can be opened.
        assert reply[0] in (101, 104, 105) or (kind, reply[0]) == (11, 102), (kind, reply)
        assert struct.unpack('>I', reply[1:5])[0] == kind
print('answered')
",
    );
    assert_eq!(said, "answered\n");
    siege.lift();
}

#[test]
fn ten_thousand_handles() {
    let siege = siege();
    siege.write_home(LOGIN, "file", b"content");
    let said = attack(
        &siege,
        r"
channel = begin()
kinds = []
for number in range(10000):
    request = packet(3, number, string(b'file'), struct.pack('>II', 1, 0)) if number % 2 else packet(11, number, string(b'/'))
    channel.sendall(request)
    kinds.append(answer(channel)[0])
print(kinds.count(102), kinds.count(101))
",
    );
    assert_eq!(said, "1024 8976\n");
    siege.lift();
}

/// Its window is never opened, and it asks and asks.
#[test]
fn a_client_that_takes_no_answers() {
    let mut siege = siege();
    siege.write_home(LOGIN, "file", &noise(1, 3_000_000));
    let rest = siege.rest();
    let said = attack(
        &siege,
        r"
channel = begin()
channel.sendall(packet(3, 1, string(b'file'), struct.pack('>II', 1, 0)))
handle = answer(channel)[9:]
# Whatever arrives from here on stays where it is.
read = b''.join(packet(5, number, string(handle), struct.pack('>QI', number % 90 * 32768, 32768)) for number in range(2000))
channel.sendall(read * 5)
stat = packet(17, 1, string(b'file'))
channel.sendall(stat * 2000)
print('asked')
",
    );
    assert_eq!(said, "asked\n");
    siege.check();
    eventually("it has left", || rest.sessions().iter().all(|row| row["login"] != LOGIN).then_some(()));
    siege.lift();
}

#[test]
fn more_requests_than_anybody_needs() {
    let siege = siege();
    let said = attack(
        &siege,
        r"
channel = begin()
stat = packet(17, 1, string(b'a' * 200)) * 1000
try:
    for _ in range(1000):
        channel.sendall(stat)
    print('all sent')
except (EOFError, OSError):
    print('sent away')
",
    );
    assert_eq!(said, "sent away\n");
    siege.lift();
}

/// The files of an upload that no client of scp would send.
#[test]
fn names_over_scp_that_lead_elsewhere() {
    let siege = siege();
    let said = attack(
        &siege,
        r"
for line in [b'C0644 1 ..', b'C0644 1 ../x', b'C0644 1 /x', b'C0644 1 ', b'D0755 0 ..', b'C0644 1 a\rb', b'X', b'C0644 1', b'E', b'C' * 9000]:
    channel = transport.open_session(timeout=20)
    channel.settimeout(30)
    channel.exec_command('scp -r -t .')
    assert exactly(channel, 1) == b'\0'
    channel.sendall(line + b'\n' + b'x\0')
    channel.shutdown_write()
    said = b''
    while piece := channel.recv(1000):
        said += piece
    assert not said.startswith(b'\0'), (line, said)
    assert channel.recv_exit_status() != 0, line
print('refused')
",
    );
    assert_eq!(said, "refused\n");
    assert!(names(&siege.home(LOGIN)).is_empty());
    siege.lift();
}
