//! What people's clients do with this server: [`table`] says which client does what, one test per client and kind of
//! connection does it, and `docs/clients.md` shows the table.

mod behaviours;
mod document;
mod mount;
mod table;

use crate::support::{
    client::{Aria2, Client, Curl, Ftplib, Lftp, Ncftp, NetFtp, Rclone, Tnftp, Transport, Wget},
    server::{LOGIN, Site, Wharf},
};
use std::{
    fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};
use table::{Capability, Cell};

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
    ($($module:ident, $name:literal, $client:ident: $($test:ident $transport:ident)*;)*) => {
        /// Every client, in the order of the table.
        const COLUMNS: &[Column] = &[$(Column { name: $name, transports: &[$(Transport::$transport),*] }),*];

        $(mod $module {
            $(#[test]
            fn $test() {
                super::every_cell::<super::$client>($name, super::Transport::$transport);
            })*
        })*
    };
}

columns! {
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

/// A client that is tried, and what the table says of it.
struct Trial<C> {
    server: Wharf,
    client: C,
    transport: Transport,
    column: usize,
}

impl<C: Client> Trial<C> {
    fn new(name: &str, transport: Transport) -> Self {
        let site = Site::with_account();
        site.add_account(READER, &["--read-only"]);
        site.add_account(SMALL, &["--quota", &QUOTA.to_string()]);
        let server = site.start();
        let column = COLUMNS.iter().position(|column| column.name == name).unwrap();
        Self { client: C::new(&server, transport), server, transport, column }
    }

    fn can(&self, capability: Capability) -> bool {
        match table::cell(self.column, capability) {
            Cell::Works | Cell::WorksBut(_) => true,
            Cell::InClearOnly(_) => self.transport == Transport::Plain,
            Cell::Lacks | Cell::Fails(_) => false,
        }
    }

    /// Whether this is the most protected connection the client has. Some things are shown once only.
    fn is_strongest(&self) -> bool {
        COLUMNS[self.column].transports.last() == Some(&self.transport)
    }

    /// Forgets what the cell before left behind.
    fn clear(&self) {
        for directory in [self.server.home(LOGIN), self.server.local("")] {
            for entry in fs::read_dir(directory).unwrap() {
                remove(&entry.unwrap().path());
            }
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
    for (capability, _) in table::ROWS {
        if trial.can(*capability) {
            trial.clear();
            let tried = catch_unwind(AssertUnwindSafe(|| behaviours::show(&trial, *capability)));
            failed.extend(tried.is_err().then_some(*capability));
        }
    }
    assert!(failed.is_empty(), "{name}, {transport:?}: {failed:?}");
}
