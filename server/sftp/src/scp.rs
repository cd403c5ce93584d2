//! The old protocol of scp: what `scp -t` and `scp -f` do on the other side of `scp -O`, routers and cameras. There is no
//! standard; OpenSSH's scp.c (`source` and `sink`) is what everybody follows.
//!
//! * [`command`]: the command line that the other scp sends
//! * [`message`]: lines of the protocol
//! * [`wire`]: bytes in both directions
//! * [`sink`]: files that come; [`source`]: files that go

mod command;
mod message;
mod sink;
mod source;
mod wire;

pub(crate) use command::Command;
pub(crate) use message::Message;

use self::wire::Wire;
use crate::channel::ClientChannel;
use wharf_model::logs::LineKind;

/// Why the conversation ends early.
#[derive(Debug, thiserror::Error)]
enum End {
    #[error("the client is gone")]
    Gone,
    /// The other scp said so, or something that it may not.
    #[error("{0}")]
    Said(String),
    #[error("transfer aborted by administrator")]
    Aborted,
    #[error("the file changed while it was sent")]
    Changed,
}

/// Serves one channel to its end. The exit status to tell.
pub(crate) async fn serve(client: ClientChannel, command: Command) -> u32 {
    let session = client.session.clone();
    session.command("SCP", true);
    let mut wire = Wire::new(client.channel, client.handle, client.backlog);
    let identity = client.identity;
    let work = async {
        match &command {
            Command::ToServer(sink) => sink::receive(sink, &mut wire, &session, &identity).await,
            Command::FromServer(source) => source::send(source, &mut wire, &session, &identity).await,
        }
    };
    let ended = tokio::select! {
        biased;
        () = session.killed() => return 1,
        ended = work => ended,
    };
    match ended {
        // Everything was done, or what was not has been told.
        Ok(failures) => u32::from(failures > 0),
        Err(End::Gone) => 1,
        Err(end) => {
            session.note(LineKind::Event, &format!("scp ended: {end}"));
            1
        }
    }
}
