//! The share links of the account: their addresses, how they are used, taking them back.

use crate::{
    components::{
        dialog::Dialog,
        download::copy,
        erase::Erase,
        icons::{Glyph, Icon},
        time::Time,
    },
    error::PanelError,
    files::{
        server::links::{link_code, own_links, revoke_link},
        state::{Ask, Client, use_client},
    },
    format, tr,
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::{
    ids::LinkId,
    links::{LinkKind, LinkRow, PREFIX, Qr},
};

/// The dialog.
#[component]
pub fn Links() -> impl IntoView {
    let client = use_client();
    let open = Signal::derive(move || client.asking.with(|ask| *ask == Some(Ask::Links)));
    let close = Callback::new(move |()| client.asking.set(None));
    view! {
        <div class="wide-dialog">
            <Dialog open on_close=close labelled_by="links-title" testid="links-dialog">
                <h2 id="links-title">{tr!("Your links")}</h2>
                <All client />
                <div class="dialog-buttons">
                    <button class="button" type="button" data-testid="links-close" on:click=move |_| close.run(())>
                        {tr!("Close")}
                    </button>
                </div>
            </Dialog>
        </div>
    }
    .erase()
}

#[component]
fn All(client: Client) -> impl IntoView {
    let links = RwSignal::<Option<Vec<LinkRow>>>::new(None);
    spawn_local(async move {
        match own_links().await {
            Ok(all) => drop(links.try_set(Some(all))),
            Err(error) => client.failed(&error),
        }
    });
    let revoke = Callback::new(move |id: LinkId| {
        spawn_local(async move {
            match revoke_link(id).await {
                // It is gone already.
                Ok(()) | Err(PanelError::NotFound) => {
                    links.try_update(|all| {
                        if let Some(all) = all {
                            all.retain(|link| link.id != id);
                        }
                    });
                    client.toasts.tell(tr!("The link does not work any more.").to_owned());
                }
                Err(error) => client.failed(&error),
            }
        });
    });
    let told = move || match &*links.read() {
        None => Some(tr!("Loading…")),
        Some(all) if all.is_empty() => {
            Some(tr!("There are none. Select a file or a folder and press “Share” to make one."))
        }
        Some(_) => None,
    };
    view! {
        {move || told().map(|text| view! { <p class="muted" data-testid="links-none">{text}</p> })}
        <ul class="own-links" data-testid="links">
            <For each=move || links.get().unwrap_or_default() key=|link| link.id let:link>
                <One client link revoke />
            </For>
        </ul>
    }
    .erase()
}

#[component]
fn One(client: Client, link: LinkRow, revoke: Callback<LinkId>) -> impl IntoView {
    let id = link.id;
    let asking = RwSignal::new(false);
    let (glyph, kind) = match link.kind {
        LinkKind::Download => (Glyph::Export, tr!("to download")),
        LinkKind::Upload => (Glyph::Upload, tr!("to put files in")),
    };
    #[expect(clippy::cast_possible_truncation, reason = "a time in this age")]
    let over = !link.works(js_sys::Date::now() as i64);
    let uses = match link.uses_most {
        Some(most) => tr!("used {} of {} times", format::number(link.uses), format::number(u64::from(most))),
        None => tr!("used {n} time" | "used {n} times" % link.uses),
    };
    let until = link.expires_at.map(|at| {
        view! {
            <span>
                {if over { tr!("ended") } else { tr!("until") }}
                " "
                <Time at=at full=true />
            </span>
        }
    });
    let buttons = move || {
        if asking.get() {
            view! {
                <span class="muted">{tr!("Who uses it now is cut off.")}</span>
                <button class="button" type="button" data-testid="revoke-cancel" on:click=move |_| asking.set(false)>
                    {tr!("Cancel")}
                </button>
                <button class="button danger solid" type="button" data-testid="revoke-confirm" on:click=move |_| revoke.run(id)>
                    {tr!("Take it back")}
                </button>
            }
            .erase()
        } else {
            view! {
                <button class="button danger" type="button" data-testid="revoke" on:click=move |_| asking.set(true)>
                    {tr!("Take back…")}
                </button>
            }
            .erase()
        }
    };
    view! {
        <li data-testid="link">
            <p class="link-what">
                <Icon glyph />
                <b data-testid="link-path">{link.path.clone()}</b>
                <span class="muted">{kind}</span>
                {link.password.then(|| view! { <span class="muted">{tr!("with a password")}</span> })}
                {over.then(|| view! { <span class="link-over" data-testid="link-over">{tr!("does not work any more")}</span> })}
            </p>
            <p class="link-facts muted">
                <span data-testid="link-used">{uses}</span>
                {until}
                <span class="space"></span>
                {buttons}
            </p>
            {(!over).then(|| view! { <Address client link open=false /> })}
        </li>
    }
    .erase()
}

/// The address of a link, to copy or to photograph.
#[component]
pub fn Address(
    /// The page.
    client: Client,
    /// Which.
    link: LinkRow,
    /// With its picture.
    open: bool,
) -> impl IntoView {
    let (id, secret) = (link.id, link.secret.unwrap_or_default());
    let origin = StoredValue::new(window().location().origin().unwrap_or_default());
    let address = origin.with_value(|origin| format!("{origin}{PREFIX}{secret}"));
    let code = RwSignal::<Option<Qr>>::new(None);
    let draw = move || {
        spawn_local(async move {
            match link_code(id, origin.get_value()).await {
                Ok(drawn) => drop(code.try_set(Some(drawn))),
                Err(error) => client.failed(&error),
            }
        });
    };
    if open {
        draw();
    }
    let copied = address.clone();
    let copy = move |_| {
        copy(&copied);
        client.toasts.tell(tr!("Copied.").to_owned());
    };
    let turn = move |_| {
        if code.read_untracked().is_some() {
            code.set(None);
        } else {
            draw();
        }
    };
    view! {
        <div class="link-address">
            <input class="input mono" type="text" readonly aria-label=tr!("Address of the link") data-testid="link-address" prop:value=address />
            <button class="button" type="button" data-testid="link-copy" on:click=copy>
                <Icon glyph=Glyph::Copy />
                {tr!("Copy")}
            </button>
            <button class="button" type="button" aria-pressed=move || code.read().is_some().to_string() data-testid="link-qr" on:click=turn>
                {tr!("QR code")}
            </button>
        </div>
        {move || code.get().map(|Qr { path, size }| view! {
            <p class="qr" data-testid="link-code">
                <svg viewBox=format!("-4 -4 {0} {0}", size + 8) role="img" aria-label=tr!("QR code of the address")>
                    <path d=path />
                </svg>
            </p>
        })}
    }
    .erase()
}
