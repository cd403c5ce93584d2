//! What the registry shows of an open file: a transfer, from the first read or write to the close.

use std::sync::{Arc, Mutex, PoisonError};
use tokio_util::sync::{CancellationToken, DropGuard};
use wharf_core::{
    sessions::Session,
    transfers::{Begin, TransferHandle},
};
use wharf_model::sessions::Direction;
use wharf_vfs::VPath;

/// An operator stopped the transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Aborted;

/// One file and one direction.
pub(super) struct Moving {
    direction: Direction,
    total: Option<u64>,
    state: Mutex<State>,
}

enum State {
    /// Nothing has moved yet.
    Quiet,
    Running(Arc<TransferHandle>, #[expect(dead_code, reason = "ends the watch when it is dropped")] DropGuard),
    Aborted,
}

/// Resolves when the transfer is aborted, or is over.
pub(super) type Watch = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

impl Moving {
    pub(super) fn new(direction: Direction, total: Option<u64>) -> Self {
        Self { direction, total, state: Mutex::new(State::Quiet) }
    }

    /// The transfer, which begins now if it has not. Then somebody has to watch over it.
    pub(super) fn begin(
        self: &Arc<Self>,
        session: &Arc<Session>,
        path: &VPath,
        offset: u64,
    ) -> Result<(Arc<TransferHandle>, Option<Watch>), Aborted> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match &*state {
            State::Aborted => Err(Aborted),
            State::Running(transfer, _) if transfer.is_aborted() => {
                *state = State::Aborted;
                Err(Aborted)
            }
            State::Running(transfer, _) => Ok((transfer.clone(), None)),
            State::Quiet => {
                let (path, direction, total) = (path.to_string(), self.direction, self.total);
                let begin = Begin { path, direction, offset, total, secure: true };
                let transfer = Arc::new(session.begin_transfer(begin));
                let over = CancellationToken::new();
                let watch = self.watch(&transfer, over.clone());
                *state = State::Running(transfer.clone(), over.drop_guard());
                Ok((transfer, Some(watch)))
            }
        }
    }

    /// An abort takes the transfer off the list at once, also of a client that asks for nothing more.
    fn watch(self: &Arc<Self>, transfer: &TransferHandle, over: CancellationToken) -> Watch {
        let (aborted, moving) = (transfer.aborted_owned(), Arc::downgrade(self));
        Box::pin(async move {
            tokio::select! {
                () = aborted => {
                    if let Some(moving) = moving.upgrade() {
                        *moving.state.lock().unwrap_or_else(PoisonError::into_inner) = State::Aborted;
                    }
                }
                () = over.cancelled() => {}
            }
        })
    }

    pub(super) fn is_aborted(&self) -> bool {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match &*state {
            State::Quiet => false,
            State::Running(transfer, _) => transfer.is_aborted(),
            State::Aborted => true,
        }
    }
}
