//! A field of a form: what is in it, and what is wrong with it.

use crate::{format, tr};
use leptos::prelude::*;

/// A field and what is wrong with it.
#[derive(Clone, Copy)]
pub struct Entry {
    /// What is in it.
    pub value: RwSignal<String>,
    /// What is wrong with it.
    pub error: RwSignal<Option<String>>,
}

impl Entry {
    /// A field with `text` in it.
    pub fn new(text: String) -> Self {
        Self { value: RwSignal::new(text), error: RwSignal::new(None) }
    }

    /// What is in it, without the space around it.
    pub fn text(self) -> String {
        self.value.with_untracked(|text| text.trim().to_owned())
    }

    /// A number of units of `10^places`, nothing where it is empty, an error where it is neither.
    #[expect(clippy::result_unit_err, reason = "the error is shown beside the field")]
    pub fn number(self, places: u32) -> Result<Option<u64>, ()> {
        let text = self.text();
        if text.is_empty() {
            return Ok(None);
        }
        let number = format::read_decimal(&text, places);
        if number.is_none() {
            let what =
                if places == 0 { tr!("A whole number, such as 5.") } else { tr!("A number, such as 250 or 1.5.") };
            self.error.set(Some(what.to_owned()));
        }
        number.map(Some).ok_or(())
    }

    /// A number that is not large, nothing where it is empty.
    #[expect(clippy::result_unit_err, reason = "the error is shown beside the field")]
    pub fn small(self) -> Result<Option<u32>, ()> {
        let number = self.number(0)?;
        let small = number.map(u32::try_from).transpose();
        small.map_err(|_| self.error.set(Some(tr!("This is too large.").to_owned())))
    }
}
