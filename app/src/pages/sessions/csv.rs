//! The table as a file. Spreadsheets run what begins like a formula, and every text here may come from a stranger, so
//! such cells get an apostrophe in front.

use crate::format;
use std::borrow::Cow;
use wharf_model::sessions::{Direction, SessionRow};

const HEAD: &str = "id,type,status,login,domain,protocol,encrypted,location,file,direction,bytes_per_second,\
                    percent,bytes_done,bytes_total,ip,client,logon,idle_seconds,bytes_in,bytes_out,node";

/// RFC 4180, with a head.
pub fn csv(rows: &[SessionRow], now: i64) -> String {
    let mut file = String::from(HEAD);
    file.push_str("\r\n");
    for row in rows {
        let number = |value: Option<u64>| value.map(|value| value.to_string()).unwrap_or_default();
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let cells = [
            row.id.to_string(),
            row.user_type.label().to_owned(),
            row.status.clone(),
            text(&row.login),
            text(&row.domain),
            row.protocol.label(row.secure).to_owned(),
            if row.secure { "yes" } else { "no" }.to_owned(),
            text(&row.cwd),
            text(&row.file),
            row.direction.map(direction).unwrap_or_default().to_owned(),
            number(row.speed),
            row.progress.map(|progress| format!("{progress:.1}")).unwrap_or_default(),
            number(row.done),
            number(row.total),
            row.ip.clone(),
            text(&row.client),
            format::iso(row.logon_time),
            (row.idle_ms(now) / 1_000).to_string(),
            row.bytes_in.to_string(),
            row.bytes_out.to_string(),
            row.node.clone(),
        ];
        let line: Vec<_> = cells.iter().map(|cell| quoted(cell)).collect();
        file.push_str(&line.join(","));
        file.push_str("\r\n");
    }
    file
}

fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Download => "download",
        Direction::Upload => "upload",
    }
}

fn quoted(cell: &str) -> Cow<'_, str> {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if !formula && !cell.contains(['"', ',', '\r', '\n']) {
        return Cow::Borrowed(cell);
    }
    let apostrophe = if formula { "'" } else { "" };
    Cow::Owned(format!("\"{apostrophe}{}\"", cell.replace('"', "\"\"")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::row;

    #[test]
    fn formulas_are_only_text() {
        assert_eq!(quoted("=1+1"), "\"'=1+1\"");
        assert_eq!(quoted("+1"), "\"'+1\"");
        assert_eq!(quoted("-1"), "\"'-1\"");
        assert_eq!(quoted("@x"), "\"'@x\"");
        assert_eq!(quoted("\tx"), "\"'\tx\"");
        assert_eq!(quoted("\rx"), "\"'\rx\"");
        assert_eq!(quoted("a=b"), "a=b");
    }

    #[test]
    fn quotes_commas_and_lines_are_kept() {
        assert_eq!(quoted("a,\"b\"\nc"), "\"a,\"\"b\"\"\nc\"");
    }

    #[test]
    fn each_row_has_the_cells_of_the_head() {
        let file = csv(&[row(1)], 60_000);
        let lines: Vec<_> = file.lines().map(|line| line.split(',').collect::<Vec<_>>()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].len(), lines[1].len());
        assert_eq!(lines[1][3], "user1");
        assert_eq!(lines[1][17], "60");
    }
}
