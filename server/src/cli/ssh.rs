//! Commands about SSH: keys and one-time codes of accounts, keys of the server.

use super::{close, open};
use crate::config::Config;
use anyhow::Context;
use clap::Subcommand;
use std::{fs, path::PathBuf};
use wharf_core::{Core, clock::iso, permits::Operator, public_keys};
use wharf_model::{accounts::SshAuth, ssh_keys::SshKeyOrder};
use wharf_sftp::host_keys;
use wharf_store::accounts::AccountWithDomain;

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Let an account log in over SSH with a key.
    Add {
        /// login@domain; the login alone where one domain has it.
        account: String,
        /// File with public keys, one a line, such as `id_ed25519.pub`.
        file: PathBuf,
    },
    /// List the keys of an account: fingerprint, algorithm, when it was last used, comment.
    List {
        /// login@domain; the login alone where one domain has it.
        account: String,
    },
    /// Take a key away. Sessions that run go on.
    Remove {
        /// login@domain; the login alone where one domain has it.
        account: String,
        /// As `list` shows it: SHA256:...
        fingerprint: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum TotpCommand {
    /// Ask an account for one-time codes, with a fresh secret. The URI for authenticator apps is printed, this once. It
    /// cannot log in over FTP any more, which has no place for codes.
    Enable {
        /// login@domain; the login alone where one domain has it.
        account: String,
    },
    /// Ask it for no more codes.
    Disable {
        /// login@domain; the login alone where one domain has it.
        account: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum HostKeyCommand {
    /// List the keys that clients know the server by.
    List,
    /// Take over a key, such as that of another server whose place this one takes. The one of the same kind is replaced,
    /// from the next start on.
    Import {
        /// File with a private key without a passphrase, as OpenSSH, OpenSSL or `PuTTY` write it.
        file: PathBuf,
    },
}

pub(super) fn any_ssh_auth(word: &str) -> Result<SshAuth, String> {
    SshAuth::from_word(word).ok_or_else(|| "it is any, key or key+password".to_owned())
}

async fn find(core: &Core, account: &str) -> anyhow::Result<AccountWithDomain> {
    let found = core.account_called(account).await.context("cannot read the store")?;
    found.with_context(|| format!("there is no account {account}, or several domains have one: say login@domain"))
}

/// `wharf account key ...`
pub(super) async fn key(config: &Config, command: &KeyCommand) -> anyhow::Result<()> {
    let core = open(config).await?;
    let operator = Operator::at_the_command_line();
    match command {
        KeyCommand::Add { account, file } => {
            let found = find(&core, account).await?;
            let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
            let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
            // One that is not good keeps out the others of its file.
            let keys = lines.map(|line| Ok((line, public_keys::parse(line)?.fingerprint)));
            let keys = keys.collect::<Result<Vec<_>, public_keys::PublicKeyError>>();
            let keys = keys.with_context(|| format!("cannot use {}", file.display()))?;
            anyhow::ensure!(!keys.is_empty(), "there is no key in {}", file.display());
            for (line, fingerprint) in keys {
                let order = SshKeyOrder { public_key: line.to_owned(), comment: String::new() };
                let added = core.add_ssh_key(&operator, found.account.id, &order).await;
                added.with_context(|| format!("key {fingerprint} not added"))?;
                eprintln!("key {fingerprint} added");
            }
        }
        KeyCommand::List { account } => {
            let found = find(&core, account).await?;
            for key in core.ssh_keys(&operator, found.account.id).await.context("cannot read the store")? {
                let used = key.last_used.map_or_else(|| "never used".to_owned(), iso);
                println!("{} {} {used} {}", key.fingerprint, key.algorithm, key.comment);
            }
        }
        KeyCommand::Remove { account, fingerprint } => {
            let found = find(&core, account).await?;
            let keys = core.ssh_keys(&operator, found.account.id).await.context("cannot read the store")?;
            let key = keys.into_iter().find(|key| key.fingerprint == *fingerprint);
            let key = key.context("the account has no such key")?;
            core.remove_ssh_key(&operator, found.account.id, key.id).await.context("key not removed")?;
            eprintln!("key {fingerprint} removed");
        }
    }
    close(&core).await;
    Ok(())
}

/// `wharf account totp ...`
pub(super) async fn totp(config: &Config, command: &TotpCommand) -> anyhow::Result<()> {
    let core = open(config).await?;
    match command {
        TotpCommand::Enable { account } => {
            let found = find(&core, account).await?;
            println!("{}", core.enable_codes(&found).await.context("codes not enabled")?);
        }
        TotpCommand::Disable { account } => {
            let found = find(&core, account).await?;
            core.disable_codes(&found).await.context("codes not disabled")?;
            eprintln!("no more codes for {account}");
        }
    }
    close(&core).await;
    Ok(())
}

/// `wharf account set-ssh-auth`
pub(super) async fn set_ssh_auth(config: &Config, account: &str, ssh_auth: SshAuth) -> anyhow::Result<()> {
    let core = open(config).await?;
    let found = find(&core, account).await?;
    core.set_ssh_auth(&found, ssh_auth).await.context("account not changed")?;
    eprintln!("account {account} changed");
    close(&core).await;
    Ok(())
}

/// `wharf host-key ...`
pub(crate) async fn host_key(config: &Config, command: &HostKeyCommand) -> anyhow::Result<()> {
    // Makes the data directory where there is none.
    let core = open(config).await?;
    close(&core).await;
    match command {
        HostKeyCommand::List => {
            for key in host_keys::list(&config.data_dir)? {
                println!("{} {} {}", key.fingerprint, key.algorithm, key.file.display());
            }
        }
        HostKeyCommand::Import { file } => {
            let key = host_keys::import(&config.data_dir, file)?;
            eprintln!(
                "host key {} {} imported; the server uses it from its next start on",
                key.algorithm, key.fingerprint
            );
        }
    }
    Ok(())
}
