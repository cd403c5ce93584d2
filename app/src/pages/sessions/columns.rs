//! The columns of the table: names, and which are hidden.

use crate::later;

/// A column that can be sorted by and, but for the login, hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Column {
    /// Kind of user.
    Type,
    /// Last command.
    Status,
    /// Login name.
    Login,
    /// Hosted domain.
    Domain,
    /// Protocol and encryption.
    Protocol,
    /// Current directory.
    Location,
    /// File that moves.
    File,
    /// Bytes per second.
    Speed,
    /// How much of the file is done.
    Progress,
    /// Client's address.
    Ip,
    /// When it logged in.
    Logon,
    /// How long nothing happened.
    Idle,
    /// Bytes received.
    In,
    /// Bytes sent.
    Out,
}

impl Column {
    /// All, as they stand in the table.
    pub const ALL: [Self; 14] = [
        Self::Type,
        Self::Status,
        Self::Login,
        Self::Domain,
        Self::Protocol,
        Self::Location,
        Self::File,
        Self::Speed,
        Self::Progress,
        Self::Ip,
        Self::Logon,
        Self::Idle,
        Self::In,
        Self::Out,
    ];

    /// The word in `data-col`, class names and the browser's storage.
    pub fn word(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Status => "status",
            Self::Login => "login",
            Self::Domain => "domain",
            Self::Protocol => "protocol",
            Self::Location => "location",
            Self::File => "file",
            Self::Speed => "speed",
            Self::Progress => "progress",
            Self::Ip => "ip",
            Self::Logon => "logon",
            Self::Idle => "idle",
            Self::In => "in",
            Self::Out => "out",
        }
    }

    /// Reads [`Column::word`].
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.word() == word)
    }

    /// What the head says.
    pub fn label(self) -> &'static str {
        match self {
            Self::Type => later!("Type"),
            Self::Status => later!("Status"),
            Self::Login => later!("Login"),
            Self::Domain => later!("Domain"),
            Self::Protocol => later!("Protocol"),
            Self::Location => later!("Location"),
            Self::File => later!("File"),
            Self::Speed => later!("Speed"),
            Self::Progress => later!("Progress"),
            Self::Ip => later!("IP address"),
            Self::Logon => later!("Logon"),
            Self::Idle => later!("Idle"),
            Self::In => later!("In"),
            Self::Out => later!("Out"),
        }
    }

    /// What the head means, where the label alone may not say it.
    pub fn hint(self) -> Option<&'static str> {
        match self {
            Self::Status => Some(later!("Last command of the session")),
            Self::Location => Some(later!("Current directory")),
            Self::Idle => Some(later!("Time without a command or a moved byte")),
            Self::In => Some(later!("Bytes received from the client since logon")),
            Self::Out => Some(later!("Bytes sent to the client since logon")),
            _ => None,
        }
    }

    /// Whether the first click sorts from large to small.
    pub fn largest_first(self) -> bool {
        matches!(self, Self::Speed | Self::Progress | Self::Logon | Self::Idle | Self::In | Self::Out)
    }

    /// Whether the order by it changes while files move.
    pub fn moves(self) -> bool {
        matches!(self, Self::Status | Self::Speed | Self::Progress | Self::Idle | Self::In | Self::Out)
    }

    /// Whether it may be hidden. A row without a login is nobody's.
    pub fn optional(self) -> bool {
        self != Self::Login
    }
}

/// The classes of a table without `hidden`.
pub fn classes(hidden: &[Column]) -> String {
    hidden.iter().fold("sessions-table".to_owned(), |classes, column| format!("{classes} no-{}", column.word()))
}

/// `hidden` as it is kept in the browser.
pub fn written(hidden: &[Column]) -> String {
    hidden.iter().map(|column| column.word()).collect::<Vec<_>>().join(" ")
}

/// Reads [`written`]; words of another version are passed over.
pub fn read(text: &str) -> Vec<Column> {
    text.split_whitespace().filter_map(Column::from_word).filter(|column| column.optional()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_back() {
        for column in Column::ALL {
            assert_eq!(Column::from_word(column.word()), Some(column));
        }
        assert_eq!(read(&written(&[Column::Domain, Column::Out])), [Column::Domain, Column::Out]);
    }

    #[test]
    fn the_login_stays_and_unknown_words_are_passed_over() {
        assert_eq!(read("login nothing domain"), [Column::Domain]);
        assert_eq!(classes(&[Column::Domain]), "sessions-table no-domain");
    }
}
