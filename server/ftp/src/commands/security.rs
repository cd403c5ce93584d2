//! TLS: RFC 4217 on top of RFC 2228 (AUTH, PBSZ, PROT, CCC).

use crate::{
    control::{Control, Outcome},
    reply::Reply,
};

pub(super) fn auth(control: &mut Control, argument: &[u8]) -> Outcome {
    if control.stream.is_secure() {
        return Reply::new(503, "TLS is on already").into();
    }
    match argument.to_ascii_uppercase().as_slice() {
        b"TLS" | b"TLS-C" => Outcome::Secure(Reply::new(234, "Begin the TLS handshake")),
        // Older names that imply protected data connections (RFC 4217 section 17).
        b"SSL" | b"TLS-P" => {
            control.protect = true;
            Outcome::Secure(Reply::new(234, "Begin the TLS handshake"))
        }
        b"" => Reply::new(501, "AUTH TLS is what this server knows").into(),
        _ => Reply::new(504, "AUTH TLS is what this server knows").into(),
    }
}

pub(super) fn pbsz(control: &mut Control, argument: &[u8]) -> Outcome {
    if !control.stream.is_secure() {
        return Reply::new(503, "AUTH TLS first").into();
    }
    if argument.is_empty() || !argument.iter().all(u8::is_ascii_digit) {
        return Reply::new(501, "PBSZ 0").into();
    }
    control.sized = true;
    // TLS has no such buffer; 0 is the only size (RFC 4217 section 8).
    Reply::new(200, if argument == b"0" { "PBSZ=0 accepted" } else { "PBSZ=0" }).into()
}

pub(super) fn prot(control: &mut Control, argument: &[u8]) -> Outcome {
    if !control.stream.is_secure() {
        return Reply::new(503, "AUTH TLS first").into();
    }
    if !control.sized {
        return Reply::new(503, "PBSZ 0 first").into();
    }
    match argument.to_ascii_uppercase().as_slice() {
        b"P" => {
            control.protect = true;
            Reply::new(200, "Data connections are protected").into()
        }
        b"C" if control.requires_tls() => Reply::new(534, "Data connections have to be protected here").into(),
        b"C" => {
            control.protect = false;
            Reply::new(200, "Data connections are in clear").into()
        }
        b"S" | b"E" => Reply::new(536, "TLS knows PROT P and PROT C").into(),
        _ => Reply::new(504, "PROT P or PROT C").into(),
    }
}

pub(super) fn ccc(control: &mut Control) -> Outcome {
    if !control.stream.is_secure() {
        return Reply::new(533, "The control connection is in clear already").into();
    }
    if control.login.identity.is_none() {
        return Reply::new(530, "Log in first: a password does not go in clear").into();
    }
    if control.requires_tls() {
        return Reply::new(534, "The control connection has to stay encrypted here").into();
    }
    Outcome::Clear(Reply::new(200, "The control connection will be in clear"))
}
