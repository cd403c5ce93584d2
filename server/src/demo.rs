//! (filled in next)

use crate::config::Config;
use std::{net::SocketAddr, path::PathBuf, sync::Arc};
use wharf_core::Core;

pub(crate) async fn prepare(_core: &Core, _config: &Config) -> anyhow::Result<()> {
    Ok(())
}

pub(crate) async fn run(_core: Arc<Core>, _data_dir: PathBuf, _address: SocketAddr) {}
