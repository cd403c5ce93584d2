//! What orders say: who is meant, what will happen, what did. Pure texts.

use crate::{components::erase::Erase, format};
use leptos::prelude::*;
use std::collections::BTreeMap;
use wharf_model::{
    bans::Level,
    kicks::{Effect, KickAction, KickPreview, Receipt},
    sessions::SessionRow,
};

/// What a ban or rule of this kind holds for.
pub fn level(level: Level) -> &'static str {
    match level {
        Level::Server => "The whole server",
        Level::Domain => "The session's domain",
        Level::Account => "The session's account",
    }
}

/// With a capital and a full stop.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

/// What an order with this action would do.
pub fn consequences(action: KickAction, minutes: &str, preview: &KickPreview) -> Vec<String> {
    let mut lines = Vec::new();
    let mut ends = match (preview.chosen, preview.further) {
        (0, 0) => "No session ends.".to_owned(),
        (chosen, 0) => format!("Ends {}", format::count(chosen.into(), "session")),
        (chosen, further) => {
            format!("Ends {} and {} further", format::count(chosen.into(), "session"), format::number(further.into()))
        }
    };
    if preview.accounts_total > 0 {
        ends = format!("{ends}, of {}", accounts(preview));
    }
    if preview.chosen + preview.further > 0 {
        ends.push('.');
    }
    if preview.gone > 0 {
        ends = format!("{ends} {}", already_gone(preview.gone.into()));
    }
    lines.push(ends);
    let addresses = listed(preview.addresses.iter().map(ToString::to_string), preview.addresses.len());
    match action {
        KickAction::Disconnect => lines.push("Clients may come back at once.".to_owned()),
        _ if preview.addresses.is_empty() => {}
        KickAction::Ban => lines.push(format!("Turns {addresses} away for {}.", for_minutes(minutes))),
        KickAction::Block => {
            lines.push(format!(
                "Refuses {addresses} by a deny rule, until somebody removes it. Nobody else is locked out."
            ));
        }
    }
    if !preview.never_banned.is_empty() {
        let never = listed(preview.never_banned.iter().map(ToString::to_string), preview.never_banned.len());
        lines.push(format!("{never} is never banned: sessions from there stay."));
    }
    if !preview.disabled.is_empty() {
        let logins = listed(preview.disabled.iter().cloned(), preview.disabled.len());
        lines.push(format!("Disables {logins}: no new logins, and all sessions of the account end."));
    }
    lines
}

fn already_gone(count: u64) -> String {
    if count == 1 {
        "1 has ended already.".to_owned()
    } else {
        format!("{} have ended already.", format::number(count))
    }
}

fn accounts(preview: &KickPreview) -> String {
    listed(preview.accounts.iter().cloned(), preview.accounts_total as usize)
}

/// `a, b, c and 5 more`.
fn listed(names: impl Iterator<Item = String>, total: usize) -> String {
    const NAMED: usize = 4;
    let first: Vec<_> = names.take(NAMED).collect();
    let more = total.saturating_sub(first.len());
    let list = first.join(", ");
    if more == 0 { list } else { format!("{list} and {} more", format::number(more as u64)) }
}

/// `30 minutes`, `2 hours`, `7 days`: the largest unit it is whole in.
pub fn for_minutes(minutes: &str) -> String {
    let Ok(minutes) = minutes.trim().parse::<u64>() else { return String::new() };
    match minutes {
        _ if minutes.is_multiple_of(1_440) && minutes > 0 => format::count(minutes / 1_440, "day"),
        _ if minutes.is_multiple_of(60) && minutes > 0 => format::count(minutes / 60, "hour"),
        _ => format::count(minutes, "minute"),
    }
}

/// What became of a kick.
pub fn told(receipt: &Receipt, minutes: u32) -> String {
    let (ended, further, gone) = (receipt.ended.len() as u64, receipt.further.len() as u64, receipt.gone.len() as u64);
    let mut told = Vec::new();
    match (ended, gone) {
        (0, 1) => told.push("The session was already gone.".to_owned()),
        (0, 0) => {}
        (0, _) => told.push(format!("All {} were already gone.", format::count(gone, "session"))),
        (_, 0) => told.push(format!("{} ended.", format::count(ended, "session"))),
        (_, 1) => told.push(format!("{} ended, 1 was already gone.", format::count(ended, "session"))),
        _ => {
            told.push(format!(
                "{} ended, {} were already gone.",
                format::count(ended, "session"),
                format::number(gone)
            ));
        }
    }
    if further > 0 {
        told.push(format!("{} more ended with it.", format::number(further)));
    }
    if let Some(refused) = receipt.refused.first() {
        told.push(format!("{} left alone: {}", format::number(receipt.refused.len() as u64), refused.why));
    }
    let effects = |pick: fn(&Effect) -> Option<String>, what: &str| {
        let names: Vec<_> = receipt.effects.iter().filter_map(pick).collect();
        let total = names.len();
        let verb = if total == 1 { "is" } else { "are" };
        (total > 0).then(|| format!("{} {verb} {what}.", listed(names.into_iter(), total)))
    };
    told.extend(effects(
        |effect| match effect {
            Effect::Ban { address, .. } => Some(address.to_string()),
            _ => None,
        },
        &format!("banned for {}", for_minutes(&minutes.to_string())),
    ));
    told.extend(effects(
        |effect| match effect {
            Effect::Rule { address, .. } => Some(address.to_string()),
            _ => None,
        },
        "blocked",
    ));
    told.extend(effects(
        |effect| match effect {
            Effect::Disabled { login, .. } => Some(login.clone()),
            _ => None,
        },
        "disabled",
    ));
    if told.is_empty() { "Nothing had to be done.".to_owned() } else { told.join(" ") }
}

/// Names the sessions of an order: one in full, several by login.
pub fn who(rows: &[SessionRow]) -> AnyView {
    match rows {
        [row] => one(row).erase(),
        rows => many(rows).erase(),
    }
}

fn one(row: &SessionRow) -> impl IntoView + use<> {
    let login = row.login.clone().unwrap_or_else(|| "not logged in yet".to_owned());
    let domain = row.domain.clone().map(|domain| format!(" {domain}"));
    let file = row.file.clone().map(|file| {
        view! {
            <dt>"Moving now"</dt>
            <dd>{file}</dd>
        }
    });
    view! {
        <dl class="facts">
            <dt>"Login"</dt>
            <dd>
                <b>{login}</b>
                <span class="muted">{domain}</span>
            </dd>
            <dt>"Client"</dt>
            <dd>
                <span class="mono">{row.ip.clone()}</span>
                {format!(" by {}", row.protocol.label(row.secure))}
            </dd>
            {file}
        </dl>
    }
}

fn many(rows: &[SessionRow]) -> impl IntoView + use<> {
    const NAMED: usize = 6;
    let moving = rows.iter().filter(|row| row.direction.is_some()).count() as u64;
    let logins = by_login(rows);
    let more = logins.len().saturating_sub(NAMED) as u64;
    let named = logins.into_iter().take(NAMED).map(|(login, count)| {
        view! {
            <dt>{login}</dt>
            <dd>{format::count(count, "session")}</dd>
        }
    });
    let rest = [
        (more > 0).then(|| format!("And {}.", format::count(more, "more login"))),
        (moving > 0).then(|| format!("{} of them with a file on its way.", format::number(moving))),
    ];
    let rest = rest.into_iter().flatten().collect::<Vec<_>>().join(" ");
    view! {
        <dl class="facts logins">{named.collect_view()}</dl>
        <p class="muted">{rest}</p>
    }
}

/// How many sessions each login has, most first.
fn by_login(rows: &[SessionRow]) -> Vec<(String, u64)> {
    let mut counts = BTreeMap::<String, u64>::new();
    for row in rows {
        *counts.entry(row.login.clone().unwrap_or_else(|| "not logged in yet".to_owned())).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::row;
    use wharf_model::{ids::BanId, kicks::Refused};

    fn receipt(ended: usize, gone: usize) -> Receipt {
        Receipt { ended: vec![row(1).id; ended], gone: vec![row(2).id; gone], ..Receipt::default() }
    }

    #[test]
    fn the_receipt_is_told_in_full() {
        assert_eq!(told(&receipt(1, 0), 30), "1 session ended.");
        assert_eq!(told(&receipt(2, 1), 30), "2 sessions ended, 1 was already gone.");
        assert_eq!(told(&receipt(2, 3), 30), "2 sessions ended, 3 were already gone.");
        assert_eq!(told(&receipt(0, 1), 30), "The session was already gone.");
        let ban = Effect::Ban { id: BanId(uuid::Uuid::nil()), address: "203.0.113.7".parse().unwrap() };
        let refused = Refused { id: row(3).id, why: "127.0.0.1 is never banned.".to_owned() };
        let all = Receipt { further: vec![row(4).id], refused: vec![refused], effects: vec![ban], ..receipt(1, 0) };
        assert_eq!(
            told(&all, 120),
            "1 session ended. 1 more ended with it. 1 left alone: 127.0.0.1 is never banned. 203.0.113.7 is banned for 2 hours."
        );
    }

    #[test]
    fn the_consequences_are_said_before() {
        let preview = KickPreview {
            chosen: 1,
            gone: 1,
            further: 2,
            accounts: vec!["ann@acme.example".to_owned()],
            accounts_total: 3,
            addresses: vec!["203.0.113.7".parse().unwrap()],
            disabled: vec!["ann@acme.example".to_owned()],
            ..KickPreview::default()
        };
        assert_eq!(
            consequences(KickAction::Ban, "30", &preview),
            [
                "Ends 1 session and 2 further, of ann@acme.example and 2 more. 1 has ended already.",
                "Turns 203.0.113.7 away for 30 minutes.",
                "Disables ann@acme.example: no new logins, and all sessions of the account end.",
            ]
        );
        assert_eq!(consequences(KickAction::Disconnect, "", &KickPreview::default())[0], "No session ends.");
    }

    #[test]
    fn a_time_is_told_in_its_largest_whole_unit() {
        assert_eq!(for_minutes("1"), "1 minute");
        assert_eq!(for_minutes("90"), "90 minutes");
        assert_eq!(for_minutes("120"), "2 hours");
        assert_eq!(for_minutes("525600"), "365 days");
    }

    #[test]
    fn logins_are_counted_most_first() {
        let other = SessionRow { login: Some("ann".to_owned()), ..row(1) };
        let nobody = SessionRow { login: None, ..row(1) };
        let counted = by_login(&[row(1), other.clone(), nobody, other]);
        let expected = [("ann", 2), ("not logged in yet", 1), ("user1", 1)];
        assert_eq!(counted, expected.map(|(login, count)| (login.to_owned(), count)));
    }
}
