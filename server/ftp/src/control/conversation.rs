//! The life of a control connection: greeting, commands, transfers beside them, goodbye.

use super::{Control, Outcome, Running, notes};
use crate::{
    Ftp, commands,
    data::Terms,
    digest,
    line::{LIMIT_AFTER_LOGIN, LIMIT_BEFORE_LOGIN, Line, LineBuffer},
    reply::Reply,
    stream::ControlStream,
    transfer::{self, Job, Work},
};
use std::{io, sync::Arc, time::Duration};
use tokio::{
    net::TcpStream,
    time::{Instant, sleep_until, timeout, timeout_at},
};
use tokio_util::sync::CancellationToken;
use wharf_core::sessions::{Ending, Occupied, SessionHandle};

/// Commands that may wait for a running transfer. Beyond it nothing is read until the transfer ends, which TCP tells
/// the client.
const DEFERRED_MOST: usize = 32;
/// Lines that are no commands, before the login; with the last one the connection is closed.
const NONSENSE_MOST: u8 = 5;
/// How much is read at once.
const READ: usize = 4 * 1024;
/// How long a transfer may take to notice that its session was ended.
const WIND_DOWN: Duration = Duration::from_millis(500);
/// How long a goodbye may take.
const GOODBYE: Duration = Duration::from_secs(2);

/// Why the conversation ends.
enum End {
    /// Everything was said, or there is nobody to talk to.
    Quiet,
    /// We end it, with these words.
    Goodbye(Reply),
}

impl From<io::Error> for End {
    fn from(_: io::Error) -> Self {
        Self::Quiet
    }
}

enum Event {
    Line(Line),
    /// A message for the user is not to wait for the next reply.
    Urgent,
    TransferDone(Reply),
    Killed,
    Idle,
}

/// Serves one connection to its end.
pub(crate) async fn serve(ftp: Arc<Ftp>, session: SessionHandle, stream: TcpStream, implicit: bool) {
    let mut control = Control::new(ftp, session, stream, implicit);
    if implicit {
        let session = control.session.session().clone();
        // There is nothing to say goodbye with yet.
        let secured = tokio::select! {
            secured = control.secure() => secured.is_ok(),
            () = session.killed() => false,
        };
        if !secured {
            return;
        }
    }
    let end = control.converse().await;
    control.wind_up(end).await;
}

impl Control {
    async fn converse(&mut self) -> End {
        let session = self.session.session().clone();
        let greeting = Reply::new(220, self.ftp.settings.banner.clone());
        if let Err(error) = self.send(&greeting).await {
            return error.into();
        }
        loop {
            let event = match self.next_event().await {
                Ok(event) => event,
                Err(error) => {
                    let left = error.kind() == io::ErrorKind::UnexpectedEof;
                    session.farewell(if left { "client left" } else { "connection lost" });
                    return error.into();
                }
            };
            // Whatever a command waits for, a kick comes through.
            let handled = tokio::select! {
                handled = self.handle(event) => handled,
                () = session.killed() => Err(End::Quiet),
            };
            if let Some(ending) = session.ending() {
                return End::Goodbye(goodbye(ending));
            }
            if let Err(end) = handled {
                return end;
            }
        }
    }

    async fn next_event(&mut self) -> io::Result<Event> {
        if self.transfer.is_none()
            && let Some(line) = self.deferred.pop_front()
        {
            return Ok(Event::Line(line));
        }
        let deadline = self.deadline();
        let readable = self.deferred.len() < DEFERRED_MOST;
        let limit = if self.login.identity.is_some() { LIMIT_AFTER_LOGIN } else { LIMIT_BEFORE_LOGIN };
        let Self { session, stream, lines, transfer, .. } = self;
        let running = transfer.is_some();
        tokio::select! {
            biased;
            () = session.killed() => Ok(Event::Killed),
            reply = finished(transfer) => Ok(Event::TransferDone(reply)),
            line = next_line(stream, lines, limit), if readable => {
                let line = line?;
                notes::command(session, &line);
                Ok(Event::Line(line))
            },
            () = session.outbox().urgent() => Ok(Event::Urgent),
            () = sleep_until(deadline), if !running => Ok(Event::Idle),
        }
    }

    async fn handle(&mut self, event: Event) -> Result<(), End> {
        match event {
            Event::Line(line) => self.handle_line(line).await,
            Event::TransferDone(reply) => {
                let running = self.transfer.take();
                let aborting = running.as_ref().is_some_and(|running| running.aborting);
                self.last_activity = Instant::now();
                self.carries = !aborting && reply.code() == 226;
                self.send(&reply).await?;
                if aborting {
                    self.send(&Reply::new(226, "ABOR successful")).await?;
                }
                Ok(())
            }
            Event::Urgent => Ok(self.speak_up().await?),
            Event::Idle => {
                self.session.farewell("idle for too long");
                Err(End::Goodbye(self.idle_reply()))
            }
            Event::Killed => Ok(()),
        }
    }

    async fn handle_line(&mut self, line: Line) -> Result<(), End> {
        let Line::Command(bytes) = &line else {
            self.send(&Reply::new(500, "Command line too long")).await?;
            return Ok(());
        };
        let (verb, argument) = crate::line::split(bytes);
        // Once a command waits, those behind it wait too, so that replies keep their order; ABOR alone overtakes, once.
        let aborting = self.transfer.as_ref().is_some_and(|running| running.aborting);
        let in_turn = if verb == "ABOR" { !aborting } else { self.deferred.is_empty() };
        let at_once = commands::during_transfer(&verb) && in_turn;
        if self.transfer.is_some() && !at_once {
            self.deferred.push_back(line);
            return Ok(());
        }
        let known = commands::known(&verb);
        if let Some(verb) = known {
            let counts = verb != "NOOP";
            if counts {
                self.last_activity = Instant::now();
            }
            if self.login.identity.is_some() && self.transfer.is_none() {
                self.session.command(verb, counts);
            }
        }
        let argument = argument.to_vec();
        self.carries = commands::carries_messages(&verb);
        let outcome = match known {
            Some(_) if argument.contains(&0) => Reply::new(501, "NUL is not allowed here").into(),
            Some(verb) => commands::execute(self, verb, &argument).await,
            None => self.not_understood(),
        };
        self.carry_out(outcome).await
    }

    /// Before the login a few lines are enough to know that somebody speaks another protocol: a scanner, or a web page
    /// that has a browser send a form here, whose fields could be commands.
    fn not_understood(&mut self) -> Outcome {
        if self.login.identity.is_none() {
            self.login.nonsense += 1;
            if self.login.nonsense >= NONSENSE_MOST {
                return Outcome::Close(Reply::new(421, "This is FTP: closing control connection"));
            }
        }
        Reply::new(500, "Command not understood").into()
    }

    async fn carry_out(&mut self, outcome: Outcome) -> Result<(), End> {
        match outcome {
            Outcome::Reply(reply) => self.send(&reply).await?,
            Outcome::Close(reply) => {
                self.session.farewell(if reply.code() == 221 { "client quit" } else { "sent away" });
                return Err(End::Goodbye(reply));
            }
            Outcome::Transfer(reply, work) => {
                // What is announced may begin, also when the server stops in the middle of these lines.
                let occupied = self.session.occupy();
                self.send(&reply).await?;
                self.start(work, occupied);
            }
            Outcome::Digest(work) => {
                let stop = CancellationToken::new();
                let task = tokio::spawn(digest::run(work, stop.clone()));
                self.transfer = Some(Running { task, stop, aborting: false, _occupied: self.session.occupy() });
            }
            Outcome::Abort => match &mut self.transfer {
                Some(running) => {
                    running.aborting = true;
                    running.stop.cancel();
                }
                None => self.send(&Reply::new(225, "No transfer to abort")).await?,
            },
            Outcome::Secure(reply) => {
                self.send(&reply).await?;
                self.secure().await?;
                self.reset_login();
            }
            Outcome::Clear(reply) => {
                self.send(&reply).await?;
                self.stream.clear().await?;
                self.lines.clear();
                self.session.set_encryption(None);
            }
        }
        Ok(())
    }

    /// TLS on; nothing from before counts after it.
    async fn secure(&mut self) -> io::Result<()> {
        let acceptor = self.ftp.tls.control(self.session.id, self.host.as_deref());
        // A handshake is part of the login, and may not take longer than it.
        let secured = timeout_at(self.deadline(), self.stream.secure(&acceptor)).await;
        secured.map_err(|_| io::ErrorKind::TimedOut)??;
        self.lines.clear();
        self.deferred.clear();
        // HOST came in clear; what the handshake says counts more.
        if self.stream.server_name().is_some_and(|name| Some(name) != self.host.as_deref()) {
            self.host = None;
        }
        self.session.set_encryption(self.stream.encryption());
        Ok(())
    }

    fn start(&mut self, work: Work, occupied: Occupied) {
        let (Some(plan), Some(identity)) = (self.plan.take(), self.login.identity.clone()) else { return };
        let stop = CancellationToken::new();
        let job = Job {
            session: self.session.session().clone(),
            identity,
            plan,
            terms: Terms {
                peer: self.session.ip(),
                local: self.stream.local_ip().unwrap_or(self.session.local.ip()),
                proxies: self.ftp.settings.proxies.clone(),
                tls: self.protect.then(|| self.ftp.tls.data(self.session.id, self.host.as_deref())),
            },
            stop: stop.clone(),
            lingering: self.lingering.clone(),
            stall: self.ftp.settings.stall,
            now: self.ftp.core.clock.now(),
            deflate: self.parameters.deflate.then_some(self.parameters.level),
            work,
        };
        let task = tokio::spawn(transfer::run(job));
        self.transfer = Some(Running { task, stop, aborting: false, _occupied: occupied });
    }

    fn deadline(&self) -> Instant {
        match &self.login.identity {
            None => self.started + self.ftp.settings.login,
            Some(identity) => self.last_activity + self.idle_time(identity),
        }
    }

    fn idle_reply(&self) -> Reply {
        let text = match &self.login.identity {
            None => "Login timed out: closing control connection".to_owned(),
            Some(identity) => {
                let seconds = self.idle_time(identity).as_secs();
                format!("No command for {seconds} seconds: closing control connection")
            }
        };
        Reply::new(421, text)
    }

    /// Sends a reply, with the messages that wait for the user where it can bring them along.
    pub(crate) async fn send(&mut self, reply: &Reply) -> io::Result<()> {
        let waiting = if std::mem::take(&mut self.carries) && reply.is_plain() && self.login.identity.is_some() {
            self.session.outbox().take()
        } else {
            Vec::new()
        };
        notes::reply(&self.session, reply);
        if waiting.is_empty() {
            return self.stream.send(&reply.encode()).await;
        }
        let lines = waiting.iter().map(|outgoing| outgoing.line().into_bytes());
        self.stream.send(&reply.clone().after(lines).encode()).await?;
        self.ftp.core.messages_delivered(waiting);
        Ok(())
    }

    /// Sends the messages that wait as a reply nobody asked for. 1yz says that another one follows, and x1z that it
    /// is information (RFC 959 section 4.2).
    async fn speak_up(&mut self) -> io::Result<()> {
        let waiting = self.session.outbox().take();
        if waiting.is_empty() {
            return Ok(());
        }
        let reply = Reply::text(119, waiting.iter().map(|outgoing| outgoing.line().into_bytes()));
        self.stream.send(&reply.encode()).await?;
        self.ftp.core.messages_delivered(waiting);
        Ok(())
    }

    /// Ends what runs, says goodbye, closes.
    async fn wind_up(mut self, end: End) {
        if let Some(mut running) = self.transfer.take() {
            running.stop.cancel();
            let reply = timeout(WIND_DOWN, &mut running.task).await;
            running.task.abort();
            if let (Ok(Ok(reply)), End::Goodbye(_)) = (reply, &end) {
                let _ = timeout(GOODBYE, self.send(&reply)).await;
            }
        }
        if let End::Goodbye(reply) = end {
            let _ = timeout(GOODBYE, self.send(&reply)).await;
        }
        self.ftp.core.give_up_messages(&self.session);
        self.stream.close().await;
    }
}

/// The last words to a client whose session is ended from outside. 421 is the one reply that may come unasked.
fn goodbye(ending: &Ending) -> Reply {
    let mut lines: Vec<Vec<u8>> = ending.message.lines().map(|line| line.as_bytes().to_vec()).collect();
    lines.push(ending.text().as_bytes().to_vec());
    Reply::text(421, lines)
}

/// The reply of the running transfer, once it has ended; never, while none runs.
async fn finished(transfer: &mut Option<Running>) -> Reply {
    match transfer {
        Some(running) => match (&mut running.task).await {
            Ok(reply) => reply,
            Err(error) => {
                tracing::error!(%error, "transfer task failed");
                Reply::new(451, "Transfer failed: internal error")
            }
        },
        None => std::future::pending().await,
    }
}

/// The next line. May be dropped and called again without loss.
async fn next_line(stream: &mut ControlStream, lines: &mut LineBuffer, limit: usize) -> io::Result<Line> {
    let mut chunk = [0; READ];
    loop {
        if let Some(line) = lines.pop() {
            return Ok(line);
        }
        let n = stream.read(&mut chunk).await?;
        if n == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        lines.push(&chunk[..n], limit);
    }
}
