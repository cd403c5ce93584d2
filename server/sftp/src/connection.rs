//! The life of a connection: it has to log in in time, may not idle for ever, and gets a goodbye when it is ended.

use crate::{
    Sftp,
    client::{CHANNELS_MOST, Client, Event},
    hello::Hello,
    transport::{Backlog, Transport},
};
use russh::{
    Disconnect,
    server::{self, Handle, RunningSession},
};
use std::{sync::Arc, time::Duration};
use tokio::{
    net::TcpStream,
    sync::{Semaphore, mpsc},
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;
use wharf_core::{
    accounts::Identity,
    sessions::{Ending, SessionHandle},
};

/// How long russh may take to send a goodbye: it does so only between two key exchanges, and while the client reads.
const GOODBYE: Duration = Duration::from_millis(500);
/// How long a client may take to close the connection once it has read the goodbye; and russh, once it is cut.
const CLOSE: Duration = Duration::from_millis(500);
/// How long what has arrived may take to get onto the disk once the connection is over.
const CLOSE_FILES: Duration = Duration::from_secs(10);
/// There are at most two: why it is refused, or that it is logged in.
const EVENTS: usize = 4;

/// Serves one connection to its end.
pub(crate) async fn serve(sftp: Arc<Sftp>, session: SessionHandle, stream: TcpStream) {
    let deadline = Instant::now() + sftp.settings.login;
    let session = Arc::new(session);
    let cut = CancellationToken::new();
    // However this ends, so does the connection.
    let _cut_at_last = cut.clone().drop_guard();
    let backlog = Arc::<Backlog>::default();
    let (tell, events) = mpsc::channel(EVENTS);
    let transport = Transport::new(
        stream,
        backlog.clone(),
        cut.clone(),
        Hello::new(session.session().clone(), &sftp.ssh.preferred),
    );
    let places = Arc::new(Semaphore::new(CHANNELS_MOST as usize));
    let client = Client::new(sftp.clone(), session.clone(), backlog, cut.clone(), tell, places.clone());
    // Until the client has said who it is there is no way to tell it anything.
    let started = tokio::select! {
        started = server::run_stream(sftp.ssh.clone(), transport, client) => started,
        () = session.killed() => return,
        () = sleep_until(deadline) => return session.farewell("did not log in in time"),
    };
    match started {
        Ok(running) => {
            let watch = Watch { sftp, session: session.clone(), running, deadline, cut };
            watch.run(events).await;
            // The session is there until its files are closed: who comes back at once goes on where it was.
            let _ = timeout(CLOSE_FILES, places.acquire_many(CHANNELS_MOST)).await;
        }
        Err(error) => {
            tracing::debug!(session.id = %session.id, %error, "connection ended before it spoke SSH");
            session.farewell("does not speak SSH");
        }
    }
}

/// The task that watches over a connection.
struct Watch {
    sftp: Arc<Sftp>,
    session: Arc<SessionHandle>,
    running: RunningSession<Client>,
    /// Until when it has to be logged in.
    deadline: Instant,
    cut: CancellationToken,
}

/// Why we end a connection: the reason, and the text for the user.
struct Goodbye(Disconnect, String);

impl Watch {
    async fn run(mut self, events: mpsc::Receiver<Event>) {
        let handle = self.running.handle();
        let Some(Goodbye(reason, text)) = self.watch(events).await else { return };
        let _ = timeout(GOODBYE, say(&handle, reason, text)).await;
        if timeout(CLOSE, &mut self.running).await.is_err() {
            self.cut.cancel();
            let _ = timeout(CLOSE, &mut self.running).await;
        }
    }

    /// Waits for the end; with a goodbye if it is we who want it.
    async fn watch(&mut self, mut events: mpsc::Receiver<Event>) -> Option<Goodbye> {
        let mut identity = None;
        loop {
            tokio::select! {
                ended = &mut self.running => {
                    self.session.farewell(why(ended));
                    return None;
                },
                () = self.session.killed() => {
                    return Some(Goodbye(Disconnect::ByApplication, self.session.ending().map(told).unwrap_or_default()));
                },
                Some(event) = events.recv() => match event {
                    Event::LoggedIn(known) => identity = Some(known),
                    Event::Refused(text) => {
                        self.session.farewell("sent away");
                        return Some(Goodbye(Disconnect::NoMoreAuthMethodsAvailable, text));
                    },
                },
                goodbye = overtime(&self.sftp, &self.session, identity.as_deref(), self.deadline) => {
                    return Some(goodbye);
                },
            }
        }
    }
}

/// Waits until the client has taken too long, for its login or for its next request.
async fn overtime(sftp: &Sftp, session: &SessionHandle, identity: Option<&Identity>, deadline: Instant) -> Goodbye {
    let Some(identity) = identity else {
        sleep_until(deadline).await;
        session.farewell("did not log in in time");
        return Goodbye(Disconnect::ByApplication, "Login timed out".to_owned());
    };
    let allowed =
        identity.limits.idle_seconds.map_or(sftp.settings.idle, |seconds| Duration::from_secs(seconds.into()));
    loop {
        let idle = session.idle(sftp.core.clock.now());
        if idle >= allowed {
            session.farewell("idle for too long");
            return Goodbye(Disconnect::ByApplication, format!("No request for {} seconds", allowed.as_secs()));
        }
        sleep(allowed.saturating_sub(idle)).await;
    }
}

async fn say(handle: &Handle, reason: Disconnect, text: String) {
    // Where russh is gone already, so is the client.
    let _ = handle.disconnect(reason, text, String::new()).await;
}

/// The text for the user. Clients show one line of it.
fn told(ending: &Ending) -> String {
    let lines = ending.message.lines().chain([ending.text()]);
    lines.filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join(" - ")
}

/// What the log says of an end that we did not cause.
fn why(ended: Result<(), russh::Error>) -> &'static str {
    match ended {
        Ok(()) => "client left",
        Err(russh::Error::NoCommonAlgo { .. }) => "no algorithm in common",
        Err(russh::Error::KeepaliveTimeout) => "client does not answer",
        Err(russh::Error::IO(_) | russh::Error::HUP | russh::Error::Disconnect) => "connection lost",
        Err(error) => {
            tracing::debug!(%error, "SSH ended");
            "protocol error"
        }
    }
}
