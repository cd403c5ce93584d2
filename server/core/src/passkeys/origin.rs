//! The address of a panel, as browsers write it. Passkeys belong to one.

use std::{fmt, str::FromStr};
use webauthn_rs::prelude::{Url, Webauthn, WebauthnBuilder, WebauthnResult};

/// The longest address, a bit more than the longest name of a host.
const LONGEST: usize = 300;
/// What browsers and authenticators call the panel.
const NAME: &str = "Wharf";

/// The address of a panel: `https://panel.example.com:8443`. An IP address is none, for browsers make no passkeys there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(Url);

/// The text is not the address of a panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an address has https, the name of a host and perhaps a port, such as https://panel.example.com:8443")]
pub struct NoOrigin;

impl FromStr for Origin {
    type Err = NoOrigin;

    fn from_str(text: &str) -> Result<Self, NoOrigin> {
        let url = Url::parse(text).ok().filter(|_| text.len() <= LONGEST).ok_or(NoOrigin)?;
        let host_alone = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        let named = url.scheme() == "https" && url.domain().is_some();
        if host_alone && named { Ok(Self(url)) } else { Err(NoOrigin) }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.origin().ascii_serialization())
    }
}

impl Origin {
    /// That of a panel which a browser calls `host`, such as `panel.example.com:8443`.
    pub(super) fn of_host(host: &str) -> Option<Self> {
        format!("https://{host}").parse().ok()
    }

    /// Who asks for passkeys here. They are tied to the name of the host alone, with no regard to ports; that a passkey is
    /// shown at the very address that it was made at is for the caller to see to.
    pub(super) fn party(&self) -> WebauthnResult<Webauthn> {
        let name = self.0.domain().unwrap_or_default();
        WebauthnBuilder::new(name, &self.0)?.rp_name(NAME).timeout(super::ceremonies::LIFE).build()
    }
}

#[cfg(test)]
mod tests {
    use super::Origin;

    #[test]
    fn an_address_is_https_and_a_name() {
        let read = |text: &str| text.parse::<Origin>().map(|origin| origin.to_string()).ok();
        assert_eq!(read("https://Panel.Example.com/").as_deref(), Some("https://panel.example.com"));
        assert_eq!(read("https://localhost:8443").as_deref(), Some("https://localhost:8443"));
        assert_eq!(read("https://panel.example:443").as_deref(), Some("https://panel.example"));
        for bad in [
            "",
            "panel.example",
            "http://panel.example",
            "https://192.0.2.1",
            "https://[2001:db8::1]:8443",
            "https://panel.example/panel",
            "https://panel.example?x",
            "https://panel.example#x",
            "https://somebody@panel.example",
            "https://",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!(read(&format!("https://{}", "a.".repeat(200))), None);
    }

    #[test]
    fn what_a_client_calls_the_host_is_a_host_and_no_more() {
        assert!(Origin::of_host("localhost:8443").is_some());
        for bad in ["", ":8443", "a@b", "a/b", "a?b", "127.0.0.1:8443", "[::1]", "a b", "a:99999", "2130706433"] {
            assert_eq!(Origin::of_host(bad), None, "{bad}");
        }
    }
}
