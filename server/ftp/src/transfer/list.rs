//! Names of files to the client.

use super::{Failure, ListSource, ListStyle, ListWork};
use crate::{
    data::DataConnection,
    listing::{self, Role, Subject},
};
use std::time::Duration;
use tokio::{io::AsyncWriteExt, time::timeout};
use wharf_core::sessions::Session;
use wharf_model::{accounts::Permissions, sessions::Direction};
use wharf_vfs::{Entry, ls_line};

pub(super) async fn send(
    connection: &mut DataConnection,
    list: ListWork,
    permissions: Permissions,
    now: i64,
    session: &Session,
    stall: Duration,
) -> Result<(), Failure> {
    let ListWork { source, style, head, pattern, prefix, facts } = list;
    let line = |out: &mut Vec<u8>, entry: &Entry| {
        if pattern.as_ref().is_some_and(|pattern| !listing::matches(pattern, &entry.name)) {
            return;
        }
        match style {
            ListStyle::Long => out.extend(ls_line(&entry.name, &entry.stat, now)),
            ListStyle::Facts => {
                let subject = Subject { name: &entry.name, stat: &entry.stat, role: Role::Entry, home: false };
                out.extend(listing::facts_line(&subject, permissions, facts));
            }
            ListStyle::Names => {
                out.extend(&prefix);
                out.extend(&entry.name);
            }
        }
        out.extend(b"\r\n");
    };
    let mut out = Vec::new();
    for line in head {
        out.extend(line);
        out.extend(b"\r\n");
    }
    match source {
        ListSource::One(entry) => {
            line(&mut out, &entry);
            deliver(connection, &mut out, session, stall).await?;
        }
        ListSource::Directory(mut listing) => {
            while let Some(mut batch) = listing.next_batch().await? {
                // Most directories are one batch, so most listings are sorted, and none needs more than one in memory.
                batch.sort_unstable_by(|a, b| a.name.cmp(&b.name));
                for entry in &batch {
                    line(&mut out, entry);
                }
                deliver(connection, &mut out, session, stall).await?;
            }
        }
    }
    // An empty directory has no entries, but a head.
    deliver(connection, &mut out, session, stall).await?;
    timeout(stall, connection.complete()).await.map_err(|_| Failure::Stalled)??;
    Ok(())
}

/// Sends what was gathered. A client has `stall` for each such piece.
async fn deliver(
    connection: &mut DataConnection,
    out: &mut Vec<u8>,
    session: &Session,
    stall: Duration,
) -> Result<(), Failure> {
    timeout(stall, connection.write_all(out)).await.map_err(|_| Failure::Stalled)??;
    session.count(Direction::Download, out.len() as u64);
    out.clear();
    Ok(())
}
