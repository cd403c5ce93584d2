//! What people's clients do with this server: [`table`] says which client does what, one test per client and kind of
//! connection does it, and `docs/clients.md` shows the table.

mod behaviours;
mod document;
mod mount;
mod table;

use crate::support::{
    client::{
        Aria2, Asyncssh, Client, Curl, Ftplib, Lftp, Ncftp, NetFtp, OldScp, Paramiko, Rclone, Scp, Sftp, Sshfs, Tnftp,
        Transport, Wget,
    },
    server::{LOGIN, Site, Wharf},
};
use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};
use table::{Capability, Cell, Row};

/// May look and download only.
const READER: &str = "reader";
/// Has a quota of [`QUOTA`].
const SMALL: &str = "small";
const QUOTA: usize = 100_000;

/// A column of the table.
struct Column {
    name: &'static str,
    /// From the least to the most protected.
    transports: &'static [Transport],
}

macro_rules! columns {
    ($columns:ident: $($module:ident, $name:literal, $client:ident: $($test:ident $transport:ident)*;)*) => {
        /// Every client, in the order of its table.
        const $columns: &[Column] = &[$(Column { name: $name, transports: &[$(Transport::$transport),*] }),*];

        $(mod $module {
            $(#[test]
            fn $test() {
                super::every_cell::<super::$client>($name, super::Transport::$transport);
            })*
        })*
    };
}

columns! {
    COLUMNS:
    curl, "curl", Curl: in_clear Plain explicit_tls Explicit implicit_tls Implicit;
    lftp, "lftp", Lftp: in_clear Plain explicit_tls Explicit implicit_tls Implicit;
    rclone, "rclone", Rclone: in_clear Plain explicit_tls Explicit implicit_tls Implicit;
    ftplib, "Python ftplib", Ftplib: in_clear Plain explicit_tls Explicit implicit_tls Implicit;
    net_ftp, "Perl Net::FTP", NetFtp: in_clear Plain explicit_tls Explicit implicit_tls Implicit;
    wget, "wget", Wget: in_clear Plain explicit_tls Explicit implicit_tls Implicit;
    ncftp, "ncftp", Ncftp: in_clear Plain;
    tnftp, "tnftp", Tnftp: in_clear Plain;
    aria2, "aria2", Aria2: in_clear Plain;
}

columns! {
    SSH_COLUMNS:
    sftp, "OpenSSH sftp", Sftp: over_ssh Ssh;
    scp, "OpenSSH scp", Scp: over_ssh Ssh;
    old_scp, "`scp -O`", OldScp: over_ssh Ssh;
    lftp_sftp, "lftp", Lftp: over_ssh Ssh;
    rclone_sftp, "rclone", Rclone: over_ssh Ssh;
    curl_sftp, "curl", Curl: over_ssh Ssh;
    paramiko, "paramiko", Paramiko: over_ssh Ssh;
    asyncssh, "asyncssh", Asyncssh: over_ssh Ssh;
    sshfs, "sshfs", Sshfs: over_ssh Ssh;
}

/// A client that is tried, and what the table says of it.
struct Trial<C> {
    server: Wharf,
    client: C,
    transport: Transport,
    columns: &'static [Column],
    rows: &'static [Row],
    column: usize,
}

impl<C: Client> Trial<C> {
    fn new(name: &str, transport: Transport) -> Self {
        let over_ssh = transport == Transport::Ssh;
        let mut site = if over_ssh { Site::with_sftp() } else { Site::with_account() };
        if over_ssh && name == "curl" {
            // libssh2 1.10
            site.set("sftp.older_clients", true);
        }
        let (columns, rows) = if over_ssh { (SSH_COLUMNS, table::SSH_ROWS) } else { (COLUMNS, table::ROWS) };
        site.add_account(READER, &["--read-only"]);
        site.add_account(SMALL, &["--quota", &QUOTA.to_string()]);
        let server = site.start();
        let column = columns.iter().position(|column| column.name == name).unwrap();
        Self { client: C::new(&server, transport), server, transport, columns, rows, column }
    }

    fn can(&self, capability: Capability) -> bool {
        match table::cell(self.rows, self.column, capability) {
            Cell::Works | Cell::WorksBut(_) => true,
            Cell::InClearOnly(_) => self.transport == Transport::Plain,
            Cell::Lacks | Cell::Fails(_) => false,
        }
    }

    /// Whether this is the most protected connection the client has. Some things are shown once only.
    fn is_strongest(&self) -> bool {
        self.columns[self.column].transports.last() == Some(&self.transport)
    }

    /// Whether programs work on the files as if they were on their own disk.
    fn is_mount(&self) -> bool {
        self.columns[self.column].name == "sshfs"
    }

    /// Forgets what the cell before left behind.
    fn clear(&self) {
        for directory in [self.server.home(LOGIN), self.server.local("")] {
            let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
            // What a client keeps for itself is hidden.
            let left = entries.filter(|path| !path.file_name().unwrap().as_encoded_bytes().starts_with(b".mount"));
            left.for_each(|path| remove(&path));
        }
    }
}

fn remove(path: &Path) {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    removed.unwrap();
}

/// Fills one column over one kind of connection. Cells that fail do not keep the others from being tried.
fn every_cell<C: Client>(name: &str, transport: Transport) {
    let trial = Trial::<C>::new(name, transport);
    let mut failed = Vec::new();
    for (capability, _) in trial.rows {
        if trial.can(*capability) {
            trial.clear();
            let tried = catch_unwind(AssertUnwindSafe(|| behaviours::show(&trial, *capability)));
            failed.extend(tried.is_err().then_some(*capability));
        }
    }
    assert!(failed.is_empty(), "{name}, {transport:?}: {failed:?}");
}
