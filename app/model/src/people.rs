//! People who sign in to the panel.

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
}

impl Role {
    /// What lists call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Administrator => "Server administrator",
            Self::Auditor => "Server administrator (read-only)",
            Self::Reseller => "Reseller",
            Self::Customer => "Customer",
        }
    }

    /// The word in the store and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Auditor => "auditor",
            Self::Reseller => "reseller",
            Self::Customer => "customer",
        }
    }

    /// Reads [`Role::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Administrator, Self::Auditor, Self::Reseller, Self::Customer]
            .into_iter()
            .find(|role| role.word() == word)
    }

    /// Whether the role includes `permission`. What it applies to is a matter of scope.
    pub fn may(self, permission: Permission) -> bool {
        match permission {
            Permission::ViewSessions
            | Permission::ViewLogs
            | Permission::ViewBans
            | Permission::ViewMessages
            | Permission::ViewAudit
            | Permission::ViewAccounts => true,
            Permission::EndSessions
            | Permission::AbortTransfers
            | Permission::DisableAccounts
            | Permission::ManageAccounts
            | Permission::ManageBans
            | Permission::SendMessages => self != Self::Auditor,
            Permission::ManageDomains => matches!(self, Self::Administrator | Self::Reseller),
            Permission::DeleteMessages
            | Permission::ManageWebhooks
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
}

impl Permission {
    /// All there are.
    pub const ALL: [Self; 17] = [
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
    ];
}

/// The signed-in person, as the page's head shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// Login name.
    pub login: String,
    /// Role.
    pub role: Role,
    /// What the role may do; the browser hides what is not in it, the server refuses it.
    pub may: Vec<Permission>,
}
