//! Data connections: who opens them, over which protocol, and who may be at the other end (RFC 959, 2428, 2577, 4217).

use crate::support::{
    assert_content,
    client::{Client, Curl, Lftp, Transport},
    noise,
    server::{LOGIN, Site, Wharf, text},
    told,
    wire::{Stream, Wire},
};
use std::{
    io::Read,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream},
};

/// A server on all addresses of both protocols, or `None`, said aloud, on a machine without IPv6.
fn on_both_protocols() -> Option<Wharf> {
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        eprintln!("skipped: this machine has no IPv6");
        return None;
    }
    let mut site = Site::with_account();
    site.set("ftp.listen", "[::]:0").set("ftp.implicit_listen", "[::]:0");
    Some(site.start())
}

fn at(ip: impl Into<IpAddr>, server: &Wharf) -> SocketAddr {
    SocketAddr::new(ip.into(), server.ftp().port())
}

/// A file goes up and comes back through curl with `options`; curl has to send `command`.
fn both_ways(server: &Wharf, transport: Transport, options: &[&str], ip: IpAddr, command: &str) {
    let content = noise(1, 300_000);
    let local = server.write_local("file", &content);
    let curl = Curl::new(server, transport);
    let url = format!("ftp://{}/file", at(ip, server));
    let back = server.local("back");
    for direction in [["-T", local.to_str().unwrap()], ["-o", back.to_str().unwrap()]] {
        let output = curl.command().args(options).args(direction).args(["-v", &url]).output().unwrap();
        assert!(output.status.success(), "{}", told(&output));
        assert!(told(&output).contains(&format!("> {command}")), "no {command} in {}", told(&output));
    }
    assert_content(&server.home(LOGIN).join("file"), &content);
    assert_content(&back, &content);
}

const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

#[test]
fn curl_by_pasv() {
    both_ways(&Wharf::start(), Transport::Plain, &["--disable-epsv"], V4, "PASV");
}

#[test]
fn curl_by_port() {
    both_ways(&Wharf::start(), Transport::Plain, &["-P", "-", "--disable-eprt"], V4, "PORT 127,0,0,1,");
}

#[test]
fn curl_by_eprt() {
    both_ways(&Wharf::start(), Transport::Plain, &["-P", "-"], V4, "EPRT |1|127.0.0.1|");
}

/// Not curl: before 8.0 it forgets TLS on active connections (<https://github.com/curl/curl/issues/10666>).
#[test]
fn lftp_by_port_under_tls() {
    let server = Wharf::start();
    let content = noise(1, 300_000);
    server.write_local("file", &content);
    let lftp = Lftp::new(&server, Transport::Explicit);
    let (local, back) = (text(&server.local("file")), text(&server.local("back")));
    lftp.run(&format!("set ftp:passive-mode no; put {local}; get file -o {back}"));
    assert_content(&server.home(LOGIN).join("file"), &content);
    assert_content(&server.local("back"), &content);
}

#[test]
fn curl_over_ipv6_by_epsv() {
    let Some(server) = on_both_protocols() else { return };
    both_ways(&server, Transport::Plain, &[], V6, "EPSV");
}

#[test]
fn curl_over_ipv6_by_epsv_under_tls() {
    let Some(server) = on_both_protocols() else { return };
    both_ways(&server, Transport::Explicit, &[], V6, "EPSV");
}

#[test]
fn curl_over_ipv6_by_eprt() {
    let Some(server) = on_both_protocols() else { return };
    both_ways(&server, Transport::Plain, &["-P", "-"], V6, "EPRT |2|::1|");
}

#[test]
fn an_ipv4_client_of_a_listener_for_both_protocols_is_an_ipv4_client() {
    let Some(server) = on_both_protocols() else { return };
    both_ways(&server, Transport::Plain, &["--disable-epsv"], V4, "PASV");
    let mut wire = Wire::open(at(V4, &server));
    wire.expect_reply(220);
    wire.log_in(LOGIN);
    assert_eq!(server.rest().sessions()[0]["ip"], "127.0.0.1");
    wire.expect("EPSV 1", 229);
    wire.expect("EPSV 2", 522);
    wire.expect("EPSV 9", 522);
    wire.expect("EPSV x", 501);
}

#[test]
fn an_ipv6_client_is_told_what_works() {
    let Some(server) = on_both_protocols() else { return };
    let mut wire = Wire::open(at(V6, &server));
    wire.expect_reply(220);
    wire.log_in(LOGIN);
    assert_eq!(server.rest().sessions()[0]["ip"], "::1");
    wire.expect("PASV", 425);
    wire.expect("EPSV 1", 522);
    wire.expect("EPRT |3|x|1234|", 522);
    wire.expect("EPRT |1|127.0.0.1|4000|", 501);
}

#[test]
fn the_control_connection_goes_back_to_clear_for_curl() {
    for mode in ["passive", "active"] {
        both_ways(&Wharf::start(), Transport::Explicit, &["--ftp-ssl-ccc", "--ftp-ssl-ccc-mode", mode], V4, "CCC");
    }
}

#[test]
fn after_epsv_all_nothing_else_opens_data_connections() {
    let server = Wharf::start();
    let mut wire = server.log_in();
    wire.expect("EPSV ALL", 200);
    wire.expect("PASV", 503);
    wire.expect("PORT 127,0,0,1,20,0", 503);
    wire.expect("EPRT |1|127.0.0.1|5120|", 503);
    assert_eq!(wire.receive("NLST"), b"");
}

#[test]
fn the_server_connects_to_nobody_but_the_client() {
    let server = Wharf::start();
    let mut wire = server.log_in();
    // Somebody listens there, so a packet would be seen.
    let other = TcpListener::bind("127.0.0.2:0").unwrap();
    let port = other.local_addr().unwrap().port();
    let [high, low] = port.to_be_bytes();
    for (line, code) in [
        (&*format!("PORT 127,0,0,2,{high},{low}"), 501),
        (&format!("EPRT |1|127.0.0.2|{port}|"), 501),
        (&format!("EPRT |2|::ffff:127.0.0.2|{port}|"), 501),
        ("PORT 127,0,0,1,3,255", 504),
        ("EPRT |1|127.0.0.1|1023|", 504),
        ("EPRT |1|127.0.0.1|0|", 504),
    ] {
        wire.expect(line, code);
        wire.expect("NLST", 425);
    }
    other.set_nonblocking(true).unwrap();
    assert!(other.accept().is_err(), "a connection came");
}

#[test]
fn nobody_but_the_client_is_let_in() {
    let server = Wharf::start();
    server.write_home(LOGIN, "file", b"for alice only");
    let mut wire = server.log_in();
    let address = wire.passive();
    wire.send("RETR file");
    let mut stranger = connect_from(Ipv4Addr::new(127, 0, 0, 2), address);
    let mut bytes = Vec::new();
    let _ = stranger.read_to_end(&mut bytes);
    assert!(bytes.is_empty());
    let mut data = Stream::open(address);
    wire.expect_reply(150);
    data.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, b"for alice only");
    wire.expect_reply(226);
}

/// Some clients wait on it: Perl's `Net::FTP` begins TLS there before it reads the reply.
#[test]
fn a_refused_transfer_ends_the_connection_that_was_made_for_it() {
    let server = Wharf::start();
    let mut wire = server.log_in();
    for refused in ["RETR nothing", "STOR nothing/file", "MLSD nothing"] {
        let mut data = Stream::open(wire.passive());
        wire.expect(refused, 550);
        assert!(!matches!(data.read(&mut [0]), Ok(1..)));
        wire.expect(refused, 425);
    }
    assert_eq!(wire.receive("NLST"), b"");
}

fn connect_from(ip: Ipv4Addr, to: SocketAddr) -> Stream {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::new(ip.into(), 0).into()).unwrap();
    socket.connect(&to.into()).unwrap();
    TcpStream::from(socket).into()
}

#[test]
fn a_client_that_never_connects_is_told_so_and_may_abort() {
    let server = Wharf::start();
    let mut wire = server.log_in();
    wire.passive();
    wire.send("STOR file");
    wire.expect_reply(150);
    wire.send("ABOR");
    // RFC 959, section 4.1.3: the transfer was in progress from its 150 on.
    wire.expect_reply(426);
    wire.expect_reply(226);
    wire.expect("NOOP", 200);
    assert!(!server.home(LOGIN).join("file").exists());
}
