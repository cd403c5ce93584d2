//! What became of the last events of one webhook.

use super::{attempt_text, server::webhook_deliveries};
use crate::{
    components::{erase::Erase, time::Time},
    tr, tr_view,
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::{
    ids::WebhookId,
    webhooks::{Delivery, DeliveryState},
};

/// The table, asked for anew whenever `beat` moves.
#[component]
pub fn Deliveries(
    /// Of which webhook.
    id: WebhookId,
    /// Its address.
    url: String,
    /// When to look again.
    #[prop(into)]
    beat: Signal<u64>,
) -> impl IntoView {
    let all = RwSignal::<Option<Result<Vec<Delivery>, String>>>::new(None);
    Effect::new(move |again: Option<()>| {
        beat.get();
        spawn_local(async move {
            let answer = webhook_deliveries(id, again.is_none()).await.map_err(|error| error.text());
            let _ = all.try_set(Some(answer));
        });
    });
    let seen = Memo::new(move |_| all.get());
    let body = move || {
        seen.with(|all| match all {
            None => view! { <p class="empty muted">{tr!("Loading…")}</p> }.erase(),
            Some(Err(error)) => view! { <p class="empty field-error" role="alert">{error.clone()}</p> }.erase(),
            Some(Ok(deliveries)) if deliveries.is_empty() => {
                view! { <p class="empty muted">{tr!("Nothing was sent to it yet.")}</p> }.erase()
            }
            Some(Ok(deliveries)) => view! { <Table deliveries=deliveries.clone() /> }.erase(),
        })
    };
    view! {
        <section class="card" aria-label=tr!("Deliveries")>
            <div class="toolbar">
                <p class="muted">{tr_view!("The last events for {}", view! { <span class="mono">{url}</span> })}</p>
            </div>
            {body}
        </section>
    }
    .erase()
}

#[component]
fn Table(deliveries: Vec<Delivery>) -> impl IntoView {
    view! {
        <table class="list" data-testid="deliveries">
            <caption class="hidden">{tr!("Deliveries, newest first")}</caption>
            <thead>
                <tr>
                    <th scope="col">{tr!("Event")}</th>
                    <th scope="col">{tr!("Happened")}</th>
                    <th scope="col">{tr!("State")}</th>
                    <th scope="col" class="number">{tr!("Attempts")}</th>
                    <th scope="col">{tr!("Last attempt")}</th>
                    <th scope="col">{tr!("Id")}</th>
                </tr>
            </thead>
            <tbody>{deliveries.into_iter().map(|delivery| row(&delivery)).collect_view()}</tbody>
        </table>
    }
    .erase()
}

fn row(delivery: &Delivery) -> impl IntoView + use<> {
    let state = match delivery.state {
        DeliveryState::Waiting if delivery.attempts > 0 => tr!("to be tried again"),
        DeliveryState::Waiting => tr!("waiting"),
        DeliveryState::Delivered => tr!("delivered"),
        DeliveryState::GivenUp => tr!("given up"),
    };
    view! {
        <tr data-testid="delivery">
            <td data-label=tr!("Event")>{delivery.event.word()}</td>
            <td data-label=tr!("Happened") class="nowrap">
                <Time at=delivery.created />
            </td>
            <td data-label=tr!("State") data-testid="delivery-state">{state}</td>
            <td data-label=tr!("Attempts") class="number">{delivery.attempts}</td>
            <td data-label=tr!("Last attempt")>{attempt_text(delivery.last.as_ref())}</td>
            <td data-label=tr!("Id") class="mono muted">{delivery.id.to_string()}</td>
        </tr>
    }
    .erase()
}
