//! Medians, ratios and aims, as Markdown for people and JSON for programs.

use crate::servers::Kind;
use serde::Serialize;
use std::{collections::BTreeMap, fmt::Write as _};

/// Which way is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Better {
    Higher,
    Lower,
}

/// What the project wants of a number.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Aim {
    /// Ours divided by the best peer's of the same run: at least this, or at most where lower is better.
    Ratio(f64),
    /// The number itself.
    Value(f64),
}

/// A line of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Row {
    /// The table it is in; it also says the unit.
    pub(crate) section: &'static str,
    pub(crate) name: String,
    pub(crate) better: Better,
    pub(crate) aim: Option<Aim>,
}

/// All numbers of a run.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    lines: Vec<Line>,
    tables: Vec<Table>,
    notes: Vec<String>,
}

/// A table that compares nobody.
#[derive(Debug, Serialize)]
pub(crate) struct Table {
    title: String,
    head: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(title: String, head: &[&'static str]) -> Self {
        Self { title, head: head.to_vec(), rows: Vec::new() }
    }

    /// Adds a row with a cell for each word of the head.
    pub(crate) fn add(&mut self, row: Vec<String>) {
        self.rows.push(row);
    }

    fn markdown(&self) -> String {
        let mut text = format!("\n## {}\n\n| {} |\n", self.title, self.head.join(" | "));
        let _ = writeln!(text, "|---|{}", "---:|".repeat(self.head.len().saturating_sub(1)));
        for row in &self.rows {
            let _ = writeln!(text, "| {} |", row.join(" | "));
        }
        text
    }
}

#[derive(Debug, Serialize)]
struct Line {
    #[serde(flatten)]
    row: Row,
    samples: BTreeMap<Kind, Vec<f64>>,
}

impl Report {
    /// Adds the number of one round.
    pub(crate) fn add(&mut self, row: Row, server: Kind, value: f64) {
        eprintln!("  {server:<10} {} {}: {}", row.name, row.section, shown(value));
        let index = self.lines.iter().position(|line| line.row == row).unwrap_or_else(|| {
            self.lines.push(Line { row, samples: BTreeMap::new() });
            self.lines.len() - 1
        });
        self.lines[index].samples.entry(server).or_default().push(value);
    }

    /// Adds a table of its own.
    pub(crate) fn table(&mut self, table: Table) {
        self.tables.push(table);
    }

    /// Adds something a reader of the tables should know.
    pub(crate) fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// The tables, in the order in which they were measured.
    pub(crate) fn markdown(&self, servers: &[Kind]) -> String {
        let mut text = String::new();
        let mut sections: Vec<&str> = Vec::new();
        for line in &self.lines {
            if !sections.contains(&line.row.section) {
                sections.push(line.row.section);
            }
        }
        for section in sections {
            let _ = write!(text, "\n## {section}\n\n| |");
            for server in servers {
                let _ = write!(text, " {server} |");
            }
            let _ = write!(text, " ours / best peer | aim |\n|---|{}\n", "---:|".repeat(servers.len() + 2));
            for line in self.lines.iter().filter(|line| line.row.section == section) {
                let _ = writeln!(text, "{}", line.markdown(servers));
            }
        }
        for table in &self.tables {
            text += &table.markdown();
        }
        if !self.notes.is_empty() {
            let _ = write!(text, "\n## Notes\n\n");
            for note in &self.notes {
                let _ = writeln!(text, "* {note}");
            }
        }
        text
    }
}

impl Line {
    fn markdown(&self, servers: &[Kind]) -> String {
        let mut text = format!("| {} |", self.row.name);
        for server in servers {
            let cell = self.samples.get(server).map_or("–".to_owned(), |samples| spread(samples));
            let _ = write!(text, " {cell} |");
        }
        let ratio = self.ratio();
        let _ = write!(text, " {} | {} |", ratio.map_or("–".to_owned(), |ratio| format!("{ratio:.2}")), self.verdict());
        text
    }

    fn ours(&self) -> Option<f64> {
        self.samples.get(&Kind::Wharf).and_then(|samples| median(samples))
    }

    /// Ours divided by that of the best peer.
    fn ratio(&self) -> Option<f64> {
        let peers = self.samples.iter().filter(|(server, _)| !server.is_ours());
        let peers = peers.filter_map(|(_, samples)| median(samples));
        let best = match self.row.better {
            Better::Higher => peers.reduce(f64::max),
            Better::Lower => peers.reduce(f64::min),
        };
        Some(self.ours()? / best?)
    }

    fn verdict(&self) -> String {
        let Some(aim) = self.row.aim else { return String::new() };
        let (wanted, is) = match aim {
            Aim::Ratio(wanted) => (wanted, self.ratio()),
            Aim::Value(wanted) => (wanted, self.ours()),
        };
        let (sign, met) = match self.row.better {
            Better::Higher => ("≥", is.map(|is| is >= wanted)),
            Better::Lower => ("≤", is.map(|is| is <= wanted)),
        };
        let met = met.map_or("", |met| if met { ", met" } else { ", **missed**" });
        format!("{sign} {wanted}{met}")
    }
}

/// The median with the least and the greatest.
fn spread(samples: &[f64]) -> String {
    let Some(middle) = median(samples) else { return "–".to_owned() };
    let least = samples.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = samples.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if samples.len() == 1 {
        return shown(middle);
    }
    format!("{} ({} – {})", shown(middle), shown(least), shown(greatest))
}

fn median(samples: &[f64]) -> Option<f64> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 {
        return sorted.get(middle).copied();
    }
    Some(f64::midpoint(*sorted.get(middle.checked_sub(1)?)?, *sorted.get(middle)?))
}

/// Three digits that mean something.
fn shown(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 0.1 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(better: Better, aim: Aim, samples: &[(Kind, &[f64])]) -> Line {
        let samples = samples.iter().map(|(server, samples)| (*server, samples.to_vec())).collect();
        Line { row: Row { section: "MiB/s", name: "RETR".to_owned(), better, aim: Some(aim) }, samples }
    }

    #[test]
    fn the_best_peer_is_what_we_are_compared_with() {
        let samples: &[(Kind, &[f64])] = &[
            (Kind::Wharf, &[300.0, 100.0, 310.0]),
            (Kind::Baseline, &[1000.0]),
            (Kind::PureFtpd, &[200.0, 200.0, 900.0]),
            (Kind::Vsftpd, &[100.0]),
        ];
        let speed = line(Better::Higher, Aim::Ratio(1.5), samples);
        assert_eq!(
            speed.markdown(&[Kind::Wharf, Kind::PureFtpd, Kind::Libunftp]),
            "| RETR | 300 (100 – 310) | 200 (200 – 900) | – | 1.50 | ≥ 1.5, met |"
        );
        let cost = line(Better::Lower, Aim::Ratio(0.8), samples);
        assert_eq!(cost.verdict(), "≤ 0.8, **missed**");
        assert_eq!(cost.ratio(), Some(3.0));
    }

    #[test]
    fn an_absolute_aim_needs_no_peer() {
        let memory = line(Better::Lower, Aim::Value(24.0), &[(Kind::Wharf, &[20.0, 22.0])]);
        assert_eq!(memory.markdown(&[Kind::Wharf]), "| RETR | 21.0 (20.0 – 22.0) | – | ≤ 24, met |");
    }
}
