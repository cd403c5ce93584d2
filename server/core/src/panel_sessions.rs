//! Panel sessions: who a request comes from, who is signed in, and ending it. `sign_in`: how they begin.

mod sign_in;

pub(crate) use sign_in::Asking;
pub use sign_in::{SignIn, SignInError};

use crate::{
    Core, hex,
    orders::OrderError,
    permits::{Acting, Operator, Scope, Via},
    random,
};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::{collections::HashSet, net::IpAddr, sync::Arc};
use wharf_model::{
    ids::{PanelSessionId, PersonId},
    languages::Preferences,
    live::Topic,
    panel_sessions::{PanelSessionRow, RemovalReceipt, SessionEnd, TimeLeft},
    panel_settings::PanelSettings,
    people::{Me, Permission, Role},
};
use wharf_store::{
    StoreError,
    panel_sessions::{self, Ending, NewPanelSession, PanelSession, PanelSessionWithPerson},
    people::{self, Person},
};
use wharf_vfs::printable;

/// Activity is written to the store at most this often.
const TOUCH_MS: i64 = 10_000;
/// A browser's name is cut here.
const USER_AGENT_MOST: usize = 300;
/// Sessions that are over are remembered for this long.
const HISTORY_MS: i64 = 90 * 24 * 60 * 60_000;
/// A session in the name of somebody else lasts this long at most.
const ACTING_MS: i64 = 60 * 60_000;
/// Sign-ins of one person that are shown.
const HISTORY_MOST: u32 = 50;

impl Core {
    fn new_session(
        &self,
        secret: &str,
        person_id: PersonId,
        life_ms: i64,
        ip: IpAddr,
        user_agent: &str,
    ) -> NewPanelSession {
        let now = self.clock.now();
        NewPanelSession {
            id: PanelSessionId(random::id(&self.clock)),
            token_hash: digest(secret),
            person_id,
            actor: None,
            created_at: now,
            expires_at: now + life_ms,
            ip: ip.to_string(),
            user_agent: printable(user_agent.as_bytes()).chars().take(USER_AGENT_MOST).collect(),
        }
    }

    /// Signs the operator in as somebody who is theirs to look after, for an hour at most, and returns the secret for the
    /// cookie. The operator's own session stays.
    pub async fn sign_in_as(&self, operator: &Operator, id: PersonId, user_agent: &str) -> Result<String, OrderError> {
        operator.require(Permission::SignInAs)?;
        let Via::Panel(own, actor) = operator.via else {
            return Err(OrderError::invalid("id", "only who is signed in to the panel can sign in as somebody else"));
        };
        if operator.acting.is_some() {
            return Err(OrderError::invalid("id", "return to your own session first"));
        }
        let person = self.person_for(operator, id).await?;
        if person.id == actor || matches!(person.role, Role::Administrator | Role::Auditor) {
            return Err(OrderError::invalid("id", "you can sign in as resellers, customers and mailbox owners"));
        }
        if !person.enabled || people::is_suspended(&self.store, person.id, self.clock.now()).await? {
            return Err(OrderError::invalid("id", "who is disabled cannot be signed in as"));
        }
        let secret = random::secret();
        let own_session = panel_sessions::by_id(&self.store, own).await?.ok_or(OrderError::NotFound)?;
        let mut session = self.new_session(&secret, person.id, ACTING_MS, operator.ip, user_agent);
        // Not longer than the own one.
        session.expires_at = session.expires_at.min(own_session.session.expires_at);
        session.actor = Some((actor, own));
        panel_sessions::sign_in_as(&self.store, &session).await?;
        self.audit(&operator.name, Some(operator.ip), "panel.sign_in_as", &person.login, json!({})).await;
        self.notices.changed(Topic::PanelSessions);
        Ok(secret)
    }

    /// Who a request with this cookie comes from. `active` tells whether a person did something; polling and live
    /// sockets are not activity.
    pub async fn panel_operator(&self, secret: &str, ip: IpAddr, active: bool) -> Result<Option<Operator>, StoreError> {
        let now = self.clock.now();
        let found = panel_sessions::by_token_hash(&self.store, &digest(secret), now).await?;
        let Some(PanelSessionWithPerson { session, person }) = found else {
            return Ok(None);
        };
        let settings = self.panel.settings();
        let idle = now - session.last_active_at > settings.idle_ms();
        if idle || now - session.created_at >= settings.life_ms() {
            let why = if idle { SessionEnd::Idle } else { SessionEnd::Expired };
            let ending = Ending { at: now, why };
            if panel_sessions::end(&self.store, session.id, ending).await? {
                self.panel_sessions_changed();
            }
            return Ok(None);
        }
        let bound = session.ip.parse().is_ok_and(|then| settings.binding.allows(then, ip));
        let roles = [Some(person.role), session.actor.as_ref().map(|actor| actor.role)];
        if !bound || !roles.into_iter().flatten().all(|role| admitted(&settings, role, ip)) {
            return Ok(None);
        }
        if active && now - session.last_active_at >= TOUCH_MS {
            panel_sessions::touch(&self.store, session.id, now).await?;
        }
        let scope = match person.mailbox {
            Some((account, _)) => Scope::Account(account),
            None => self.scope_of(person.id, person.role).await?,
        };
        let acting = session.actor.map(|actor| Acting { actor: actor.login, login: person.login.clone() });
        let name = match &acting {
            Some(Acting { actor, login }) => format!("{actor} as {login}"),
            None => person.login,
        };
        Ok(Some(Operator {
            name,
            person: Some(person.id),
            acting,
            role: person.role,
            scope,
            ip,
            via: Via::Panel(session.id, person.id),
        }))
    }

    /// What a person who is no mailbox owner may see.
    pub(crate) async fn scope_of(&self, person: PersonId, role: Role) -> Result<Scope, StoreError> {
        Ok(match role {
            Role::Administrator | Role::Auditor => Scope::All,
            Role::Reseller | Role::Customer | Role::MailboxOwner => {
                let domains: HashSet<_> =
                    people::domains_in_scope(&self.store, person, role).await?.into_iter().collect();
                Scope::Domains(Arc::new(domains))
            }
        })
    }

    /// Why the session of a cookie is over, where it is one that is.
    pub async fn why_over(&self, secret: &str) -> Result<Option<SessionEnd>, StoreError> {
        panel_sessions::ending_of(&self.store, &digest(secret)).await
    }

    /// How long the operator's own session still lasts if nothing is done.
    pub async fn time_left(&self, operator: &Operator) -> Result<TimeLeft, OrderError> {
        let Via::Panel(id, _) = operator.via else { return Err(OrderError::NotFound) };
        let found = panel_sessions::by_id(&self.store, id).await?.ok_or(OrderError::NotFound)?;
        let (now, settings) = (self.clock.now(), self.panel.settings());
        let limit = settings.idle_ms();
        let end = found.session.expires_at.min(found.session.created_at + settings.life_ms());
        Ok(TimeLeft {
            idle_ms: (found.session.last_active_at + limit - now).max(0),
            life_ms: (end - now).max(0),
            idle_limit_ms: limit,
        })
    }

    /// Ends the operator's own panel session and closes its sockets.
    pub async fn sign_out(&self, operator: &Operator) -> Result<(), StoreError> {
        if let Via::Panel(id, _) = operator.via {
            let ending = Ending { at: self.clock.now(), why: SessionEnd::SignedOut };
            panel_sessions::end(&self.store, id, ending).await?;
            self.panel_sessions_changed();
            self.audit(&operator.name, Some(operator.ip), "panel.sign_out", operator.login(), json!({})).await;
        }
        Ok(())
    }

    /// Who is signed in, of those the operator may know of; the latest first.
    pub async fn panel_sessions(&self, operator: &Operator) -> Result<Vec<PanelSessionRow>, OrderError> {
        let (now, settings) = (self.clock.now(), self.panel.settings());
        let mut found = panel_sessions::list(&self.store, now).await?;
        found.retain(|PanelSessionWithPerson { session, person }| {
            now - session.last_active_at <= settings.idle_ms()
                && now - session.created_at < settings.life_ms()
                && in_sight(operator, person)
        });
        Ok(found.into_iter().rev().map(|found| shown(found, operator)).collect())
    }

    /// The sign-ins of a person, the latest first.
    pub(crate) async fn sign_ins(
        &self,
        operator: &Operator,
        person: PersonId,
    ) -> Result<Vec<PanelSessionRow>, OrderError> {
        let found = panel_sessions::history(&self.store, person, HISTORY_MOST).await?;
        Ok(found.into_iter().map(|found| shown(found, operator)).collect())
    }

    /// Ends panel sessions, at once. Everybody may end their own other ones; the one that asks stays.
    pub async fn remove_panel_sessions(
        &self,
        operator: &Operator,
        ids: &[PanelSessionId],
    ) -> Result<RemovalReceipt, OrderError> {
        let mut receipt = RemovalReceipt::default();
        let mut found = Vec::new();
        for id in ids {
            if matches!(operator.via, Via::Panel(own, _) if own == *id) {
                receipt.own += 1;
                continue;
            }
            match panel_sessions::by_id(&self.store, *id).await? {
                Some(session) if session.session.ended.is_none() && in_sight(operator, &session.person) => {
                    if !is_own(operator, session.person.id) {
                        operator.require(Permission::EndPanelSessions)?;
                    }
                    found.push(session);
                }
                _ => receipt.gone += 1,
            }
        }
        let ending = Ending { at: self.clock.now(), why: SessionEnd::Removed };
        for PanelSessionWithPerson { session, person } in found {
            if !panel_sessions::end(&self.store, session.id, ending).await? {
                receipt.gone += 1;
                continue;
            }
            receipt.removed += 1;
            let detail = json!({"session": session.id, "ip": session.ip, "logon_time": session.created_at});
            self.audit(&operator.name, Some(operator.ip), "panel_session.remove", &person.login, detail).await;
        }
        if receipt.removed > 0 {
            self.panel_sessions_changed();
        }
        Ok(receipt)
    }

    /// Ends what has lasted too long, and forgets what was over long ago.
    pub async fn tidy_panel_sessions(&self) -> Result<(), StoreError> {
        let (now, settings) = (self.clock.now(), self.panel.settings());
        if panel_sessions::end_overdue(&self.store, now, settings.idle_ms(), settings.life_ms()).await? > 0 {
            self.panel_sessions_changed();
        }
        panel_sessions::forget(&self.store, now - HISTORY_MS).await
    }

    /// Somebody may have lost a session or a right: every live socket asks the store whether it may stay, so this is not
    /// for what only adds a session. Open lists look again.
    pub(crate) fn panel_sessions_changed(&self) {
        self.sign_in_news.send_modify(|times| *times += 1);
        self.notices.changed(Topic::PanelSessions);
    }
}

impl Operator {
    /// The operator as the panel's head shows it.
    pub fn me(&self) -> Me {
        Me {
            login: self.login().to_owned(),
            acting: self.acting.as_ref().map(|acting| acting.actor.clone()),
            role: self.role,
            // Who wants to show them asks for them.
            preferences: Preferences::default(),
            may: Permission::ALL.into_iter().filter(|permission| self.role.may(*permission)).collect(),
        }
    }
}

/// Whether the list of networks lets somebody of that role come from `ip`. It is about administrators alone.
fn admitted(settings: &PanelSettings, role: Role, ip: IpAddr) -> bool {
    !matches!(role, Role::Administrator | Role::Auditor) || settings.admits(ip)
}

fn is_own(operator: &Operator, person: PersonId) -> bool {
    operator.person == Some(person)
}

/// Whether the operator may know that a person exists: all of them, own customers, mailbox owners of own domains, oneself.
pub(crate) fn in_sight(operator: &Operator, person: &Person) -> bool {
    if person.mailbox.is_some_and(|(_, domain)| operator.scope.includes(Some(domain))) {
        return true;
    }
    match (operator.role, operator.person) {
        (Role::Administrator | Role::Auditor, _) => true,
        (Role::Reseller, Some(own)) => person.id == own || person.parent_id == Some(own),
        (_, own) => own == Some(person.id),
    }
}

fn shown(found: PanelSessionWithPerson, operator: &Operator) -> PanelSessionRow {
    let PanelSessionWithPerson { session, person } = found;
    let PanelSession { id, actor, passkey_id, created_at, last_active_at, expires_at, ip, user_agent, ended, .. } =
        session;
    PanelSessionRow {
        id,
        role: person.role,
        login: person.login,
        actor: actor.map(|actor| actor.login),
        passkey: passkey_id.is_some(),
        ip,
        browser: browser(&user_agent),
        user_agent,
        logon_time: created_at,
        last_active: last_active_at,
        expires: expires_at,
        yours: matches!(operator.via, Via::Panel(own, _) if own == id),
        ended,
    }
}

/// `Firefox 140 on Windows`. The first that fits counts: browsers also name those they want to be taken for.
pub(crate) fn browser(user_agent: &str) -> String {
    const BROWSERS: [(&str, &str); 8] = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Vivaldi/", "Vivaldi"),
        ("Firefox/", "Firefox"),
        ("HeadlessChrome/", "Chrome (headless)"),
        ("Chrome/", "Chrome"),
        ("Version/", "Safari"),
        ("curl/", "curl"),
    ];
    const SYSTEMS: [(&str, &str); 8] = [
        ("Android", "Android"),
        ("iPhone", "iOS"),
        ("iPad", "iPadOS"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
        ("FreeBSD", "FreeBSD"),
    ];
    let name = BROWSERS.iter().find_map(|(mark, name)| {
        let (_, rest) = user_agent.split_once(mark)?;
        let version: String = rest.chars().take_while(char::is_ascii_digit).take(4).collect();
        Some(format!("{name} {version}").trim_end().to_owned())
    });
    let system = SYSTEMS.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name);
    match (name, system) {
        (Some(name), Some(system)) => format!("{name} on {system}"),
        (Some(name), None) => name,
        (None, Some(system)) => format!("Unknown browser on {system}"),
        (None, None) => "Unknown browser".to_owned(),
    }
}

pub(crate) fn digest(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::browser;

    #[test]
    fn browsers_are_called_by_their_names() {
        for (user_agent, name) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox 140 on Windows",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 \
                 Safari/537.36 Edg/141.0.0.0",
                "Edge 141 on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/18.5 Mobile/15E148 Safari/604.1",
                "Safari 18 on iOS",
            ),
            ("curl/8.5.0", "curl 8"),
            ("", "Unknown browser"),
            ("<script>alert(1)</script> Firefox/99999999", "Firefox 9999"),
        ] {
            assert_eq!(browser(user_agent), name);
        }
    }
}
