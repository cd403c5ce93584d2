//! Who there is in the demo, and what is in their homes.

use anyhow::{Context, bail};
use std::{fs, path::Path};
use wharf_core::{Core, accounts::AccountOrder, domains::DomainOrder, random};
use wharf_model::{
    accounts::{Limits, Permissions},
    people::Role,
    sessions::UserType,
};
use wharf_store::{
    accounts,
    domains::{self, DomainTls},
    people,
};

const MB: u64 = 1_000_000;

/// The customer's domains.
const DOMAINS: [&str; 2] = ["acme.example", "kopie.example"];

/// A transfer account and its files.
pub(super) struct Home {
    pub(super) domain: &'static str,
    pub(super) login: &'static str,
    user_type: UserType,
    /// Bytes per second, each way.
    rate: u64,
    /// Directory, name, size.
    pub(super) files: &'static [(&'static str, &'static str, u64)],
}

/// How somebody connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Ftp,
    Ftps,
    Sftp,
    WebDav,
}

/// Somebody who uses an account.
pub(super) struct Visitor {
    pub(super) login: &'static str,
    pub(super) way: Way,
    pub(super) uploads: bool,
    /// Seconds between two commands at most.
    pub(super) thinks: u64,
}

pub(super) const HOMES: &[Home] = &[
    Home {
        domain: "acme.example",
        login: "acme",
        user_type: UserType::WebsiteAdministrator,
        rate: 6 * MB,
        files: &[("backups", "db-2026-11-21.sql.zst", 320 * MB), ("public_html", "site.tar.gz", 48 * MB)],
    },
    Home {
        domain: "acme.example",
        login: "ann",
        user_type: UserType::WebUser,
        rate: 4 * MB,
        files: &[
            ("public_html/media", "launch-film-4k.mov", 460 * MB),
            ("public_html/media", "interview.wav", 90 * MB),
            ("public_html", "index.html", MB / 20),
        ],
    },
    Home {
        domain: "acme.example",
        login: "build-bot",
        user_type: UserType::SubAccount,
        rate: 3 * MB,
        files: &[("releases/2.4", "wharf_2.4.0_amd64.deb", 140 * MB), ("releases/2.4", "SHA256SUMS", MB / 50)],
    },
    Home {
        domain: "kopie.example",
        login: "printshop",
        user_type: UserType::WebUser,
        rate: MB,
        files: &[("in", "Auftrag 4711 – Müller & Söhne.pdf", 93 * MB), ("in", "Plakat A1.tif", 210 * MB)],
    },
    Home {
        domain: "kopie.example",
        login: "photos",
        user_type: UserType::WebUser,
        rate: 2 * MB,
        files: &[
            ("2026/11/21", "IMG_2041.CR3", 31 * MB),
            ("2026/11/21", "IMG_2042.CR3", 29 * MB),
            ("2026/11", "auswahl.zip", 180 * MB),
        ],
    },
    Home {
        domain: "kopie.example",
        login: "archiv",
        user_type: UserType::SubAccount,
        rate: 5 * MB,
        files: &[("exports/daily", "orders.parquet", 260 * MB), ("exports/daily", "customers.csv", 12 * MB)],
    },
];

pub(super) const VISITORS: &[Visitor] = &[
    Visitor { login: "ann", way: Way::Ftps, uploads: false, thinks: 5 },
    Visitor { login: "build-bot", way: Way::Ftps, uploads: true, thinks: 3 },
    Visitor { login: "acme", way: Way::Ftps, uploads: false, thinks: 8 },
    Visitor { login: "printshop", way: Way::Ftp, uploads: true, thinks: 6 },
    Visitor { login: "photos", way: Way::Ftp, uploads: true, thinks: 4 },
    Visitor { login: "archiv", way: Way::Ftps, uploads: false, thinks: 5 },
    Visitor { login: "ann", way: Way::Ftp, uploads: true, thinks: 20 },
    Visitor { login: "archiv", way: Way::Ftp, uploads: true, thinks: 12 },
    Visitor { login: "photos", way: Way::Ftps, uploads: false, thinks: 30 },
    Visitor { login: "acme", way: Way::Ftp, uploads: true, thinks: 25 },
    Visitor { login: "ann", way: Way::Sftp, uploads: false, thinks: 7 },
    Visitor { login: "build-bot", way: Way::Sftp, uploads: true, thinks: 5 },
    Visitor { login: "archiv", way: Way::Sftp, uploads: false, thinks: 10 },
    Visitor { login: "printshop", way: Way::Sftp, uploads: true, thinks: 15 },
    Visitor { login: "acme", way: Way::WebDav, uploads: false, thinks: 6 },
    Visitor { login: "photos", way: Way::WebDav, uploads: true, thinks: 9 },
];

/// The account of that login.
pub(super) fn home(login: &str) -> Option<&'static Home> {
    HOMES.iter().find(|home| home.login == login)
}

/// Puts everything in place, prints how to sign in, and returns the password of the transfer accounts. Passwords are
/// made up at each start, so a demo that is left running has none that a stranger knows.
pub(super) async fn prepare(core: &Core, data_dir: &Path) -> anyhow::Result<String> {
    refuse_real_data(core).await?;
    let administrator = std::env::var("WHARF_ADMIN_PASSWORD").ok().filter(|password| !password.is_empty());
    let administrator = administrator.unwrap_or_else(random::password);
    let (people_password, account_password) = (random::password(), random::password());
    person(core, "admin", "Administrator", Role::Administrator, &administrator).await?;
    person(core, "northwind", "Northwind Hosting", Role::Reseller, &people_password).await?;
    person(core, "acme", "Acme and Kopie", Role::Customer, &people_password).await?;
    // The path is stored and has to be good wherever the server is started from.
    let files = data_dir.join("demo");
    fs::create_dir_all(&files)?;
    let files = files.canonicalize()?;
    let owner = people::by_login(&core.store, "acme").await?.map(|person| person.id);
    for name in DOMAINS {
        if domains::by_name(&core.store, name).await?.is_none() {
            let root = files.join(name);
            fs::create_dir_all(&root)?;
            let tls = DomainTls::default();
            core.add_domain(DomainOrder { name, root: &root, owner, session_limit: None, tls }).await?;
        }
    }
    for home in HOMES {
        account(core, home, &account_password).await?;
        fill(home, &files.join(home.domain).join(home.login))?;
    }
    println!("demo: sign in to the panel as");
    println!("    admin      {administrator}   (server administrator)");
    println!("    northwind  {people_password}   (reseller)");
    println!("    acme       {people_password}   (customer)");
    println!("demo: or connect an FTP or SFTP client as ann@acme.example with {account_password}");
    Ok(account_password)
}

/// The demo sets passwords and makes files: never beside somebody's real domains.
async fn refuse_real_data(core: &Core) -> anyhow::Result<()> {
    let real = domains::list(&core.store).await?.into_iter().find(|domain| !DOMAINS.contains(&domain.name.as_str()));
    match real {
        Some(domain) => {
            bail!("this data directory has a domain of its own, {}: give the demo another data_dir", domain.name)
        }
        None => Ok(()),
    }
}

async fn person(core: &Core, login: &str, name: &str, role: Role, password: &str) -> anyhow::Result<()> {
    if let Some(person) = people::by_login(&core.store, login).await? {
        let hash = core.passwords.hash(password).await?;
        people::set_password_hash(&core.store, person.id, &hash).await?;
        return Ok(());
    }
    let reseller = people::by_login(&core.store, "northwind").await?.map(|person| person.id);
    let parent = reseller.filter(|_| role == Role::Customer);
    core.add_person(login, name, role, parent, password).await?;
    Ok(())
}

async fn account(core: &Core, home: &Home, password: &str) -> anyhow::Result<()> {
    let found = accounts::find_for_login(&core.store, home.login, Some(home.domain)).await?;
    if let Some(found) = found.first() {
        let hash = core.passwords.hash(password).await?;
        return Ok(accounts::set_password_hash(&core.store, found.account.id, &hash).await?);
    }
    let limits = Limits { download_rate: Some(home.rate), upload_rate: Some(home.rate), ..Limits::default() };
    let order = AccountOrder {
        domain: home.domain,
        login: home.login,
        password,
        client_certificates: Vec::new(),
        home: None,
        user_type: home.user_type,
        permissions: Permissions::ALL,
        limits,
        expires_at: None,
    };
    core.add_account(&order).await?;
    Ok(())
}

/// Files with a size and no content: they take no room on the disk.
fn fill(home: &Home, root: &Path) -> anyhow::Result<()> {
    for (directory, name, size) in home.files {
        let directory = root.join(directory);
        fs::create_dir_all(&directory).with_context(|| format!("cannot make {}", directory.display()))?;
        let path = directory.join(name);
        if !path.exists() {
            fs::File::create(&path)?.set_len(*size).with_context(|| format!("cannot make {}", path.display()))?;
        }
    }
    Ok(())
}
