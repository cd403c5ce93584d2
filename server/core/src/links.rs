//! Share links: making them, seeing them, taking them back. Their owner does so in the file client, operators in the panel.

use crate::{
    Core, codes::qr_path, hex, http_sessions::HttpSession, orders::OrderError, permits::Operator, random,
    sessions::Loss,
};
use serde_json::json;
use wharf_model::{
    audit::AuditEntry,
    files::{decode, encode},
    ids::{AccountId, LinkId},
    links::{LINKS_MOST, LONGEST_PASSWORD, LinkKind, LinkOrder, LinkRow, PREFIX, Qr},
    live::Topic,
    people::Permission,
};
use wharf_store::{
    Secret, StoreError,
    links::{self, Link},
    together::{self, Step},
};
use wharf_vfs::{FileError, VPath, printable};

/// The longest origin a browser may be at.
const LONGEST_ORIGIN: usize = 300;

impl Core {
    /// Makes a link to something of who is signed in.
    pub async fn add_link(&self, session: &HttpSession, order: &LinkOrder) -> Result<LinkRow, OrderError> {
        own(session)?;
        let path = decode(&order.path).and_then(|path| VPath::root().resolve(&path).ok());
        let path = path.ok_or(OrderError::NotFound)?;
        // What the link would give has to be there, and theirs to give.
        let files = match order.kind {
            LinkKind::Download => session.files().share(&path, "").await,
            LinkKind::Upload => session.files().share_to_add(&path, "").await,
        };
        files.map_err(|error| cannot_share(&error))?;
        let now = self.clock.now();
        if order.expires_at.is_some_and(|at| at <= now) {
            return Err(OrderError::invalid("expires_at", "this time is over already"));
        }
        if order.uses_most == Some(0) {
            return Err(OrderError::invalid("uses_most", "a link that cannot be used is none"));
        }
        if order.password.len() > LONGEST_PASSWORD {
            return Err(OrderError::invalid("password", format!("a password has at most {LONGEST_PASSWORD} bytes")));
        }
        let password_hash = match &*order.password {
            "" => None,
            password => Some(Secret::from(self.passwords.hash(password).await.map_err(|_| OrderError::Busy)?)),
        };
        let account_id = session.identity().account_id;
        if links::list(&self.store, account_id).await?.len() >= LINKS_MOST {
            return Err(OrderError::invalid("", format!("the account has {LINKS_MOST} links already, revoke some")));
        }
        let link = Link {
            id: LinkId(random::id(&self.clock)),
            account_id,
            secret: Secret::from(hex(&random::bytes::<16>())),
            path: encode(path.as_bytes()),
            kind: order.kind,
            password_hash,
            expires_at: order.expires_at,
            uses_most: order.uses_most,
            uses: 0,
            created_at: now,
            last_used_at: None,
        };
        let entry = AuditEntry { after: Some(told(&link)), ..self.own_deed(session, "link.add") };
        match together::commit(&self.store, &[Step::AddLink(link.clone()), Step::Audit(entry)]).await {
            Err(StoreError::Reference) => return Err(OrderError::NotFound),
            done => done?,
        }
        self.notices.changed(Topic::Accounts);
        Ok(shown(link, true))
    }

    /// The links of who is signed in, newest first.
    pub async fn own_links(&self, session: &HttpSession) -> Result<Vec<LinkRow>, OrderError> {
        own(session)?;
        let links = links::list(&self.store, session.identity().account_id).await?;
        Ok(links.into_iter().map(|link| shown(link, true)).collect())
    }

    /// A picture of the address of a link, for the camera of a telephone. `origin` is where the browser has found the file
    /// client.
    pub async fn own_link_code(&self, session: &HttpSession, id: LinkId, origin: &str) -> Result<Qr, OrderError> {
        own(session)?;
        let link = self.link_of(session.identity().account_id, id).await?;
        let address = format!("{origin}{PREFIX}{}", &*link.secret);
        let drawn = if origin.len() > LONGEST_ORIGIN { None } else { qr_path(&address) };
        let (path, size) = drawn.ok_or_else(|| OrderError::invalid("", "the address is too long for a QR code"))?;
        Ok(Qr { path, size })
    }

    /// Takes back a link of who is signed in. Who came by it is out.
    pub async fn revoke_own_link(&self, session: &HttpSession, id: LinkId) -> Result<(), OrderError> {
        own(session)?;
        let link = self.link_of(session.identity().account_id, id).await?;
        let entry = AuditEntry { before: Some(told(&link)), ..self.own_deed(session, "link.revoke") };
        self.revoke(link, entry, None).await
    }

    /// The links of an account, newest first. Their addresses stay with their owner.
    pub async fn links(&self, operator: &Operator, account: AccountId) -> Result<Vec<LinkRow>, OrderError> {
        self.own_account_or(Permission::ViewAccounts, operator, account).await?;
        Ok(links::list(&self.store, account).await?.into_iter().map(|link| shown(link, false)).collect())
    }

    /// Takes back a link of an account. Who came by it is out.
    pub async fn revoke_link(&self, operator: &Operator, account: AccountId, id: LinkId) -> Result<(), OrderError> {
        let found = self.own_account_or(Permission::ManageAccounts, operator, account).await?;
        let link = self.link_of(account, id).await?;
        let entry = AuditEntry { before: Some(told(&link)), ..self.deed(operator, "link.revoke", found.name()) };
        self.revoke(link, entry, Some(operator)).await
    }

    async fn revoke(&self, link: Link, entry: AuditEntry, by: Option<&Operator>) -> Result<(), OrderError> {
        match together::commit(&self.store, &[Step::RemoveLink(link.id), Step::Audit(entry)]).await {
            Err(StoreError::NotFound) => return Err(OrderError::NotFound),
            done => done?,
        }
        self.end_lost(by, Loss::Link, |identity| identity.link.as_ref().is_some_and(|visit| visit.id == link.id));
        self.notices.changed(Topic::Accounts);
        Ok(())
    }

    async fn link_of(&self, account: AccountId, id: LinkId) -> Result<Link, OrderError> {
        let found = links::list(&self.store, account).await?.into_iter().find(|link| link.id == id);
        found.ok_or(OrderError::NotFound)
    }

    /// The entry for what somebody does in the file client.
    fn own_deed(&self, session: &HttpSession, action: &str) -> AuditEntry {
        let identity = session.identity();
        let name = format!("{}@{}", identity.login, identity.domain_name);
        self.entry(session.actor().unwrap_or(&name), Some(session.ip().to_string()), action, name.clone())
    }
}

/// Visitors have no links.
fn own(session: &HttpSession) -> Result<(), OrderError> {
    if session.identity().link.is_some() { Err(OrderError::NotFound) } else { Ok(()) }
}

fn cannot_share(error: &FileError) -> OrderError {
    match error {
        FileError::NotFound => OrderError::NotFound,
        FileError::Denied => OrderError::invalid("path", "your account may not do that"),
        FileError::NotADirectory => OrderError::invalid("path", "this is neither a file nor a folder"),
        error => OrderError::invalid("path", error.to_string()),
    }
}

fn shown(link: Link, with_secret: bool) -> LinkRow {
    LinkRow {
        id: link.id,
        path: printable(&decode(&link.path).unwrap_or_default()),
        kind: link.kind,
        password: link.password_hash.is_some(),
        expires_at: link.expires_at,
        uses_most: link.uses_most,
        uses: link.uses,
        created: link.created_at,
        last_used: link.last_used_at,
        secret: with_secret.then_some(link.secret.0),
    }
}

/// What the audit log says of a link.
fn told(link: &Link) -> serde_json::Value {
    json!({
        "path": link.path, "kind": link.kind.word(), "password": link.password_hash.is_some(),
        "expires_at": link.expires_at, "uses_most": link.uses_most, "uses": link.uses,
    })
}
