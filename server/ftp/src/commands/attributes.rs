//! Times and modes of files: RFC 3659 section 3 (MDTM), draft-somers-ftp-mfxx (MFMT, MFF). MFCT is not there: Linux has
//! no call that sets when a file was made.

use super::on_path;
use crate::{
    control::{Control, Outcome},
    listing::{parse_timestamp, timestamp},
    reply::Reply,
};
use wharf_vfs::{Files, VPath};

/// Some clients set times with `MDTM YYYYMMDDHHMMSS file`. That is what it means where no file has all of this for a
/// name.
pub(super) async fn mdtm(control: &Control, files: &Files, argument: &[u8]) -> Outcome {
    let timed = super::first_word(argument).and_then(|(time, path)| Some((parse_timestamp(time)?, path)));
    if let Some((modified, name)) = timed
        && !exists(control, files, argument).await
    {
        return set_modified(control, files, modified, name).await;
    }
    on_path(control, files, argument, async |files, path| {
        let stat = super::files::file_stat(files.stat(&path).await?)?;
        Ok(Reply::new(213, timestamp(stat.modified_ms)))
    })
    .await
}

async fn exists(control: &Control, files: &Files, argument: &[u8]) -> bool {
    match control.cwd.resolve(argument) {
        Ok(path) => files.stat(&path).await.is_ok(),
        Err(_) => false,
    }
}

pub(super) async fn mfmt(control: &Control, files: &Files, argument: &[u8]) -> Outcome {
    let timed = super::first_word(argument).and_then(|(time, path)| Some((parse_timestamp(time)?, path)));
    match timed {
        Some((modified, name)) => set_modified(control, files, modified, name).await,
        None => Reply::new(501, "MFMT YYYYMMDDHHMMSS path").into(),
    }
}

async fn set_modified(control: &Control, files: &Files, modified: i64, name: &[u8]) -> Outcome {
    on_path(control, files, name, async move |files, path| {
        files.set_modified(&path, modified).await?;
        Ok(changed(&path, Facts { modified: Some(modified), mode: None }))
    })
    .await
}

/// Facts that can be set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Facts {
    modified: Option<i64>,
    mode: Option<u32>,
}

pub(super) async fn mff(control: &Control, files: &Files, argument: &[u8]) -> Outcome {
    let Some((facts, name)) = super::first_word(argument) else {
        return Reply::new(501, "MFF fact=value; path").into();
    };
    let facts = match parse_facts(facts) {
        Ok(facts) => facts,
        Err(reply) => return reply.into(),
    };
    on_path(control, files, name, async move |files, path| {
        if let Some(mode) = facts.mode {
            files.set_mode(&path, mode).await?;
        }
        if let Some(modified) = facts.modified {
            files.set_modified(&path, modified).await?;
        }
        Ok(changed(&path, facts))
    })
    .await
}

/// All of the facts or none: one that cannot be set refuses the rest too (draft-somers-ftp-mfxx section 5).
fn parse_facts(list: &[u8]) -> Result<Facts, Reply> {
    let wrong = || Reply::new(501, "Facts look like Modify=20241231235959;UNIX.mode=0644;");
    let list = list.strip_suffix(b";").ok_or_else(wrong)?;
    let mut facts = Facts::default();
    for fact in list.split(|byte| *byte == b';') {
        let equals = fact.iter().position(|byte| *byte == b'=').ok_or_else(wrong)?;
        let (name, value) = (&fact[..equals], &fact[equals + 1..]);
        match name.to_ascii_lowercase().as_slice() {
            b"modify" => facts.modified = Some(parse_timestamp(value).ok_or_else(wrong)?),
            b"unix.mode" => facts.mode = Some(parse_mode(value).ok_or_else(wrong)?),
            _ => return Err(Reply::new(504, "Modify and UNIX.mode are the facts that can be set")),
        }
    }
    Ok(facts)
}

fn changed(path: &VPath, facts: Facts) -> Reply {
    let modify = facts.modified.map(|modified| format!("Modify={};", timestamp(modified)));
    let mode = facts.mode.map(|mode| format!("UNIX.mode=0{mode:03o};"));
    let facts = [modify, mode].into_iter().flatten().collect::<String>();
    Reply::new(213, [facts.as_bytes(), b" ", path.as_bytes()].concat())
}

/// Permission bits in octal, `644` or `0644`. Set-user-id and its like cannot be set.
pub(super) fn parse_mode(text: &[u8]) -> Option<u32> {
    let digits = std::str::from_utf8(text).ok().filter(|text| matches!(text.len(), 3 | 4))?;
    let octal = digits.bytes().all(|byte| matches!(byte, b'0'..=b'7'));
    octal.then(|| u32::from_str_radix(digits, 8).ok()).flatten().filter(|mode| *mode <= 0o777)
}

/// SITE CHMOD
pub(super) async fn chmod(control: &Control, files: &Files, argument: &[u8]) -> Outcome {
    let parsed = super::first_word(argument).and_then(|(mode, path)| Some((parse_mode(mode)?, path)));
    let Some((mode, name)) = parsed else {
        return Reply::new(501, "SITE CHMOD 644 path").into();
    };
    on_path(control, files, name, async move |files, path| {
        files.set_mode(&path, mode).await?;
        Ok(Reply::new(200, "Mode changed"))
    })
    .await
}

/// SITE UTIME in its two forms: `time path`, and wu-ftpd's `path atime mtime ctime UTC`.
pub(super) async fn utime(control: &Control, files: &Files, argument: &[u8]) -> Outcome {
    let Some((modified, name)) = parse_utime(argument) else {
        return Reply::new(501, "SITE UTIME YYYYMMDDHHMMSS path").into();
    };
    on_path(control, files, name, async move |files, path| {
        files.set_modified(&path, modified).await?;
        Ok(Reply::new(200, "Time changed"))
    })
    .await
}

fn parse_utime(argument: &[u8]) -> Option<(i64, &[u8])> {
    let mut from_behind = argument.rsplitn(5, |byte| *byte == b' ');
    let last = [from_behind.next(), from_behind.next(), from_behind.next(), from_behind.next()];
    if let ([Some(zone), Some(changed), Some(modified), Some(accessed)], Some(path)) = (last, from_behind.next())
        && zone.eq_ignore_ascii_case(b"UTC")
        && let [Some(_), Some(modified), Some(_)] = [changed, modified, accessed].map(parse_minutes)
    {
        return Some((modified, path));
    }
    let (time, path) = super::first_word(argument)?;
    Some((parse_minutes(time)?, path))
}

/// A timestamp that may leave its seconds out.
fn parse_minutes(text: &[u8]) -> Option<i64> {
    if text.len() == 12 { parse_timestamp(&[text, b"00"].concat()) } else { parse_timestamp(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_to_set() {
        assert_eq!(
            parse_facts(b"modify=19700101000001;UNIX.mode=0640;"),
            Ok(Facts { modified: Some(1000), mode: Some(0o640) })
        );
        for bad in ["", ";", "Modify=19700101000001", "Modify=;", "UNIX.mode=9;", "Modify;", "Modify=1;;"] {
            assert!(parse_facts(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(parse_facts(b"Create=19700101000001;").is_err());
    }

    #[test]
    fn modes() {
        assert_eq!((parse_mode(b"644"), parse_mode(b"0755")), (Some(0o644), Some(0o755)));
        for bad in ["", "64", "1755", "06444", "888", "+64", "u+x"] {
            assert_eq!(parse_mode(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn both_forms_of_utime() {
        assert_eq!(parse_utime(b"19700101000001 a b"), Some((1000, &b"a b"[..])));
        assert_eq!(parse_utime(b"197001010001 a"), Some((60_000, &b"a"[..])));
        let times = "19700101000009 19700101000001 19700101000009 UTC";
        assert_eq!(parse_utime(format!("a b {times}").as_bytes()), Some((1000, &b"a b"[..])));
        assert_eq!(parse_utime(format!("19700101000001 {times}").as_bytes()), Some((1000, &b"19700101000001"[..])));
        for bad in ["", "a", "19700101 a", "19700101000001", times] {
            assert!(parse_utime(bad.as_bytes()).is_none_or(|(_, path)| path.ends_with(b"UTC")), "{bad}");
        }
    }
}
