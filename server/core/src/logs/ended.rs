//! Sessions that are over, for a while.

use super::ring::Block;
use crate::{kicks::User, permits::Owner};
use std::{
    collections::VecDeque,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use wharf_model::{
    ids::SessionId,
    logs::{EndedSession, LogLine},
};

/// Sessions kept at most.
const MOST: usize = 1_000;
/// How long they are kept.
const KEPT_MS: i64 = 24 * 60 * 60_000;

/// A session that is over.
#[derive(Debug)]
pub(crate) struct Ended {
    /// As lists show it.
    pub(crate) session: EndedSession,
    pub(crate) ip: IpAddr,
    /// Who was logged in at the end.
    pub(crate) user: Option<User>,
    /// The log, if it is not on disk.
    pub(crate) kept: Option<Block>,
}

impl Ended {
    /// Whose it was.
    pub(crate) fn owner(&self) -> Owner {
        let user = self.user.as_ref();
        Owner { domain: user.map(|user| user.domain), account: user.map(|user| user.account) }
    }

    /// Lines in memory, and the number after the last one.
    pub(crate) fn lines(&self) -> (Vec<LogLine>, u64) {
        let lines: Vec<_> = self.kept.clone().into_iter().flat_map(Block::into_lines).collect();
        let next = lines.last().map_or(0, |line| line.number + 1);
        (lines, next)
    }
}

/// The newest of them.
#[derive(Debug, Default)]
pub(super) struct EndedList(Mutex<VecDeque<Arc<Ended>>>);

impl EndedList {
    pub(super) fn add(&self, ended: Ended, now: i64) {
        let mut list = self.lock();
        while list.len() >= MOST || list.front().is_some_and(|oldest| now - oldest.session.ended > KEPT_MS) {
            list.pop_front();
        }
        list.push_back(Arc::new(ended));
    }

    pub(super) fn get(&self, id: SessionId) -> Option<Arc<Ended>> {
        self.lock().iter().rev().find(|ended| ended.session.row.id == id).cloned()
    }

    /// In the order in which they ended.
    pub(super) fn all(&self, now: i64) -> Vec<Arc<Ended>> {
        self.lock().iter().filter(|ended| now - ended.session.ended <= KEPT_MS).cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<Ended>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
