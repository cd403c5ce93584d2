use super::*;
use crate::samples::row;

fn snapshot(revision: u64, rows: Vec<SessionRow>) -> Snapshot {
    let online = u32::try_from(rows.len()).unwrap_or_default();
    Snapshot { revision, rows, stats: Stats { online, ..Stats::default() }, ..Snapshot::default() }
}

fn live(rows: Vec<SessionRow>) -> Live {
    let live = Live::new(Clock::new());
    live.seed(snapshot(1, rows));
    live
}

fn delta(revision: u64) -> Delta {
    Delta { revision, ..Delta::default() }
}

fn numbers(id: u128, bytes_out: u64) -> Progress {
    Progress { bytes_out, ..moving(&row(id)) }
}

fn out(live: Live, id: u128) -> Option<u64> {
    live.row(row(id).id).map(|row| row.now().bytes_out)
}

#[test]
fn a_row_that_goes_and_comes_in_one_frame_stays_the_same_row() {
    Owner::new().with(|| {
        let live = live(vec![row(1), row(2)]);
        let (before, other) = (live.row(row(1).id).unwrap(), live.row(row(2).id).unwrap());
        let back = SessionRow { login: None, ..row(1) };
        live.take(Frame::Delta(Delta { gone: vec![row(1).id, row(2).id], upserts: vec![back], ..delta(2) }));
        assert_eq!(live.row(row(1).id), Some(before.clone()));
        assert_eq!(before.now().login, None);
        assert!(!before.ended.get_untracked());
        assert!(other.ended.get_untracked());
        assert_eq!(live.row(row(2).id), None);
    });
}

#[test]
fn ticks_from_before_the_snapshot_are_passed_over() {
    Owner::new().with(|| {
        let live = live(vec![row(1)]);
        live.take(Frame::Delta(Delta { progress: vec![numbers(1, 5)], ..delta(1) }));
        assert_eq!(out(live, 1), Some(0));
        live.take(Frame::Delta(Delta { progress: vec![numbers(1, 5)], ..delta(2) }));
        assert_eq!(out(live, 1), Some(5));
        assert_eq!(live.take_dirty(), Dirty::Rows);
        live.take(Frame::Delta(Delta { progress: vec![numbers(1, 6)], ..delta(3) }));
        assert_eq!(live.take_dirty(), Dirty::Numbers);
    });
}

#[test]
fn a_pause_holds_changes_back_and_counts_them() {
    Owner::new().with(|| {
        let live = live(vec![row(1), row(2)]);
        live.pause(true);
        live.take(Frame::Delta(Delta { upserts: vec![row(3)], progress: vec![numbers(1, 5)], ..delta(2) }));
        live.take(Frame::Delta(Delta {
            gone: vec![row(2).id],
            progress: vec![numbers(1, 7), numbers(3, 9)],
            ..delta(3)
        }));
        assert_eq!((out(live, 1), out(live, 2), out(live, 3)), (Some(0), Some(0), None));
        assert_eq!(live.waiting.get_untracked(), 3);
        live.pause(false);
        assert_eq!((out(live, 1), out(live, 2), out(live, 3)), (Some(7), None, Some(9)));
        assert_eq!(live.waiting.get_untracked(), 0);
    });
}

#[test]
fn a_snapshot_during_a_pause_is_held_back_too() {
    Owner::new().with(|| {
        let live = live(vec![row(1), row(2)]);
        live.pause(true);
        live.take(Frame::Snapshot(snapshot(9, vec![row(1), row(3)])));
        assert_eq!((live.row(row(2).id).is_some(), live.row(row(3).id).is_some()), (true, false));
        assert_eq!(live.waiting.get_untracked(), 2);
        live.pause(false);
        assert_eq!((live.row(row(2).id).is_some(), live.row(row(3).id).is_some()), (false, true));
    });
}

#[test]
fn the_last_frame_says_whether_to_come_back() {
    Owner::new().with(|| {
        let live = live(vec![]);
        live.take(Frame::Bye { reason: ByeReason::SignedOut });
        assert_eq!(live.state.get_untracked(), LiveState::SignedOut);
    });
}
