//! Configuration: a TOML file, and every key also as an environment variable `WHARF_SECTION__KEY`. Unknown keys are
//! errors, and every error names its key.

mod values;

pub(crate) use values::{Listen, Outside, Ports};

use crate::user_sources;
use anyhow::{Context, bail};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, Ipv6Addr},
    path::{Path, PathBuf},
    time::Duration,
};
use values::{addresses, data_tls_session, origin};
use wharf_core::{
    Settings, lockout::LockoutPolicy, logs::Retention, passkeys::Origin, sessions::Caps, user_sources::Sources,
    webhooks::WebhookPolicy,
};
use wharf_ftp::DataTlsSession;
use wharf_model::addresses::AddressRange;
use wharf_sftp::Authority;

/// Variables that begin with `WHARF_` and are no configuration keys.
const NOT_KEYS: [&str; 5] = ["ADMIN_PASSWORD", "BINARY", "CONFIG", "LOG", "SITE_DIR"];

/// Everything an operator can set. The defaults are a whole server.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// Where the database, keys and certificates live.
    pub(crate) data_dir: PathBuf,
    /// Name of this machine in session rows. Default: the host name.
    pub(crate) node: Option<String>,
    /// The web panel and the REST interface.
    pub(crate) panel: Panel,
    /// The certificate of all listeners.
    pub(crate) tls: Tls,
    /// FTP and FTPS.
    pub(crate) ftp: Ftp,
    /// SFTP.
    pub(crate) sftp: Sftp,
    /// The file client in the browser and WebDAV.
    pub(crate) web: Web,
    /// The database.
    pub(crate) store: Store,
    /// Limits of the whole server.
    pub(crate) limits: Limits,
    /// What happens to addresses that fail to log in.
    pub(crate) logins: Logins,
    /// Who is never banned.
    pub(crate) bans: Bans,
    /// Session logs on disk.
    pub(crate) logs: Logs,
    /// Where webhooks may go.
    pub(crate) webhooks: Webhooks,
    /// Users whom domains do not know themselves.
    pub(crate) user_sources: UserSources,
    /// How the server stops.
    pub(crate) shutdown: Shutdown,
}

/// `[panel]`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Panel {
    /// Address and port. Default `[::]:8443`.
    pub(crate) listen: Listen,
    /// HTTPS. Off only behind a proxy that does it. Default true.
    pub(crate) tls: bool,
    /// Its address for browsers, such as `https://panel.example.com:8443`: passkeys are good there. Default: whatever a
    /// browser calls it.
    #[serde(deserialize_with = "origin")]
    pub(crate) origin: Option<Origin>,
}

/// `[tls]`
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Tls {
    /// PEM file with the certificate and its chain. Default: a self-signed one in `data_dir`.
    pub(crate) certificate: Option<PathBuf>,
    /// PEM file with its private key.
    pub(crate) key: Option<PathBuf>,
}

/// `[ftp]`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Ftp {
    /// Address and port, or `systemd:NAME`, with explicit TLS. Default `[::]:2121`.
    pub(crate) listen: Listen,
    /// Address and port with TLS from the first byte. Default `[::]:2990`.
    pub(crate) implicit_listen: Listen,
    /// Ports for passive data connections. Default `50000-50999`.
    pub(crate) passive_ports: Ports,
    /// The IPv4 address, or the name of a host that has it, which PASV tells clients outside, where the server is behind
    /// NAT. Default: the one the client reached.
    pub(crate) masquerade: Option<Outside>,
    /// Addresses of proxies. Each connection from them, control or data, has to begin with a header of the PROXY
    /// protocol; nobody else's may. Default: none.
    #[serde(deserialize_with = "addresses")]
    pub(crate) proxy_protocol_from: Vec<AddressRange>,
    /// Whether a login needs TLS. Default false.
    pub(crate) require_tls: bool,
    /// Whether data connections have to resume the TLS session of their control connection: `off`, `on` (one that shows
    /// another's is refused) or `required`, which means TLS 1.2. Default `off`.
    #[serde(deserialize_with = "data_tls_session")]
    pub(crate) data_tls_session: DataTlsSession,
    /// Seconds without a command after which a session ends. Default 600.
    pub(crate) idle_seconds: u32,
    /// Seconds a connection has to log in. Default 60.
    pub(crate) login_seconds: u32,
    /// Seconds without a byte after which a transfer ends. Default 300.
    pub(crate) stall_seconds: u32,
    /// The first line a client sees.
    pub(crate) banner: String,
}

/// `[sftp]`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Sftp {
    /// Address and port, or `systemd:NAME`. Default `[::]:2022`.
    pub(crate) listen: Listen,
    /// Addresses of proxies, as in `[ftp]`. Default: none.
    #[serde(deserialize_with = "addresses")]
    pub(crate) proxy_protocol_from: Vec<AddressRange>,
    /// Seconds without a request after which a session ends. Default 600.
    pub(crate) idle_seconds: u32,
    /// Seconds a connection has to log in. Default 60.
    pub(crate) login_seconds: u32,
    /// What clients show before the login. Default: nothing.
    pub(crate) banner: String,
    /// File with the public keys of authorities whose certificates users may log in with, one a line. Default: none.
    pub(crate) user_ca: Option<PathBuf>,
    /// Whether to take in clients that have no MAC of the whole packet, such as libssh2 before 1.11. Default: no.
    pub(crate) older_clients: bool,
}

/// `[web]`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Web {
    /// Address and port, or `systemd:NAME`. Default `[::]:8444`.
    pub(crate) listen: Listen,
    /// The address of the file client, such as `https://files.example.com`. Default: this port of the host that browsers
    /// call the panel.
    #[serde(deserialize_with = "origin")]
    pub(crate) origin: Option<Origin>,
    /// Whether the file client speaks TLS itself. Default true; without it there is no WebDAV.
    pub(crate) tls: bool,
    /// Seconds without a byte after which a transfer ends. Default 300.
    pub(crate) stall_seconds: u32,
}

/// `[store]`
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Store {
    /// `sqlite:///path/to/file`. Default: `wharf.db` in `data_dir`.
    pub(crate) url: Option<String>,
}

/// `[limits]`; 0 is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Limits {
    /// Sessions at once. Default 10000.
    pub(crate) sessions: u32,
    /// Sessions at once from one address. Default 1000.
    pub(crate) sessions_per_ip: u32,
    /// Connections at once from one address that have not logged in. Default 100.
    pub(crate) unauthenticated_per_ip: u32,
    /// Bytes per second to all clients together. Default 0.
    pub(crate) download_rate: u64,
    /// Bytes per second from all clients together. Default 0.
    pub(crate) upload_rate: u64,
}

/// `[logins]`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Logins {
    /// Failed logins that lock an address; 0 never locks. Default 10.
    pub(crate) attempts: u32,
    /// Seconds in which they count. Default 300.
    pub(crate) window_seconds: u32,
    /// Seconds the address waits. Default 600.
    pub(crate) lock_seconds: u32,
}

/// `[bans]`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Bans {
    /// Addresses, networks and ranges that no ban and no rule turns away. Default `127.0.0.1, ::1`.
    #[serde(deserialize_with = "addresses")]
    pub(crate) never: Vec<AddressRange>,
}

/// `[logs]`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Logs {
    /// Days that session logs are kept in `data_dir`; 0 keeps none on disk. Default 30.
    pub(crate) keep_days: u32,
    /// Size of all session logs; the oldest go first. Default 1024.
    pub(crate) max_mib: u32,
}

/// `[webhooks]`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Webhooks {
    /// Addresses, networks and ranges that webhooks may go to although they are not on the internet. Default: none.
    #[serde(deserialize_with = "addresses")]
    pub(crate) allowed: Vec<AddressRange>,
    /// Seconds that an attempt may take. Default 10.
    pub(crate) timeout_seconds: u32,
    /// Seconds between the first failed attempt and the second; each further wait is three times as long, at most six
    /// hours. Default 10.
    pub(crate) retry_seconds: u32,
}

/// `[user_sources]`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct UserSources {
    /// Seconds that the answer of a source may take. Default 10.
    pub(crate) timeout_seconds: u32,
}

/// `[shutdown]`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Shutdown {
    /// Seconds that running transfers get to finish. Default 30.
    pub(crate) grace_seconds: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("wharf-data"),
            node: None,
            panel: Panel::default(),
            tls: Tls::default(),
            ftp: Ftp::default(),
            sftp: Sftp::default(),
            web: Web::default(),
            store: Store::default(),
            limits: Limits::default(),
            logins: Logins::default(),
            bans: Bans::default(),
            logs: Logs::default(),
            webhooks: Webhooks::default(),
            user_sources: UserSources::default(),
            shutdown: Shutdown::default(),
        }
    }
}

impl Default for Panel {
    fn default() -> Self {
        Self { listen: Listen::any(8443), tls: true, origin: None }
    }
}

impl Default for Ftp {
    fn default() -> Self {
        Self {
            listen: Listen::any(2121),
            implicit_listen: Listen::any(2990),
            passive_ports: Ports(50_000..=50_999),
            masquerade: None,
            proxy_protocol_from: Vec::new(),
            require_tls: false,
            data_tls_session: DataTlsSession::default(),
            idle_seconds: 600,
            login_seconds: 60,
            stall_seconds: 300,
            banner: "Wharf ready".to_owned(),
        }
    }
}

impl Default for Sftp {
    fn default() -> Self {
        Self {
            listen: Listen::any(2022),
            proxy_protocol_from: Vec::new(),
            idle_seconds: 600,
            login_seconds: 60,
            banner: String::new(),
            user_ca: None,
            older_clients: false,
        }
    }
}

impl Default for Web {
    fn default() -> Self {
        Self { listen: Listen::any(8444), origin: None, tls: true, stall_seconds: 300 }
    }
}

impl Default for Limits {
    fn default() -> Self {
        let caps = Caps::default();
        Self {
            sessions: caps.server,
            sessions_per_ip: caps.per_ip,
            unauthenticated_per_ip: caps.unauthenticated_per_ip,
            download_rate: 0,
            upload_rate: 0,
        }
    }
}

impl Default for Logins {
    fn default() -> Self {
        Self { attempts: 10, window_seconds: 300, lock_seconds: 600 }
    }
}

impl Default for Bans {
    fn default() -> Self {
        Self { never: [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()].map(AddressRange::one).to_vec() }
    }
}

impl Default for Logs {
    fn default() -> Self {
        Self { keep_days: 30, max_mib: 1_024 }
    }
}

impl Default for Webhooks {
    fn default() -> Self {
        Self { allowed: Vec::new(), timeout_seconds: 10, retry_seconds: 10 }
    }
}

impl Default for UserSources {
    fn default() -> Self {
        Self { timeout_seconds: 10 }
    }
}

impl Default for Shutdown {
    fn default() -> Self {
        Self { grace_seconds: 30 }
    }
}

impl Config {
    /// Reads `file`, if one is given, and what the environment sets on top of it.
    pub(crate) fn load(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
    ) -> anyhow::Result<Self> {
        let mut table = match file {
            Some(file) => {
                let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
                text.parse::<toml::Table>().with_context(|| format!("{} is not TOML", file.display()))?
            }
            None => toml::Table::new(),
        };
        let mut names = BTreeMap::new();
        for (name, value) in environment {
            let Some(key) =
                name.strip_prefix("WHARF_").filter(|key| !NOT_KEYS.contains(key) && !key.starts_with("TEST_"))
            else {
                continue;
            };
            let key = key.to_lowercase().replace("__", ".");
            set(&mut table, &key, &value).with_context(|| format!("{name} cannot be used"))?;
            names.insert(key, name);
        }
        let config: Self = serde_path_to_error::deserialize(table).map_err(|error| {
            let key = error.path().to_string();
            let source = names.get(&key).map_or(String::new(), |name| format!(" (from {name})"));
            anyhow::anyhow!("configuration key {key}{source}: {}", error.into_inner().message())
        })?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> anyhow::Result<()> {
        if self.tls.certificate.is_some() != self.tls.key.is_some() {
            bail!("configuration keys tls.certificate and tls.key belong together: one of them is missing");
        }
        Ok(())
    }

    /// Address of the database.
    pub(crate) fn store_url(&self) -> String {
        self.store.url.clone().unwrap_or_else(|| format!("sqlite://{}", self.data_dir.join("wharf.db").display()))
    }

    /// What the core needs to know.
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            node: self.node.clone().unwrap_or_else(host_name),
            caps: self.caps(),
            lockout: LockoutPolicy {
                attempts: self.logins.attempts,
                window_ms: i64::from(self.logins.window_seconds) * 1000,
                lock_ms: i64::from(self.logins.lock_seconds) * 1000,
            },
            download_rate: Some(self.limits.download_rate).filter(|rate| *rate > 0),
            upload_rate: Some(self.limits.upload_rate).filter(|rate| *rate > 0),
            webhooks: WebhookPolicy {
                allowed: self.webhooks.allowed.clone(),
                patience: seconds(self.webhooks.timeout_seconds),
                first_wait: seconds(self.webhooks.retry_seconds),
                ..WebhookPolicy::default()
            },
            panel_origin: self.panel.origin.clone(),
            sources: Sources {
                open: user_sources::open,
                check: user_sources::check,
                patience: seconds(self.user_sources.timeout_seconds),
            },
        }
    }

    /// Whom no ban and no rule turns away: a proxy stands for all clients behind it.
    pub(crate) fn never_banned(&self) -> Vec<AddressRange> {
        let proxies = self.ftp.proxy_protocol_from.iter().chain(&self.sftp.proxy_protocol_from);
        self.bans.never.iter().chain(proxies).copied().collect()
    }

    /// How long session logs are kept; `None` keeps none on disk.
    pub(crate) fn log_retention(&self) -> Option<Retention> {
        const DAY_MS: i64 = 24 * 60 * 60_000;
        (self.logs.keep_days > 0).then(|| Retention {
            age_ms: i64::from(self.logs.keep_days) * DAY_MS,
            bytes: u64::from(self.logs.max_mib) << 20,
        })
    }

    /// Session limits of the whole server.
    pub(crate) fn caps(&self) -> Caps {
        Caps {
            server: self.limits.sessions,
            per_ip: self.limits.sessions_per_ip,
            unauthenticated_per_ip: self.limits.unauthenticated_per_ip,
        }
    }

    /// What the FTP listeners need to know.
    pub(crate) fn ftp_settings(&self) -> wharf_ftp::Settings {
        wharf_ftp::Settings {
            proxies: self.ftp.proxy_protocol_from.clone().into(),
            require_tls: self.ftp.require_tls,
            idle: seconds(self.ftp.idle_seconds),
            login: seconds(self.ftp.login_seconds),
            stall: seconds(self.ftp.stall_seconds),
            banner: self.ftp.banner.clone(),
        }
    }

    /// What the listener of the file client needs to know.
    pub(crate) fn web_settings(&self) -> wharf_web::Settings {
        wharf_web::Settings { stall: seconds(self.web.stall_seconds) }
    }

    /// What the SFTP listeners need to know.
    pub(crate) fn sftp_settings(&self) -> anyhow::Result<wharf_sftp::Settings> {
        let authority = match &self.sftp.user_ca {
            Some(file) => Authority::read(file)
                .with_context(|| format!("configuration key sftp.user_ca: cannot use {}", file.display()))?,
            None => Authority::default(),
        };
        Ok(wharf_sftp::Settings {
            proxies: self.sftp.proxy_protocol_from.clone().into(),
            idle: seconds(self.sftp.idle_seconds),
            login: seconds(self.sftp.login_seconds),
            banner: self.sftp.banner.clone(),
            authority,
            older_clients: self.sftp.older_clients,
        })
    }
}

/// A span that cannot be nothing.
fn seconds(seconds: u32) -> Duration {
    Duration::from_secs(seconds.max(1).into())
}

/// The name of this machine.
pub(crate) fn host_name() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let name = name.trim();
    if name.is_empty() { "localhost".to_owned() } else { name.to_owned() }
}

/// Puts a value under a dotted key. Numbers and switches are taken for what they look like.
fn set(table: &mut toml::Table, key: &str, value: &str) -> anyhow::Result<()> {
    let typed = match (value.parse::<bool>(), value.parse::<i64>()) {
        (Ok(switch), _) => toml::Value::Boolean(switch),
        (_, Ok(number)) => toml::Value::Integer(number),
        _ => toml::Value::String(value.to_owned()),
    };
    let mut table = table;
    let mut parts = key.split('.').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            table.insert(part.to_owned(), typed);
            return Ok(());
        }
        let section = table.entry(part.to_owned()).or_insert_with(|| toml::Value::Table(toml::Table::new()));
        table = section.as_table_mut().with_context(|| format!("{part} is not a section"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::load(Some(file.path()), environment).map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn addresses_are_a_list_or_a_text() {
        let never = |config: Result<Config, String>| {
            config.unwrap().bans.never.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(never(load("", &[])), ["127.0.0.1", "::1"]);
        assert_eq!(never(load("[bans]\nnever = [\"10.1.*.*\"]", &[])), ["10.1.0.0/16"]);
        assert_eq!(never(load("", &[("WHARF_BANS__NEVER", "::1, 192.0.2.0/24")])), ["::1", "192.0.2.0/24"]);
        let error = load("[bans]\nnever = [\"localhost\"]", &[]).unwrap_err();
        assert!(error.starts_with("configuration key bans.never: \"localhost\": "), "{error}");
    }

    #[test]
    fn the_address_of_the_panel_is_taken_as_browsers_write_it() {
        let config = load("[panel]\norigin = \"https://Panel.example.com:8443/\"", &[]).unwrap();
        assert_eq!(config.panel.origin.unwrap().to_string(), "https://panel.example.com:8443");
    }

    #[test]
    fn nothing_set_is_a_whole_server() {
        assert_eq!(load("", &[]), Ok(Config::default()));
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let config = load(
            "data_dir = \"/a\"\n[ftp]\nlisten = \"127.0.0.1:21\"\nrequire_tls = false",
            &[
                ("WHARF_FTP__LISTEN", "off"),
                ("WHARF_FTP__REQUIRE_TLS", "true"),
                ("WHARF_FTP__PROXY_PROTOCOL_FROM", "10.0.0.0/8, 192.0.2.1"),
                ("WHARF_LIMITS__SESSIONS", "5"),
                ("HOME", "x"),
                ("WHARF_LOG", "info"),
            ],
        )
        .unwrap();
        assert_eq!(config.ftp.listen, Listen::Off);
        assert!(config.ftp.require_tls);
        assert_eq!(config.ftp.proxy_protocol_from, ["10.0.0.0/8", "192.0.2.1"].map(|text| text.parse().unwrap()));
        assert_eq!(config.limits.sessions, 5);
        assert_eq!(config.data_dir, Path::new("/a"));
    }

    #[test]
    fn errors_name_the_key() {
        for (text, environment, expected) in [
            ("[ftp]\nlissen = \"off\"", None, "ftp.lissen"),
            ("[ftp]\nlisten = \"21\"", None, "ftp.listen"),
            ("[ftp]\npassive_ports = \"9-1\"", None, "ftp.passive_ports"),
            ("[ftp]\ndata_tls_session = \"maybe\"", None, "ftp.data_tls_session"),
            ("[ftp]\nlisten = \"systemd:\"", None, "ftp.listen"),
            ("[ftp]\nmasquerade = \"2001:db8::1\"", None, "ftp.masquerade"),
            ("[ftp]\nmasquerade = \"192.0.2.256\"", None, "ftp.masquerade"),
            ("[ftp]\nproxy_protocol_from = [\"10.0.0.0/33\"]", None, "ftp.proxy_protocol_from"),
            ("[limits]\nsessions = -1", None, "limits.sessions"),
            ("colour = 1", None, "colour"),
            ("[tls]\nkey = \"k\"", None, "tls.certificate"),
            ("[sftp]\nlisten = \"22\"", None, "sftp.listen"),
            ("[panel]\norigin = \"https://192.0.2.1\"", None, "panel.origin"),
            ("[panel]\norigin = \"panel.example.com\"", None, "panel.origin"),
            ("", Some(("WHARF_PANEL__TLS", "perhaps")), "WHARF_PANEL__TLS"),
            ("", Some(("WHARF_PANEL__COLOUR", "red")), "panel.colour"),
        ] {
            let error = load(text, environment.as_slice()).unwrap_err();
            assert!(error.contains(expected), "{error} does not name {expected}");
        }
    }
}
