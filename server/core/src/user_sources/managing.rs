//! Sources as operators manage them. PAM opens the machine's own users and a web service makes the server call addresses,
//! so both are for who may make domains.

use super::{
    Answer, Question,
    templates::{self, Values},
};
use crate::{
    Core,
    accounts::Identity,
    orders::{self, OrderError},
    permits::{Operator, Scope},
    random,
    sessions::Loss,
};
use http::{Uri, uri::Scheme};
use serde_json::{Value, json};
use wharf_model::{
    accounts::Permissions,
    audit::AuditEntry,
    ids::DomainId,
    live::Topic,
    people::Permission,
    sessions::UserType,
    user_sources::{
        OutsideUsers, OutsideUsersChanged, OutsideUsersShown, PamSource, RestSource, SourceAnswer, SourceKind,
        SourceTest, UserSource, Verdict,
    },
};
use wharf_store::{
    Secret,
    together::{self, Step},
    user_sources::{self, StoredSource},
};

/// The longest address and body, in bytes.
const TEMPLATE_MOST: usize = 4_000;
/// The longest name of a PAM service, of a field and of its value, in bytes.
const NAME_MOST: usize = 200;
/// What a template is tried with.
const SAMPLE: Values<'static> = Values { login: "login", password: "password", domain: "a.example", ip: "192.0.2.1" };

impl Core {
    /// Who is asked about users whom a domain does not know itself. How, is told to those alone who may change it.
    pub async fn outside_users(&self, operator: &Operator, id: DomainId) -> Result<OutsideUsersShown, OrderError> {
        operator.require(Permission::ViewAccounts)?;
        self.domain_for(operator, id).await?;
        let stored = user_sources::of(&self.store, id).await?;
        let sees = operator.scope == Scope::All && operator.role.may(Permission::CreateDomains);
        Ok(OutsideUsersShown {
            kind: stored.as_ref().map_or(SourceKind::None, |stored| stored.source.kind()),
            permissions: stored.as_ref().map_or(Permissions::ALL, |stored| stored.permissions),
            source: stored.filter(|_| sees).map(|stored| stored.source),
            accounts: user_sources::count(&self.store, id).await?,
        })
    }

    /// Gives a domain another source, or none, and its users other rights. Sessions of who came through the one before end.
    pub async fn set_outside_users(
        &self,
        operator: &Operator,
        id: DomainId,
        wanted: &OutsideUsers,
    ) -> Result<OutsideUsersChanged, OrderError> {
        operator.require(Permission::CreateDomains)?;
        self.domain_for(operator, id).await?;
        if let Some(source) = &wanted.source {
            self.check_source(source).await?;
        }
        if wanted.permissions.incoming {
            return Err(OrderError::invalid("permissions", "incoming is for anonymous users"));
        }
        let _changing = self.gate.changing.lock().await;
        let domain = self.domain_for(operator, id).await?;
        let before = user_sources::of(&self.store, id).await?;
        // No hash of any password is like this.
        let revision = Secret(format!("!outside:{}", random::id(&self.clock)));
        let after = wanted.source.clone().map(|source| StoredSource {
            source,
            permissions: wanted.permissions,
            revision: revision.clone(),
        });
        let same = match (&before, &after) {
            (None, None) => true,
            (Some(old), Some(new)) => (&old.source, old.permissions) == (&new.source, new.permissions),
            _ => false,
        };
        if same {
            return Ok(OutsideUsersChanged { users: self.outside_users(operator, id).await?, ended: 0 });
        }
        let entry = AuditEntry {
            before: Some(told(before.as_ref())),
            after: Some(told(after.as_ref())),
            ..self.deed(operator, "domain.users", domain.name)
        };
        let loss = if after.is_some() { Loss::Changed } else { Loss::Disabled };
        let steps = [Step::SetUserSource(id, after, revision), Step::Audit(entry)];
        together::commit(&self.store, &steps).await.map_err(orders::gone)?;
        let hit = |identity: &Identity| identity.domain_id == id && identity.user_type == UserType::NotRegistered;
        let ended = self.end_lost(Some(operator), loss, hit);
        self.notices.changed(Topic::Domains);
        self.notices.changed(Topic::Accounts);
        Ok(OutsideUsersChanged { users: self.outside_users(operator, id).await?, ended })
    }

    /// Asks a source, which need not be the domain's yet, about a login and a password.
    pub async fn test_source(
        &self,
        operator: &Operator,
        id: DomainId,
        test: &SourceTest,
    ) -> Result<SourceAnswer, OrderError> {
        operator.require(Permission::CreateDomains)?;
        let domain = self.domain_for(operator, id).await?;
        self.check_source(&test.source).await?;
        let login = test.login.trim();
        crate::accounts::check_login(login).map_err(|why| OrderError::invalid("login", why))?;
        let question = Question { login, password: &test.password, ip: operator.ip, secure: true };
        let (verdict, reason) = match self.outside.ask(&domain, &test.source, question).await {
            Answer::Yes => (Verdict::Yes, String::new()),
            Answer::No => (Verdict::No, "login and password do not belong together".to_owned()),
            Answer::Trouble(why) => (Verdict::Trouble, why),
        };
        let detail = json!({"login": login, "kind": test.source.kind(), "answer": verdict});
        let entry = AuditEntry { detail, ..self.deed(operator, "domain.test-users", domain.name) };
        self.write_down(entry).await;
        Ok(SourceAnswer { verdict, reason })
    }

    async fn check_source(&self, source: &UserSource) -> Result<(), OrderError> {
        match source {
            UserSource::Pam(pam) => check_pam(pam)?,
            UserSource::Rest(rest) => check_rest(rest)?,
        }
        let field = match source {
            UserSource::Pam(_) => "service",
            UserSource::Rest(_) => "url",
        };
        self.outside.check(source).await.map_err(|why| OrderError::invalid(field, why))
    }
}

/// What the audit log says of a source. A body may have a secret in it.
fn told(stored: Option<&StoredSource>) -> Value {
    let Some(StoredSource { source, permissions, .. }) = stored else { return json!({"source": null}) };
    let source = match source {
        UserSource::Pam(PamSource { service }) => json!({"kind": "pam", "service": service}),
        UserSource::Rest(RestSource { url, method, field, expected, .. }) => {
            json!({"kind": "rest", "url": url, "method": method, "field": field, "expected": expected})
        }
    };
    json!({"source": source, "permissions": permissions})
}

fn check_pam(source: &PamSource) -> Result<(), OrderError> {
    let service = &source.service;
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if service.is_empty() || service.len() > NAME_MOST || service.starts_with('.') || !service.chars().all(good) {
        let why = "the name of a file in /etc/pam.d: letters, digits, dots, hyphens and underscores";
        return Err(OrderError::invalid("service", why));
    }
    Ok(())
}

fn check_rest(source: &RestSource) -> Result<(), OrderError> {
    let RestSource { url, body, field, expected, .. } = source;
    for (name, text, most) in [
        ("url", url, TEMPLATE_MOST),
        ("body", body, TEMPLATE_MOST),
        ("field", field, NAME_MOST),
        ("expected", expected, NAME_MOST),
    ] {
        if text.len() > most || text.contains('\0') {
            return Err(OrderError::invalid(name, format!("at most {most} bytes")));
        }
    }
    let wrong = |why: &str| Err(OrderError::invalid("url", why));
    if url.contains("{password}") {
        return wrong("a password has no place in an address, which ends up in logs; it goes into the body");
    }
    let Ok(uri) = templates::address(url, SAMPLE).parse::<Uri>() else {
        return wrong("an address such as https://users.example.com/check");
    };
    let web = uri.scheme().is_some_and(|scheme| *scheme == Scheme::HTTPS || *scheme == Scheme::HTTP);
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    if !web || authority.is_empty() {
        return wrong("an address such as https://users.example.com/check");
    }
    if authority.contains('@') {
        return wrong("a name and a password have no place in an address");
    }
    // Who could say where the question goes could say what is answered.
    if url.split('/').nth(2).is_some_and(|host| host.contains(['{', '}'])) {
        return wrong("the host is always the same");
    }
    let wrong = |why: &str| Err(OrderError::invalid("body", why));
    if !body.contains("{password}") {
        return wrong("the body needs {password} in it");
    }
    if !body.contains("{login}") && !url.contains("{login}") {
        return wrong("the body needs {login} in it");
    }
    if templates::is_json(body) && serde_json::from_str::<Value>(&templates::body(body, SAMPLE)).is_err() {
        return wrong("it begins as JSON and is none once its places are filled; places belong into strings");
    }
    Ok(())
}
