//! Where things are.

use crate::run;
use anyhow::{Context, Result};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// Selects the crates of the server. Whatever compiles them selects them this way, because cargo resolves features for
/// the selection as a whole: another one would compile half of the dependencies again. The frontend is for another
/// machine; this program was compiled by the cargo that started it; the bench has dependencies that nothing else needs.
/// What Wharf is shipped with is switched on.
pub(crate) const NATIVE: [&str; 11] = [
    "--workspace",
    "--exclude",
    "wharf-frontend",
    "--exclude",
    "wharf-frontend-files",
    "--exclude",
    "xtask",
    "--exclude",
    "wharf-bench",
    "--features",
    SHIPPED,
];

/// Features of the server that a bare `cargo build` leaves out, because linking them takes more than a compiler.
pub(crate) const SHIPPED: &str = "wharf/pam";

/// The repository and its target folder, as cargo sees them.
pub(crate) struct Workspace {
    /// The folder with the workspace's `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// Cargo's target folder; `CARGO_TARGET_DIR` moves it.
    pub(crate) target: PathBuf,
}

/// How much work the compiler does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Quick to build; the server reads the site from the disk.
    Dev,
    /// Small and fast; the server has the site inside.
    Release,
}

impl Profile {
    /// What `--release` means.
    pub(crate) fn new(release: bool) -> Self {
        if release { Self::Release } else { Self::Dev }
    }
}

impl Workspace {
    /// Asks cargo.
    pub(crate) fn find() -> Result<Self> {
        let metadata = run::output(Command::new("cargo").args(["metadata", "--format-version", "1", "--no-deps"]))?;
        let metadata: serde_json::Value = serde_json::from_str(&metadata).context("cannot read cargo metadata")?;
        let path = |key: &str| {
            metadata[key].as_str().map(PathBuf::from).with_context(|| format!("cargo metadata has no {key}"))
        };
        Ok(Self { root: path("workspace_root")?, target: path("target_directory")? })
    }

    /// What the server hands to browsers.
    pub(crate) fn site(&self) -> PathBuf {
        self.target.join("site")
    }

    /// The frontend's own target folder, so that it does not wait for the server's build, nor the server's for it.
    pub(crate) fn front(&self) -> PathBuf {
        self.target.join("front")
    }

    /// The browser tests, and the one place with node modules.
    pub(crate) fn end2end(&self) -> PathBuf {
        self.root.join("end2end")
    }

    /// A program of the node modules, where installed.
    pub(crate) fn node_program(&self, name: &str) -> Option<PathBuf> {
        Some(self.end2end().join("node_modules/.bin").join(name)).filter(|path| path.exists())
    }

    /// A cargo command that knows where the site is: the server reads it from there in a debug build and embeds it
    /// from there in a release build.
    pub(crate) fn cargo(&self, subcommand: &str) -> Command {
        let mut command = self.command("cargo");
        command.arg(subcommand).env("WHARF_SITE_DIR", self.site());
        command
    }

    /// A command that starts in the repository's root.
    pub(crate) fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.current_dir(&self.root);
        command
    }
}
