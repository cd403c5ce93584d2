//! Wharf: its defaults, but for ports and for limits that a bench from one address would run into.

use super::{Setting, output, output_for};
use anyhow::Result;
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The password of every account.
pub(crate) const PASSWORD: &str = "a-long-enough-password";
const DOMAIN: &str = "bench.example";

/// Wharf with its configuration.
pub(crate) struct Wharf<'a> {
    program: &'a Path,
    file: PathBuf,
}

impl<'a> Wharf<'a> {
    /// With a domain, the panel on port `panel`, and the `sections` of the configuration that belong to the protocols.
    pub(crate) fn new(setting: &'a Setting, panel: u16, sections: &str) -> Result<Self> {
        let file = setting.write(
            "wharf.toml",
            &format!(
                "data_dir = \"{}\"\n\
                 panel = {{ listen = \"127.0.0.1:{panel}\", tls = false }}\n\
                 limits = {{ sessions = 100000, sessions_per_ip = 100000, unauthenticated_per_ip = 100000 }}\n\
                 {sections}",
                setting.folder.join("data").display(),
            ),
        )?;
        let wharf = Self { program: setting.place.programs.wharf(setting.kind)?, file };
        output(wharf.command(&["domain", "add", DOMAIN, "--root"]).arg(&setting.home))?;
        Ok(wharf)
    }

    /// Adds an account whose home is the directory for files.
    pub(crate) fn add_account(&self, login: &str) -> Result<()> {
        let words = ["account", "add", DOMAIN, login, "--password-stdin", "--home", "files"];
        output_for(&mut self.command(&words), PASSWORD)?;
        Ok(())
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.program);
        command.arg("--config").arg(&self.file).args(arguments);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("WHARF_") {
                command.env_remove(name);
            }
        }
        command
    }

    /// What starts the server.
    pub(crate) fn serve(&self) -> Command {
        let mut command = self.command(&["serve"]);
        command.env("WHARF_LOG", "warn").env("WHARF_ADMIN_PASSWORD", PASSWORD);
        command
    }

    pub(crate) fn version(&self) -> Result<String> {
        Ok(output(Command::new(self.program).arg("--version"))?.trim().replace("wharf ", ""))
    }
}
