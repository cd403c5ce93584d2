//! The language and the time zone that somebody wants the panel in.

use crate::{
    Core,
    orders::OrderError,
    panel_sessions::digest,
    people::own_person,
    permits::{Operator, Via},
};
use wharf_model::languages::{Language, Preferences};
use wharf_store::{StoreError, preferences, together::Step};

/// Longer than any name of a time zone.
const ZONE_MOST: usize = 64;

impl Core {
    /// What the one wants whose cookie this is; `None` where nobody is signed in with it.
    pub async fn preferences_of(&self, secret: &str) -> Result<Option<Preferences>, StoreError> {
        preferences::of_token(&self.store, &digest(secret), self.clock.now()).await
    }

    /// What the operator wants; who acts as somebody else goes on as before.
    pub async fn preferences(&self, operator: &Operator) -> Result<Preferences, StoreError> {
        let Via::Panel(session, _) = operator.via else { return Ok(Preferences::default()) };
        Ok(preferences::of_session(&self.store, session).await?.unwrap_or_default())
    }

    /// Changes what the operator wants.
    pub async fn set_preferences(&self, operator: &Operator, wanted: Preferences) -> Result<(), OrderError> {
        let id = own_person(operator)?;
        if operator.acting.is_some() {
            return Err(OrderError::invalid("language", "only the person itself can do this"));
        }
        if wanted.language.as_deref().is_some_and(|code| Language::by_code(code).is_none()) {
            return Err(OrderError::invalid("language", "the panel does not speak this language"));
        }
        if wanted.time_zone.as_deref().is_some_and(|zone| !is_zone(zone)) {
            return Err(OrderError::invalid("time_zone", "this is not the name of a time zone"));
        }
        let entry = self.deed(operator, "profile.language", operator.login());
        self.commit(&[Step::SetPreferences(id, wanted), Step::Audit(entry)]).await
    }
}

/// Whether it can be the name of a zone. Which there are the browser knows, and only it asks.
fn is_zone(name: &str) -> bool {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_+-".contains(&byte));
    plain && (1..=ZONE_MOST).contains(&name.len())
}
