//! The dialog that writes to many sessions at once, and what became of it.

use super::server::{broadcast, broadcast_state};
use crate::{
    clock::use_clock,
    components::{
        dialog::Dialog,
        erase::Erase,
        form::{Check, DialogButtons, Form, FormError, TextArea, when_settled},
    },
    format,
    live::{LiveRow, use_live},
    pages::sessions::filter::{FilterDraft, FilterFields},
    tr,
};
use leptos::{prelude::*, task::spawn_local};
use std::time::Duration;
use wharf_model::{
    chat::{BroadcastReceipt, LONGEST_TEXT, SendMode},
    kicks::SessionFilter,
    sessions::{SessionRow, UserType},
};

/// How often it is asked how far a message has come.
const ASK_EVERY: Duration = Duration::from_secs(2);

/// The dialog.
#[component]
pub fn BroadcastDialog(
    /// Whether it is open.
    open: RwSignal<bool>,
) -> impl IntoView {
    let close = Callback::new(move |()| open.set(false));
    view! {
        <Dialog open on_close=close labelled_by="broadcast-title" testid="broadcast-dialog">
            <BroadcastForm close />
        </Dialog>
    }
    .erase()
}

#[component]
fn BroadcastForm(close: Callback<()>) -> impl IntoView {
    let receipt = RwSignal::<Option<BroadcastReceipt>>::new(None);
    let sent = Memo::new(move |_| receipt.read().is_some());
    view! {
        <h2 id="broadcast-title">{tr!("Broadcast")}</h2>
        {move || if sent.get() { view! { <Sent receipt close /> }.erase() } else { view! { <Write receipt close /> }.erase() }}
    }
    .erase()
}

#[component]
fn Write(receipt: RwSignal<Option<BroadcastReceipt>>, close: Callback<()>) -> impl IntoView {
    let live = use_live();
    let clock = use_clock();
    let filter = FilterDraft::new();
    let text = RwSignal::new(String::new());
    let now = RwSignal::new(false);
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None);
    let count = RwSignal::new((0_u64, 0_u64));
    when_settled(
        Callback::new(move |()| {
            filter.read();
            clock.now();
        }),
        Callback::new(move |()| {
            let Some(filter) = untrack(|| filter.read()) else { return };
            let at = live.updated.get_untracked();
            count.set(live.with_rows(|rows| {
                let matching = rows.values().map(LiveRow::now).filter(|row| matches(&filter, row, at));
                matching.fold(
                    (0, 0),
                    |(can, cannot), row| {
                        if row.protocol.can_chat() { (can + 1, cannot) } else { (can, cannot + 1) }
                    },
                )
            }));
        }),
    );
    let reaches = move || {
        let (can, cannot) = count.get();
        let rest = if cannot == 0 {
            String::new()
        } else {
            tr!(" {n} further session cannot show a text." | " {n} further sessions cannot show a text." % cannot)
        };
        tr!("Reaches {n} FTP session." | "Reaches {n} FTP sessions." % can) + &rest
    };
    let submit = Callback::new(move |()| {
        let Some(filter) = untrack(|| filter.read()) else { return };
        if text.read_untracked().trim().is_empty() {
            error.set(Some(tr!("Write something first.").to_owned()));
            return;
        }
        busy.set(true);
        error.set(None);
        let mode = if now.get_untracked() { SendMode::Now } else { SendMode::NextReply };
        spawn_local(async move {
            let answer = broadcast(filter, text.get_untracked(), mode).await;
            let _ = busy.try_set(false);
            match answer {
                Ok(answer) => {
                    let _ = receipt.try_set(Some(answer));
                }
                Err(failure) => {
                    let _ = error.try_set(Some(failure.text()));
                }
            }
        });
    });
    view! {
        <Form submit>
            <FilterFields draft=filter />
            <TextArea label=tr!("Message") value=text testid="broadcast-text" rows="3" most=LONGEST_TEXT />
            <Check value=now testid="broadcast-now">
                {tr!("Send now instead of with the next reply")}
            </Check>
            {move || {
                now.get()
                    .then(|| {
                        view! {
                            <p class="muted">
                                {tr!("A reply nobody asked for: some clients take it for the answer to their next command and stumble.")}
                            </p>
                        }
                    })
            }}
            <p class="consequences" aria-live="polite" data-testid="broadcast-preview">
                {reaches}
            </p>
            <FormError error />
            <DialogButtons close yes=tr!("Send") disabled=busy testid="broadcast-confirm" />
        </Form>
    }
    .erase()
}

/// As the server decides it; what is shown before is only a count.
fn matches(filter: &SessionFilter, row: &SessionRow, now: i64) -> bool {
    let SessionFilter { anonymous, idle_minutes, domain, .. } = filter;
    (!anonymous || row.user_type == UserType::Anonymous)
        && idle_minutes.is_none_or(|minutes| row.idle_ms(now) >= i64::from(minutes) * 60_000)
        && domain.as_ref().is_none_or(|domain| row.domain.as_ref() == Some(domain))
}

/// How far it has come, until every session has it or is gone.
#[component]
fn Sent(receipt: RwSignal<Option<BroadcastReceipt>>, close: Callback<()>) -> impl IntoView {
    Effect::new(move || {
        let asking = set_interval_with_handle(
            move || {
                let Some(known) = receipt.try_get_untracked().flatten().filter(|known| known.queued > 0) else {
                    return;
                };
                spawn_local(async move {
                    if let Ok(answer) = broadcast_state(known.id).await {
                        let _ = receipt.try_set(Some(answer));
                    }
                });
            },
            ASK_EVERY,
        );
        on_cleanup(move || {
            if let Ok(asking) = asking {
                asking.clear();
            }
        });
    });
    let number = move |pick: fn(&BroadcastReceipt) -> u32| {
        move || receipt.with(|receipt| receipt.as_ref().map(pick).map(|count| format::number(count.into())))
    };
    view! {
        <dl class="facts receipt" data-testid="broadcast-receipt">
            <dt>{tr!("Delivered")}</dt>
            <dd>{number(|receipt| receipt.delivered)}</dd>
            <dt>{tr!("Waiting for the next reply")}</dt>
            <dd>{number(|receipt| receipt.queued)}</dd>
            <dt>{tr!("Ended before")}</dt>
            <dd>{number(|receipt| receipt.undelivered)}</dd>
            <dt>{tr!("Cannot show a text")}</dt>
            <dd>{number(|receipt| receipt.not_possible)}</dd>
        </dl>
        <div class="dialog-buttons">
            <button class="button primary" type="button" data-testid="broadcast-close" on:click=move |_| close.run(())>
                {tr!("Close")}
            </button>
        </div>
    }
    .erase()
}
