//! `docs/clients.md` shows the table. `UPDATE_DOCS=1` writes it anew.

use super::{
    COLUMNS, Column, SSH_COLUMNS,
    table::{Cell, Note, ROWS, Row, SSH_ROWS},
};
use crate::support::client::Transport;
use std::{env, fs};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/clients.md");
/// What stands before and behind the tables.
const BEGIN: &str = "<!-- from server/tests/clients/table.rs -->\n";
const SSH: &str = "<!-- SFTP, from server/tests/clients/table.rs -->\n";
const END: &str = "<!-- end -->\n";

#[test]
fn the_document_shows_the_table() {
    let document = fs::read_to_string(DOCUMENT).unwrap();
    let transports: &[_] = &[
        ("FTP", Transport::Plain),
        ("FTP with TLS (`AUTH TLS`)", Transport::Explicit),
        ("FTPS, TLS from the first byte", Transport::Implicit),
    ];
    let wanted = with_table(&document, BEGIN, &table(COLUMNS, transports, ROWS));
    let wanted = with_table(&wanted, SSH, &table(SSH_COLUMNS, &[], SSH_ROWS));
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(DOCUMENT, wanted).unwrap();
    } else {
        assert!(document == wanted, "docs/clients.md is not up to date: run this test with UPDATE_DOCS=1");
    }
}

fn with_table(document: &str, begin: &str, table: &str) -> String {
    let (before, rest) = document.split_once(begin).expect("the document has a place for the table");
    let (_, after) = rest.split_once(END).expect("the table has an end");
    [before, begin, table, END, after].concat()
}

fn table(columns: &[Column], transports: &[(&str, Transport)], rows: &[Row]) -> String {
    let mut notes = Vec::new();
    let mut lines = vec![line("", columns.iter().map(|column| column.name.to_owned()))];
    lines.push(line("---", columns.iter().map(|_| ":-:".to_owned())));
    for (title, transport) in transports {
        let has = |has| if has { "yes" } else { "–" }.to_owned();
        lines.push(line(title, columns.iter().map(|column| has(column.transports.contains(transport)))));
    }
    for (capability, cells) in rows {
        let cells = cells.map(|cell| match cell {
            Cell::Works => "yes".to_owned(),
            Cell::WorksBut(note) => format!("yes {}", reference(&mut notes, note)),
            Cell::InClearOnly(note) => format!("in clear {}", reference(&mut notes, note)),
            Cell::Lacks => "–".to_owned(),
            Cell::Fails(note) => format!("no {}", reference(&mut notes, note)),
        });
        lines.push(line(capability.title(), cells.into_iter()));
    }
    let notes = (1..).zip(&notes).map(|(number, note)| format!("\n{number}. {note}"));
    format!("\n{}\n{}\n\n", lines.join("\n"), notes.collect::<String>())
}

fn line(title: &str, cells: impl Iterator<Item = String>) -> String {
    format!("| {title} | {} |", cells.collect::<Vec<_>>().join(" | "))
}

/// The number of a note, which is told once.
fn reference(notes: &mut Vec<Note>, note: Note) -> String {
    let index = notes.iter().position(|told| *told == note).unwrap_or_else(|| {
        notes.push(note);
        notes.len() - 1
    });
    format!("[{}]", index + 1)
}
