//! The old protocol of scp: what `scp -t` and `scp -f` do on the other side of `scp -O`.

use crate::channel::ClientChannel;

/// A command line of scp, as the other scp sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Command {}

impl Command {
    /// `None` if it is none.
    pub(crate) fn parse(_line: &[u8]) -> Option<Self> {
        None
    }
}

/// Serves one channel to its end. The exit status to tell.
#[expect(clippy::unused_async, reason = "what it does follows")]
pub(crate) async fn serve(_client: ClientChannel, _command: Command) -> u32 {
    1
}
