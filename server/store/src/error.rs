//! What can go wrong in the store.

use sqlx::error::ErrorKind;

/// What can go wrong in the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A value that must be unique is taken; the text is one of the fields in [`StoreError::field`].
    #[error("{0} is taken")]
    Taken(&'static str),
    /// A row this one refers to does not exist, or other rows still refer to this one.
    #[error("a row that is referred to does not exist, or is still needed")]
    Reference,
    /// There is no such row.
    #[error("there is no such row")]
    NotFound,
    /// A stored value is not what this version writes: a later version or another hand wrote it.
    #[error("the store is corrupt: {0}")]
    Corrupt(String),
    /// The schema could not be brought up to date.
    #[error("cannot migrate the database")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The database file could not be made.
    #[error("cannot create the database file {path}")]
    CreateFile {
        /// Where it should have been.
        path: std::path::PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The database failed.
    #[error("the database failed")]
    Database(#[source] sqlx::Error),
}

impl StoreError {
    /// The `table.column` a person has to change, where the error is about one: `person.login`, `domain.name`,
    /// `account.login`, `ssh_key.fingerprint`, `passkey.credential_id`, `api_token.name`.
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::Taken(field) => Some(field),
            _ => None,
        }
    }
}

/// Field, how SQLite names the broken constraint in its message, how PostgreSQL names the constraint.
const UNIQUE: [(&str, &str, &str); 8] = [
    ("person.login", "person.login", "person_login_key"),
    ("panel_session.token_hash", "panel_session.token_hash", "panel_session_token_hash_key"),
    ("domain.name", "domain.name", "domain_name_key"),
    ("account.login", "account.domain_id, account.login", "account_domain_id_login_key"),
    ("ssh_key.fingerprint", "ssh_key.account_id, ssh_key.fingerprint", "ssh_key_account_id_fingerprint_key"),
    ("passkey.credential_id", "passkey.credential_id", "passkey_credential_id_key"),
    ("api_token.name", "api_token.name", "api_token_name_key"),
    ("api_token.token_hash", "api_token.token_hash", "api_token_token_hash_key"),
];

/// `SQLITE_CONSTRAINT_TRIGGER`, as which SQLite runs `on delete restrict` (there are no other triggers), and
/// PostgreSQL's `restrict_violation`.
const RESTRICT: [&str; 2] = ["1811", "23001"];

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let Some(database) = error.as_database_error() else {
            return match error {
                sqlx::Error::RowNotFound => Self::NotFound,
                error => Self::Database(error),
            };
        };
        match database.kind() {
            ErrorKind::UniqueViolation => {
                // SQLite has no constraint name to offer, only "UNIQUE constraint failed: domain.name".
                let columns = database.message().rsplit_once("failed: ").map(|(_, columns)| columns);
                let known = UNIQUE
                    .iter()
                    .find(|(_, sqlite, postgres)| columns == Some(*sqlite) || database.constraint() == Some(*postgres));
                known.map_or(Self::Database(error), |(field, ..)| Self::Taken(field))
            }
            ErrorKind::ForeignKeyViolation => Self::Reference,
            // What `on delete restrict` answers is no foreign key violation to sqlx.
            _ if database.code().is_some_and(|code| RESTRICT.contains(&&*code)) => Self::Reference,
            _ => Self::Database(error),
        }
    }
}
