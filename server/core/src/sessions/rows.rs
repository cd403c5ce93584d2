//! How a session is shown: its row, its moving numbers, its detail, its part of the totals.

use super::{Session, session::Facts};
use crate::transfers::Transfer;
use std::sync::{Arc, atomic::Ordering};
use wharf_model::{
    live::Stats,
    sessions::{Direction, Progress, SessionDetail, SessionRow, SessionState, UserType},
};

impl Session {
    /// The row at `now`.
    pub fn row(&self, now: i64) -> SessionRow {
        let facts = self.facts();
        let identity = facts.identity.as_deref();
        let busiest = facts.busiest();
        SessionRow {
            id: self.id,
            protocol: self.protocol,
            secure: self.secure.load(Ordering::Relaxed),
            user_type: identity.map_or(UserType::None, |identity| identity.user_type),
            state: self.state(&facts, now),
            status: facts.status.clone().into_owned(),
            login: identity.map(|identity| identity.login.clone()),
            domain: identity.map(|identity| identity.domain_name.clone()),
            cwd: facts.cwd.clone(),
            file: busiest.map(|transfer| transfer.file().to_owned()),
            direction: busiest.map(|transfer| transfer.direction),
            speed: facts.speed(),
            progress: busiest.and_then(|transfer| transfer.percent()),
            done: busiest.map(|transfer| transfer.done()),
            total: busiest.and_then(|transfer| transfer.total),
            bytes_in: self.bytes_in.load(Ordering::Relaxed),
            bytes_out: self.bytes_out.load(Ordering::Relaxed),
            ip: self.ip().to_string(),
            client: facts.client.clone(),
            logon_time: facts.logon,
            last_active: self.last_active.load(Ordering::Relaxed),
            node: self.node.to_string(),
        }
    }

    /// The moving part of the row.
    pub fn progress(&self, now: i64) -> Progress {
        let facts = self.facts();
        let busiest = facts.busiest();
        Progress {
            id: self.id,
            state: self.state(&facts, now),
            speed: facts.speed(),
            progress: busiest.and_then(|transfer| transfer.percent()),
            done: busiest.map(|transfer| transfer.done()),
            bytes_in: self.bytes_in.load(Ordering::Relaxed),
            bytes_out: self.bytes_out.load(Ordering::Relaxed),
            last_active: self.last_active.load(Ordering::Relaxed),
        }
    }

    /// Everything about the session, for an operator who sees `same_ip` further sessions from its address.
    pub fn detail(&self, now: i64, same_ip: u32) -> SessionDetail {
        let row = self.row(now);
        let facts = self.facts();
        SessionDetail {
            row,
            connected: self.connected,
            port: self.peer.port(),
            local: self.local.to_string(),
            encryption: facts.encryption.clone(),
            account_id: facts.identity.as_ref().map(|identity| identity.account_id),
            domain_id: facts.identity.as_ref().map(|identity| identity.domain_id),
            transfers: facts.transfers.iter().map(|transfer| transfer.row()).collect(),
            same_ip,
        }
    }

    pub(super) fn add_to(&self, stats: &mut Stats, now: i64) {
        let facts = self.facts();
        let moves = |direction| facts.transfers.iter().any(|transfer| transfer.direction == direction);
        stats.downloads += u32::from(moves(Direction::Download));
        stats.uploads += u32::from(moves(Direction::Upload));
        stats.stalled += u32::from(self.state(&facts, now) == SessionState::Stalled);
        for transfer in &facts.transfers {
            match transfer.direction {
                Direction::Download => stats.download_rate += transfer.rate(),
                Direction::Upload => stats.upload_rate += transfer.rate(),
            }
        }
    }

    fn state(&self, facts: &Facts, now: i64) -> SessionState {
        if self.ending.get().is_some() {
            SessionState::Ending
        } else if !facts.transfers.is_empty() {
            let stalled = facts.transfers.iter().all(|transfer| transfer.stalled(now));
            if stalled { SessionState::Stalled } else { SessionState::Transferring }
        } else if facts.identity.is_some() {
            SessionState::Idle
        } else {
            SessionState::Authenticating
        }
    }
}

impl Facts {
    /// The transfer the row shows: the quickest, of equals the oldest.
    fn busiest(&self) -> Option<&Arc<Transfer>> {
        self.transfers.iter().rev().max_by_key(|transfer| transfer.rate())
    }

    fn speed(&self) -> Option<u64> {
        (!self.transfers.is_empty()).then(|| self.transfers.iter().map(|transfer| transfer.rate()).sum())
    }
}
