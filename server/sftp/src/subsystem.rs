//! SFTP over one channel.
//!
//! One task does everything: it takes what the client sends, begins what can begin, and sends what is done. It always
//! takes what the client sends, whatever else waits: a client that asks for a whole file at once (paramiko's `prefetch`)
//! opens its window behind its questions, so a server that does not read them waits for ever.
//!
//! What is asked of files open for reading only is answered in any order, several at a time. Everything else is done in
//! the order it came, one thing at a time, but for writes: those that wait for one file are written in one go.
//!
//! * [`engine`]: what waits and what runs
//! * [`output`]: answers on their way to the client
//! * [`reads`]: reads that wait, a prefetch of any length in little memory; [`data`]: reads and writes that run
//! * [`handles`]: open files and directories; [`moving`]: what the registry shows of them
//! * [`operations`], [`opening`], [`directories`], [`extensions`]: what the requests do
//! * [`answer`]: errors and log lines

mod answer;
mod data;
mod directories;
mod engine;
mod extensions;
mod handles;
mod moving;
mod opening;
mod operations;
mod output;
mod reads;

use self::{
    answer::Context,
    engine::{Engine, Full},
};
use crate::{
    channel::ClientChannel,
    packet::{Broken, Stream},
};
use russh::ChannelMsg;
use std::{sync::Arc, time::Duration};
use tokio::time::sleep_until;
use tokio_util::sync::CancellationToken;
use wharf_model::logs::LineKind;

/// A client that takes nothing of what it asked for in this time is gone.
const STALL: Duration = Duration::from_mins(5);

/// Why the conversation ends.
#[derive(Debug, thiserror::Error)]
enum End {
    /// The client said all it had to say, or is gone.
    #[error("the client is done")]
    Done,
    #[error("the session was ended")]
    Killed,
    #[error("the client does not take its answers")]
    Stalled,
    #[error(transparent)]
    Broken(#[from] Broken),
    #[error(transparent)]
    Full(#[from] Full),
    /// INIT comes first and once.
    #[error("a packet out of place")]
    OutOfPlace,
}

/// Serves one channel to its end. The exit status to tell.
pub(crate) async fn serve(client: ClientChannel) -> u32 {
    let ClientChannel { mut channel, handle, session, identity, backlog } = client;
    let context = Arc::new(Context { session: session.clone(), identity, gone: CancellationToken::new() });
    let mut engine = Engine::new(context, handle, channel.id(), backlog);
    let mut stream = Stream::default();
    let (mut listening, mut finishing) = (true, false);
    let end = loop {
        engine.start();
        if finishing && engine.is_idle() {
            break End::Done;
        }
        let (stuck, patience) = (engine.is_stuck(), engine.stalled_since() + STALL);
        tokio::select! {
            () = session.killed() => break End::Killed,
            message = channel.wait(), if listening => {
                let taken = match message {
                    Some(ChannelMsg::Data { data }) => {
                        stream.push(data);
                        take(&mut stream, &mut engine)
                    }
                    // What was asked before is still done: sshfs closes its files and leaves at once.
                    Some(ChannelMsg::Eof) => {
                        finishing = true;
                        Ok(())
                    }
                    Some(ChannelMsg::Close) | None => {
                        (listening, finishing) = (false, true);
                        engine.hang_up();
                        Ok(())
                    }
                    Some(_) => Ok(()),
                };
                if let Err(end) = taken {
                    break end;
                }
            }
            () = engine.step() => {}
            () = sleep_until(patience), if stuck => break End::Stalled,
        }
    };
    engine.close().await;
    match end {
        End::Done => 0,
        End::Killed => 1,
        end => {
            session.note(LineKind::Event, &format!("SFTP ended: {end}"));
            1
        }
    }
}

fn take(stream: &mut Stream, engine: &mut Engine) -> Result<(), End> {
    while let Some(packet) = stream.next()? {
        engine.take(packet)?;
    }
    Ok(())
}
