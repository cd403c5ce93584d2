//! FTP and FTPS: RFC 959 with 1123, 2228, 2389, 2428, 3659 and 4217, 7151.
//!
//! May import `wharf-model`, `wharf-vfs` and `wharf-core`. One task per control connection; a transfer is a task of its
//! own, so that commands are answered, and a kick is obeyed, while a file moves.
//!
//! * [`listener`]: accepting connections, admission
//! * [`control`]: the life of a control connection
//! * [`commands`]: what each command does, one file a group
//! * [`line`](mod@line): from bytes to command lines; [`reply`]: from replies to bytes
//! * [`data`]: data connections: passive ports and active connections
//! * [`transfer`]: moving files and listings over a data connection
//! * [`deflate`]: compressed data connections; [`digest`]: digests of files
//! * [`listing`]: how directory entries are written
//! * [`masquerade`]: addresses behind NAT
//! * [`stream`]: the control connection in clear or under TLS
//! * [`tls`]: TLS of both, and what ties one to the other
//! * `fuzzing`: what has to hold whatever a client sends; for tests and for the targets in `fuzz/`

mod commands;
mod control;
mod data;
mod deflate;
mod digest;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod line;
mod listener;
mod listing;
mod masquerade;
mod reply;
mod stream;
mod tls;
mod transfer;

pub use data::PassivePorts;
pub use listener::Listener;
pub use masquerade::Masquerade;
pub use tls::{Certificates, DataTlsSession, FtpTls};

use std::{sync::Arc, time::Duration};
use wharf_core::Core;
use wharf_model::addresses::AddressRange;

/// What all FTP listeners of the process share.
#[derive(Debug)]
pub struct Ftp {
    /// Accounts and sessions.
    pub core: Arc<Core>,
    /// TLS of control and data connections.
    pub tls: FtpTls,
    /// Ports for passive data connections.
    pub ports: PassivePorts,
    /// The address outside, where the server is behind NAT.
    pub masquerade: Masquerade,
    /// What an operator may set.
    pub settings: Settings,
}

/// What an operator may set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whose connections, control and data, begin with a header of the PROXY protocol.
    pub proxies: Arc<[AddressRange]>,
    /// Whether a login needs TLS first.
    pub require_tls: bool,
    /// A session without a command for this long ends, unless its account says otherwise.
    pub idle: Duration,
    /// A connection has this long to log in.
    pub login: Duration,
    /// A transfer that does not move for this long ends.
    pub stall: Duration,
    /// The first line a client sees.
    pub banner: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            proxies: Arc::default(),
            require_tls: false,
            idle: Duration::from_mins(10),
            login: Duration::from_mins(1),
            stall: Duration::from_mins(5),
            banner: "Wharf ready".to_owned(),
        }
    }
}
