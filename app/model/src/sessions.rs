//! Sessions as people see them: rows of the live table, and their detail.

use crate::ids::{AccountId, DomainId, SessionId, TransferId};
use serde::{Deserialize, Serialize};

/// The protocol a session speaks. Whether it is encrypted is a separate fact ([`SessionRow::secure`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// RFC 959 and its extensions; with TLS it is shown as FTPS.
    Ftp,
    /// SSH File Transfer Protocol.
    Sftp,
    /// The browser's file client; with TLS it is shown as HTTPS.
    Http,
    /// RFC 4918.
    WebDav,
}

impl Protocol {
    /// The name people know, which for FTP and HTTP depends on encryption.
    pub fn label(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Self::Ftp, false) => "FTP",
            (Self::Ftp, true) => "FTPS",
            (Self::Sftp, _) => "SFTP",
            (Self::Http, false) => "HTTP",
            (Self::Http, true) => "HTTPS",
            (Self::WebDav, _) => "WebDAV",
        }
    }
}

/// The kind of user behind a session: the *type* column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserType {
    /// Connected, not logged in yet.
    #[default]
    None,
    /// The main transfer account of a domain.
    WebsiteAdministrator,
    /// A user with a place of its own below the domain.
    WebUser,
    /// An extra login to somebody's files.
    SubAccount,
    /// A mailbox owner in the own file space.
    MailboxOwner,
    /// Anonymous FTP.
    Anonymous,
    /// Known to an outside user source only.
    NotRegistered,
    /// Somebody who follows a share link.
    ShareLink,
}

impl UserType {
    /// Whether accounts of this kind have passwords and keys of their own here.
    pub fn is_own(self) -> bool {
        !matches!(self, Self::Anonymous | Self::NotRegistered)
    }

    /// What the type column says.
    pub fn label(self) -> &'static str {
        match self {
            Self::None => "–",
            Self::WebsiteAdministrator => "Site admin",
            Self::WebUser => "Web user",
            Self::SubAccount => "Sub-account",
            Self::MailboxOwner => "Mailbox",
            Self::Anonymous => "Anonymous",
            Self::NotRegistered => "Not registered",
            Self::ShareLink => "Share link",
        }
    }
}

/// What a session is doing, in one word; the row's coloured dot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionState {
    /// Connected, not logged in yet.
    #[default]
    Authenticating,
    /// Logged in, nothing moves.
    Idle,
    /// A transfer moves bytes.
    Transferring,
    /// A transfer is open, but no byte moved for [`STALLED_AFTER_MS`].
    Stalled,
    /// Told to end; the goodbye is on its way.
    Ending,
}

/// A transfer without a byte for this long is shown as stalled.
pub const STALLED_AFTER_MS: i64 = 3_000;

/// Which way file bytes move, seen from the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From the server to the client: RETR, GET.
    Download,
    /// From the client to the server: STOR, PUT.
    Upload,
}

/// One line of the live table. Texts that came from a client are as the client sent them, with control characters
/// replaced; they are data and are never to be read as markup.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionRow {
    /// Which session.
    pub id: SessionId,
    /// What it speaks.
    pub protocol: Protocol,
    /// Whether the control channel is encrypted.
    pub secure: bool,
    /// What kind of user.
    #[serde(rename = "type")]
    pub user_type: UserType,
    /// What it is doing.
    pub state: SessionState,
    /// The last command, as the protocol names it (`RETR`); before the first one, `logging in` or `logged in`.
    pub status: String,
    /// Login name, once logged in.
    pub login: Option<String>,
    /// Name of the hosted domain, once logged in.
    pub domain: Option<String>,
    /// Current directory within the home, once logged in.
    pub cwd: Option<String>,
    /// Name of the file that moves.
    pub file: Option<String>,
    /// Which way it moves.
    pub direction: Option<Direction>,
    /// Bytes per second of the running transfers, smoothed over about two seconds.
    pub speed: Option<u64>,
    /// 0 to 100, where the size is known.
    pub progress: Option<f32>,
    /// Bytes of the running file that are done, offset included.
    pub done: Option<u64>,
    /// Size of the running file, where it is known.
    pub total: Option<u64>,
    /// Bytes received in files since logon.
    pub bytes_in: u64,
    /// Bytes sent in files and listings since logon.
    pub bytes_out: u64,
    /// Address of the client; an IPv4 address mapped into IPv6 is written as IPv4.
    pub ip: String,
    /// What the client calls itself.
    pub client: Option<String>,
    /// When it logged in; before that, when it connected.
    pub logon_time: i64,
    /// When it last sent a command that counts (NOOP does not) or moved a byte.
    pub last_active: i64,
    /// Which machine holds the connection.
    pub node: String,
}

impl SessionRow {
    /// Milliseconds without activity at `now`.
    pub fn idle_ms(&self, now: i64) -> i64 {
        match self.state {
            SessionState::Transferring => 0,
            _ => (now - self.last_active).max(0),
        }
    }
}

/// The part of a row that changes while a file moves, sent alone because it changes most.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Which session.
    pub id: SessionId,
    /// As in [`SessionRow`].
    pub state: SessionState,
    /// As in [`SessionRow`].
    pub speed: Option<u64>,
    /// As in [`SessionRow`].
    pub progress: Option<f32>,
    /// As in [`SessionRow`].
    pub done: Option<u64>,
    /// As in [`SessionRow`].
    pub bytes_in: u64,
    /// As in [`SessionRow`].
    pub bytes_out: u64,
    /// As in [`SessionRow`].
    pub last_active: i64,
}

impl Progress {
    /// Brings `row` up to date.
    pub fn apply_to(&self, row: &mut SessionRow) {
        row.state = self.state;
        row.speed = self.speed;
        row.progress = self.progress;
        row.done = self.done;
        row.bytes_in = self.bytes_in;
        row.bytes_out = self.bytes_out;
        row.last_active = self.last_active;
    }
}

/// One file of a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransferRow {
    /// Which transfer.
    pub id: TransferId,
    /// Full path within the home.
    pub path: String,
    /// Which way.
    pub direction: Direction,
    /// Bytes done, offset included.
    pub done: u64,
    /// Offset the transfer began at (REST).
    pub offset: u64,
    /// Size, where it is known.
    pub total: Option<u64>,
    /// Bytes per second, smoothed.
    pub speed: u64,
    /// When it began.
    pub started: i64,
    /// Whether the data connection is encrypted.
    pub secure: bool,
}

/// Everything known of one session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SessionDetail {
    /// The row as in the table.
    #[serde(flatten)]
    pub row: SessionRow,
    /// When the connection was accepted.
    pub connected: i64,
    /// Port of the client.
    pub port: u16,
    /// Address and port of the server the client reached.
    pub local: String,
    /// TLS version and cipher suite, or SSH algorithms.
    pub encryption: Option<String>,
    /// Which account, once logged in.
    pub account_id: Option<AccountId>,
    /// Which domain, once logged in.
    pub domain_id: Option<DomainId>,
    /// Running transfers, oldest first.
    pub transfers: Vec<TransferRow>,
    /// Other sessions from the same address that the asker may see.
    pub same_ip: u32,
}
