//! The audit log: what operators did, with filters, and as a file. The filter stands in the address, so that what is
//! found can be linked to.
//!
//! * [`server`]: the functions it calls
//! * [`change`]: before and after, as people read it

pub mod change;
pub mod server;

use crate::{
    components::{download, erase::Erase, time::Time, toast::use_toasts},
    format, next, tr, words,
};
use change::Changes;
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_query_map, params::ParamsMap};
use server::{audit, audit_export};
use wharf_model::audit::{AuditEntry, AuditFilter, AuditPage, AuditRange, ExportFormat};

/// Entries of a page.
const PAGE: u32 = 50;

/// The page.
#[component]
pub fn Audit() -> impl IntoView {
    let query = use_query_map();
    let found = RwSignal::<Option<Result<AuditPage, String>>>::new(None);
    Effect::new(move || {
        let query = query.get();
        let range = AuditRange { before: query.get("before").and_then(|id| id.parse().ok()), limit: PAGE };
        spawn_local(async move {
            let answer = audit(filter(&query), range).await.map_err(|error| error.text());
            let _ = found.try_set(Some(answer));
        });
    });
    let body = move || {
        found.with(|found| match found {
            None => view! { <p class="empty muted">{tr!("Loading…")}</p> }.erase(),
            Some(Err(error)) => view! { <p class="empty field-error" role="alert">{error.clone()}</p> }.erase(),
            Some(Ok(page)) if page.items.is_empty() => view! {
                <div class="empty" data-testid="audit-none">
                    <h2>{tr!("No entries")}</h2>
                    <p class="muted">{tr!("Nothing that was done fits the filter.")}</p>
                </div>
            }
            .erase(),
            Some(Ok(page)) => view! { <Entries page=page.clone() /> }.erase(),
        })
    };
    view! {
        <Title text=tr!("Audit") />
        <div class="page">
            <div class="page-head">
                <h1>{tr!("Audit")}</h1>
                <span class="muted">{tr!("What operators did. Nobody can change or remove it.")}</span>
                <span class="space"></span>
                <Exports />
            </div>
            <section class="card" aria-label=tr!("Audit log")>
                <Filters />
                {body}
            </section>
        </div>
    }
    .erase()
}

/// What the address says. Dates are days in UTC, the last one included.
fn filter(query: &ParamsMap) -> AuditFilter {
    const DAY: i64 = 86_400_000;
    let text = |key: &str| query.get(key).unwrap_or_default();
    let day = |key: &str| query.get(key).and_then(|day| format::day_utc(&day));
    AuditFilter {
        actor: text("actor"),
        action: text("action"),
        text: text("text"),
        from: day("from"),
        to: day("to").map(|day| day + DAY),
    }
}

/// A form that only changes the address; it works without any script.
#[component]
fn Filters() -> impl IntoView {
    let query = use_query_map();
    let field = move |label: &'static str, key: &'static str, kind: &'static str, testid: &'static str| {
        view! {
            <label class="field">
                <span class="field-name">{label}</span>
                <input class="input" type=kind name=key data-testid=testid value=move || query.read().get(key) />
            </label>
        }
    };
    view! {
        <form class="toolbar filters" method="get" action="/audit" role="search">
            {field(tr!("Who"), "actor", "search", "audit-actor")}
            {field(tr!("Action"), "action", "search", "audit-action")}
            {field(tr!("Anything else"), "text", "search", "audit-text")}
            {field(tr!("From (UTC)"), "from", "date", "audit-from")}
            {field(tr!("To"), "to", "date", "audit-to")}
            <button class="button" type="submit" data-testid="audit-filter">
                {tr!("Filter")}
            </button>
            <a class="button quiet" href="/audit" rel="external">
                {tr!("Clear")}
            </a>
        </form>
    }
    .erase()
}

#[component]
fn Exports() -> impl IntoView {
    let query = use_query_map();
    let toasts = use_toasts();
    let save = move |format: ExportFormat, name: &'static str, kind: &'static str| {
        let filter = filter(&query.read_untracked());
        spawn_local(async move {
            match audit_export(filter, format).await {
                Ok(text) => download::save(toasts, name, kind, &text),
                Err(error) => toasts.fail(error.text()),
            }
        });
    };
    view! {
        <button
            class="button"
            type="button"
            data-testid="audit-csv"
            on:click=move |_| save(ExportFormat::Csv, "wharf-audit.csv", "text/csv")
        >
            {tr!("Export CSV")}
        </button>
        <button
            class="button"
            type="button"
            data-testid="audit-json"
            on:click=move |_| save(ExportFormat::Json, "wharf-audit.json", "application/json")
        >
            "JSON"
        </button>
    }
    .erase()
}

#[component]
fn Entries(page: AuditPage) -> impl IntoView {
    let query = use_query_map();
    let older = page.items.last().map(|entry| entry.id).filter(|_| page.items.len() == PAGE as usize);
    let link = move |before: Option<String>| {
        let query = query.read_untracked();
        let kept = ["actor", "action", "text", "from", "to"].into_iter().filter_map(|key| Some((key, query.get(key)?)));
        let before = before.map(|before| ("before", before));
        let pairs: Vec<_> = kept.chain(before).map(|(key, value)| format!("{key}={}", next::encode(&value))).collect();
        format!("/audit?{}", pairs.join("&"))
    };
    let paged = query.read_untracked().get("before").is_some();
    view! {
        <table class="list audit" data-testid="audit">
            <caption class="hidden">{tr!("Entries, newest first")}</caption>
            <thead>
                <tr>
                    <th scope="col">{tr!("When")}</th>
                    <th scope="col">{tr!("Who")}</th>
                    <th scope="col">{tr!("Action")}</th>
                    <th scope="col">{tr!("On")}</th>
                    <th scope="col">{tr!("What changed")}</th>
                    <th scope="col">{tr!("Reason")}</th>
                    <th scope="col">{tr!("Result")}</th>
                </tr>
            </thead>
            <tbody>{page.items.into_iter().map(|entry| view! { <Entry entry /> }).collect_view()}</tbody>
        </table>
        <div class="table-foot">
            <span data-testid="audit-total">{tr!("{n} entry" | "{n} entries" % page.total)}</span>
            <span class="space"></span>
            {paged.then(|| view! { <A href=link(None) attr:data-testid="audit-newest">{tr!("Newest")}</A> })}
            {older.map(|id| view! { <A href=link(Some(id.to_string())) attr:data-testid="audit-older">{tr!("Older")}</A> })}
        </div>
    }
    .erase()
}

#[component]
fn Entry(entry: AuditEntry) -> impl IntoView {
    let AuditEntry { at, actor, actor_ip, action, target, reason, before, after, detail, result, .. } = entry;
    let class = if result == "ok" { "muted" } else { "field-error" };
    view! {
        <tr data-testid="audit-row">
            <td data-label=tr!("When") class="nowrap">
                <Time at full=true />
            </td>
            <td data-label=tr!("Who")>
                <b>{actor}</b>
                " "
                <span class="muted mono">{actor_ip}</span>
            </td>
            <td data-label=tr!("Action") class="mono">{action}</td>
            <td data-label=tr!("On") class="wide">{target}</td>
            <td data-label=tr!("What changed") class="wide">
                <Changes before after detail />
            </td>
            <td data-label=tr!("Reason") class="wide">{reason}</td>
            <td data-label=tr!("Result") class=class>{words::told(&result)}</td>
        </tr>
    }
    .erase()
}
