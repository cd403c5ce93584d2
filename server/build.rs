//! Tells the embedding macro where `cargo xtask` put the built site. New hashed names do not touch any source file, so
//! the folder itself is watched.

use std::{env, fs, path::PathBuf};

fn main() {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/site");
    let site = env::var_os("WHARF_SITE_DIR").map_or_else(beside, PathBuf::from);
    println!("cargo:rerun-if-env-changed=WHARF_SITE_DIR");
    println!("cargo:rerun-if-changed={}", site.display());
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    // The macro wants the folder as a literal.
    let embed = format!(
        "#[derive(rust_embed::Embed)]\n#[folder = {:?}]\n#[allow_missing = true]\nstruct Site;\n",
        site.display().to_string()
    );
    if let Err(error) = fs::write(out.join("site.rs"), embed) {
        println!("cargo::error=cannot write to OUT_DIR: {error}");
    }
}
