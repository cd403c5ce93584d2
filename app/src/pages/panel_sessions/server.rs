//! The server functions of the pages about panel sessions.

use crate::{call::Call, error::PanelError};
use leptos::prelude::*;
use wharf_model::{
    ids::PanelSessionId,
    panel_sessions::{PanelSessionRow, RemovalReceipt, TimeLeft},
    panel_settings::PanelSettings,
};

/// Who is signed in, the latest first.
#[server(name = PanelSessionsCall, prefix = "/fn", endpoint = "panel_sessions", protocol = Call)]
pub async fn panel_sessions(
    /// Somebody clicked.
    active: bool,
) -> Result<Vec<PanelSessionRow>, PanelError> {
    use crate::guard;
    let operator = guard::operator(active).await?;
    guard::core()?.panel_sessions(&operator).await.map_err(guard::failed)
}

/// Ends panel sessions. The own one stays.
#[server(name = RemovePanelSessionsCall, prefix = "/fn", endpoint = "remove_panel_sessions", protocol = Call)]
pub async fn remove_panel_sessions(
    /// Which.
    ids: Vec<PanelSessionId>,
) -> Result<RemovalReceipt, PanelError> {
    use crate::guard;
    const MOST: usize = 1_000;
    let operator = guard::operator(true).await?;
    if ids.is_empty() || ids.len() > MOST {
        return Err(guard::invalid("ids", "Select at least one session."));
    }
    guard::core()?.remove_panel_sessions(&operator, &ids).await.map_err(guard::failed)
}

/// How long the own session still lasts if nothing is done. To ask is no activity.
#[server(name = TimeLeftCall, prefix = "/fn", endpoint = "time_left", protocol = Call)]
pub async fn time_left() -> Result<TimeLeft, PanelError> {
    use crate::guard;
    let operator = guard::operator(false).await?;
    guard::core()?.time_left(&operator).await.map_err(guard::failed)
}

/// How the panel is set up.
#[server(name = PanelSettingsCall, prefix = "/fn", endpoint = "panel_settings", protocol = Call)]
pub async fn panel_settings(
    /// Somebody clicked.
    active: bool,
) -> Result<PanelSettings, PanelError> {
    use crate::guard;
    let operator = guard::operator(active).await?;
    guard::core()?.panel_settings(&operator).map_err(guard::failed)
}

/// Sets the panel up. `networks` is one a line.
#[server(name = SetPanelSettingsCall, prefix = "/fn", endpoint = "set_panel_settings", protocol = Call)]
pub async fn set_panel_settings(
    /// All but the networks.
    settings: PanelSettings,
    /// The networks, as written.
    networks: String,
) -> Result<PanelSettings, PanelError> {
    use crate::{guard, pages::sessions::words::sentence};
    let operator = guard::require(wharf_model::people::Permission::ManageSettings).await?;
    let mut read = Vec::new();
    for line in networks.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.parse() {
            Ok(network) => read.push(network),
            Err(why) => {
                let why: wharf_model::addresses::NoAddress = why;
                return Err(guard::invalid("networks", &format!("“{line}”: {}", sentence(&why.to_string()))));
            }
        }
    }
    let settings = PanelSettings { networks: read, ..settings };
    guard::core()?.set_panel_settings(&operator, settings.clone()).await.map_err(guard::failed)?;
    Ok(settings)
}
