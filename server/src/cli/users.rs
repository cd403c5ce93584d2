//! `wharf domain set-users` and `set-anonymous`.

use super::{Right, close, open};
use crate::config::Config;
use anyhow::Context;
use clap::Args;
use wharf_core::{Core, permits::Operator};
use wharf_model::{
    accounts::Permissions,
    anonymous::{Anonymous, AnonymousAccess},
    ids::DomainId,
    user_sources::{OutsideUsers, PamSource, RestMethod, RestSource, UserSource},
};

#[derive(Debug, Args)]
pub(crate) struct SetUsers {
    /// Its name.
    name: String,
    /// Ask this PAM service, a file in /etc/pam.d.
    #[arg(long, value_name = "SERVICE", required_unless_present_any = ["rest", "none"], conflicts_with_all = ["rest", "none"])]
    pam: Option<String>,
    /// Ask the web service at this address. {login}, {domain} and {ip} in it stand for what the client says.
    #[arg(long, value_name = "URL", conflicts_with = "none")]
    rest: Option<String>,
    /// Ask nobody.
    #[arg(long)]
    none: bool,
    /// How the web service is asked: POST, PUT or PATCH.
    #[arg(long, requires = "rest", value_parser = any_method, default_value = "POST")]
    method: RestMethod,
    /// What it is told, with {login} and {password}: JSON, or a form. Default:
    /// {"login":"{login}","password":"{password}"}
    #[arg(long, requires = "rest")]
    body: Option<String>,
    /// Which field of its JSON answer says yes, such as user.allowed. Without it the status alone does.
    #[arg(long, requires = "rest")]
    field: Option<String>,
    /// What the field then is.
    #[arg(long, requires = "field", default_value = "true")]
    expected: String,
    /// Let its users look and download only.
    #[arg(long)]
    read_only: bool,
    /// Rights that its users do not get, with commas between.
    #[arg(long, value_name = "RIGHTS", value_delimiter = ',', conflicts_with = "read_only")]
    without: Vec<Right>,
}

#[derive(Debug, Args)]
pub(crate) struct SetAnonymous {
    /// Its name.
    name: String,
    /// off, read-only, or incoming: read-only, and new files into the directory incoming, where nothing can be seen.
    #[arg(value_parser = any_access)]
    access: AnonymousAccess,
    /// The directory below the domain's that they see; made if missing. Default: anonymous
    #[arg(long, value_name = "DIR")]
    folder: Option<String>,
    /// Sessions of all of them at once; 0 is no limit, here and below.
    #[arg(long)]
    sessions: Option<u32>,
    /// Sessions at once from one address.
    #[arg(long)]
    sessions_per_ip: Option<u32>,
    /// Bytes per second to all of them together.
    #[arg(long, value_name = "BYTES")]
    download_rate: Option<u64>,
    /// Bytes per second from all of them together.
    #[arg(long, value_name = "BYTES")]
    upload_rate: Option<u64>,
    /// Bytes that the files in the folder may have.
    #[arg(long, value_name = "BYTES")]
    quota: Option<u64>,
}

fn any_method(word: &str) -> Result<RestMethod, String> {
    RestMethod::from_word(word).ok_or_else(|| "a method is POST, PUT or PATCH".to_owned())
}

fn any_access(word: &str) -> Result<AnonymousAccess, String> {
    AnonymousAccess::from_word(word).ok_or_else(|| "off, read-only or incoming".to_owned())
}

/// `wharf domain set-users`
pub(super) async fn set_users(config: &Config, set: &SetUsers) -> anyhow::Result<()> {
    let pam = set.pam.clone().map(|service| UserSource::Pam(PamSource { service }));
    let rest = set.rest.clone().map(|url| {
        let usual = RestSource::default();
        UserSource::Rest(RestSource {
            url,
            method: set.method,
            body: set.body.clone().unwrap_or(usual.body),
            field: set.field.clone().unwrap_or(usual.field),
            expected: set.expected.clone(),
        })
    });
    let mut permissions = if set.read_only { Permissions::READ_ONLY } else { Permissions::ALL };
    for right in &set.without {
        *right.of(&mut permissions) = false;
    }
    let users = OutsideUsers { source: pam.or(rest), permissions };
    let core = open(config).await?;
    let domain = called(&core, &set.name).await?;
    let operator = Operator::at_the_command_line();
    core.set_outside_users(&operator, domain, &users).await.context("users not set")?;
    eprintln!("domain {} changed; sessions that run go on", set.name);
    close(&core).await;
    Ok(())
}

/// `wharf domain set-anonymous`
pub(super) async fn set_anonymous(config: &Config, set: &SetAnonymous) -> anyhow::Result<()> {
    let core = open(config).await?;
    let domain = called(&core, &set.name).await?;
    let operator = Operator::at_the_command_line();
    let Anonymous { folder, mut limits, .. } =
        core.anonymous(&operator, domain).await.context("cannot read the domain")?.settings;
    small(&mut limits.sessions, set.sessions);
    small(&mut limits.sessions_per_ip, set.sessions_per_ip);
    large(&mut limits.download_rate, set.download_rate);
    large(&mut limits.upload_rate, set.upload_rate);
    large(&mut limits.quota_bytes, set.quota);
    let wanted = Anonymous { access: set.access, folder: set.folder.clone().unwrap_or(folder), limits };
    core.set_anonymous(&operator, domain, &wanted).await.context("anonymous FTP not set")?;
    eprintln!("domain {} changed; sessions that run go on", set.name);
    close(&core).await;
    Ok(())
}

async fn called(core: &Core, name: &str) -> anyhow::Result<DomainId> {
    let domain = core.hosted(name).await.context("cannot read the store")?;
    Ok(domain.with_context(|| format!("there is no domain {name}"))?.id)
}

fn small(limit: &mut Option<u32>, wanted: Option<u32>) {
    if let Some(wanted) = wanted {
        *limit = Some(wanted).filter(|wanted| *wanted > 0);
    }
}

fn large(limit: &mut Option<u64>, wanted: Option<u64>) {
    if let Some(wanted) = wanted {
        *limit = Some(wanted).filter(|wanted| *wanted > 0);
    }
}
