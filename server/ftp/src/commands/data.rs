//! Parameters of data connections: RFC 959 section 4.1.2 (TYPE, MODE, STRU, PORT, PASV), RFC 2428 (EPRT, EPSV),
//! draft-preston-ftpext-deflate (MODE Z).

use crate::{
    control::{Control, Outcome},
    data::{
        Plan,
        addresses::{parse_eprt, parse_port},
    },
    reply::Reply,
};
use std::net::{IpAddr, SocketAddr};
use wharf_core::accounts::Identity;

/// Ports below belong to services of the client's machine; connecting to them is what a bounce attack wants
/// (RFC 2577 section 3).
const LOWEST_PORT: u16 = 1024;

pub(super) fn type_(control: &mut Control, argument: &[u8]) -> Outcome {
    match argument.to_ascii_uppercase().as_slice() {
        b"A" | b"A N" => {
            control.parameters.ascii = true;
            Reply::new(200, "TYPE is A").into()
        }
        b"I" | b"L 8" | b"L8" => {
            control.parameters.ascii = false;
            Reply::new(200, "TYPE is I").into()
        }
        b"" => Reply::new(501, "TYPE A or TYPE I").into(),
        _ => Reply::new(504, "TYPE A or TYPE I").into(),
    }
}

pub(super) fn mode(control: &mut Control, argument: &[u8]) -> Outcome {
    control.parameters.deflate = match argument.to_ascii_uppercase().as_slice() {
        b"S" => false,
        b"Z" => true,
        b"" => return Reply::new(501, "MODE S or MODE Z").into(),
        _ => return Reply::new(504, "MODE S or MODE Z").into(),
    };
    Reply::new(200, if control.parameters.deflate { "MODE is Z" } else { "MODE is S" }).into()
}

/// `OPTS MODE Z LEVEL 9`, and what else the draft names, which has one value each (draft-preston-ftpext-deflate section
/// 3.3).
pub(super) fn opts_mode_z(control: &mut Control, options: &[&str]) -> Outcome {
    let mut level = control.parameters.level;
    for option in options.chunks(2) {
        match option {
            ["LEVEL", value] => match value.parse() {
                Ok(value @ 1..=9) => level = value,
                _ => return Reply::new(501, "LEVEL is 1 to 9").into(),
            },
            ["ENGINE", "ZLIB"] | ["METHOD", "8"] => {}
            _ => return Reply::new(501, "MODE Z LEVEL 1 to 9").into(),
        }
    }
    control.parameters.level = level;
    Reply::new(200, format!("MODE Z LEVEL is {level}")).into()
}

pub(super) fn stru(argument: &[u8]) -> Outcome {
    match argument {
        b"F" | b"f" => Reply::new(200, "OK").into(),
        b"" => Reply::new(501, "STRU F is what this server knows").into(),
        _ => Reply::new(504, "STRU F is what this server knows").into(),
    }
}

pub(super) fn pasv(control: &mut Control, identity: &Identity) -> Outcome {
    if let Some(reply) = epsv_only(control) {
        return reply;
    }
    let IpAddr::V4(local) = control.session.local.ip() else {
        return Reply::new(425, "PASV is for IPv4: use EPSV").into();
    };
    let port = match open(control, identity) {
        Ok(port) => port,
        Err(reply) => return reply.into(),
    };
    let [a, b, c, d] = control.ftp.masquerade.address_for(control.session.ip(), local).octets();
    let [high, low] = port.to_be_bytes();
    Reply::new(227, format!("Entering Passive Mode ({a},{b},{c},{d},{high},{low})")).into()
}

pub(super) fn epsv(control: &mut Control, identity: &Identity, argument: &[u8]) -> Outcome {
    let own = if control.session.local.is_ipv4() { "1" } else { "2" };
    match argument.to_ascii_uppercase().as_slice() {
        b"ALL" => {
            control.parameters.epsv_all = true;
            // What PORT or PASV prepared is another way, too (RFC 2428 section 4).
            control.plan = None;
            return Reply::new(200, "EPSV only from now on").into();
        }
        b"" => {}
        protocol if protocol == own.as_bytes() => {}
        protocol if protocol.iter().all(u8::is_ascii_digit) => {
            return Reply::new(522, format!("Network protocol not supported, use ({own})")).into();
        }
        _ => return Reply::new(501, "EPSV, EPSV 1, EPSV 2 or EPSV ALL").into(),
    }
    match open(control, identity) {
        Ok(port) => Reply::new(229, format!("Entering Extended Passive Mode (|||{port}|)")).into(),
        Err(reply) => reply.into(),
    }
}

fn open(control: &mut Control, identity: &Identity) -> Result<u16, Reply> {
    // The earlier port, if any, is returned first.
    control.plan = None;
    match control.stream.local_ip().and_then(|ip| control.ftp.ports.open(ip, identity.account_id)) {
        Ok(port) => {
            let number = port.address().port();
            control.plan = Some(Plan::Passive(port));
            Ok(number)
        }
        Err(error) => {
            tracing::warn!(%error, account = %identity.account_id, "no passive port");
            Err(Reply::new(425, "No port is free for a data connection, try again later"))
        }
    }
}

pub(super) fn port(control: &mut Control, argument: &[u8]) -> Outcome {
    if let Some(reply) = epsv_only(control) {
        return reply;
    }
    match parse_port(argument) {
        Some(address) => active(control, address),
        None => Reply::new(501, "PORT h1,h2,h3,h4,p1,p2").into(),
    }
}

pub(super) fn eprt(control: &mut Control, argument: &[u8]) -> Outcome {
    if let Some(reply) = epsv_only(control) {
        return reply;
    }
    match parse_eprt(argument) {
        Some(Ok(address)) => active(control, address),
        Some(Err(())) => Reply::new(522, "Network protocol not supported, use (1,2)").into(),
        None => Reply::new(501, "EPRT |protocol|address|port|").into(),
    }
}

/// Refuses before any packet is sent: a data connection goes to the client and nobody else (RFC 2577 section 3).
fn active(control: &mut Control, address: SocketAddr) -> Outcome {
    control.plan = None;
    let address = SocketAddr::new(address.ip().to_canonical(), address.port());
    if address.ip() != control.session.ip() {
        return Reply::new(501, "Data connections go to your own address only").into();
    }
    if address.port() < LOWEST_PORT {
        return Reply::new(504, "Data connections go to ports from 1024 on").into();
    }
    control.plan = Some(Plan::Active(address));
    Reply::new(200, "OK").into()
}

fn epsv_only(control: &Control) -> Option<Outcome> {
    control.parameters.epsv_all.then(|| Reply::new(503, "EPSV ALL was sent: EPSV only").into())
}
