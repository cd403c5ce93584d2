//! The frontend's crates as a browser loads them: each a wasm module and the JavaScript around it.
//!
//! `wasm-bindgen` runs as a library, so its version is that of `Cargo.lock` and none needs to be installed.

use crate::{
    run::{run, say, which},
    setup,
    wasm::{self, Toolchain},
    workspace::{Profile, Workspace},
};
use anyhow::{Context, Result, anyhow, ensure};
use std::{
    env, fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// A module, built.
pub(crate) struct Module {
    /// What its files are called: `<name>.js`, `<name>_bg.wasm` in the JavaScript.
    pub(crate) name: &'static str,
    /// Where wasm-bindgen wrote the JavaScript.
    pub(crate) folder: PathBuf,
    /// The wasm to ship.
    pub(crate) wasm: PathBuf,
}

/// The panel, then the file client: names of the modules and their crates.
const CRATES: [(&str, &str); 2] = [("wharf", "wharf-frontend"), ("files", "wharf-frontend-files")];

/// Builds them: the panel, then the file client.
pub(crate) fn build(workspace: &Workspace, profile: Profile) -> Result<[Module; 2]> {
    let toolchain = wasm::toolchain(workspace)?;
    let compiled = compile(workspace, toolchain, profile)?;
    let optimiser = if profile == Profile::Release { wasm_opt(workspace) } else { None };
    let module = |(name, package): (&'static str, &str)| -> Result<Module> {
        let folder = bind(workspace, name, &compiled.join(format!("{}.wasm", package.replace('-', "_"))), profile)?;
        let plain = folder.join(format!("{name}_bg.wasm"));
        let wasm = optimiser.as_deref().map_or(Ok(plain.clone()), |program| optimise(workspace, program, &plain))?;
        Ok(Module { name, folder, wasm })
    };
    let [panel, files] = CRATES.map(module);
    Ok([panel?, files?])
}

/// Compiles the crates; returns the folder with their wasm.
fn compile(workspace: &Workspace, toolchain: Toolchain, profile: Profile) -> Result<PathBuf> {
    same_wasm_bindgen(&fs::read_to_string(workspace.root.join("Cargo.lock"))?)?;
    let name = match profile {
        Profile::Dev => "dev",
        Profile::Release => "wasm-release",
    };
    say(&format!("building the frontend with {toolchain}"));
    let mut cargo = toolchain.cargo(workspace, "build");
    cargo.args(["--profile", name]).args(CRATES.iter().flat_map(|(_, package)| ["--package", package]));
    run(&mut cargo)?;
    let folder = if profile == Profile::Dev { "debug" } else { name };
    Ok(workspace.front().join(wasm::TARGET).join(folder))
}

/// Writes the JavaScript that loads the wasm, and the wasm as it wants it; returns their folder.
fn bind(workspace: &Workspace, module: &str, compiled: &Path, profile: Profile) -> Result<PathBuf> {
    let name = if profile == Profile::Dev { "dev" } else { "release" };
    let folder = workspace.front().join("bindgen").join(name).join(module);
    // This program is an input too: it carries wasm-bindgen.
    if is_newer(&folder.join(format!("{module}.js")), &[compiled, &env::current_exe()?])? {
        return Ok(folder);
    }
    say(&format!("writing the JavaScript that loads `{module}`"));
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let release = profile == Profile::Release;
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen
        .input_path(compiled)
        .web(true)
        .map_err(|error| anyhow!("wasm-bindgen: {error:#}"))?
        .out_name(module)
        .typescript(false)
        // The script then finds its wasm by itself, under the name `assemble` gives it.
        .omit_default_module_path(false)
        .keep_debug(false)
        // Function names make a panic readable, and a third of the file.
        .remove_name_section(release)
        .remove_producers_section(release);
    let mut output = bindgen.generate_output().map_err(|error| anyhow!("wasm-bindgen: {error:#}"))?;
    output.emit(&folder).map_err(|error| anyhow!("wasm-bindgen: {error:#}"))?;
    Ok(folder)
}

/// The program that makes wasm smaller, where node is at hand.
fn wasm_opt(workspace: &Workspace) -> Option<PathBuf> {
    if which("npm").is_some()
        && let Err(error) = setup::node_modules(workspace)
    {
        say(&format!("cannot install wasm-opt: {error:#}"));
    }
    let program = workspace.node_program("wasm-opt").filter(|_| which("node").is_some());
    if program.is_none() {
        say("no node, so no wasm-opt: the frontend stays larger than it could be");
    }
    program
}

/// Makes wasm smaller; returns the file to ship.
fn optimise(workspace: &Workspace, wasm_opt: &Path, plain: &Path) -> Result<PathBuf> {
    let small = plain.with_extension("opt.wasm");
    if is_newer(&small, &[plain])? {
        return Ok(small);
    }
    // Not --all-features: it makes compact imports, which browsers refuse.
    let features =
        ["bulk-memory", "nontrapping-float-to-int", "reference-types", "multivalue", "sign-ext", "mutable-globals"];
    let mut command = workspace.command(wasm_opt);
    // What counts is what goes over the wire: -Oz makes a smaller file that compresses worse, measured 410 KB against 376.
    command.arg("-O1").args(features.map(|feature| format!("--enable-{feature}"))).arg(plain).arg("-o").arg(&small);
    say("making the frontend smaller");
    run(&mut command)?;
    Ok(small)
}

/// Whether `output` is there and at least as young as every input.
fn is_newer(output: &Path, inputs: &[&Path]) -> Result<bool> {
    let age = |path: &Path| -> Result<SystemTime> {
        Ok(fs::metadata(path).with_context(|| format!("{} is missing", path.display()))?.modified()?)
    };
    let Ok(output) = age(output) else { return Ok(false) };
    for input in inputs {
        if age(input)? > output {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The JavaScript is written by the wasm-bindgen in this program and must fit the one in the frontend.
fn same_wasm_bindgen(lock: &str) -> Result<()> {
    let (library, tool) = (locked(lock, "wasm-bindgen")?, locked(lock, "wasm-bindgen-cli-support")?);
    ensure!(
        library == tool,
        "Cargo.lock has wasm-bindgen {library}, but xtask/Cargo.toml wants wasm-bindgen-cli-support {tool}; make them equal"
    );
    Ok(())
}

/// The version of a package in `Cargo.lock`.
fn locked<'a>(lock: &'a str, package: &str) -> Result<&'a str> {
    let (_, entry) = lock
        .split_once(&format!("\nname = \"{package}\"\nversion = \""))
        .with_context(|| format!("Cargo.lock has no {package}"))?;
    Ok(entry.split('"').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wasm_bindgen_has_one_version() {
        same_wasm_bindgen(include_str!("../../Cargo.lock")).unwrap();
        let lock =
            "\nname = \"wasm-bindgen\"\nversion = \"1\"\n\nname = \"wasm-bindgen-cli-support\"\nversion = \"2\"\n";
        assert!(same_wasm_bindgen(lock).unwrap_err().to_string().contains("make them equal"));
    }
}
