//! What holds for every account of the server, of a reseller or customer, of a domain.
//!
//! * [`server`]: the functions the card calls
//! * [`fields`]: the fields, also those of one account

pub mod fields;
pub mod server;

use crate::{
    components::{
        crumbs::Crumbs,
        erase::Erase,
        form::{Form, FormError},
        frame::use_account,
        toast::use_toasts,
    },
    error::PanelError,
    live::news::keep_fresh,
    tr,
};
use fields::{LimitEntries, LimitFields};
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use server::{limits, set_limits};
use wharf_model::{
    limits::{LimitsFound, LimitsOf},
    live::Topic,
    people::Permission,
};

/// The page of those of the server.
#[component]
pub fn LimitsOfServer() -> impl IntoView {
    view! {
        <Title text=tr!("Limits of all accounts") />
        <div class="page">
            <Crumbs name=tr!("Accounts") href="/accounts" here=tr!("Limits").to_owned() />
            <div class="page-head">
                <h1>{tr!("Limits of all accounts")}</h1>
            </div>
            <LimitsCard of=LimitsOf::Server />
        </div>
    }
    .erase()
}

/// The limits of a place, to be changed by who may.
#[component]
pub fn LimitsCard(
    /// Which place.
    of: LimitsOf,
    /// Whether they are only to be read.
    #[prop(optional)]
    fixed: bool,
) -> impl IntoView {
    let found = RwSignal::<Option<Result<LimitsFound, String>>>::new(None);
    let ask = Callback::new(move |active: bool| {
        spawn_local(async move {
            let answer = limits(of, active).await.map_err(|error| error.text());
            let _ = found.try_set(Some(answer));
        });
    });
    keep_fresh(Topic::Accounts, ask);
    // A look that fails does not take away what is there.
    let there = Memo::new(move |before: Option<&Option<LimitsFound>>| {
        let now = found.with(|found| found.as_ref().and_then(|found| found.as_ref().ok().cloned()));
        now.or_else(|| before.cloned().flatten())
    });
    let own = Memo::new(move |_| there.with(|there| there.as_ref().map(|there| there.own)));
    let above =
        Signal::derive(move || there.with(|there| there.as_ref().map_or(Vec::new(), |there| there.above.clone())));
    let failed = move || {
        found.with(|found| match found {
            Some(Err(error)) => Some(view! { <p class="field-error" role="alert">{error.clone()}</p> }),
            _ => None,
        })
    };
    let permission = match of {
        LimitsOf::Server => Permission::ManageSettings,
        LimitsOf::Person(_) => Permission::ManagePeople,
        LimitsOf::Domain(_) => Permission::ManageDomains,
    };
    let fixed = fixed || !use_account().is_some_and(|account| account.may(permission));
    let toasts = use_toasts();
    let error = RwSignal::new(None);
    let busy = RwSignal::new(false);
    // Drawn anew only when what is set here has changed: somebody may be typing.
    let form = move || {
        let entries = LimitEntries::new(own.get()?);
        let submit = Callback::new(move |()| {
            error.set(None);
            let Some(wanted) = entries.read() else { return };
            busy.set(true);
            spawn_local(async move {
                let answer = set_limits(of, wanted).await;
                let _ = busy.try_set(false);
                match answer {
                    Ok(_) => toasts.tell(tr!("The limits are saved.").to_owned()),
                    Err(PanelError::Invalid { field, message }) if entries.refuse(&field, &message) => {}
                    Err(other) => drop(error.try_set(Some(other.text()))),
                }
                ask.try_run(false);
            });
        });
        let save = (!fixed).then(|| {
            view! {
                <p>
                    <button class="button" type="submit" data-testid="limits-save" disabled=busy>
                        {tr!("Save")}
                    </button>
                </p>
            }
        });
        Some(view! {
            <Form submit class="form inline-fields">
                <LimitFields entries above fixed />
                <FormError error />
                {save}
            </Form>
        })
    };
    view! {
        <section class="card" aria-labelledby="limits-title" data-testid="limits">
            <div class="toolbar">
                <h2 id="limits-title">{tr!("Limits of each account")}</h2>
            </div>
            <div class="card-body">
                <p class="muted">
                    {tr!("For every account below. Storage and speeds hold at once, the rest for the next login.")}
                </p>
                {failed} {form}
            </div>
        </section>
    }
    .erase()
}
