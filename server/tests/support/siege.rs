//! A server under attack, beside a session that has done nothing wrong.

use super::{
    PATIENCE, noise,
    server::{Site, Wharf},
    wire::Wire,
};
use std::{
    ops::Deref,
    sync::mpsc::{Receiver, Sender, channel},
    thread::JoinHandle,
};

/// How much more memory an attack may cost than the server had before it, in KiB.
const MORE_MEMORY: u64 = 48 << 10;
/// The account of the session beside the attack.
const BYSTANDER: &str = "bystander";

/// A server, and a client that uses it all the time as one should. [`Siege::lift`] says whether both came through.
pub(crate) struct Siege {
    server: Wharf,
    bystander: Option<JoinHandle<()>>,
    /// Dropped to end the bystander's work.
    work: Option<Sender<()>>,
    rounds: Receiver<()>,
    before: u64,
}

impl Siege {
    pub(crate) fn begin() -> Self {
        Self::of(Site::with_account())
    }

    /// A siege of a server with this configuration and the account.
    pub(crate) fn of(site: Site) -> Self {
        site.add_account(BYSTANDER, &[]);
        let server = site.start();
        let mut wire = server.log_in_as(BYSTANDER);
        let ((work, working), (done, rounds)) = (channel::<()>(), channel());
        // The first round is part of what the server needs at rest.
        round(&mut wire);
        let before = server.resident();
        let bystander = std::thread::spawn(move || {
            while working.try_recv() != Err(std::sync::mpsc::TryRecvError::Disconnected) {
                round(&mut wire);
                let _ = done.send(());
            }
            wire.expect("QUIT", 221);
        });
        Self { server, bystander: Some(bystander), work: Some(work), rounds, before }
    }

    /// The attack is over. The bystander's session has worked all the time and still does, somebody new is let in, the
    /// memory is what it was, and nothing panicked.
    #[track_caller]
    pub(crate) fn lift(mut self) {
        self.check();
        self.server.log_in_as(BYSTANDER).expect("QUIT", 221);
    }

    /// The same while the attack goes on.
    #[track_caller]
    pub(crate) fn check(&mut self) {
        for () in self.rounds.try_iter() {}
        // Two, as the first may have begun earlier.
        for _ in 0..2 {
            let round = self.rounds.recv_timeout(PATIENCE);
            assert!(round.is_ok(), "the session beside the attack got nothing done");
        }
        let grown = self.server.resident().saturating_sub(self.before);
        assert!(grown < MORE_MEMORY, "the server has grown by {grown} KiB");
        let log = self.server.log_text();
        assert!(!log.contains("panicked"), "{log}");
    }
}

/// What a well-behaved client does all day.
fn round(wire: &mut Wire) {
    let content = noise(1, 20_000);
    wire.expect("PWD", 257);
    assert_eq!(wire.transmit("STOR mine", &content).code, 226);
    assert!(wire.receive("RETR mine") == content, "a file beside the attack was damaged");
    assert_eq!(wire.receive("NLST"), b"mine\r\n");
    wire.expect("DELE mine", 250);
}

impl Deref for Siege {
    type Target = Wharf;

    fn deref(&self) -> &Wharf {
        &self.server
    }
}

impl Drop for Siege {
    fn drop(&mut self) {
        drop(self.work.take());
        let ended = self.bystander.take().map(JoinHandle::join);
        assert!(std::thread::panicking() || matches!(ended, Some(Ok(()))), "the session beside the attack failed");
    }
}
