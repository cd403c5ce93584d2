//! A Rust toolchain that compiles to WebAssembly.
//!
//! On most machines `rustup target add` is all it takes. Where rustup can fetch nothing, Debian's Rust (packages
//! `*-web`) does it: it is linked as the rustup toolchain `distro` and its standard library is compiled for wasm
//! once. Whether a toolchain is good is decided by compiling and linking an empty library with it, so half an
//! installation or one of another compiler version is noticed. `XTASK_WASM_TOOLCHAIN=distro` skips rustup's.

use crate::{
    run::{output, run, say, succeeds, which},
    setup,
    workspace::Workspace,
};
use anyhow::{Context, Result, bail};
use std::{
    env, fmt, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The target of the frontend.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Which Rust compiles the frontend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The one that compiles the server.
    Current,
    /// The distribution's, linked into rustup as `distro`.
    Distro,
}

impl Toolchain {
    /// A command of the toolchain: `cargo`, `rustc`.
    pub(crate) fn command(self, program: &str) -> Command {
        match self {
            Self::Current => Command::new(program),
            Self::Distro => {
                let mut command = Command::new("rustup");
                command.args(["run", "distro", program]);
                command
            }
        }
    }

    /// A cargo command for the frontend: its own target folder and, through `.cargo/config.toml`, its own flags.
    pub(crate) fn cargo(self, workspace: &Workspace, subcommand: &str) -> Command {
        let mut command = self.command("cargo");
        command.current_dir(&workspace.root).args([subcommand, "--target", TARGET, "--target-dir"]);
        // RUSTFLAGS would replace the flags of `.cargo/config.toml`, without which getrandom does not compile.
        command.arg(workspace.front()).env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        command
    }

    /// Whether it compiles and links an empty library for wasm.
    fn works(self, workspace: &Workspace) -> Result<bool> {
        let folder = workspace.front().join("probe");
        fs::create_dir_all(&folder)?;
        let source = folder.join("lib.rs");
        fs::write(&source, "")?;
        let mut rustc = self.command("rustc");
        rustc.args([
            "--edition",
            "2024",
            "--crate-name",
            "probe",
            "--crate-type",
            "cdylib",
            "--target",
            TARGET,
            "--out-dir",
        ]);
        Ok(succeeds(rustc.arg(&folder).arg(&source).current_dir(&folder)))
    }
}

impl fmt::Display for Toolchain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Current => "the toolchain in use",
            Self::Distro => "the distribution's Rust (rustup toolchain `distro`)",
        })
    }
}

/// Finds a toolchain for the frontend, installing what is missing.
pub(crate) fn toolchain(workspace: &Workspace) -> Result<Toolchain> {
    let only_distro = env::var("XTASK_WASM_TOOLCHAIN").is_ok_and(|name| name == "distro");
    if !only_distro && Toolchain::Current.works(workspace)? {
        return Ok(Toolchain::Current);
    }
    if Toolchain::Distro.works(workspace)? {
        return Ok(Toolchain::Distro);
    }
    if which("rustup").is_none() {
        bail!("please install rustup (https://rustup.rs), then: rustup target add {TARGET}");
    }
    if !only_distro {
        say("adding the WebAssembly target to the Rust toolchain");
        match run(Command::new("rustup").args(["target", "add", TARGET])) {
            Ok(()) if Toolchain::Current.works(workspace)? => return Ok(Toolchain::Current),
            Ok(()) => say("the target is installed but does not compile; trying the distribution's Rust"),
            Err(error) => say(&format!("rustup has no such target here ({error:#}); trying the distribution's Rust")),
        }
    }
    install_distro(workspace)?;
    if Toolchain::Distro.works(workspace)? {
        return Ok(Toolchain::Distro);
    }
    bail!("no Rust toolchain here compiles to WebAssembly; please run: rustup target add {TARGET}")
}

/// Makes sure that the toolchain that compiles the frontend can also lint it. `false`: it cannot.
pub(crate) fn clippy(toolchain: Toolchain) -> bool {
    let works = || succeeds(toolchain.command("cargo").args(["clippy", "--version"]));
    if !works() {
        say("installing clippy for the frontend's toolchain");
        let installed = match toolchain {
            Toolchain::Current => run(Command::new("rustup").args(["component", "add", "clippy"])),
            Toolchain::Distro => setup::packages_by_apt(&["rust-web-clippy"]),
        };
        if let Err(error) = installed {
            say(&format!("clippy is not to be had: {error:#}"));
        }
    }
    works()
}

/// Debian's compiler and its linker, linked into rustup, with a standard library for wasm.
fn install_distro(workspace: &Workspace) -> Result<()> {
    let hint = || format!("WebAssembly needs `rustup target add {TARGET}` or Debian's Rust");
    let packages = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm"];
    let missing: Vec<_> = packages.into_iter().filter(|package| !is_installed(package)).collect();
    if !missing.is_empty() {
        setup::packages_by_apt(&missing).with_context(hint)?;
    }
    // The linker is only a link, to a program of another package that nothing depends on and that has its name.
    if let Some(linker) = dangling_target(Path::new("/usr/bin/rust-lld")) {
        setup::packages_by_apt(&[&linker]).with_context(hint)?;
    }
    let toolchains = output(Command::new("rustup").args(["toolchain", "list"]))?;
    if !toolchains.lines().any(|line| line.split_whitespace().next() == Some("distro")) {
        say("linking the distribution's Rust as the rustup toolchain `distro`");
        run(Command::new("rustup").args(["toolchain", "link", "distro", "/usr"]))?;
    }
    if Toolchain::Distro.works(workspace)? { Ok(()) } else { build_std(workspace) }
}

/// Compiles the standard library for wasm and puts it where the distribution's compiler looks for it.
fn build_std(workspace: &Workspace) -> Result<()> {
    let library = output(Toolchain::Distro.command("rustc").args(["--print", "target-libdir", "--target", TARGET]))?;
    let library = PathBuf::from(library.trim());
    if !setup::is_root() {
        bail!(
            "only root can put a standard library into {}; please run `cargo xtask setup` as root once",
            library.display()
        );
    }
    say("compiling the standard library for WebAssembly, once");
    let seed = workspace.front().join("std");
    fs::create_dir_all(seed.join("src"))?;
    fs::write(seed.join("src/lib.rs"), "")?;
    // A workspace of its own, since it lies below this one.
    fs::write(seed.join("Cargo.toml"), "[package]\nname = \"seed\"\nedition = \"2024\"\n\n[workspace]\n")?;
    let mut build = Toolchain::Distro.command("cargo");
    build.current_dir(&seed).env("RUSTC_BOOTSTRAP", "1").env_remove("RUSTFLAGS");
    build.args(["build", "-Zbuild-std=std,panic_abort,panic_unwind,test", "--release", "--target", TARGET]);
    run(build.arg("--target-dir").arg(seed.join("target")))?;

    // Complete beside the old one, then exchanged: another build may be reading.
    let staged = library.with_extension("new");
    remove_folder(&staged)?;
    fs::create_dir_all(&staged)?;
    for entry in fs::read_dir(seed.join("target").join(TARGET).join("release/deps"))? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        if path.extension().is_some_and(|extension| extension == "rlib") && !name.starts_with("libseed") {
            fs::copy(&path, staged.join(name))?;
        }
    }
    remove_folder(&library)?;
    fs::rename(&staged, &library).with_context(|| format!("cannot replace {}", library.display()))
}

fn remove_folder(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}

fn is_installed(package: &str) -> bool {
    output(Command::new("dpkg-query").args(["--show", "--showformat", "${db:Status-Status}", package]))
        .is_ok_and(|status| status == "installed")
}

/// The file name a symbolic link wants, if that file is not there.
fn dangling_target(link: &Path) -> Option<String> {
    let target = fs::read_link(link).ok()?;
    if link.exists() { None } else { Some(target.file_name()?.to_str()?.to_owned()) }
}
