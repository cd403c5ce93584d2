//! What is said on a control connection, for the session's log.

use crate::{
    commands,
    line::{Line, split},
    reply::Reply,
};
use wharf_core::sessions::SessionHandle;
use wharf_model::logs::LineKind;

/// Lines of one reply that go to the session's log; a listing over the control connection has thousands.
const NOTED_LINES: usize = 30;

/// What the client sent, without its secrets.
pub(super) fn command(session: &SessionHandle, line: &Line) {
    match line {
        Line::Command(bytes) => {
            let (verb, argument) = split(bytes);
            if commands::is_secret(&verb) && !argument.is_empty() {
                session.note(LineKind::Command, &format!("{verb} ****"));
            } else {
                session.note(LineKind::Command, &String::from_utf8_lossy(bytes));
            }
        }
        Line::TooLong => session.note(LineKind::Command, "(a line that is too long)"),
    }
}

/// What the server answered.
pub(super) fn reply(session: &SessionHandle, reply: &Reply) {
    let lines = reply.noted();
    let count = lines.size_hint().0;
    for line in lines.take(NOTED_LINES) {
        session.note(LineKind::Reply, &line);
    }
    if count > NOTED_LINES {
        session.note(LineKind::Reply, &format!("({} more lines)", count - NOTED_LINES));
    }
}
