//! The handle: opening, connections, migrations.

use crate::StoreError;
use sqlx::{
    AnyPool, Connection, Executor,
    any::{AnyConnectOptions, AnyPoolOptions},
    migrate::Migrator,
    sqlite::SqliteConnectOptions,
};
use std::{fs::OpenOptions, io, os::unix::fs::OpenOptionsExt, path::Path, str::FromStr, time::Duration};

static MIGRATIONS: Migrator = sqlx::migrate!();

const IN_MEMORY: &str = "sqlite::memory:";
/// SQLite lets one write at a time; more connections than this only wait for each other.
const SQLITE_CONNECTIONS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 16;
/// How long a request waits for a connection before it fails.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// The open database. Clones share its connections.
#[derive(Clone, Debug)]
pub struct Store {
    pool: AnyPool,
}

impl Store {
    /// Opens the database at `url` and brings its schema up to date. A SQLite file that is not there is made, readable
    /// by its owner alone; its directory has to exist.
    ///
    /// `url` is `sqlite:` with a path (`sqlite:///var/lib/wharf/wharf.db`).
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        if url == IN_MEMORY {
            return Self::in_memory().await;
        }
        sqlx::any::install_default_drivers();
        let options = AnyPoolOptions::new().acquire_timeout(ACQUIRE_TIMEOUT);
        let pool = if is_sqlite(url) {
            create_file(SqliteConnectOptions::try_from(&AnyConnectOptions::from_str(url)?)?.get_filename())?;
            open_sqlite(options.max_connections(SQLITE_CONNECTIONS), url).await?
        } else {
            options.max_connections(POSTGRES_CONNECTIONS).connect(url).await?
        };
        migrate(&pool, is_sqlite(url)).await?;
        // Not the URL: a PostgreSQL one has a password in it.
        tracing::info!(store.sqlite = is_sqlite(url), "the database is open and its schema up to date");
        Ok(Self { pool })
    }

    /// A database of its own that is gone with the last clone: what tests use instead of a file.
    pub async fn in_memory() -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        // The database lives as long as its connection, so there is one and it is never closed.
        let options = AnyPoolOptions::new()
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .min_connections(1)
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None);
        let pool = open_sqlite(options, IN_MEMORY).await?;
        migrate(&pool, true).await?;
        Ok(Self { pool })
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        Ok(self.pool.acquire().await?.ping().await?)
    }

    /// Closes all connections, for all clones; SQLite then folds its log into the database file.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    pub(crate) fn pool(&self) -> &AnyPool {
        &self.pool
    }
}

fn is_sqlite(url: &str) -> bool {
    url.starts_with("sqlite:")
}

/// Makes the file ourselves: SQLite would make it readable by all, and it holds password hashes. The log beside it
/// gets the same rights from SQLite.
fn create_file(path: &Path) -> Result<(), StoreError> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(source) => Err(StoreError::CreateFile { path: path.to_owned(), source }),
    }
}

async fn open_sqlite(options: AnyPoolOptions, url: &str) -> Result<AnyPool, StoreError> {
    let pool = options
        .after_connect(|connection, _| {
            Box::pin(async move {
                // The busy time first: the switch to WAL may already have to wait for another process.
                connection.execute("pragma busy_timeout = 5000").await?;
                connection.execute("pragma journal_mode = wal").await?;
                // With WAL a power cut may lose the last commits under NORMAL, but cannot damage the file.
                connection.execute("pragma synchronous = normal").await?;
                connection.execute("pragma foreign_keys = on").await?;
                Ok(())
            })
        })
        .connect(url)
        .await?;
    Ok(pool)
}

async fn migrate(pool: &AnyPool, sqlite: bool) -> Result<(), StoreError> {
    if !sqlite {
        return Ok(MIGRATIONS.run(pool).await?);
    }
    // sqlx has no migration lock for SQLite. The command line may start while the server does its first start, so the
    // write lock is taken before looking at what is applied.
    let mut transaction = pool.begin_with("begin immediate").await?;
    MIGRATIONS.run_direct(None, &mut *transaction, false).await?;
    transaction.commit().await?;
    Ok(())
}
