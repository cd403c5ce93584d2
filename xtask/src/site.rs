//! The browser's side, built into `target/site`:
//!
//! ```text
//! pkg/wharf.<hash>.{js,wasm,css}   the panel; the hash is of the content, so each can be cached for ever
//! pkg/files.<hash>.{js,wasm}       the file client, which shares the style sheet
//! pkg/words-<code>.<hash>.json     what the panel says in a language other than English
//! pkg/snippets-<hash>/             JavaScript that crates bring along, if any does
//! manifest.json                    the names of these, for the head of each page
//! *                                the files of style/public
//! *.br *.gz                        beside each of them in a release build, where that is smaller
//! ```

use crate::{
    css,
    modules::{self, Module},
    workspace::{Profile, Workspace},
};
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
};

/// How large the compressed wasm of a release may be. It is to be 400 kB, for the first visit over a slow line hurts;
/// this keeps it from growing beyond what it is now.
const WASM_LIMIT: usize = 900_000;

/// A file of the site: where it goes and what is in it.
struct Asset {
    path: String,
    content: Vec<u8>,
}

/// Builds the site.
pub(crate) fn build(workspace: &Workspace, profile: Profile) -> Result<()> {
    fs::create_dir_all(workspace.front())?;
    let lock = File::create(workspace.front().join("xtask.lock"))?;
    lock.lock().context("cannot wait for another build of the site")?;

    let modules = modules::build(workspace, profile)?;
    let assets = assemble(workspace, &modules, profile)?;
    write(&workspace.site(), &assets, profile)
}

/// Collects every file of the site, named as the browser will ask for it.
fn assemble(workspace: &Workspace, [panel, files]: &[Module; 2], profile: Profile) -> Result<Vec<Asset>> {
    let mut assets = Vec::new();
    let mut manifest = add_module(&mut assets, panel)?;
    manifest["files"] = add_module(&mut assets, files)?;
    let mut sheet = css::bundle(&workspace.root.join("style/main.css"))?;
    if profile == Profile::Release {
        sheet = css::minify(&sheet)?;
    }
    manifest["css"] = hashed(&mut assets, "wharf", "css", sheet.into_bytes()).into();
    let mut words = serde_json::Map::new();
    for catalogue in wharf_languages::catalogues()? {
        let content = catalogue.to_json().into_bytes();
        let path = format!("pkg/words-{}.{}.json", catalogue.code, hash(&content));
        words.insert(catalogue.code, path.as_str().into());
        assets.push(Asset { path, content });
    }
    manifest["words"] = words.into();

    for (path, content) in files_below(&workspace.root.join("style/public"))? {
        ensure!(path != "manifest.json" && !path.starts_with("pkg/"), "style/public/{path} has a name of the build");
        assets.push(Asset { path, content });
    }
    // Last, so that whoever reads it finds the files it names.
    assets.push(Asset { path: "manifest.json".into(), content: format!("{manifest:#}\n").into_bytes() });
    Ok(assets)
}

/// Adds the files of a module; returns the names of the two that load it.
fn add_module(assets: &mut Vec<Asset>, module: &Module) -> Result<Value> {
    let Module { name, folder, wasm } = module;
    let wasm = hashed(assets, name, "wasm", read(wasm)?);
    let mut script = fs::read_to_string(folder.join(format!("{name}.js")))?;
    script = replace_once(&script, &format!("'{name}_bg.wasm'"), &format!("'{}'", wasm.trim_start_matches("pkg/")))?;
    let snippets = files_below(&folder.join("snippets"))?;
    let snippets_folder =
        format!("snippets-{}", hash(&snippets.iter().flat_map(|(_, content)| content.clone()).collect::<Vec<_>>()));
    if !snippets.is_empty() {
        script = script.replace("./snippets/", &format!("./{snippets_folder}/"));
    }
    for (path, content) in snippets {
        assets.push(Asset { path: format!("pkg/{snippets_folder}/{path}"), content });
    }
    let script = hashed(assets, name, "js", script.into_bytes());
    Ok(json!({ "js": script, "wasm": wasm }))
}

/// Adds a file that is named after its content; returns its path.
fn hashed(assets: &mut Vec<Asset>, name: &str, extension: &str, content: Vec<u8>) -> String {
    let path = format!("pkg/{name}.{}.{extension}", hash(&content));
    assets.push(Asset { path: path.clone(), content });
    path
}

/// Writes what changed and removes what no longer belongs to the site.
fn write(site: &Path, assets: &[Asset], profile: Profile) -> Result<()> {
    let mut keep = BTreeSet::new();
    for asset in assets {
        let path = site.join(&asset.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let same = fs::read(&path).is_ok_and(|there| there == asset.content);
        if profile == Profile::Release && asset.path != "manifest.json" {
            compress(asset, &path, same, &mut keep)?;
        }
        if !same {
            replace(&path, &asset.content)?;
        }
        keep.insert(path);
    }
    for (path, _) in files_below(site)? {
        let path = site.join(path);
        if !keep.contains(&path) {
            fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    remove_empty_folders(site)?;
    if profile == Profile::Release { report(site, assets) } else { Ok(()) }
}

/// Writes the compressed forms of an asset, unless those of the `same` content are there.
fn compress(asset: &Asset, path: &Path, same: bool, keep: &mut BTreeSet<PathBuf>) -> Result<()> {
    for encoding in ["br", "gz"] {
        let compressed = with_suffix(path, encoding);
        if !same || !compressed.exists() {
            let content = if encoding == "br" { brotli(&asset.content)? } else { gzip(&asset.content)? };
            if content.len() >= asset.content.len() {
                continue;
            }
            replace(&compressed, &content)?;
        }
        keep.insert(compressed);
    }
    Ok(())
}

/// Prints how large the files are and refuses a frontend that is too large.
fn report(site: &Path, assets: &[Asset]) -> Result<()> {
    let mut table = format!("{:>10} {:>10}  file\n", "bytes", "brotli");
    for asset in assets {
        let brotli = fs::metadata(with_suffix(&site.join(&asset.path), "br")).map(|file| file.len()).ok();
        let brotli = brotli.map_or("-".to_owned(), |length| length.to_string());
        writeln!(table, "{:>10} {brotli:>10}  {}", asset.content.len(), asset.path)?;
        let is_wasm = Path::new(&asset.path).extension().is_some_and(|extension| extension == "wasm");
        if is_wasm && brotli.parse().is_ok_and(|length: usize| length > WASM_LIMIT) {
            bail!(
                "{} is {brotli} bytes with brotli, more than the {WASM_LIMIT} that a first visit may cost",
                asset.path
            );
        }
    }
    eprint!("{table}");
    Ok(())
}

fn brotli(content: &[u8]) -> Result<Vec<u8>> {
    let mut compressed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    brotli::BrotliCompress(&mut &content[..], &mut compressed, &parameters).context("cannot compress with brotli")?;
    Ok(compressed)
}

fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content)?;
    encoder.finish().context("cannot compress with gzip")
}

/// The first 12 hexadecimal digits of the SHA-256 of `content`.
fn hash(content: &[u8]) -> String {
    Sha256::digest(content).iter().take(6).fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"))
}

/// Replaces the one occurrence of `from`; anything but one means that wasm-bindgen writes something else now.
fn replace_once(text: &str, from: &str, to: &str) -> Result<String> {
    let count = text.matches(from).count();
    ensure!(count == 1, "expected {from} once in the JavaScript of wasm-bindgen, found it {count} times");
    Ok(text.replace(from, to))
}

/// Every file below `folder`, by its path with `/`, sorted. A folder that is not there has none.
fn files_below(folder: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        if !next.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&next).with_context(|| format!("cannot list {}", next.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path
                .strip_prefix(folder)?
                .to_str()
                .with_context(|| format!("{} is not a name for the web", path.display()))?;
            files.push((name.to_owned(), read(&path)?));
        }
    }
    files.sort();
    Ok(files)
}

fn remove_empty_folders(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            remove_empty_folders(&path)?;
            if fs::read_dir(&path)?.next().is_none() {
                fs::remove_dir(&path)?;
            }
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Puts a file in place at once, so that a running server never reads half of it.
fn replace(path: &Path, content: &[u8]) -> Result<()> {
    let beside = with_suffix(path, "new");
    fs::write(&beside, content)
        .and_then(|()| fs::rename(&beside, path))
        .with_context(|| format!("cannot write {}", path.display()))
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::env;

    #[test]
    fn names_come_from_the_content() {
        assert_eq!(hash(b""), "e3b0c44298fc");
    }

    #[test]
    fn the_wasm_is_named_once() {
        assert_eq!(replace_once("a 'x' b", "'x'", "'y'").unwrap(), "a 'y' b");
        assert!(replace_once("a 'x' 'x'", "'x'", "'y'").is_err());
        assert!(replace_once("a", "'x'", "'y'").is_err());
    }

    #[test]
    fn a_site_is_written_once_and_cleaned() {
        let site = env::temp_dir().join(format!("xtask-site-{}", std::process::id()));
        let text = "long enough to be smaller when compressed ".repeat(20).into_bytes();
        let asset = |path: &str| Asset { path: path.into(), content: text.clone() };
        write(&site, &[asset("pkg/a.1.js"), asset("robots.txt"), asset("icons/a.svg")], Profile::Release).unwrap();
        let names = |site: &Path| files_below(site).unwrap().into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        let all = ["icons/a.svg", "icons/a.svg.br", "icons/a.svg.gz", "pkg/a.1.js", "pkg/a.1.js.br", "pkg/a.1.js.gz"];
        assert_eq!(names(&site)[..6], all);
        let age = |name: &str| fs::metadata(site.join(name)).unwrap().modified().unwrap();
        let before = age("robots.txt");
        write(&site, &[asset("pkg/a.2.js"), asset("robots.txt")], Profile::Dev).unwrap();
        assert_eq!(names(&site), ["pkg/a.2.js", "robots.txt"]);
        assert!(!site.join("icons").exists());
        assert_eq!(age("robots.txt"), before);
        fs::remove_dir_all(&site).unwrap();
    }
}
