//! Where to go after signing in: the `next` parameter, which anybody can write into a link.

/// Where people land who asked for nothing else.
pub const HOME: &str = "/";

/// `path` if it is a place on this panel, else [`HOME`]. `//host` and `/\host` are other places to a browser, and
/// anything but visible ASCII has no business in a `Location` header.
pub fn safe(path: &str) -> &str {
    let local = path.starts_with('/') && !path.starts_with("//") && !path.contains('\\');
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic());
    let elsewhere = !path.starts_with("/signin") && !path.starts_with("/fn/");
    if local && plain && elsewhere && path.len() <= 500 { path } else { HOME }
}

/// The sign-in page that leads back to `path`.
pub fn sign_in(path: &str) -> String {
    match safe(path) {
        HOME => "/signin".to_owned(),
        path => format!("/signin?next={}", encode(path)),
    }
}

/// Percent-encodes what may not stand in a query value.
pub fn encode(text: &str) -> String {
    wharf_model::files::encode(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_places_on_this_panel_are_safe() {
        assert_eq!(safe("/sessions"), "/sessions");
        assert_eq!(safe("/sessions?filter=a%20b"), "/sessions?filter=a%20b");
        for path in [
            "",
            "sessions",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\r\nSet-Cookie: x=y",
            "/a b",
            "/ü",
            "javascript:alert(1)",
            "/signin",
            "/signin?next=/signin",
            "/fn/sign_out",
        ] {
            assert_eq!(safe(path), HOME, "{path:?}");
        }
        assert_eq!(safe(&format!("/{}", "a".repeat(500))), HOME);
    }

    #[test]
    fn the_way_back_survives_the_query() {
        assert_eq!(sign_in("/"), "/signin");
        assert_eq!(sign_in("/sessions"), "/signin?next=/sessions");
        assert_eq!(sign_in("/sessions?a=1&b=%20"), "/signin?next=/sessions%3Fa%3D1%26b%3D%2520");
    }
}
