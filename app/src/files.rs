//! The file client: an app of its own, on an origin of its own, with the panel's design.
//!
//! One page: the folder is in the query of its address, as [`place`] reads it, and the browser's history leads back.
//!
//! * [`server`]: the server functions; `guard`, `errors` (ssr): who calls them, and what they answer
//! * [`state`]: what the page knows, shared by context
//! * [`signin`], [`visit`], [`ended`]: the page for who is not signed in, at a share link, and for who no longer is
//! * [`header`], [`toolbar`], [`list`], [`row`], [`keys`]: what the page is made of
//! * [`actions`]: the dialogs that change something
//! * [`uploads`]: files on their way to the server
//! * [`live`], [`chat`]: what the server tells meanwhile

pub mod actions;
pub mod chat;
pub mod ended;
#[cfg(feature = "ssr")]
mod errors;
#[cfg(feature = "ssr")]
pub mod guard;
pub mod header;
pub mod keys;
pub mod list;
pub mod live;
pub mod place;
pub mod preview;
pub mod row;
pub mod server;
pub mod signin;
pub mod state;
pub mod toolbar;
pub mod uploads;
pub mod visit;

#[cfg(feature = "ssr")]
use crate::shell::{Assets, document};
use crate::{
    clock::Clock,
    components::{
        erase::Erase,
        toast::{ToastRegion, Toasts, use_toasts},
    },
    error::PanelError,
    words,
};
use ended::Ended;
use header::Header;
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use list::List;
use server::{folders::open_folder, signing::whoami};
use signin::SignIn;
use state::Client;
use toolbar::Toolbar;
use uploads::{Uploads, drop_zone::DropZone, panel::UploadPanel};
use visit::Visit;
use wharf_model::files::{Folder, User, Visitor};

/// The file client as a whole document.
#[cfg(feature = "ssr")]
pub fn shell(assets: &Assets) -> impl IntoView + use<> {
    document(assets, &assets.files, App)
}

/// The whole file client.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_context(Clock::new());
    provide_context(Toasts::new());
    place::call_from_here();
    place::enter(use_toasts());
    let start = Resource::new_blocking(|| (), |()| begin());
    view! {
        <Title text="Wharf" />
        <Suspense>
            {move || Suspend::new(async move {
                match start.await {
                    Ok((Visitor::Known(user), path, folder)) => view! { <Page user path folder /> }.erase(),
                    Ok((Visitor::Unknown(farewell), ..)) => view! { <SignIn farewell /> }.erase(),
                    Ok((Visitor::Invited { offer, farewell }, ..)) => view! { <Visit offer farewell /> }.erase(),
                    Err(error) => view! { <p class="loading" role="alert">{error.text()}</p> }.erase(),
                }
            })}
        </Suspense>
        <ToastRegion />
    }
    .erase()
}

/// What the page shows at first: who is there, which folder was asked for, and what is in it.
type Beginning = (Visitor, String, Result<Folder, PanelError>);

async fn begin() -> Result<Beginning, PanelError> {
    let path = asked();
    let visitor = whoami().await?;
    let folder = match visitor {
        Visitor::Known(_) => open_folder(path.clone()).await,
        Visitor::Unknown(_) | Visitor::Invited { .. } => Err(PanelError::SignedOut),
    };
    Ok((visitor, path, folder))
}

/// The folder in the address of the page that is rendered.
fn asked() -> String {
    #[cfg(feature = "ssr")]
    if let Some(parts) = use_context::<axum::http::request::Parts>() {
        return place::read(parts.uri.query().unwrap_or_default());
    }
    // The browser is told what the server found.
    place::read("")
}

/// What who is signed in sees.
#[component]
fn Page(user: User, path: String, folder: Result<Folder, PanelError>) -> impl IntoView {
    let client = Client::new(user, path, folder);
    provide_context(client);
    let uploads = Uploads::new(client);
    provide_context(uploads);
    place::follow(client);
    live::connect(client);
    move || match client.ended.get() {
        Some(why) => view! { <Ended why=words::told(&why) /> }.erase(),
        None => view! {
            <div class="files" data-testid="files">
                <Header />
                <live::Hint />
                <main class="files-main" id="content" tabindex="-1">
                    <Toolbar />
                    <List />
                </main>
                <chat::Drawer />
                <actions::Dialogs />
                <UploadPanel />
                <DropZone />
            </div>
        }
        .erase(),
    }
}
