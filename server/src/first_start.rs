//! The data directory and the first administrator.

use crate::config::Config;
use anyhow::Context;
use std::{fs::DirBuilder, os::unix::fs::DirBuilderExt, sync::Arc};
use wharf_core::{
    Core,
    clock::Clock,
    logs::{Archive, Logs},
    random,
};
use wharf_model::people::Role;
use wharf_store::{Store, people};

/// Opens the store of `config`, and makes the data directory and the database first where they are missing.
/// `serves`: sessions are to come, whose logs are kept.
pub(crate) async fn open_core(config: &Config, serves: bool) -> anyhow::Result<Arc<Core>> {
    let directory = &config.data_dir;
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .with_context(|| format!("configuration key data_dir: cannot make {}", directory.display()))?;
    let url = config.store_url();
    let store = Store::open(&url).await.with_context(|| format!("configuration key store.url: cannot open {url}"))?;
    let clock = Clock::system();
    let archive = match config.log_retention().filter(|_| serves) {
        Some(retention) => {
            let directory = directory.join("logs");
            let opened = Archive::open(&directory, retention, clock.clone());
            Some(opened.with_context(|| format!("cannot write session logs to {}", directory.display()))?)
        }
        None => None,
    };
    let core = Core::new(store, clock, &config.settings(), Logs::new(archive));
    core.set_never_banned(config.never_banned());
    core.load_gate().await.context("cannot read bans and rules")?;
    core.load_settings().await.context("cannot read the settings")?;
    if serves {
        core.load_chat().await.context("cannot read messages")?;
        core.webhooks_changed().await.context("cannot read webhooks")?;
    }
    Ok(core)
}

/// Makes the administrator of a new server. A password that was made up is printed, this once.
pub(crate) async fn ensure_administrator(core: &Core) -> anyhow::Result<()> {
    if people::count_administrators(&core.store).await.context("cannot read the store")? > 0 {
        return Ok(());
    }
    let given = std::env::var("WHARF_ADMIN_PASSWORD").ok().filter(|password| !password.is_empty());
    let password = given.clone().unwrap_or_else(random::password);
    core.add_person("admin", "Administrator", Role::Administrator, None, &password)
        .await
        .context("cannot create the administrator")?;
    if given.is_none() {
        println!(
            "Administrator created. Sign in to the panel as\n\n    admin\n    {password}\n\nThis password is not shown again."
        );
    }
    Ok(())
}
