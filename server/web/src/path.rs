//! Paths in addresses. File names are bytes; percent-encoding (RFC 3986 section 2.1) carries any.

use crate::problem::Problem;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use wharf_vfs::VPath;

const PLAIN: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The path that an encoded one means.
pub(crate) fn decode(encoded: &str) -> Result<VPath, Problem> {
    let bytes: Vec<u8> = percent_decode_str(encoded).collect();
    Ok(VPath::root().resolve(&bytes)?)
}

/// `filename` for `Content-Disposition`, for old browsers and for all others (RFC 6266 section 4.3).
pub(crate) fn disposition(kind: &str, name: &[u8]) -> String {
    let plain: String = String::from_utf8_lossy(name)
        .chars()
        .map(|c| if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') || c == ' ' { c } else { '_' })
        .collect();
    format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{}", percent_encode(name, &PLAIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_arrives_and_nothing_leads_out() {
        assert_eq!(decode("/a%20b/%FF").unwrap().as_bytes(), b"/a b/\xff");
        assert_eq!(decode("/a/%2e%2e/%2E%2E/etc").unwrap().as_bytes(), b"/etc");
        assert_eq!(decode("/a%2Fb").unwrap().as_bytes(), b"/a/b");
        assert!(decode("/a%00b").is_err());
        assert!(decode("/a%0Ab").is_err());
    }

    #[test]
    fn names_cannot_end_the_header() {
        assert_eq!(
            disposition("attachment", "a\"; x=\r\n\u{e9}.txt".as_bytes()),
            "attachment; filename=\"a_; x=___.txt\"; filename*=UTF-8''a%22%3B%20x%3D%0D%0A%C3%A9.txt"
        );
    }
}
