//! Session logs: the newest lines of each live session in memory, older ones and those of ended sessions on disk.
//!
//! * `ring`: the lines of one live session
//! * `archive`: files of blocks of lines, written by a thread of their own
//! * `ended`: sessions that are over, for a while

mod archive;
mod ended;
mod ring;

pub use archive::{Archive, Retention};
pub(crate) use ended::Ended;
pub(crate) use ring::{Block, Line, Ring};

use crate::{Core, orders::OrderError, permits::Operator};
use ended::EndedList;
use std::{fmt::Write as _, sync::Arc};
use wharf_model::{
    ids::SessionId,
    logs::{EndedSession, LINES_MOST, LogLine, LogPage, LogQuery},
    people::Permission,
};

/// Where lines go that leave the memory, and which sessions ended lately. One for the whole process.
#[derive(Debug, Default)]
pub struct Logs {
    /// `None`: nothing is kept on disk.
    archive: Option<Archive>,
    list: EndedList,
}

impl Logs {
    /// Keeps old lines in `archive`, if there is one.
    pub fn new(archive: Option<Archive>) -> Self {
        Self { archive, list: EndedList::default() }
    }

    /// The session, if it ended lately.
    pub(crate) fn ended(&self, id: SessionId) -> Option<Arc<Ended>> {
        self.list.get(id)
    }

    /// Takes lines that leave the memory.
    pub(crate) fn put_away(&self, block: Block) {
        if let Some(archive) = &self.archive {
            archive.write(block);
        }
    }

    /// A session has left. Its log goes to disk, unless it is short and nobody had logged in: whoever knocks on the
    /// door all day is not worth the space.
    pub(crate) fn put_away_session(&self, ended: Ended, block: Block, worth_it: bool, now: i64) {
        let kept = match &self.archive {
            Some(archive) if worth_it || !block.is_short() => {
                archive.write(block);
                None
            }
            Some(_) => Some(block),
            None => Some(block.shortened()),
        };
        self.list.add(Ended { kept, ..ended }, now);
    }

    /// Removes files that are too old or too many.
    pub async fn tidy(&self, now: i64) {
        if let Some(archive) = &self.archive {
            archive.tidy(now).await;
        }
    }

    /// Returns when everything so far is in the files.
    pub async fn flush(&self) {
        if let Some(archive) = &self.archive {
            archive.flush().await;
        }
    }
}

impl Core {
    /// Part of a session's log, also after its end.
    pub async fn session_log(
        &self,
        operator: &Operator,
        id: SessionId,
        query: &LogQuery,
    ) -> Result<LogPage, OrderError> {
        operator.require(Permission::ViewLogs)?;
        let limit = query.limit.min(LINES_MOST) as usize;
        self.read_log(operator, id, query, limit).await
    }

    /// The whole log as text, a line each.
    pub async fn session_log_text(&self, operator: &Operator, id: SessionId) -> Result<String, OrderError> {
        operator.require(Permission::ViewLogs)?;
        let everything = LogQuery { from: Some(0), ..LogQuery::default() };
        let page = self.read_log(operator, id, &everything, usize::MAX).await?;
        let mut text = String::new();
        for line in &page.lines {
            let _ = writeln!(text, "{} {} {}", crate::clock::iso(line.at), ring::mark(line.kind), line.text);
        }
        Ok(text)
    }

    /// Sessions that ended in the last while and that the operator may see, newest first.
    pub fn recently_ended(&self, operator: &Operator, most: usize) -> Result<Vec<EndedSession>, OrderError> {
        operator.require(Permission::ViewLogs)?;
        let mut ended = self.sessions.logs().list.all(self.clock.now());
        ended.retain(|ended| operator.scope.sees(ended.owner()));
        Ok(ended.iter().rev().take(most).map(|ended| ended.session.clone()).collect())
    }

    /// New lines of a live session for somebody who follows its log; `None` if it has ended.
    pub fn log_news(&self, operator: &Operator, id: SessionId, from: u64) -> Option<LogPage> {
        let session = self.session_for(operator, id)?;
        let (first, next) = session.log_span();
        let lines = if next > from { session.log_lines(from) } else { Vec::new() };
        Some(LogPage { lines, first, next, ended: None })
    }

    async fn read_log(
        &self,
        operator: &Operator,
        id: SessionId,
        query: &LogQuery,
        limit: usize,
    ) -> Result<LogPage, OrderError> {
        let session = self.session_for(operator, id);
        let logs = self.sessions.logs().clone();
        let ended = if session.is_some() { None } else { logs.ended(id) };
        let foreign = ended.as_ref().is_some_and(|ended| !operator.scope.sees(ended.owner()));
        if session.is_none() && (foreign || self.sessions.get(id).is_some()) {
            return Err(OrderError::NotFound);
        }
        let (mut lines, mut next) = match (&session, &ended) {
            (Some(session), _) => (session.log_lines(0), session.log_span().1),
            (None, Some(ended)) => ended.lines(),
            (None, None) => (Vec::new(), 0),
        };
        let in_memory = lines.first().map_or(next, |line| line.number);
        if in_memory > 0 || lines.is_empty() {
            let older = logs.archived(operator, id, ended.as_ref().map(|ended| ended.session.ended)).await;
            next = next.max(older.last().map_or(0, |line| line.number + 1));
            let newer = std::mem::replace(&mut lines, older);
            lines.extend(newer);
        }
        if lines.is_empty() && session.is_none() && ended.is_none() {
            return Err(OrderError::NotFound);
        }
        let first = lines.first().map_or(next, |line| line.number);
        let ended = ended.map(|ended| ended.session.ended).or(if session.is_some() {
            None
        } else {
            lines.last().map(|line| line.at)
        });
        Ok(LogPage { lines: chosen(lines, query, limit), first, next, ended })
    }
}

impl Logs {
    /// Lines on disk that the operator may see, in order.
    async fn archived(&self, operator: &Operator, id: SessionId, ended: Option<i64>) -> Vec<LogLine> {
        let Some(archive) = &self.archive else { return Vec::new() };
        archive.flush().await;
        let blocks = archive.read(id, ended).await;
        let visible = blocks.into_iter().filter(|block| operator.scope.includes(block.domain));
        visible.flat_map(Block::into_lines).collect()
    }
}

/// The lines that `query` asks for.
fn chosen(mut lines: Vec<LogLine>, query: &LogQuery, limit: usize) -> Vec<LogLine> {
    let search = query.search.to_lowercase();
    lines.retain(|line| {
        query.from.is_none_or(|from| line.number >= from)
            && query.before.is_none_or(|before| line.number < before)
            && (search.is_empty() || line.text.to_lowercase().contains(&search))
    });
    if query.from.is_some() {
        lines.truncate(limit);
    } else {
        lines.drain(..lines.len().saturating_sub(limit));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use wharf_model::logs::LineKind;

    fn numbers(query: &LogQuery, limit: usize) -> Vec<u64> {
        let line = |number| LogLine { number, at: 0, kind: LineKind::Event, text: format!("Line {number}") };
        chosen((0..10).map(line).collect(), query, limit).iter().map(|line| line.number).collect()
    }

    #[test]
    fn a_query_takes_the_newest_unless_it_says_from_where() {
        let query = LogQuery::default;
        assert_eq!(numbers(&query(), 3), [7, 8, 9]);
        assert_eq!(numbers(&LogQuery { from: Some(2), ..query() }, 3), [2, 3, 4]);
        assert_eq!(numbers(&LogQuery { before: Some(5), ..query() }, 3), [2, 3, 4]);
        assert_eq!(numbers(&LogQuery { search: "LINE 5".into(), ..query() }, 3), [5]);
    }
}
