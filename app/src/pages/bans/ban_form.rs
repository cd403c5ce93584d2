//! A ban made by hand.

use super::{
    own::{OwnAddress, Sending},
    rule_form::{ReachSelect, Reaches},
    server::ban,
};
use crate::{
    components::{
        erase::Erase,
        form::{DialogButtons, Field, Form, FormError},
    },
    format,
    pages::sessions::words,
    tr,
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::{
    addresses::AddressRange,
    bans::{BanOrder, LONGEST_BAN, USUAL_BAN},
};

/// The form.
#[component]
pub fn BanForm(
    /// Leaves the dialog.
    close: Callback<()>,
    /// It was made.
    done: Callback<()>,
) -> impl IntoView {
    let address = RwSignal::new(String::new());
    let minutes = RwSignal::new(USUAL_BAN.to_string());
    let reason = RwSignal::new(String::new());
    let (address_error, minutes_error) = (RwSignal::new(None), RwSignal::new(None));
    let reaches = Reaches::new();
    let sending = Sending::new();
    let submit = Callback::new(move |()| {
        let range = address.read_untracked().parse::<AddressRange>();
        let time = minutes.read_untracked().trim().parse().ok().filter(|minutes| (1..=LONGEST_BAN).contains(minutes));
        address_error.set(range.as_ref().err().map(|error| words::sentence(&error.to_string())));
        minutes_error
            .set(time.is_none().then(|| tr!("Minutes from 1 to {}, a year.", format::number(LONGEST_BAN.into()))));
        let (Ok(range), Some(minutes)) = (range, time) else { return };
        let order = BanOrder {
            address: range,
            minutes,
            reach: reaches.chosen(),
            reason: reason.get_untracked(),
            confirm_own_address: sending.confirmed(),
        };
        sending.begin();
        spawn_local(async move {
            if let Some(change) = sending.end(ban(order).await) {
                let time = words::for_minutes(&minutes.to_string());
                sending.tell(&tr!("{} is banned for {}.", range, time), change);
                done.try_run(());
            }
        });
    });
    view! {
        <h2 id="ban-title">{tr!("Ban an address")}</h2>
        <Form submit>
            <div class="fields">
                <Field label=tr!("Address or network") value=address testid="ban-address" placeholder="203.0.113.7, 10.0.0.0/8, 10.1.*.*" error=address_error />
                <Field label=tr!("Minutes") value=minutes testid="ban-minutes" kind="number" error=minutes_error />
            </div>
            <ReachSelect reaches />
            <Field label=tr!("Reason") value=reason testid="ban-reason" />
            <p class="muted">{tr!("Sessions it matches end at once, on every protocol.")}</p>
            <OwnAddress sending />
            <FormError error=sending.error />
            <DialogButtons close yes=tr!("Ban") disabled=sending.busy danger=true testid="ban-confirm" />
        </Form>
    }
    .erase()
}
