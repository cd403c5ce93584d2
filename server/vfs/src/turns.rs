//! Work that keeps a processor busy: digests and compression. It is done in the blocking pool, in pieces that take turns,
//! so that however many sessions ask for it, half of the processors are left to everybody else.

use std::{io, sync::LazyLock, thread::available_parallelism};
use tokio::{sync::Semaphore, task::spawn_blocking};

static TURNS: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(available_parallelism().map_or(1, |processors| processors.get().div_ceil(2))));

/// Does `piece`, which should take a few milliseconds, when its turn comes. Who asked first is first.
pub async fn in_turn<T: Send + 'static>(piece: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    let _turn = TURNS.acquire().await.map_err(io::Error::other)?;
    spawn_blocking(piece).await.map_err(io::Error::other)
}
