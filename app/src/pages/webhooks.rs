//! Webhooks: addresses that are told what happens. For administrators.
//!
//! * [`server`]: the functions it calls
//! * [`add`]: a new one; [`deliveries`]: what became of events

pub mod add;
pub mod deliveries;
pub mod server;

use crate::{
    clock::use_clock,
    components::{
        dialog::Dialog,
        erase::Erase,
        form::{DialogButtons, Form},
        time::Time,
        toast::use_toasts,
    },
    format,
    live::news::keep_fresh,
    tr, tr_view, words,
};
use add::AddWebhook;
use deliveries::Deliveries;
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use server::{enable_webhook, remove_webhook, test_webhook, webhooks};
use wharf_model::{
    ids::WebhookId,
    live::Topic,
    webhooks::{Attempt, Webhook},
};

/// The page looks again this often, because deliveries are too many to be told live.
const BEAT_MS: i64 = 3_000;

/// The page.
#[component]
pub fn Webhooks() -> impl IntoView {
    let all = RwSignal::<Option<Result<Vec<Webhook>, String>>>::new(None);
    let ask = Callback::new(move |active: bool| {
        spawn_local(async move {
            let answer = webhooks(active).await.map_err(|error| error.text());
            let _ = all.try_set(Some(answer));
        });
    });
    keep_fresh(Topic::Webhooks, ask);
    let clock = use_clock();
    let beat = Memo::new(move |_| clock.now().div_euclid(BEAT_MS).unsigned_abs());
    Effect::new(move |again: Option<()>| {
        // A memo that is tracked and never read does not move.
        beat.get();
        if again.is_some() {
            ask.run(false);
        }
    });
    let chosen = RwSignal::new(None::<WebhookId>);
    let removing = RwSignal::new(None::<Webhook>);
    let adding = RwSignal::new(false);
    let close = Callback::new(move |()| adding.set(false));
    let done = Callback::new(move |()| ask.run(false));
    // A look that finds nothing new must not draw the table anew: it would take the focus out of it.
    let seen = Memo::new(move |_| all.get());
    let body = move || {
        seen.with(|all| match all {
            None => view! { <p class="empty muted">{tr!("Loading…")}</p> }.erase(),
            Some(Err(error)) => view! { <p class="empty field-error" role="alert">{error.clone()}</p> }.erase(),
            Some(Ok(webhooks)) if webhooks.is_empty() => view! {
                <div class="empty" data-testid="webhooks-none">
                    <h2>{tr!("No webhooks")}</h2>
                    <p class="muted">{tr!("A webhook is an address that is told, signed, who logs in, who is sent away, and what moves.")}</p>
                </div>
            }
            .erase(),
            Some(Ok(webhooks)) => view! { <Table webhooks=webhooks.clone() ask chosen removing /> }.erase(),
        })
    };
    // Only the address counts, so that the table below does not begin anew with each look.
    let shown = Memo::new(move |_| {
        let id = chosen.get()?;
        all.with(|all| {
            let found = all.as_ref()?.as_ref().ok()?.iter().find(|webhook| webhook.id == id)?;
            Some((id, found.url.clone()))
        })
    });
    view! {
        <Title text=tr!("Webhooks") />
        <div class="page">
            <div class="page-head">
                <h1>{tr!("Webhooks")}</h1>
                <span class="muted">{tr!("Other programs that are told what happens.")}</span>
                <span class="space"></span>
                <button class="button" type="button" data-testid="webhook-add" on:click=move |_| adding.set(true)>
                    {tr!("Add a webhook…")}
                </button>
            </div>
            <section class="card" aria-label=tr!("Webhooks")>
                {body}
            </section>
            {move || shown.get().map(|(id, url)| view! { <Deliveries id url beat /> })}
        </div>
        <Dialog open=adding on_close=close labelled_by="webhook-title" testid="webhook-dialog">
            <AddWebhook close done />
        </Dialog>
        <RemoveDialog removing done />
    }
    .erase()
}

#[component]
fn Table(
    webhooks: Vec<Webhook>,
    ask: Callback<bool>,
    chosen: RwSignal<Option<WebhookId>>,
    removing: RwSignal<Option<Webhook>>,
) -> impl IntoView {
    view! {
        <table class="list" data-testid="webhooks">
            <caption class="hidden">{tr!("Webhooks")}</caption>
            <thead>
                <tr>
                    <th scope="col">{tr!("Address")}</th>
                    <th scope="col">{tr!("Events")}</th>
                    <th scope="col">{tr!("State")}</th>
                    <th scope="col" class="number">{tr!("Waiting")}</th>
                    <th scope="col">{tr!("Last attempt")}</th>
                    <th scope="col">
                        <span class="hidden">{tr!("Actions")}</span>
                    </th>
                </tr>
            </thead>
            <tbody>
                {webhooks.into_iter().map(|webhook| view! { <Row webhook ask chosen removing /> }).collect_view()}
            </tbody>
        </table>
    }
    .erase()
}

#[component]
fn Row(
    webhook: Webhook,
    ask: Callback<bool>,
    chosen: RwSignal<Option<WebhookId>>,
    removing: RwSignal<Option<Webhook>>,
) -> impl IntoView {
    let toasts = use_toasts();
    let (id, enabled) = (webhook.id, webhook.enabled);
    let removed = StoredValue::new(webhook.clone());
    let test = move |_| {
        chosen.set(Some(id));
        spawn_local(async move {
            match test_webhook(id).await {
                Ok(_) => toasts.tell(tr!("A test event is on its way.").to_owned()),
                Err(error) => toasts.fail(error.text()),
            }
            ask.try_run(false);
        });
    };
    let switch = move |_| {
        spawn_local(async move {
            if let Err(error) = enable_webhook(id, !enabled).await {
                toasts.fail(error.text());
            }
            ask.try_run(false);
        });
    };
    let events: Vec<_> = webhook.events.iter().map(|event| event.word()).collect();
    let events = if events.is_empty() { tr!("everything").to_owned() } else { events.join(", ") };
    let dropped = (webhook.dropped > 0).then(|| tr!(" ({} dropped)", format::number(webhook.dropped)));
    let url = webhook.url.clone();
    let name = |what: &str| format!("{what} {url}");
    let names = [
        name(tr!("Test")),
        name(tr!("Deliveries of")),
        name(if enabled { tr!("Switch off") } else { tr!("Switch on") }),
        name(tr!("Remove")),
    ];
    let [test_name, deliveries_name, switch_name, remove_name] = names;
    view! {
        <tr data-testid="webhook">
            <td data-label=tr!("Address") class="wide">
                <b>{webhook.url}</b>
            </td>
            <td data-label=tr!("Events")>{events}</td>
            <td data-label=tr!("State") data-testid="webhook-state">
                {state(enabled, webhook.failing_since)}
            </td>
            <td data-label=tr!("Waiting") class="number">{format::number(webhook.waiting)} {dropped}</td>
            <td data-label=tr!("Last attempt")>{attempt_text(webhook.last.as_ref())}</td>
            <td class="actions">
                <button class="button" type="button" data-testid="webhook-test" disabled=!enabled aria-label=test_name on:click=test>
                    {tr!("Test")}
                </button>
                <button
                    class="button"
                    type="button"
                    data-testid="webhook-deliveries"
                    aria-label=deliveries_name
                    on:click=move |_| chosen.set(Some(id))
                >
                    {tr!("Deliveries")}
                </button>
                <button class="button" type="button" data-testid="webhook-switch" aria-label=switch_name on:click=switch>
                    {if enabled { tr!("Switch off") } else { tr!("Switch on") }}
                </button>
                <button
                    class="button danger"
                    type="button"
                    data-testid="webhook-remove"
                    aria-label=remove_name
                    on:click=move |_| removing.set(Some(removed.get_value()))
                >
                    {tr!("Remove")}
                </button>
            </td>
        </tr>
    }
    .erase()
}

fn state(enabled: bool, failing_since: Option<i64>) -> impl IntoView {
    match (enabled, failing_since) {
        (false, _) => view! { <span class="webhook-off">{tr!("a switch" => "Off")}</span> }.erase(),
        (true, Some(since)) => view! {
            <span class="webhook-failing">{tr_view!("Failing since {}", view! { <Time at=since /> })}</span>
        }
        .erase(),
        (true, None) => view! { <span class="webhook-on">{tr!("a switch" => "On")}</span> }.erase(),
    }
}

/// How an attempt went.
fn attempt_text(attempt: Option<&Attempt>) -> impl IntoView + use<> {
    let Some(Attempt { at, status, error }) = attempt.cloned() else {
        return view! { <span class="muted">{tr!("none yet")}</span> }.erase();
    };
    let result = match (error, status) {
        (Some(error), _) => words::told(&error),
        (None, Some(status)) => tr!("delivered ({})", status),
        (None, None) => tr!("delivered").to_owned(),
    };
    view! {
        <Time at />
        " "
        <span class="muted">{result}</span>
    }
    .erase()
}

/// Asks before a webhook goes: its secret cannot be brought back.
#[component]
fn RemoveDialog(removing: RwSignal<Option<Webhook>>, done: Callback<()>) -> impl IntoView {
    let toasts = use_toasts();
    let open = Signal::derive(move || removing.with(Option::is_some));
    let close = Callback::new(move |()| removing.set(None));
    let url = move || removing.with(|webhook| webhook.as_ref().map(|webhook| webhook.url.clone()));
    let submit = Callback::new(move |()| {
        let Some(webhook) = removing.get_untracked() else { return };
        removing.set(None);
        spawn_local(async move {
            match remove_webhook(webhook.id).await {
                Ok(()) => toasts.tell(tr!("The webhook is removed.").to_owned()),
                Err(error) => toasts.fail(error.text()),
            }
            done.try_run(());
        });
    });
    view! {
        <Dialog open on_close=close labelled_by="webhook-remove-title" testid="webhook-remove-dialog">
            <h2 id="webhook-remove-title">{tr!("Remove this webhook?")}</h2>
            <p class="mono">{url}</p>
            <p class="muted">{tr!("What waits for it is lost, and so is its secret.")}</p>
            <Form submit>
                <DialogButtons close yes=tr!("Remove") disabled=false danger=true testid="webhook-remove-confirm" />
            </Form>
        </Dialog>
    }
    .erase()
}
