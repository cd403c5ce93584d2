//! Changes that happen together or not at all, whatever becomes of the process meanwhile.

use crate::{
    Secret, Store, StoreError,
    accounts::{self, AccountUpdate, NewAccount},
    audit, bans,
    bans::StoredBan,
    deletions::{self, Deleted, Deletion},
    domains::{self, DomainUpdate, NewDomain},
    limits,
    links::{self, Link},
    panel_sessions,
    panel_sessions::Ending,
    passkeys::{self, Passkey},
    people,
    people::{NewPerson, PersonChange},
    preferences, rules,
    rules::StoredRule,
    settings, ssh_keys,
    ssh_keys::SshKey,
    tokens,
    tokens::NewToken,
    user_sources,
    user_sources::StoredSource,
    webhooks,
    webhooks::NewWebhook,
};
use wharf_model::{
    accounts::Limits,
    audit::AuditEntry,
    ids::{
        AccountId, BanId, DeletionId, DomainId, LinkId, PanelSessionId, PasskeyId, PersonId, RuleId, SshKeyId, TokenId,
        WebhookId,
    },
    languages::Preferences,
};

/// One change among several.
#[derive(Clone, Debug)]
pub enum Step {
    /// Adds a ban.
    AddBan(StoredBan),
    /// Removes a ban.
    RemoveBan(BanId),
    /// Notes how often a ban turned somebody away, and when last.
    BanHits(BanId, u64, i64),
    /// Adds a rule.
    AddRule(StoredRule),
    /// Writes a rule anew.
    ChangeRule(StoredRule),
    /// Removes a rule.
    RemoveRule(RuleId),
    /// Notes how often a rule refused somebody, and when last.
    RuleHits(RuleId, u64, i64),
    /// Lets an account log in, or not.
    EnableAccount(AccountId, bool),
    /// Adds an account.
    AddAccount(Box<NewAccount>),
    /// Changes an account.
    ChangeAccount(AccountId, Box<AccountUpdate>),
    /// Changes the secret of an account's one-time codes; `None` asks for no more codes.
    SetCodes(AccountId, Option<Secret>),
    /// Adds a domain.
    AddDomain(NewDomain),
    /// Changes a domain.
    ChangeDomain(DomainId, DomainUpdate),
    /// Sets the limits of the accounts of a domain.
    SetDomainLimits(DomainId, Limits),
    /// Sets the limits of the accounts of a person.
    SetPersonLimits(PersonId, Limits),
    /// Gives a domain another source of users, or none, with a revision that is new in any case.
    SetUserSource(DomainId, Option<StoredSource>, Secret),
    /// Takes something away, for a while.
    Delete(Deletion, Deleted),
    /// Brings back what was taken away.
    Restore(DeletionId),
    /// Removes for good what was taken away.
    Purge(DeletionId),
    /// Adds a key of an account.
    AddSshKey(SshKey),
    /// Removes a key of an account.
    RemoveSshKey(SshKeyId),
    /// Adds a share link of an account.
    AddLink(Link),
    /// Removes a share link.
    RemoveLink(LinkId),
    /// Adds a person.
    AddPerson(NewPerson),
    /// Changes a person.
    ChangePerson(PersonId, PersonChange),
    /// Changes the secret of a person's one-time codes and the hashes of the recovery codes.
    SetPersonCodes(PersonId, Option<Secret>, Vec<String>),
    /// Sets the language and the time zone of a person.
    SetPreferences(PersonId, Preferences),
    /// Ends the panel sessions of a person, except one.
    EndPanelSessions(PersonId, Option<PanelSessionId>, Ending),
    /// Ends the panel sessions of a person that were signed in with that passkey, or with any, except one.
    EndPasskeySessions(PersonId, Option<PasskeyId>, Option<PanelSessionId>, Ending),
    /// Adds a passkey.
    AddPasskey(Box<Passkey>),
    /// Gives a passkey another name.
    RenamePasskey(PasskeyId, String),
    /// Removes a passkey of a person, or all.
    RemovePasskeys(PersonId, Option<PasskeyId>),
    /// Sets something for the whole server: name, JSON.
    Set(&'static str, String),
    /// Adds a bearer token.
    AddToken(NewToken),
    /// Makes a bearer token useless from a time on.
    RevokeToken(TokenId, i64),
    /// Adds a webhook.
    AddWebhook(NewWebhook),
    /// Removes a webhook and what is on its way to it.
    RemoveWebhook(WebhookId),
    /// Switches a webhook on or off.
    EnableWebhook(WebhookId, bool),
    /// Adds to the audit log.
    Audit(AuditEntry),
}

/// Takes all `steps`, or none.
pub async fn commit(store: &Store, steps: &[Step]) -> Result<(), StoreError> {
    let mut transaction = store.pool().begin().await?;
    for step in steps {
        let connection = &mut *transaction;
        match step {
            Step::AddBan(ban) => bans::insert(connection, ban).await?,
            Step::RemoveBan(id) => bans::delete(connection, *id).await?,
            Step::BanHits(id, hits, last) => bans::set_hits(connection, *id, *hits, *last).await?,
            Step::AddRule(rule) => rules::insert(connection, rule).await?,
            Step::ChangeRule(rule) => rules::update(connection, rule).await?,
            Step::RemoveRule(id) => rules::delete(connection, *id).await?,
            Step::RuleHits(id, hits, last) => rules::set_hits(connection, *id, *hits, *last).await?,
            Step::EnableAccount(id, enabled) => accounts::enable(connection, *id, *enabled).await?,
            Step::AddAccount(account) => accounts::add(connection, account).await?,
            Step::ChangeAccount(id, change) => accounts::update(connection, *id, change).await?,
            Step::SetCodes(id, secret) => accounts::set_totp(connection, *id, secret.as_deref()).await?,
            Step::AddDomain(domain) => domains::add(connection, domain).await?,
            Step::ChangeDomain(id, change) => domains::update(connection, *id, change).await?,
            Step::SetDomainLimits(id, to) => limits::set_of_domain(connection, *id, *to).await?,
            Step::SetPersonLimits(id, to) => limits::set_of_person(connection, *id, *to).await?,
            Step::SetUserSource(id, source, revision) => {
                user_sources::set(connection, *id, source.as_ref(), revision).await?;
            }
            Step::Delete(deletion, what) => deletions::mark(connection, deletion, *what).await?,
            Step::Restore(id) => deletions::restore(connection, *id).await?,
            Step::Purge(id) => deletions::purge(connection, *id).await?,
            Step::AddSshKey(key) => ssh_keys::insert(connection, key).await?,
            Step::RemoveSshKey(id) => ssh_keys::delete(connection, *id).await?,
            Step::AddLink(link) => links::insert(connection, link).await?,
            Step::RemoveLink(id) => links::delete(connection, *id).await?,
            Step::AddPerson(person) => people::add(connection, person).await?,
            Step::ChangePerson(id, change) => people::change(connection, *id, change).await?,
            Step::SetPersonCodes(id, secret, recovery) => {
                people::set_codes(connection, *id, secret.as_deref(), recovery).await?;
            }
            Step::SetPreferences(id, wanted) => preferences::set(connection, *id, wanted).await?,
            Step::EndPanelSessions(person, except, ending) => {
                panel_sessions::end_of(connection, *person, *except, *ending).await?;
            }
            Step::EndPasskeySessions(person, passkey, except, ending) => {
                panel_sessions::end_of_passkeys(connection, *person, *passkey, *except, *ending).await?;
            }
            Step::AddPasskey(passkey) => passkeys::insert(connection, passkey).await?,
            Step::RenamePasskey(id, name) => passkeys::rename(connection, *id, name).await?,
            Step::RemovePasskeys(person, which) => passkeys::delete(connection, *person, *which).await?,
            Step::Set(name, value) => settings::set(connection, name, value).await?,
            Step::AddToken(token) => tokens::add(connection, token).await?,
            Step::RevokeToken(id, at) => tokens::revoke(connection, *id, *at).await?,
            Step::AddWebhook(webhook) => webhooks::insert(connection, webhook).await?,
            Step::RemoveWebhook(id) => webhooks::delete(connection, *id).await?,
            Step::EnableWebhook(id, enabled) => webhooks::enable(connection, *id, *enabled).await?,
            Step::Audit(entry) => audit::insert(connection, entry).await?,
        }
    }
    Ok(transaction.commit().await?)
}
