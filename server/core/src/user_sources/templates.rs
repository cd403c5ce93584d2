//! What a web service is told: texts with places in them for what the client says. All places are filled in one go, so a
//! login that looks like a place is a login.

use std::fmt::Write as _;

/// What fills the places `{login}`, `{password}`, `{domain}` and `{ip}`.
#[derive(Clone, Copy)]
pub struct Values<'a> {
    /// Login within the domain.
    pub login: &'a str,
    /// Password in clear.
    pub password: &'a str,
    /// Name of the domain.
    pub domain: &'a str,
    /// Address of the client.
    pub ip: &'a str,
}

impl<'a> Values<'a> {
    fn of(self, place: &str) -> Option<&'a str> {
        match place {
            "login" => Some(self.login),
            "password" => Some(self.password),
            "domain" => Some(self.domain),
            "ip" => Some(self.ip),
            _ => None,
        }
    }
}

/// Fills an address; values are percent-encoded.
pub fn address(template: &str, values: Values<'_>) -> String {
    fill(template, values, percent)
}

/// Fills a body. In JSON values are escaped as within a string, in a form they are percent-encoded.
pub fn body(template: &str, values: Values<'_>) -> String {
    fill(template, values, if is_json(template) { json } else { percent })
}

/// Whether a body is JSON; it is a form otherwise.
pub fn is_json(template: &str) -> bool {
    template.trim_start().starts_with(['{', '['])
}

fn fill(template: &str, values: Values<'_>, encode: fn(&mut String, &str)) -> String {
    let mut filled = String::with_capacity(template.len() + 64);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let place = after.split_once('}').and_then(|(place, after)| Some((values.of(place)?, after)));
        rest = if let Some((value, after)) = place {
            encode(&mut filled, value);
            after
        } else {
            filled.push('{');
            after
        };
    }
    filled.push_str(rest);
    filled
}

fn percent(to: &mut String, value: &str) {
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            to.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(to, "%{byte:02X}");
        }
    }
}

fn json(to: &mut String, value: &str) {
    let quoted = serde_json::Value::from(value).to_string();
    to.push_str(quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: Values<'_> =
        Values { login: "{password}", password: "\"p&w ü\\\"", domain: "acme.example", ip: "2001:db8::1" };

    #[test]
    fn every_value_comes_out_as_it_went_in() {
        let filled = body(r#"{"l":"{login}","p":"x{password}","d":"{domain}","o":{"n":1}}"#, VALUES);
        let read: serde_json::Value = serde_json::from_str(&filled).unwrap();
        assert_eq!(read["l"], "{password}", "what a client says is no place");
        assert_eq!(read["p"], "x\"p&w ü\\\"");
        assert_eq!((&read["d"], &read["o"]["n"]), (&"acme.example".into(), &1.into()));
        assert_eq!(body("l={login}&p={password}", VALUES), "l=%7Bpassword%7D&p=%22p%26w%20%C3%BC%5C%22");
        assert_eq!(address("https://a/{domain}/{ip}?{x", VALUES), "https://a/acme.example/2001%3Adb8%3A%3A1?{x");
        let plain = Values { password: "\"\"", ..VALUES };
        assert_eq!(body(r#"{"p":"{password}"}"#, plain), r#"{"p":"\"\""}"#);
    }
}
