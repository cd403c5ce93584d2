//! Bans in force.

use super::{
    ban_form::BanForm,
    may_change,
    server::{ban, bans, unban},
};
use crate::{
    clock::use_clock,
    components::{
        dialog::Dialog,
        erase::Erase,
        time::Time,
        toast::{Action, Toasts, use_toasts},
    },
    format,
    live::news::keep_fresh,
    tr,
    words::told,
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::{
    bans::{Ban, BanOrder, BanOrigin},
    live::Topic,
};

/// The table, and the button that adds to it.
#[component]
pub fn BanList() -> impl IntoView {
    let all = RwSignal::<Option<Result<Vec<Ban>, String>>>::new(None);
    let ask = Callback::new(move |active: bool| {
        spawn_local(async move {
            let answer = bans(active).await.map_err(|error| error.text());
            let _ = all.try_set(Some(answer));
        });
    });
    keep_fresh(Topic::Bans, ask);
    let adding = RwSignal::new(false);
    let close = Callback::new(move |()| adding.set(false));
    let done = Callback::new(move |()| {
        adding.set(false);
        ask.run(false);
    });
    let body = move || {
        all.with(|all| match all {
            None => view! { <p class="empty muted">{tr!("Loading…")}</p> }.erase(),
            Some(Err(error)) => view! { <p class="empty field-error" role="alert">{error.clone()}</p> }.erase(),
            Some(Ok(bans)) if bans.is_empty() => view! {
                <div class="empty" data-testid="bans-none">
                    <h2>{tr!("Nobody is banned")}</h2>
                    <p class="muted">{tr!("Bans come from kicks, from too many wrong passwords, and from the button above. They end by themselves.")}</p>
                </div>
            }
            .erase(),
            Some(Ok(bans)) => view! { <Table bans=bans.clone() ask /> }.erase(),
        })
    };
    view! {
        <section class="card" aria-label=tr!("Bans")>
            <div class="toolbar">
                <p class="muted">{tr!("Addresses that are turned away for a while.")}</p>
                <span class="space"></span>
                {may_change()
                    .then(|| {
                        view! {
                            <button class="button" type="button" data-testid="ban-add" on:click=move |_| adding.set(true)>
                                {tr!("Ban an address…")}
                            </button>
                        }
                    })}
            </div>
            {body}
        </section>
        <Dialog open=adding on_close=close labelled_by="ban-title" testid="ban-dialog">
            <BanForm close done />
        </Dialog>
    }
    .erase()
}

#[component]
fn Table(bans: Vec<Ban>, ask: Callback<bool>) -> impl IntoView {
    view! {
        <table class="list" data-testid="bans">
            <caption class="hidden">{tr!("Bans in force, newest first")}</caption>
            <thead>
                <tr>
                    <th scope="col">{tr!("Address")}</th>
                    <th scope="col">{tr!("Where")}</th>
                    <th scope="col">{tr!("Remaining")}</th>
                    <th scope="col">{tr!("Reason")}</th>
                    <th scope="col">{tr!("Origin")}</th>
                    <th scope="col">{tr!("By")}</th>
                    <th scope="col" class="number">{tr!("Hits")}</th>
                    <th scope="col">
                        <span class="hidden">{tr!("Unban")}</span>
                    </th>
                </tr>
            </thead>
            <tbody>{bans.into_iter().map(|ban| view! { <Row ban ask /> }).collect_view()}</tbody>
        </table>
    }
    .erase()
}

#[component]
fn Row(ban: Ban, ask: Callback<bool>) -> impl IntoView {
    let clock = use_clock();
    let toasts = use_toasts();
    let address = ban.address.to_string();
    let (created, expires) = (ban.created, ban.expires);
    let left = move || {
        let left = expires - clock.now();
        if left > 0 { format::duration(left) } else { tr!("over").to_owned() }
    };
    let origin = match ban.origin {
        BanOrigin::Kick => tr!("kick"),
        BanOrigin::Throttle => tr!("wrong passwords"),
        BanOrigin::Hand => tr!("by hand"),
    };
    let name = address.clone();
    let lift = StoredValue::new(ban.clone());
    let button = may_change().then(|| {
        view! {
            <button
                class="button"
                type="button"
                data-testid="unban"
                aria-label=tr!("Unban {}", name)
                on:click=move |_| take_off(lift.get_value(), toasts, clock.exact(), ask)
            >
                {tr!("Unban")}
            </button>
        }
    });
    view! {
        <tr data-testid="ban-row">
            <td data-label=tr!("Address") class="mono">
                <b>{address}</b>
            </td>
            <td data-label=tr!("Where")>{told(&ban.reach_name)}</td>
            <td data-label=tr!("Remaining") class="nowrap" data-testid="ban-left">
                <span title=clock.date_time(expires)>{left}</span>
            </td>
            <td data-label=tr!("Reason") class="wide">{ban.reason}</td>
            <td data-label=tr!("Origin")>{origin}</td>
            <td data-label=tr!("By")>
                {ban.by} " " <span class="muted">
                    <Time at=created />
                </span>
            </td>
            <td data-label=tr!("Hits") class="number">{format::number(ban.hits)}</td>
            <td class="actions">{button}</td>
        </tr>
    }
    .erase()
}

/// Ends the ban. To undo that is to ban for what was left of it.
fn take_off(lifted: Ban, toasts: Toasts, now: i64, ask: Callback<bool>) {
    spawn_local(async move {
        match unban(vec![lifted.id]).await {
            Ok(0) => toasts.tell(tr!("The ban was over already.").to_owned()),
            Ok(_) => {
                let text = tr!("{} is no longer banned.", lifted.address);
                let minutes = u32::try_from((lifted.expires - now).max(1).div_euclid(60_000) + 1).unwrap_or(1);
                let order = BanOrder {
                    address: lifted.address,
                    minutes,
                    reach: lifted.reach,
                    reason: lifted.reason,
                    confirm_own_address: true,
                };
                let run = Callback::new(move |()| {
                    let order = order.clone();
                    spawn_local(async move {
                        match ban(order).await {
                            Ok(_) => toasts.tell(tr!("Banned again.").to_owned()),
                            Err(error) => toasts.fail(error.text()),
                        }
                        ask.try_run(false);
                    });
                });
                toasts.offer(text, Action { name: tr!("Undo"), run });
            }
            Err(error) => toasts.fail(error.text()),
        }
        ask.try_run(false);
    });
}
