//! What orders say: who is meant, what will happen, what did. Pure texts.

use crate::{components::erase::Erase, format, tr, words::told as told_by_server};
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
        Level::Server => tr!("The whole server"),
        Level::Domain => tr!("The session's domain"),
        Level::Account => tr!("The session's account"),
    }
}

/// What the server says in half a sentence, as a whole one.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    told_by_server(&letters.next().map_or_else(String::new, |first| {
        format!("{}{}.", first.to_uppercase(), letters.as_str().trim_end_matches('.'))
    }))
}

/// What an order with this action would do.
pub fn consequences(action: KickAction, minutes: &str, preview: &KickPreview) -> Vec<String> {
    let mut lines = Vec::new();
    let mut ends = match (preview.chosen, preview.further) {
        (0, 0) => tr!("No session ends.").to_owned(),
        (chosen, 0) => tr!("Ends {n} session" | "Ends {n} sessions" % chosen),
        (chosen, further) => {
            tr!(
                "Ends {n} session and {} further" | "Ends {n} sessions and {} further" % chosen,
                format::number(further.into())
            )
        }
    };
    if preview.accounts_total > 0 {
        ends = tr!("{}, of {}", ends, accounts(preview));
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
        KickAction::Disconnect => lines.push(tr!("Clients may come back at once.").to_owned()),
        _ if preview.addresses.is_empty() => {}
        KickAction::Ban => lines.push(tr!("Turns {} away for {}.", addresses, for_minutes(minutes))),
        KickAction::Block => {
            lines.push(tr!(
                "Refuses {} by a deny rule, until somebody removes it. Nobody else is locked out.",
                addresses
            ));
        }
    }
    if !preview.never_banned.is_empty() {
        let never = listed(preview.never_banned.iter().map(ToString::to_string), preview.never_banned.len());
        lines.push(tr!("{} is never banned: sessions from there stay.", never));
    }
    if !preview.disabled.is_empty() {
        let logins = listed(preview.disabled.iter().cloned(), preview.disabled.len());
        lines.push(tr!("Disables {}: no new logins, and all sessions of the account end.", logins));
    }
    lines
}

fn already_gone(count: u64) -> String {
    tr!("{n} has ended already." | "{n} have ended already." % count)
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
    if more == 0 { list } else { tr!("{} and {} more", list, format::number(more as u64)) }
}

/// `30 minutes`, `2 hours`, `7 days`: the largest unit it is whole in.
pub fn for_minutes(minutes: &str) -> String {
    let Ok(minutes) = minutes.trim().parse::<u64>() else { return String::new() };
    match minutes {
        _ if minutes.is_multiple_of(1_440) && minutes > 0 => tr!("{n} day" | "{n} days" % minutes / 1_440),
        _ if minutes.is_multiple_of(60) && minutes > 0 => tr!("{n} hour" | "{n} hours" % minutes / 60),
        _ => tr!("{n} minute" | "{n} minutes" % minutes),
    }
}

/// What became of a kick.
pub fn told(receipt: &Receipt, minutes: u32) -> String {
    let (ended, further, gone) = (receipt.ended.len() as u64, receipt.further.len() as u64, receipt.gone.len() as u64);
    let mut told = Vec::new();
    match (ended, gone) {
        (0, 1) => told.push(tr!("The session was already gone.").to_owned()),
        (0, 0) => {}
        (0, _) => told.push(tr!("All {} were already gone.", tr!("{n} session" | "{n} sessions" % gone))),
        (_, 0) => told.push(tr!("{} ended.", tr!("{n} session" | "{n} sessions" % ended))),
        (_, 1) => told.push(tr!("{} ended, 1 was already gone.", tr!("{n} session" | "{n} sessions" % ended))),
        _ => {
            told.push(tr!(
                "{} ended, {} were already gone.",
                tr!("{n} session" | "{n} sessions" % ended),
                format::number(gone)
            ));
        }
    }
    if further > 0 {
        told.push(tr!("{} more ended with it.", format::number(further)));
    }
    if let Some(refused) = receipt.refused.first() {
        told.push(tr!("{} left alone: {}", format::number(receipt.refused.len() as u64), sentence(&refused.why)));
    }
    // Names that a pattern picks, how many there are, and the texts for one and for many.
    let effects = |pick: fn(&Effect) -> Option<String>, text: &dyn Fn(String, u64) -> String| {
        let names: Vec<_> = receipt.effects.iter().filter_map(pick).collect();
        let total = names.len();
        (total > 0).then(|| text(listed(names.into_iter(), total), total as u64))
    };
    let time = for_minutes(&minutes.to_string());
    told.extend(effects(
        |effect| match effect {
            Effect::Ban { address, .. } => Some(address.to_string()),
            _ => None,
        },
        &|names, total| tr!("{} is banned for {}." | "{} are banned for {}." % total, names, time),
    ));
    told.extend(effects(
        |effect| match effect {
            Effect::Rule { address, .. } => Some(address.to_string()),
            _ => None,
        },
        &|names, total| tr!("{} is blocked." | "{} are blocked." % total, names),
    ));
    told.extend(effects(
        |effect| match effect {
            Effect::Disabled { login, .. } => Some(login.clone()),
            _ => None,
        },
        &|names, total| tr!("{} is disabled." | "{} are disabled." % total, names),
    ));
    if told.is_empty() { tr!("Nothing had to be done.").to_owned() } else { told.join(" ") }
}

/// Names the sessions of an order: one in full, several by login.
pub fn who(rows: &[SessionRow]) -> AnyView {
    match rows {
        [row] => one(row).erase(),
        rows => many(rows).erase(),
    }
}

fn one(row: &SessionRow) -> impl IntoView + use<> {
    let login = row.login.clone().unwrap_or_else(|| tr!("not logged in yet").to_owned());
    let domain = row.domain.clone().map(|domain| format!(" {domain}"));
    let file = row.file.clone().map(|file| {
        view! {
            <dt>{tr!("Moving now")}</dt>
            <dd>{file}</dd>
        }
    });
    view! {
        <dl class="facts">
            <dt>{tr!("Login")}</dt>
            <dd>
                <b>{login}</b>
                <span class="muted">{domain}</span>
            </dd>
            <dt>{tr!("Client")}</dt>
            <dd>
                <span class="mono">{row.ip.clone()}</span>
                {tr!(" by {}", row.protocol.label(row.secure))}
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
            <dd>{tr!("{n} session" | "{n} sessions" % count)}</dd>
        }
    });
    let rest = [
        (more > 0).then(|| tr!("And {n} more login." | "And {n} more logins." % more)),
        (moving > 0).then(|| tr!("{} of them with a file on its way.", format::number(moving))),
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
        *counts.entry(row.login.clone().unwrap_or_else(|| tr!("not logged in yet").to_owned())).or_default() += 1;
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
