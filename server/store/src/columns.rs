//! From column values to typed fields. Whatever does not parse is [`StoreError::Corrupt`] and names table and column.

use crate::StoreError;
use serde::de::DeserializeOwned;
use sqlx::{Any, Row, any::AnyRow};
use std::{fmt::Display, str::FromStr};
use wharf_model::people::Role;

/// A row of one table, perhaps joined with others under a prefix.
#[derive(Clone, Copy)]
pub(crate) struct Columns<'r> {
    row: &'r AnyRow,
    table: &'static str,
    prefix: &'static str,
}

impl<'r> Columns<'r> {
    /// Columns under their own names.
    pub(crate) fn of(row: &'r AnyRow, table: &'static str) -> Self {
        Self { row, table, prefix: "" }
    }

    /// Columns of a joined table, each named `prefix` and its own name.
    pub(crate) fn joined(row: &'r AnyRow, table: &'static str, prefix: &'static str) -> Self {
        Self { row, table, prefix }
    }

    /// The value as the driver gives it.
    pub(crate) fn get<T>(&self, column: &str) -> Result<T, StoreError>
    where
        T: sqlx::Decode<'r, Any> + sqlx::Type<Any>,
    {
        let name = format!("{}{column}", self.prefix);
        self.row.try_get(name.as_str()).map_err(|error| match error {
            sqlx::Error::ColumnDecode { source, .. } => self.corrupt(column, source),
            error => error.into(),
        })
    }

    /// An id, a role: text that parses.
    pub(crate) fn parse<T>(&self, column: &str) -> Result<T, StoreError>
    where
        T: FromStr<Err: Display>,
    {
        self.get::<String>(column)?.parse().map_err(|error| self.corrupt(column, error))
    }

    /// As [`Columns::parse`], where the column may be null.
    pub(crate) fn parse_option<T>(&self, column: &str) -> Result<Option<T>, StoreError>
    where
        T: FromStr<Err: Display>,
    {
        let text = self.get::<Option<String>>(column)?;
        text.map(|text| text.parse()).transpose().map_err(|error| self.corrupt(column, error))
    }

    /// The word of a role.
    pub(crate) fn role(&self, column: &str) -> Result<Role, StoreError> {
        let word: String = self.get(column)?;
        Role::from_word(&word).ok_or_else(|| self.corrupt(column, "unknown role"))
    }

    /// 0 or 1.
    pub(crate) fn flag(&self, column: &str) -> Result<bool, StoreError> {
        Ok(self.get::<i64>(column)? != 0)
    }

    /// A number that cannot be negative or has fewer bits than the column.
    pub(crate) fn number<T>(&self, column: &str) -> Result<T, StoreError>
    where
        T: TryFrom<i64, Error: Display>,
    {
        self.get::<i64>(column)?.try_into().map_err(|error| self.corrupt(column, error))
    }

    /// As [`Columns::number`], where the column may be null.
    pub(crate) fn number_option<T>(&self, column: &str) -> Result<Option<T>, StoreError>
    where
        T: TryFrom<i64, Error: Display>,
    {
        let number = self.get::<Option<i64>>(column)?;
        number.map(T::try_from).transpose().map_err(|error| self.corrupt(column, error))
    }

    /// JSON.
    pub(crate) fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, StoreError> {
        let text: String = self.get(column)?;
        serde_json::from_str(&text).map_err(|error| self.corrupt(column, error))
    }

    /// What to say of a value that does not parse. The value itself stays out: it may be anything.
    pub(crate) fn corrupt(&self, column: &str, why: impl Display) -> StoreError {
        StoreError::Corrupt(format!("{}.{column}: {why}", self.table))
    }
}

/// Every row through `read`.
pub(crate) fn all<T>(rows: &[AnyRow], read: impl Fn(&AnyRow) -> Result<T, StoreError>) -> Result<Vec<T>, StoreError> {
    rows.iter().map(read).collect()
}

/// [`StoreError::NotFound`] when a statement that names one row met none.
pub(crate) fn found(rows_affected: u64) -> Result<(), StoreError> {
    if rows_affected == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}
