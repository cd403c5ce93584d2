//! The command line. Commands that change data work with the server running or not: both talk to the same database.

mod ssh;
mod users;
mod webhook;

pub(crate) use ssh::{HostKeyCommand, host_key};
pub(crate) use webhook::{WebhookCommand, webhook};

use crate::{config::Config, first_start, tls};
use anyhow::Context;
use clap::{Args, Parser, Subcommand, ValueEnum};
use ssh::{KeyCommand, TotpCommand, any_ssh_auth};
use std::{io::Read, path::PathBuf, sync::Arc};
use wharf_core::{
    Core,
    accounts::{AccountOrder, fingerprint},
    domains::DomainOrder,
    permits::Operator,
};
use wharf_model::{
    accounts::{Limits, Permissions, SshAuth},
    ids::PersonId,
    people::Role,
    sessions::UserType,
};
use wharf_store::{
    domains::{CertificateFiles, DomainTls},
    people,
};

/// A hosting file-transfer server that one can watch and steer live.
#[derive(Debug, Parser)]
#[command(name = "wharf", version)]
pub(crate) struct Cli {
    /// TOML file with the configuration; every key is also an environment variable `WHARF_SECTION__KEY`.
    #[arg(long, global = true, env = "WHARF_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server.
    Serve {
        /// Add demo people, and clients that keep files moving.
        #[arg(long)]
        demo: bool,
    },
    /// Read the configuration, say what is wrong with it, and stop.
    CheckConfig,
    /// People who sign in to the panel.
    #[command(subcommand)]
    Person(PersonCommand),
    /// The panel itself.
    #[command(subcommand)]
    Panel(PanelCommand),
    /// Hosted domains.
    #[command(subcommand)]
    Domain(DomainCommand),
    /// Transfer accounts.
    #[command(subcommand)]
    Account(AccountCommand),
    /// Bearer tokens of the REST interface.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Addresses that are told what happens.
    #[command(subcommand)]
    Webhook(WebhookCommand),
    /// Keys that SSH clients know the server by.
    #[command(subcommand)]
    HostKey(HostKeyCommand),
}

#[derive(Debug, Subcommand)]
pub(crate) enum PersonCommand {
    /// Add a person.
    Add {
        /// Login for the panel.
        login: String,
        /// administrator, auditor (sees all, changes nothing), reseller or customer.
        #[arg(long, value_parser = any_role)]
        role: Role,
        /// Login of the reseller a customer belongs to.
        #[arg(long)]
        reseller: Option<String>,
        /// Name to show; the login if nothing is said.
        #[arg(long)]
        name: Option<String>,
        /// Read the password from standard input.
        #[arg(long, required = true)]
        password_stdin: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum PanelCommand {
    /// Let administrators sign in from every address again. A running server takes it over within a minute.
    ResetAccess,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DomainCommand {
    /// Add a domain.
    Add {
        /// Its name, such as acme.example.
        name: String,
        /// The directory its files live in; made if missing.
        #[arg(long, value_name = "DIR")]
        root: PathBuf,
        /// Login of the customer or reseller it belongs to.
        #[arg(long)]
        owner: Option<String>,
        /// Sessions its accounts may have at once.
        #[arg(long)]
        sessions: Option<u32>,
        #[command(flatten)]
        certificate: CertificateArgs,
        /// Let its accounts log in and move files under TLS only.
        #[arg(long)]
        require_tls: bool,
    },
    /// Change what TLS has to do with a domain. A running server takes a certificate over within a minute, or with
    /// SIGHUP at once.
    SetTls {
        /// Its name.
        name: String,
        #[command(flatten)]
        certificate: CertificateArgs,
        /// Give it the server's certificate again.
        #[arg(long, conflicts_with = "certificate")]
        no_certificate: bool,
        /// Whether its accounts may log in and move files under TLS only.
        #[arg(long, value_name = "true|false")]
        require_tls: Option<bool>,
    },
    /// Say who is asked about users whom a domain does not know itself.
    SetUsers(users::SetUsers),
    /// Say what users without a name may do over FTP.
    SetAnonymous(users::SetAnonymous),
}

#[derive(Debug, Args)]
pub(crate) struct CertificateArgs {
    /// PEM file with a certificate and its chain, for clients that ask for the domain (SNI or HOST).
    #[arg(long, value_name = "FILE", requires = "key")]
    certificate: Option<PathBuf>,
    /// PEM file with its private key.
    #[arg(long, value_name = "FILE", requires = "certificate")]
    key: Option<PathBuf>,
}

impl CertificateArgs {
    /// The files as the server will find them, once they are known to be good.
    fn files(&self) -> anyhow::Result<Option<CertificateFiles>> {
        let (Some(certificate), Some(key)) = (&self.certificate, &self.key) else { return Ok(None) };
        tls::read_pair(certificate, key)?;
        // Not canonical: certificates are often renewed by pointing a link elsewhere.
        let path = |path: &PathBuf| {
            let path = std::path::absolute(path).with_context(|| format!("cannot use {}", path.display()))?;
            path.into_os_string().into_string().ok().context("the name of a file is not UTF-8")
        };
        Ok(Some(CertificateFiles { certificate: path(certificate)?, key: path(key)? }))
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum AccountCommand {
    /// Add a transfer account.
    Add(AddAccount),
    /// Keys it may log in with over SSH.
    #[command(subcommand)]
    Key(KeyCommand),
    /// One-time codes, which a login over SSH needs on top.
    #[command(subcommand)]
    Totp(TotpCommand),
    /// What a login over SSH needs: any (a key or the password), key, or key+password.
    SetSshAuth {
        /// login@domain; the login alone where one domain has it.
        account: String,
        /// any, key or key+password.
        #[arg(value_parser = any_ssh_auth)]
        wanted: SshAuth,
    },
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct AddAccount {
    /// Name of the domain.
    domain: String,
    /// Login within the domain.
    login: String,
    /// Read the password from standard input.
    #[arg(long, required = true)]
    password_stdin: bool,
    /// PEM file with a client certificate that has to be shown, beside the password, to log in. May be given several
    /// times; any of them is good then.
    #[arg(long, value_name = "FILE")]
    client_certificate: Vec<PathBuf>,
    /// Home below the domain's root; made if missing. Default: the login.
    #[arg(long, value_name = "DIR")]
    home: Option<String>,
    /// Bytes its files may have.
    #[arg(long, value_name = "BYTES")]
    quota: Option<u64>,
    /// Bytes per second to the client.
    #[arg(long, value_name = "BYTES")]
    download_rate: Option<u64>,
    /// Bytes per second from the client.
    #[arg(long, value_name = "BYTES")]
    upload_rate: Option<u64>,
    /// Sessions at once.
    #[arg(long)]
    sessions: Option<u32>,
    /// Sessions at once from one address.
    #[arg(long)]
    sessions_per_ip: Option<u32>,
    /// Seconds without a command after which a session ends.
    #[arg(long)]
    idle_seconds: Option<u32>,
    /// Look and download only.
    #[arg(long)]
    read_only: bool,
    /// Rights that the account does not get, with commas between.
    #[arg(long, value_name = "RIGHTS", value_delimiter = ',', conflicts_with = "read_only")]
    without: Vec<Right>,
    /// The domain's main account.
    #[arg(long)]
    website_administrator: bool,
    /// A mailbox: its owner also signs in to the panel, with the address and the same password.
    #[arg(long, conflicts_with = "website_administrator")]
    mailbox: bool,
}

/// What an account may do with its files.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Right {
    Read,
    Write,
    Append,
    Delete,
    Rename,
    List,
    MakeDirectories,
}

impl Right {
    fn of(self, permissions: &mut Permissions) -> &mut bool {
        match self {
            Self::Read => &mut permissions.read,
            Self::Write => &mut permissions.write,
            Self::Append => &mut permissions.append,
            Self::Delete => &mut permissions.delete,
            Self::Rename => &mut permissions.rename,
            Self::List => &mut permissions.list,
            Self::MakeDirectories => &mut permissions.make_directories,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Add a token. It is printed once, alone, on standard output.
    Add {
        /// A name to know it by.
        name: String,
        /// administrator or auditor.
        #[arg(long, value_parser = token_role)]
        role: Role,
    },
}

fn any_role(word: &str) -> Result<Role, String> {
    Role::from_word(word).ok_or_else(|| "a role is administrator, auditor, reseller or customer".to_owned())
}

fn token_role(word: &str) -> Result<Role, String> {
    match Role::from_word(word) {
        Some(role @ (Role::Administrator | Role::Auditor)) => Ok(role),
        _ => Err("a token is for an administrator or an auditor".to_owned()),
    }
}

impl Cli {
    /// The configuration from file and environment.
    pub(crate) fn load_config(&self) -> anyhow::Result<Config> {
        Config::load(self.config.as_deref(), std::env::vars())
    }
}

/// `wharf person ...`
pub(crate) async fn person(config: &Config, command: &PersonCommand) -> anyhow::Result<()> {
    let PersonCommand::Add { login, role, reseller, name, password_stdin: _ } = command;
    let password = password_from_stdin()?;
    anyhow::ensure!(!password.is_empty(), "the password is empty");
    let core = open(config).await?;
    let parent = match reseller {
        Some(_) if *role != Role::Customer => anyhow::bail!("only a customer belongs to a reseller"),
        Some(login) => Some(person_id(&core, login).await?),
        None => None,
    };
    let name = name.as_deref().unwrap_or(login);
    core.add_person(login, name, *role, parent, &password).await.context("person not added")?;
    eprintln!("{} {login} added", role.word());
    close(&core).await;
    Ok(())
}

/// `wharf panel ...`
pub(crate) async fn panel(config: &Config, command: &PanelCommand) -> anyhow::Result<()> {
    let PanelCommand::ResetAccess = command;
    let core = open(config).await?;
    core.reset_panel_access(&Operator::at_the_command_line()).await.context("access not reset")?;
    eprintln!("administrators may sign in from every address");
    close(&core).await;
    Ok(())
}

async fn person_id(core: &Core, login: &str) -> anyhow::Result<PersonId> {
    let person = people::by_login(&core.store, login).await.context("cannot read the store")?;
    Ok(person.with_context(|| format!("there is nobody called {login}"))?.id)
}

fn password_from_stdin() -> anyhow::Result<String> {
    let mut password = String::new();
    std::io::stdin().read_to_string(&mut password).context("cannot read the password from standard input")?;
    Ok(password.trim_end_matches(['\r', '\n']).to_owned())
}

/// `wharf domain ...`
pub(crate) async fn domain(config: &Config, command: &DomainCommand) -> anyhow::Result<()> {
    match command {
        DomainCommand::SetUsers(set) => return users::set_users(config, set).await,
        DomainCommand::SetAnonymous(set) => return users::set_anonymous(config, set).await,
        DomainCommand::Add { .. } | DomainCommand::SetTls { .. } => {}
    }
    let core = open(config).await?;
    match command {
        DomainCommand::SetUsers(_) | DomainCommand::SetAnonymous(_) => {}
        DomainCommand::Add { name, root, owner, sessions, certificate, require_tls } => {
            let tls = DomainTls { certificate: certificate.files()?, required: *require_tls };
            let owner = match owner {
                Some(login) => Some(person_id(&core, login).await?),
                None => None,
            };
            std::fs::create_dir_all(root).with_context(|| format!("cannot make {}", root.display()))?;
            let root = root.canonicalize().with_context(|| format!("cannot use {}", root.display()))?;
            let order = DomainOrder { name, root: &root, owner, session_limit: *sessions, tls };
            core.add_domain(order).await.context("domain not added")?;
            eprintln!("domain {name} added, files in {}", root.display());
        }
        DomainCommand::SetTls { name, certificate, no_certificate, require_tls } => {
            let files = certificate.files()?;
            let change = |tls: &mut DomainTls| {
                if files.is_some() || *no_certificate {
                    tls.certificate = files;
                }
                tls.required = require_tls.unwrap_or(tls.required);
            };
            core.change_domain_tls(name, change).await.context("domain not changed")?;
            eprintln!("domain {name} changed");
        }
    }
    close(&core).await;
    Ok(())
}

/// `wharf account ...`
pub(crate) async fn account(config: &Config, command: &AccountCommand) -> anyhow::Result<()> {
    match command {
        AccountCommand::Add(add) => add_account(config, add).await,
        AccountCommand::Key(command) => ssh::key(config, command).await,
        AccountCommand::Totp(command) => ssh::totp(config, command).await,
        AccountCommand::SetSshAuth { account, wanted } => ssh::set_ssh_auth(config, account, *wanted).await,
    }
}

async fn add_account(config: &Config, add: &AddAccount) -> anyhow::Result<()> {
    let password = password_from_stdin()?;
    let mut permissions = if add.read_only { Permissions::READ_ONLY } else { Permissions::ALL };
    for right in &add.without {
        *right.of(&mut permissions) = false;
    }
    let certificates = add.client_certificate.iter().map(|file| Ok(fingerprint(&tls::read_chain(file)?[0])));
    let client_certificates = certificates.collect::<anyhow::Result<_>>()?;
    let core = open(config).await?;
    let order = AccountOrder {
        domain: &add.domain,
        login: &add.login,
        password: &password,
        client_certificates,
        home: add.home.as_deref(),
        user_type: match (add.website_administrator, add.mailbox) {
            (true, _) => UserType::WebsiteAdministrator,
            (_, true) => UserType::MailboxOwner,
            _ => UserType::WebUser,
        },
        permissions,
        limits: Limits {
            quota_bytes: add.quota,
            download_rate: add.download_rate,
            upload_rate: add.upload_rate,
            sessions: add.sessions,
            sessions_per_ip: add.sessions_per_ip,
            idle_seconds: add.idle_seconds,
        },
        expires_at: None,
    };
    core.add_account(&order).await.context("account not added")?;
    eprintln!("account {}@{} added", add.login, add.domain);
    close(&core).await;
    Ok(())
}

/// `wharf token ...`
pub(crate) async fn token(config: &Config, command: &TokenCommand) -> anyhow::Result<()> {
    let core = open(config).await?;
    match command {
        TokenCommand::Add { name, role } => {
            let secret = core.add_token(name, *role).await.context("token not added")?;
            println!("{secret}");
        }
    }
    close(&core).await;
    Ok(())
}

async fn open(config: &Config) -> anyhow::Result<Arc<Core>> {
    first_start::open_core(config, false).await
}

async fn close(core: &Core) {
    core.store.close().await;
}
