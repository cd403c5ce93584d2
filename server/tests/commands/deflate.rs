//! MODE Z, with lftp and with Python's zlib.

use crate::support::{
    assert_content,
    client::{Client, Lftp, Transport, quoted},
    everything, names, noise, program,
    server::{LOGIN, Site, Wharf, text},
    wire::Wire,
};
use std::{
    io::{Read, Write},
    process::{Command, Stdio},
};

/// Bytes through one of zlib's functions.
fn zlib(function: &str, bytes: &[u8]) -> Vec<u8> {
    let script = format!("import sys, zlib; sys.stdout.buffer.write(zlib.{function}(sys.stdin.buffer.read()))");
    let mut python = Command::new(program("python3"));
    let child = python.args(["-c", &script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = child.unwrap();
    let mut input = child.stdin.take().unwrap();
    let bytes = bytes.to_vec();
    let writing = std::thread::spawn(move || input.write_all(&bytes));
    let mut output = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut output).unwrap();
    writing.join().unwrap().unwrap();
    assert!(child.wait().unwrap().success(), "zlib.{function}");
    output
}

/// Much of it compresses and some of it does not.
fn mixture() -> Vec<u8> {
    [vec![b'x'; 1_000_000], noise(1, 1_500_000), b"a line of text\n".repeat(40_000)].concat()
}

fn compressed(server: &Wharf) -> Wire {
    let mut wire = server.log_in();
    wire.expect("MODE Z", 200);
    wire
}

#[test]
fn files_and_listings_are_compressed_both_ways() {
    let server = Wharf::start();
    let content = mixture();
    server.write_home(LOGIN, "down", &content);
    server.write_home(LOGIN, "empty", b"");
    let mut wires = [server.log_in(), server.log_in_securely()];
    for wire in &mut wires {
        assert!(wire.expect("FEAT", 211).text.contains("\n MODE Z\n"));
        wire.expect("MODE Z", 200);
        let sent = wire.receive("RETR down");
        assert!(sent.len() < 1_600_000, "{}", sent.len());
        assert!(zlib("decompress", &sent) == content);
        assert_eq!(zlib("decompress", &wire.receive("RETR empty")), b"");
        assert_eq!(zlib("decompress", &wire.receive("NLST")), b"down\r\nempty\r\n");
        assert!(zlib("decompress", &wire.receive("MLSD")).ends_with(b" empty\r\n"));
        wire.expect("REST 2400000", 350);
        assert!(zlib("decompress", &wire.receive("RETR down")) == content[2_400_000..]);
        assert_eq!(wire.transmit("STOR up", &zlib("compress", &content)).code, 226);
        assert_content(&server.home(LOGIN).join("up"), &content);
        wire.expect("DELE up", 250);
        wire.expect("TYPE A", 200);
        assert_eq!(wire.transmit("STOR text", &zlib("compress", b"one\r\ntwo\r\n")).code, 226);
        assert_content(&server.home(LOGIN).join("text"), b"one\ntwo\n");
        assert_eq!(zlib("decompress", &wire.receive("RETR text")), b"one\r\ntwo\r\n");
        wire.expect("MODE S", 200);
        assert_eq!(wire.receive("RETR text"), b"one\r\ntwo\r\n");
        wire.expect("DELE text", 250);
    }
}

#[test]
fn a_client_chooses_how_well_it_is_compressed() {
    let server = Wharf::start();
    server.write_home(LOGIN, "file", &b"to be or not to be, that is the question\n".repeat(3_000));
    let mut wire = compressed(&server);
    let mut length = |options: &str| {
        wire.expect(options, 200);
        wire.receive("RETR file").len()
    };
    assert!(length("OPTS MODE Z LEVEL 1") > length("opts mode z engine zlib level 9"));
    for wrong in ["LEVEL 0", "LEVEL 10", "LEVEL -1", "LEVEL", "ENGINE LZMA", "SPEED 9"] {
        wire.expect(&format!("OPTS MODE Z {wrong}"), 501);
    }
    assert_eq!(wire.expect("OPTS MODE Z", 200).text, "200 MODE Z LEVEL is 9");
}

#[test]
fn what_is_no_zlib_stream_is_no_upload() {
    let server = Wharf::start();
    let content = mixture();
    let good = zlib("compress", &content);
    let mut checksum = good.clone();
    *checksum.last_mut().unwrap() ^= 1;
    let mut middle = good.clone();
    middle[700_000..700_100].fill(0);
    let mut wire = compressed(&server);
    for (what, bytes) in [
        ("plain text", b"plain text".to_vec()),
        ("a wrong checksum", checksum),
        ("a hole in the middle", middle),
        ("something behind the end", [&good[..], b"more"].concat()),
    ] {
        let reply = wire.transmit("STOR file", &bytes);
        assert_eq!(reply.code, 426, "{what}: {}", reply.text);
        assert!(reply.text.contains("compressed data is broken"), "{what}: {}", reply.text);
        assert!(everything(&server.home(LOGIN)).is_empty(), "{what}");
    }
    assert_eq!(wire.transmit("STOR file", &good).code, 226);
}

#[test]
fn a_stream_that_is_cut_is_known_without_tls() {
    let server = Wharf::start();
    let content = mixture();
    let good = zlib("compress", &content);
    let mut wire = compressed(&server);
    let reply = wire.transmit("STOR file", &good[..good.len() - 1]);
    assert!(reply.code == 426 && reply.text.contains("no end"), "{}", reply.text);
    assert!(names(&server.home(LOGIN)).is_empty());
    let kept: usize = wire.expect("SIZE file", 213).text["213 ".len()..].parse().unwrap();
    wire.expect(&format!("REST {kept}"), 350);
    assert_eq!(wire.transmit("STOR file", &zlib("compress", &content[kept..])).code, 226);
    assert_content(&server.home(LOGIN).join("file"), &content);
}

#[test]
fn a_bomb_ends_at_the_quota() {
    let site = Site::with_account();
    site.add_account("small", &["--quota", "1000000"]);
    let server = site.start();
    let bomb = zlib("compress", &vec![0; 300_000_000]);
    assert!(bomb.len() < 400_000);
    let mut bystander = server.log_in();
    let mut wire = server.log_in_as("small");
    wire.expect("MODE Z", 200);
    assert_eq!(wire.transmit("STOR bomb", &bomb).code, 552);
    assert!(everything(&server.home("small")).is_empty());
    bystander.expect("PWD", 257);
    wire.expect("PWD", 257);
}

#[test]
fn progress_counts_the_bytes_of_the_file() {
    let server = Wharf::start();
    let rest = server.rest();
    let zeros = vec![0; 5_000_000];
    let packed = zlib("compress", &zeros);
    let mut wire = compressed(&server);
    let mut data = wire.begin("STOR zeros");
    data.write_all(&packed[..packed.len() - 1]).unwrap();
    rest.session("with all bytes but the checksum's", |row| row["done"] == zeros.len());
    data.write_all(&packed[packed.len() - 1..]).unwrap();
    data.finish();
    wire.expect_reply(226);
}

#[test]
fn lftp_compresses() {
    let server = Wharf::start();
    let content = mixture();
    let log = server.local("lftp.log");
    for transport in [Transport::Plain, Transport::Explicit] {
        let lftp = Lftp::new(&server, transport);
        let run = |commands: &str| {
            let log = quoted(&text(&log));
            lftp.run(&format!("set ftp:use-mode-z yes; set cmd:trace no; debug 5 -T -o {log}; {commands}"))
        };
        for (name, content) in [("mixture", &content[..]), ("nothing", b"")] {
            let (local, back) = (server.write_local(name, content), server.local("back"));
            run(&format!("put {} -o file; get file -o {}", quoted(&text(&local)), quoted(&text(&back))));
            assert_content(&server.home(LOGIN).join("file"), content);
            assert_content(&back, content);
        }
        assert!(run("cls -1").contains("file"));
        let said = std::fs::read_to_string(&log).unwrap();
        assert!(said.contains("MODE Z"), "{said}");
    }
}
