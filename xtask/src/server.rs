//! The binary `wharf`, and starting it.

use crate::{
    run::{print, run, say},
    setup, site,
    workspace::{NATIVE, Profile, SHIPPED, Workspace},
};
use anyhow::{Context, Result};
use std::{fs, os::unix::process::CommandExt as _, path::PathBuf};

/// Builds the server; returns the binary. A release has the site inside, so the site is built first.
pub(crate) fn build(workspace: &Workspace, profile: Profile) -> Result<PathBuf> {
    setup::programs(&setup::LIBRARIES)?;
    say("building the server");
    let mut cargo = workspace.cargo("build");
    let folder = match profile {
        Profile::Dev => {
            // There are no examples, but who asks for them gets the features of the tests, and so their dependencies.
            cargo.args(NATIVE).args(["--bins", "--examples"]);
            "debug"
        }
        Profile::Release => {
            cargo.args(["--package", "wharf", "--features", SHIPPED, "--release"]);
            "release"
        }
    };
    run(&mut cargo)?;
    let binary = workspace.target.join(folder).join("wharf");
    let length = fs::metadata(&binary).with_context(|| format!("{} is missing", binary.display()))?.len();
    if profile == Profile::Release {
        say(&format!("{}: {} MiB, site inside", binary.display(), length >> 20));
    }
    Ok(binary)
}

/// Builds everything and becomes the server, so that a signal reaches it. It starts in the repository's root, where
/// its default data folder is `wharf-data/`.
pub(crate) fn serve(workspace: &Workspace, profile: Profile, demo: bool, arguments: &[String]) -> Result<()> {
    if demo {
        setup::programs(&setup::CLIENTS)?;
    }
    site::build(workspace, profile)?;
    let binary = build(workspace, profile)?;
    let mut wharf = workspace.command(&binary);
    wharf.arg("serve").env("WHARF_SITE_DIR", workspace.site());
    if demo {
        wharf.arg("--demo");
    }
    wharf.args(arguments);
    print(&wharf);
    Err(wharf.exec()).with_context(|| format!("cannot start {}", binary.display()))
}
