//! People who sign in to the panel.

use crate::{ids::PersonId, languages::Preferences, panel_sessions::PanelSessionRow, passkeys::PasskeyRow};
use serde::{Deserialize, Serialize};

/// What a person is to the hosting company. It decides what the person sees and may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees and steers everything.
    Administrator,
    /// Sees everything, changes nothing.
    Auditor,
    /// Sees and steers what belongs to own customers.
    Reseller,
    /// Sees and steers what belongs to own domains.
    Customer,
    /// Sees and ends own sessions. Signs in with the address and the password of an account.
    MailboxOwner,
}

impl Role {
    /// All there are.
    pub const ALL: [Self; 5] = [Self::Administrator, Self::Auditor, Self::Reseller, Self::Customer, Self::MailboxOwner];

    /// What lists call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Administrator => "Server administrator",
            Self::Auditor => "Server administrator (read-only)",
            Self::Reseller => "Reseller",
            Self::Customer => "Customer",
            Self::MailboxOwner => "Mailbox owner",
        }
    }

    /// The word in the store and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Auditor => "auditor",
            Self::Reseller => "reseller",
            Self::Customer => "customer",
            Self::MailboxOwner => "mailbox_owner",
        }
    }

    /// Reads [`Role::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }

    /// Whether the role includes `permission`. What it applies to is a matter of scope.
    pub fn may(self, permission: Permission) -> bool {
        let mailbox = self == Self::MailboxOwner;
        match permission {
            Permission::ViewSessions | Permission::ViewLogs => true,
            Permission::EndSessions | Permission::AbortTransfers => self != Self::Auditor,
            Permission::ViewBans | Permission::ViewMessages | Permission::ViewAudit | Permission::ViewAccounts => {
                !mailbox
            }
            Permission::DisableAccounts
            | Permission::ManageAccounts
            | Permission::ManageBans
            | Permission::SendMessages => self != Self::Auditor && !mailbox,
            Permission::ViewPeople => self != Self::Customer && !mailbox,
            Permission::ManagePeople
            | Permission::SignInAs
            | Permission::EndPanelSessions
            | Permission::ManageDomains => {
                matches!(self, Self::Administrator | Self::Reseller)
            }
            Permission::ViewSettings => matches!(self, Self::Administrator | Self::Auditor),
            Permission::DeleteMessages
            | Permission::ManageWebhooks
            | Permission::ManageSettings
            | Permission::CreateDomains
            | Permission::PurgeDeleted => self == Self::Administrator,
        }
    }
}

/// Something an operator does that not every role may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// See live sessions in scope.
    ViewSessions,
    /// End live sessions in scope.
    EndSessions,
    /// Stop a transfer in scope without ending its session.
    AbortTransfers,
    /// Disable and enable transfer accounts in scope.
    DisableAccounts,
    /// See transfer accounts in scope.
    ViewAccounts,
    /// Make, change and delete transfer accounts in scope.
    ManageAccounts,
    /// Enable and disable domains in scope, and limit their sessions.
    ManageDomains,
    /// Make and delete domains, and say whose they are and where their files lie.
    CreateDomains,
    /// Remove for good what was deleted and could be brought back.
    PurgeDeleted,
    /// Read the logs of sessions in scope.
    ViewLogs,
    /// See bans and IP rules in scope.
    ViewBans,
    /// Make and remove bans and IP rules in scope.
    ManageBans,
    /// Read messages of sessions in scope.
    ViewMessages,
    /// Write to users of sessions in scope, one or many.
    SendMessages,
    /// Delete messages.
    DeleteMessages,
    /// Read the audit log: all of it with full sight, the own entries otherwise.
    ViewAudit,
    /// See, make, test and remove webhooks.
    ManageWebhooks,
    /// See people in scope.
    ViewPeople,
    /// Add, change and remove people in scope.
    ManagePeople,
    /// Act as somebody in scope.
    SignInAs,
    /// End panel sessions of others in scope; everybody may end own ones.
    EndPanelSessions,
    /// See how the panel is set up.
    ViewSettings,
    /// Set the panel up.
    ManageSettings,
}

impl Permission {
    /// All there are.
    pub const ALL: [Self; 23] = [
        Self::ViewSessions,
        Self::EndSessions,
        Self::AbortTransfers,
        Self::DisableAccounts,
        Self::ViewAccounts,
        Self::ManageAccounts,
        Self::ManageDomains,
        Self::CreateDomains,
        Self::PurgeDeleted,
        Self::ViewLogs,
        Self::ViewBans,
        Self::ManageBans,
        Self::ViewMessages,
        Self::SendMessages,
        Self::DeleteMessages,
        Self::ViewAudit,
        Self::ManageWebhooks,
        Self::ViewPeople,
        Self::ManagePeople,
        Self::SignInAs,
        Self::EndPanelSessions,
        Self::ViewSettings,
        Self::ManageSettings,
    ];
}

/// A person in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRow {
    /// Which one.
    pub id: PersonId,
    /// Login name.
    pub login: String,
    /// Name for people to read.
    pub name: String,
    /// What the person is to the house.
    pub role: Role,
    /// Login of a customer's reseller.
    pub reseller: Option<String>,
    /// Whether the person may sign in.
    pub enabled: bool,
    /// Whether the person's reseller is disabled, and with it the person.
    pub suspended: bool,
    /// Domains of the person's own.
    pub domains: u32,
    /// Customers of a reseller.
    pub customers: u32,
    /// Whether a sign-in needs a one-time code.
    pub codes: bool,
    /// Passkeys that the person may sign in with instead.
    pub passkeys: u32,
    /// When the person was added.
    pub added: i64,
    /// When the person last signed in.
    pub last_sign_in: Option<i64>,
}

/// Rows of one page of [`PersonPage`] at most.
pub const PEOPLE_MOST: u32 = 1_000;

/// Which people, and which part of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PersonSearch {
    /// Part of a login or a name, whatever its case; empty for all.
    pub search: String,
    /// Of this role only.
    pub role: Option<Role>,
    /// Rows to leave out.
    pub offset: u32,
    /// Rows at most, up to [`PEOPLE_MOST`].
    pub limit: u32,
}

impl Default for PersonSearch {
    fn default() -> Self {
        Self { search: String::new(), role: None, offset: 0, limit: 100 }
    }
}

/// People by login.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonPage {
    /// This part.
    pub items: Vec<PersonRow>,
    /// How many there are in all.
    pub total: u64,
}

/// A person to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonOrder {
    /// Login name.
    pub login: String,
    /// Name for people to read; the login if it is empty.
    #[serde(default)]
    pub name: String,
    /// What the person is to the house. Who a reseller makes is a customer.
    pub role: Role,
    /// Login of a customer's reseller. Who a reseller makes is that reseller's.
    #[serde(default)]
    pub reseller: String,
    /// Password in clear; only its hash is kept.
    pub password: String,
}

/// What is to be different about a person. What is missing stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PersonUpdate {
    /// Name for people to read.
    pub name: Option<String>,
    /// What the person is to the house.
    pub role: Option<Role>,
    /// Login of a customer's reseller; empty for none.
    pub reseller: Option<String>,
    /// A new password.
    pub password: Option<String>,
    /// Whether the person may sign in.
    pub enabled: Option<bool>,
    /// `false` asks for no more one-time codes: for who has lost the device.
    pub codes: Option<bool>,
    /// `false` removes all passkeys: for who has lost the device.
    pub passkeys: Option<bool>,
}

/// What became of a change to a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonReceipt {
    /// The person as it is now.
    pub person: PersonRow,
    /// Panel sessions that ended.
    pub panel_sessions: u32,
    /// Sessions of file-transfer clients that ended.
    pub sessions: u32,
}

/// One-time codes of a person who has asked for them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCodes {
    /// `otpauth:` URI that authenticator apps take.
    pub uri: String,
    /// The secret in base32, to be typed.
    pub secret: String,
    /// The URI as a QR code: the path of an SVG drawing in which a module is 1 by 1.
    pub qr: String,
    /// Modules of a side.
    pub size: u32,
}

/// A person as it sees itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The person.
    pub person: PersonRow,
    /// Recovery codes that are left.
    pub recovery_codes: u32,
    /// Passkeys, the oldest first.
    pub passkeys: Vec<PasskeyRow>,
    /// Sign-ins, the latest first.
    pub sign_ins: Vec<PanelSessionRow>,
}

/// The signed-in person, as the page's head shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// Login name.
    pub login: String,
    /// Who really sits there, where somebody signed in as this person.
    pub acting: Option<String>,
    /// Role.
    pub role: Role,
    /// What the role may do; the browser hides what is not in it, the server refuses it.
    pub may: Vec<Permission>,
    /// How who sits there wants the panel.
    #[serde(default)]
    pub preferences: Preferences,
}
