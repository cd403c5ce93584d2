//! What can be looked at without downloading it.

/// How a file is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A picture.
    Image,
    /// Text, in a frame of its own.
    Text,
    /// A document, in a frame of its own.
    Pdf,
    /// Something to hear.
    Audio,
    /// Something to see.
    Video,
}

/// How a file with this name is shown, if it can be.
pub fn kind(name: &str) -> Option<Kind> {
    let (_, extension) = name.rsplit_once('.')?;
    match &*extension.to_ascii_lowercase() {
        "png" | "jpg" | "jpeg" | "gif" | "webp" | "avif" | "bmp" | "ico" => Some(Kind::Image),
        "pdf" => Some(Kind::Pdf),
        "mp3" | "ogg" | "oga" | "wav" | "flac" | "m4a" | "opus" => Some(Kind::Audio),
        "mp4" | "webm" | "ogv" | "m4v" => Some(Kind::Video),
        "txt" | "md" | "log" | "csv" | "json" | "toml" | "yaml" | "yml" | "ini" | "conf" | "cfg" | "html" | "htm"
        | "css" | "js" | "ts" | "php" | "py" | "rs" | "sh" | "xml" | "sql" | "htaccess" | "env" | "svg" => {
            Some(Kind::Text)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_of_a_name_tells() {
        assert_eq!(kind("a.b.PNG"), Some(Kind::Image));
        // A browser would run what is in it.
        assert_eq!(kind("page.svg"), Some(Kind::Text));
        assert_eq!(kind("Makefile"), None);
        assert_eq!(kind("a.exe"), None);
    }
}
