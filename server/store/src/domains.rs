//! Hosted domains.

use crate::{
    Store, StoreError,
    audit::containing,
    columns::{Columns, all, found},
};
use sqlx::{AnyConnection, any::AnyRow, query, query_scalar};
use wharf_model::ids::{DomainId, PersonId};

/// A domain as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// Which domain.
    pub id: DomainId,
    /// DNS name, lower-case.
    pub name: String,
    /// Whose it is; the house's if nobody's.
    pub owner_id: Option<PersonId>,
    /// Absolute directory all homes lie in.
    pub root: String,
    /// Whether its accounts may log in.
    pub enabled: bool,
    /// Sessions at once over all accounts; `None` is no limit.
    pub session_limit: Option<u32>,
    /// Its certificate, and whether it needs TLS.
    pub tls: DomainTls,
    /// When it was added.
    pub created_at: i64,
}

/// What TLS has to do with a domain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DomainTls {
    /// Its own certificate; the server's if it has none.
    pub certificate: Option<CertificateFiles>,
    /// Whether its accounts may log in and move files under TLS only.
    pub required: bool,
}

/// Where a certificate lies. The files are read by the server, and may change at any time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFiles {
    /// PEM file with the certificate and its chain.
    pub certificate: String,
    /// PEM file with its private key.
    pub key: String,
}

/// A domain to add, enabled from then on.
#[derive(Clone, Debug)]
pub struct NewDomain {
    /// Which domain.
    pub id: DomainId,
    /// DNS name; it is stored lower-case.
    pub name: String,
    /// Whose it is; the house's if nobody's.
    pub owner_id: Option<PersonId>,
    /// Absolute directory all homes lie in.
    pub root: String,
    /// Sessions at once over all accounts; `None` is no limit.
    pub session_limit: Option<u32>,
    /// Its certificate, and whether it needs TLS.
    pub tls: DomainTls,
    /// Now.
    pub created_at: i64,
}

/// What to change of a domain. What is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct DomainUpdate {
    /// Whose it is; the inner `None` is the house's.
    pub owner_id: Option<Option<PersonId>>,
    /// Absolute directory all homes lie in.
    pub root: Option<String>,
    /// Whether its accounts may log in.
    pub enabled: Option<bool>,
    /// Sessions at once over all accounts; the inner `None` is no limit.
    pub session_limit: Option<Option<u32>>,
    /// Whether its accounts may log in and move files under TLS only.
    pub require_tls: Option<bool>,
}

/// What a list shows of a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedDomain {
    /// The domain.
    pub domain: Domain,
    /// Login of its owner, if it has one who is there.
    pub owner: Option<String>,
    /// How many accounts it has.
    pub accounts: u32,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, name, owner_id, root, enabled, session_limit, certificate_file, certificate_key_file, ",
            "require_tls, created_at from domain ",
            $rest
        )
    };
}

impl Domain {
    pub(crate) fn read(columns: Columns<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            id: columns.parse("id")?,
            name: columns.get("name")?,
            owner_id: columns.parse_option("owner_id")?,
            root: columns.get("root")?,
            enabled: columns.flag("enabled")?,
            session_limit: columns.number_option("session_limit")?,
            tls: DomainTls::read(columns)?,
            created_at: columns.get("created_at")?,
        })
    }
}

impl DomainTls {
    fn read(columns: Columns<'_>) -> Result<Self, StoreError> {
        let files: (Option<String>, _) = (columns.get("certificate_file")?, columns.get("certificate_key_file")?);
        let certificate = match files {
            (Some(certificate), Some(key)) => Some(CertificateFiles { certificate, key }),
            _ => None,
        };
        Ok(Self { certificate, required: columns.flag("require_tls")? })
    }

    fn files(&self) -> (Option<&str>, Option<&str>) {
        self.certificate.as_ref().map(|files| (&*files.certificate, &*files.key)).unzip()
    }
}

fn read(row: &AnyRow) -> Result<Domain, StoreError> {
    Domain::read(Columns::of(row, "domain"))
}

/// Adds a domain. `Taken("domain.name")` if there is one of that name, also a deleted one; `Reference` if the owner is gone.
pub async fn insert(store: &Store, domain: &NewDomain) -> Result<(), StoreError> {
    add(&mut *store.pool().acquire().await?, domain).await
}

pub(crate) async fn add(connection: &mut AnyConnection, domain: &NewDomain) -> Result<(), StoreError> {
    let (certificate, key) = domain.tls.files();
    query(
        "insert into domain (id, name, owner_id, root, enabled, session_limit, certificate_file, \
         certificate_key_file, require_tls, created_at) values ($1, $2, $3, $4, 1, $5, $6, $7, $8, $9)",
    )
    .bind(domain.id.to_string())
    .bind(domain.name.to_lowercase())
    .bind(domain.owner_id.map(|id| id.to_string()))
    .bind(&*domain.root)
    .bind(domain.session_limit.map(i64::from))
    .bind(certificate)
    .bind(key)
    .bind(i64::from(domain.tls.required))
    .bind(domain.created_at)
    .execute(connection)
    .await?;
    Ok(())
}

/// Changes a domain that is there. `Reference` if the new owner is gone.
pub(crate) async fn update(
    connection: &mut AnyConnection,
    id: DomainId,
    change: &DomainUpdate,
) -> Result<(), StoreError> {
    let done = query(
        "update domain set owner_id = case when $2 = 1 then $3 else owner_id end, root = coalesce($4, root), \
         enabled = coalesce($5, enabled), session_limit = case when $6 = 1 then $7 else session_limit end, \
         require_tls = coalesce($8, require_tls) where id = $1 and deletion_id is null",
    )
    .bind(id.to_string())
    .bind(i64::from(change.owner_id.is_some()))
    .bind(change.owner_id.flatten().map(|id| id.to_string()))
    .bind(change.root.as_deref())
    .bind(change.enabled.map(i64::from))
    .bind(i64::from(change.session_limit.is_some()))
    .bind(change.session_limit.flatten().map(i64::from))
    .bind(change.require_tls.map(i64::from))
    .execute(connection)
    .await?;
    found(done.rows_affected())
}

/// The domain with that id.
pub async fn by_id(store: &Store, id: DomainId) -> Result<Option<Domain>, StoreError> {
    let row = query(select!("where id = $1 and deletion_id is null"))
        .bind(id.to_string())
        .fetch_optional(store.pool())
        .await?;
    row.as_ref().map(read).transpose()
}

/// The domain with that name, however it is capitalised.
pub async fn by_name(store: &Store, name: &str) -> Result<Option<Domain>, StoreError> {
    // PostgreSQL takes no such text at all.
    if name.contains('\0') {
        return Ok(None);
    }
    let row = query(select!("where name = $1 and deletion_id is null"))
        .bind(name.to_lowercase())
        .fetch_optional(store.pool())
        .await?;
    row.as_ref().map(read).transpose()
}

/// All domains, by name.
pub async fn list(store: &Store) -> Result<Vec<Domain>, StoreError> {
    all(&query(select!("where deletion_id is null order by name")).fetch_all(store.pool()).await?, read)
}

/// The domains whose name, or whose owner's login, contains `search`, by name, for a list.
pub async fn listed(store: &Store, search: &str) -> Result<Vec<ListedDomain>, StoreError> {
    let rows = query(
        "select domain.id as id, domain.name as name, domain.owner_id as owner_id, domain.root as root, \
         domain.enabled as enabled, domain.session_limit as session_limit, \
         domain.certificate_file as certificate_file, domain.certificate_key_file as certificate_key_file, \
         domain.require_tls as require_tls, domain.created_at as created_at, person.login as owner, \
         (select count(*) from account where account.domain_id = domain.id and account.deletion_id is null) \
         as accounts \
         from domain left join person on person.id = domain.owner_id and person.deletion_id is null \
         where ($1 = '' or lower(domain.name) like $1 escape '\\' or lower(person.login) like $1 escape '\\') \
         and domain.deletion_id is null order by domain.name",
    )
    .bind(containing(search))
    .fetch_all(store.pool())
    .await?;
    all(&rows, |row| {
        let columns = Columns::of(row, "domain");
        Ok(ListedDomain {
            domain: Domain::read(columns)?,
            owner: columns.get("owner")?,
            accounts: columns.number("accounts")?,
        })
    })
}

/// Lets the domain's accounts log in, or not.
pub async fn set_enabled(store: &Store, id: DomainId, enabled: bool) -> Result<(), StoreError> {
    let done = query("update domain set enabled = $2 where id = $1")
        .bind(id.to_string())
        .bind(i64::from(enabled))
        .execute(store.pool())
        .await?;
    found(done.rows_affected())
}

/// Changes the domain's certificate, and whether it needs TLS.
pub async fn set_tls(store: &Store, id: DomainId, tls: &DomainTls) -> Result<(), StoreError> {
    let (certificate, key) = tls.files();
    let done =
        query("update domain set certificate_file = $2, certificate_key_file = $3, require_tls = $4 where id = $1")
            .bind(id.to_string())
            .bind(certificate)
            .bind(key)
            .bind(i64::from(tls.required))
            .execute(store.pool())
            .await?;
    found(done.rows_affected())
}

/// How many domains there are.
pub async fn count(store: &Store) -> Result<u64, StoreError> {
    let count: i64 =
        query_scalar("select count(*) from domain where deletion_id is null").fetch_one(store.pool()).await?;
    Ok(count.unsigned_abs())
}
