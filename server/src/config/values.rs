//! How values are written that are neither numbers nor plain texts.

use serde::{Deserialize, Deserializer};
use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    ops::RangeInclusive,
};
use wharf_core::passkeys::Origin;
use wharf_ftp::DataTlsSession;
use wharf_model::addresses::AddressRange;

/// Where a listener listens; written as `address:port`, `systemd:NAME`, or `off`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Listen {
    /// Not at all.
    Off,
    /// Here.
    At(SocketAddr),
    /// On the sockets that a service manager has opened under this name.
    Systemd(String),
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::At(address) => address.fmt(f),
            Self::Systemd(name) => write!(f, "systemd:{name}"),
        }
    }
}

impl Listen {
    /// All addresses of this machine.
    pub(super) fn any(port: u16) -> Self {
        Self::At(SocketAddr::new(std::net::Ipv6Addr::UNSPECIFIED.into(), port))
    }
}

impl<'de> Deserialize<'de> for Listen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.eq_ignore_ascii_case("off") {
            return Ok(Self::Off);
        }
        if let Some(name) = text.strip_prefix("systemd:").filter(|name| !name.is_empty()) {
            return Ok(Self::Systemd(name.to_owned()));
        }
        let bad = || {
            serde::de::Error::custom(format!(
                "\"{text}\" is not an address with a port, such as 0.0.0.0:2121, nor \"systemd:NAME\", nor \"off\""
            ))
        };
        text.parse().map(Self::At).map_err(|_| bad())
    }
}

/// An address outside: itself, or the name of a host that has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outside {
    /// This one.
    Address(Ipv4Addr),
    /// Whatever this host has at the time.
    Host(String),
}

impl<'de> Deserialize<'de> for Outside {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if let Ok(address) = text.parse() {
            return Ok(Self::Address(address));
        }
        let name = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
        if name && text.contains(|c: char| c.is_ascii_alphabetic()) {
            return Ok(Self::Host(text));
        }
        Err(serde::de::Error::custom(format!("\"{text}\" is neither an IPv4 address nor the name of a host")))
    }
}

/// The address of the panel.
pub(super) fn origin<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Origin>, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map(Some).map_err(|error| serde::de::Error::custom(format!("\"{text}\": {error}")))
}

/// A list, or in the environment a text with commas.
pub(super) fn addresses<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<AddressRange>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Words {
        Text(String),
        List(Vec<String>),
    }
    let words = match Words::deserialize(deserializer)? {
        Words::Text(text) => {
            text.split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
        }
        Words::List(words) => words,
    };
    let parse = |word: &String| word.parse().map_err(|error| serde::de::Error::custom(format!("\"{word}\": {error}")));
    words.iter().map(parse).collect()
}

/// What data connections have to show.
pub(super) fn data_tls_session<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DataTlsSession, D::Error> {
    match String::deserialize(deserializer)?.as_str() {
        "off" => Ok(DataTlsSession::Off),
        "on" => Ok(DataTlsSession::On),
        "required" => Ok(DataTlsSession::Required),
        other => Err(serde::de::Error::custom(format!("\"{other}\" is none of \"off\", \"on\", \"required\""))),
    }
}

/// A range of ports, written as `50000-50999`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ports(pub(crate) RangeInclusive<u16>);

impl<'de> Deserialize<'de> for Ports {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let range = text
            .split_once('-')
            .and_then(|(first, last)| Some((first.trim().parse().ok()?, last.trim().parse().ok()?)));
        match range {
            Some((first, last)) if 0 < first && first <= last => Ok(Self(first..=last)),
            _ => Err(serde::de::Error::custom(format!("\"{text}\" is not a range of ports, such as 50000-50999"))),
        }
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.0.start(), self.0.end())
    }
}
