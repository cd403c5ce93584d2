//! Tells the embedding macro where `cargo xtask` put the built site. New hashed names do not touch any source file, so
//! the folder itself is watched.

use std::{env, path::PathBuf};

fn main() {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/site");
    let site = env::var_os("WHARF_SITE_DIR").map_or_else(beside, PathBuf::from);
    println!("cargo:rerun-if-env-changed=WHARF_SITE_DIR");
    println!("cargo:rerun-if-changed={}", site.display());
    println!("cargo:rustc-env=WHARF_SITE_DIR={}", site.display());
}
