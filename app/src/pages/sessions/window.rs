//! Which rows are in the document: those in sight and some around them, however many sessions there are.

use std::ops::Range;

/// Rows kept above and below what is in sight.
const MARGIN: usize = 10;
/// The window moves by this many rows at a time, so that scrolling does not build rows one by one.
const STEP: usize = 5;

/// The scroll container as it was last measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewport {
    /// Pixels scrolled down.
    pub top: f64,
    /// Pixels in sight.
    pub height: f64,
    /// Pixels of a row.
    pub row: f64,
}

impl Default for Viewport {
    /// What the server assumes: about forty rows.
    fn default() -> Self {
        Self { top: 0.0, height: 1_020.0, row: 34.0 }
    }
}

impl Viewport {
    /// The rows of `count` that belong into the document.
    pub fn window(self, count: usize) -> Range<usize> {
        let sight = self.sight(count);
        let first = sight.start.saturating_sub(MARGIN) / STEP * STEP;
        first..(sight.end + MARGIN).next_multiple_of(STEP).min(count)
    }

    /// The rows of `count` that are in sight, also in part.
    pub fn sight(self, count: usize) -> Range<usize> {
        let row = self.row.max(1.0);
        let first = whole(self.top / row).min(count);
        let last = whole(((self.top + self.height) / row).ceil()).min(count);
        first..last.max(first)
    }

    /// Where to scroll to so that the row at `index` is in sight below a head of `head` pixels; `None`: it is.
    pub fn reveal(self, index: usize, head: f64) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "a row number")]
        let top = index as f64 * self.row;
        let room = (self.height - head).max(self.row);
        if top < self.top {
            Some(top)
        } else if top + self.row > self.top + room {
            Some(top + self.row - room)
        } else {
            None
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "negative becomes zero, as it should")]
fn whole(value: f64) -> usize {
    value as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(top: f64) -> Viewport {
        Viewport { top, height: 680.0, row: 34.0 }
    }

    #[test]
    fn about_forty_rows_are_in_the_document() {
        assert_eq!(at(0.0).window(10_000), 0..30);
        assert_eq!(at(3_400.0).window(10_000), 90..130);
        assert_eq!(Viewport::default().window(10_000), 0..40);
    }

    #[test]
    fn the_window_ends_with_the_rows() {
        assert_eq!(at(0.0).window(0), 0..0);
        assert_eq!(at(0.0).window(7), 0..7);
        assert_eq!(at(339_320.0).window(10_000), 9_970..10_000);
        // Fewer rows than before, and the browser has not scrolled back yet.
        assert_eq!(at(339_320.0).window(12), 0..12);
        assert_eq!(at(-20.0).window(12), 0..12);
    }

    #[test]
    fn it_moves_in_steps() {
        assert_eq!(at(3_400.0).window(10_000), at(3_420.0).window(10_000).start..130);
        assert_eq!(at(3_400.0).sight(10_000), 100..120);
        assert_eq!(at(3_410.0).sight(10_000), 100..121);
    }

    #[test]
    fn a_row_out_of_sight_is_scrolled_to() {
        assert_eq!(at(0.0).reveal(3, 34.0), None);
        assert_eq!(at(0.0).reveal(19, 34.0), Some(34.0));
        assert_eq!(at(340.0).reveal(2, 34.0), Some(68.0));
    }
}
