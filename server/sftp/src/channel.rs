//! What runs on a channel, and what it has to work with.

use crate::{scp, subsystem, transport::Backlog};
use russh::{
    Channel, ChannelMsg,
    server::{Handle, Msg},
};
use std::{sync::Arc, time::Duration};
use tokio::{sync::OwnedSemaphorePermit, time::sleep};
use wharf_core::{accounts::Identity, sessions::Session};
use wharf_model::logs::LineKind;

/// How long what runs on a channel may take to notice that its session was ended.
const WIND_DOWN: Duration = Duration::from_millis(400);

/// A channel whose client is logged in. What serves it ends when the channel does, or soon after
/// [`Session::killed`]; its result is the exit status that the client is told.
pub(crate) struct ClientChannel {
    /// What the client sends. Somebody has to take it at all times: the connection waits for it.
    pub(crate) channel: Channel<Msg>,
    /// Answers go through it: it copies nothing, unlike the channel's own writer.
    pub(crate) handle: Handle,
    /// The session: its transfers, its log, its end.
    pub(crate) session: Arc<Session>,
    /// Whose files.
    pub(crate) identity: Arc<Identity>,
    /// Bytes that wait for the disk; too many of them, and the connection is not read for a while.
    pub(crate) backlog: Arc<Backlog>,
}

/// What a client may ask to run on a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    /// The subsystem `sftp`.
    Sftp,
    /// A command line of scp.
    Scp(scp::Command),
}

impl Service {
    /// That of a subsystem.
    pub(crate) fn of_subsystem(name: &str) -> Option<Self> {
        (name == "sftp").then_some(Self::Sftp)
    }

    /// That of a command line.
    pub(crate) fn of_command(line: &[u8]) -> Option<Self> {
        scp::Command::parse(line).map(Self::Scp)
    }
}

/// Waits for the request that says what for, and serves the channel to its end. `place` is its place among the
/// channels of the connection.
pub(crate) async fn run(mut client: ClientChannel, place: OwnedSemaphorePermit) {
    let (id, handle, session) = (client.channel.id(), client.handle.clone(), client.session.clone());
    let Some(service) = wait_for_service(&mut client).await else { return };
    let serving = async {
        match service {
            Service::Sftp => {
                session.note(LineKind::Event, "SFTP begins");
                subsystem::serve(client).await
            }
            Service::Scp(command) => {
                session.note(LineKind::Event, "scp begins");
                scp::serve(client, command).await
            }
        }
    };
    let overdue = async {
        session.killed().await;
        sleep(WIND_DOWN).await;
    };
    let status = tokio::select! {
        status = serving => status,
        () = overdue => return,
    };
    // The goodbye tells why; a client whose channel ends before that looks no further.
    if session.ending().is_some() {
        return;
    }
    // Where nobody is there any more, nobody has to be told.
    let _ = handle.exit_status_request(id, status).await;
    let _ = handle.eof(id).await;
    let _ = handle.close(id).await;
    drop(place);
}

/// The requests of a channel come among its data, so that nothing of what follows is lost.
async fn wait_for_service(client: &mut ClientChannel) -> Option<Service> {
    loop {
        let message = tokio::select! {
            message = client.channel.wait() => message?,
            () = client.session.killed() => return None,
        };
        let service = match message {
            ChannelMsg::RequestSubsystem { name, .. } => Service::of_subsystem(&name),
            ChannelMsg::Exec { command, .. } => Service::of_command(&command),
            ChannelMsg::Close => return None,
            _ => None,
        };
        if service.is_some() {
            return service;
        }
    }
}
