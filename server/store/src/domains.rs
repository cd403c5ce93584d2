//! Hosted domains.

use crate::{
    Store, StoreError,
    columns::{Columns, all, found},
};
use sqlx::{any::AnyRow, query, query_scalar};
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

/// Adds a domain. `Taken("domain.name")` if there is one of that name, `Reference` if the owner is gone.
pub async fn insert(store: &Store, domain: &NewDomain) -> Result<(), StoreError> {
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
    .execute(store.pool())
    .await?;
    Ok(())
}

/// The domain with that id.
pub async fn by_id(store: &Store, id: DomainId) -> Result<Option<Domain>, StoreError> {
    let row = query(select!("where id = $1")).bind(id.to_string()).fetch_optional(store.pool()).await?;
    row.as_ref().map(read).transpose()
}

/// The domain with that name, however it is capitalised.
pub async fn by_name(store: &Store, name: &str) -> Result<Option<Domain>, StoreError> {
    let row = query(select!("where name = $1")).bind(name.to_lowercase()).fetch_optional(store.pool()).await?;
    row.as_ref().map(read).transpose()
}

/// All domains, by name.
pub async fn list(store: &Store) -> Result<Vec<Domain>, StoreError> {
    all(&query(select!("order by name")).fetch_all(store.pool()).await?, read)
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
    let count: i64 = query_scalar("select count(*) from domain").fetch_one(store.pool()).await?;
    Ok(count.unsigned_abs())
}
