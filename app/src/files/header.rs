//! The head of the page: who is signed in, how much room there is, messages, language, the way out.

use super::{
    place,
    server::signing::sign_out,
    state::{Ask, Client, use_client},
};
use crate::{
    components::{
        erase::Erase,
        icons::{Glyph, Icon, Mark},
        languages::LanguageLinks,
        menu::Menu,
    },
    format, tr,
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::files::User;

/// The head.
#[component]
pub fn Header() -> impl IntoView {
    let client = use_client();
    let User { login, domain, actor, visits, .. } = client.user();
    let visits = visits.is_some();
    let login = if visits { tr!("Visitor").to_owned() } else { login };
    let acting = actor.map(|actor| {
        view! {
            <p class="banner warn files-hint" role="status" data-testid="acting">
                {tr!("You are {} and act as {}.", actor, login)}
            </p>
        }
    });
    let leave = move |_| {
        spawn_local(async move {
            match sign_out().await {
                // A whole new page: nothing of the session may stay.
                Ok(()) => drop(window().location().set_href(&place::address("/"))),
                Err(error) => client.failed(&error),
            }
        });
    };
    let here = Callback::new(move |code: &'static str| {
        format!("{}/?language={code}&path={}", place::base(), client.path.get())
    });
    let summary = view! {
        <Icon glyph=Glyph::Person />
        <span class="hidden">{tr!("Account")}</span>
        <span class="account-login">{login.clone()}</span>
    }
    .erase();
    view! {
        <header class="files-head">
            <h1 class="hidden">{tr!("Wharf files")}</h1>
            <a class="brand" href=place::address("/") rel="external" aria-label=tr!("Wharf files, home")>
                <Mark />
                <span>{tr!("Wharf files")}</span>
            </a>
            <span class="files-domain muted" data-testid="domain">{domain.clone()}</span>
            <span class="space"></span>
            {(!visits).then(|| view! { <Storage client /> })}
            <super::chat::Toggle />
            <Menu summary testid="account-menu" class="account">
                <p class="account-who">
                    <b data-testid="who">{login}</b>
                    <span>{domain}</span>
                </p>
                <LanguageLinks address=here />
                {(!visits).then(|| view! { <Own client /> })}
                <button class="button" type="button" data-testid="sign-out" on:click=leave>
                    <Icon glyph=Glyph::Leave />
                    {if visits { tr!("Leave") } else { tr!("Sign out") }}
                </button>
            </Menu>
        </header>
        {acting}
    }
    .erase()
}

/// What who is signed in has, and visitors have not.
#[component]
fn Own(client: Client) -> impl IntoView {
    let button = |glyph: Glyph, text: &'static str, testid: &'static str, ask: Ask| {
        view! {
            <button class="button" type="button" data-testid=testid on:click=move |_| client.asking.set(Some(ask.clone()))>
                <Icon glyph />
                {text}
            </button>
        }
    };
    view! {
        {button(Glyph::Chain, tr!("Your links"), "own-links", Ask::Links)}
        {button(Glyph::Sessions, tr!("Your sessions"), "own-sessions", Ask::Sessions)}
    }
    .erase()
}

#[component]
fn Storage(client: Client) -> impl IntoView {
    let quota = client.user().quota;
    let text = move || {
        let used = format::size(client.used.get());
        match quota {
            Some(quota) => tr!("{} of {}", used, format::size(quota)),
            None => tr!("{} used", used),
        }
    };
    let share = move |quota: u64| {
        let share = client.used.get().saturating_mul(100).checked_div(quota).unwrap_or(100);
        share.min(100).to_string()
    };
    let full = move |quota: u64| client.used.get() >= quota;
    view! {
        <span class="files-storage" data-testid="storage">
            {quota.map(|quota| view! {
                <progress
                    class="bar"
                    max="100"
                    value=move || share(quota)
                    class:full=move || full(quota)
                    aria-label=tr!("Storage")
                ></progress>
            })}
            <span class="nowrap">{text}</span>
        </span>
    }
    .erase()
}
