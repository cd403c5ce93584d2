//! Made-up sessions for tests.

use wharf_model::{
    ids::SessionId,
    sessions::{Protocol, SessionRow, SessionState, UserType},
};

/// An idle session, number `number`.
pub(crate) fn row(number: u128) -> SessionRow {
    SessionRow {
        id: SessionId(uuid::Uuid::from_u128(number)),
        protocol: Protocol::Ftp,
        secure: true,
        user_type: UserType::WebUser,
        state: SessionState::Idle,
        status: "LIST".to_owned(),
        login: Some(format!("user{number}")),
        domain: Some("acme.example".to_owned()),
        cwd: Some("/public_html".to_owned()),
        file: None,
        direction: None,
        speed: None,
        progress: None,
        done: None,
        total: None,
        bytes_in: 0,
        bytes_out: 0,
        ip: format!("192.0.2.{number}"),
        client: Some("lftp/4.9.2".to_owned()),
        logon_time: i64::try_from(number).unwrap_or(0) * 1_000,
        last_active: 0,
        node: "a".to_owned(),
    }
}
