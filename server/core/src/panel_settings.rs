//! What administrators set for the panel.

use crate::{
    Core,
    orders::OrderError,
    permits::{Operator, Via},
};
use serde_json::json;
use std::sync::{Arc, PoisonError, RwLock};
use wharf_model::{
    audit::AuditEntry,
    live::Topic,
    panel_settings::{AccessMode, IDLE_MINUTES_MOST, LIFE_HOURS_MOST, NETWORKS_MOST, PanelSettings},
    people::Permission,
};
use wharf_store::{
    StoreError, settings,
    together::{self, Step},
};

/// The row of the store they are in.
const NAME: &str = "panel";

/// The settings as last read from the store.
#[derive(Debug, Default)]
pub(crate) struct Panel(RwLock<Arc<PanelSettings>>);

impl Panel {
    pub(crate) fn settings(&self) -> Arc<PanelSettings> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, settings: PanelSettings) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(settings);
    }
}

impl Core {
    /// Takes what is set for the server over from the store: at the start, and then now and then, for the command line
    /// changes it too.
    pub async fn load_settings(&self) -> Result<(), StoreError> {
        // What somebody sets meanwhile must not be overwritten by what was there before.
        let _changing = self.gate.changing.lock().await;
        self.load_limits().await?;
        self.panel.set(settings::get(&self.store, NAME).await?.unwrap_or_default());
        Ok(())
    }

    /// What is set.
    pub fn panel_settings(&self, operator: &Operator) -> Result<PanelSettings, OrderError> {
        operator.require(Permission::ViewSettings)?;
        Ok(PanelSettings::clone(&self.panel.settings()))
    }

    /// Sets all of it, for running sessions too.
    pub async fn set_panel_settings(&self, operator: &Operator, wanted: PanelSettings) -> Result<(), OrderError> {
        operator.require(Permission::ManageSettings)?;
        check(operator, &wanted)?;
        let _changing = self.gate.changing.lock().await;
        let before = self.panel.settings();
        let entry = AuditEntry {
            before: Some(json!(*before)),
            after: Some(json!(wanted)),
            ..self.deed(operator, "panel.settings", "panel")
        };
        let text = settings::text(NAME, &wanted)?;
        together::commit(&self.store, &[Step::Set(NAME, text), Step::Audit(entry)]).await?;
        self.panel.set(wanted);
        self.panel_sessions_changed();
        self.notices.changed(Topic::PanelSettings);
        Ok(())
    }

    /// Lets administrators in from everywhere again: the way back for who is locked out.
    pub async fn reset_panel_access(&self, operator: &Operator) -> Result<(), OrderError> {
        self.load_settings().await?;
        let before = PanelSettings::clone(&self.panel.settings());
        let open = PanelSettings { access: AccessMode::AllowedExcept, networks: Vec::new(), ..before };
        self.set_panel_settings(operator, open).await
    }
}

fn check(operator: &Operator, wanted: &PanelSettings) -> Result<(), OrderError> {
    let within = |field, number: u32, most: u32| {
        if (1..=most).contains(&number) {
            return Ok(());
        }
        Err(OrderError::invalid(field, format!("a number from 1 to {most}")))
    };
    within("idle_minutes", wanted.idle_minutes, IDLE_MINUTES_MOST)?;
    within("life_hours", wanted.life_hours, LIFE_HOURS_MOST)?;
    within("sessions_per_login", wanted.sessions_per_login.unwrap_or(1), u32::MAX)?;
    let wrong = |message: String| Err(OrderError::invalid("networks", message));
    if wanted.networks.len() > NETWORKS_MOST {
        return wrong(format!("at most {NETWORKS_MOST} networks"));
    }
    if wanted.access == AccessMode::DeniedExcept && wanted.networks.is_empty() {
        return wrong("with an empty list no administrator could sign in any more".to_owned());
    }
    if !matches!(operator.via, Via::CommandLine) && !wanted.admits(operator.ip) {
        return wrong(format!("this would lock you out: your own address is {}", operator.ip));
    }
    Ok(())
}
