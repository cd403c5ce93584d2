//! The page around the pages: navigation, account, banners. It lets nobody in who is not signed in, and it owns the
//! live picture, which therefore lives on while pages change.

use crate::{
    clock::use_clock,
    components::{
        erase::Erase,
        icons::{Glyph, Icon, Mark},
        live_state::ConnectionBanner,
        menu::Menu,
        toast::ToastRegion,
    },
    error::PanelError,
    format, later,
    live::{Live, use_live},
    next,
    pages::{
        messages::inbox::{Inbox, use_inbox},
        panel_sessions::warning::IdleWarning,
        sessions::server::{FIRST_ROWS, sessions_snapshot},
        signin::{Me, SignOutCall, me},
    },
    tr, tr_view, words,
};
use leptos::{form::ActionForm, prelude::*};
use leptos_router::{
    components::{A, Outlet, Redirect},
    hooks::use_location,
};
use wharf_model::{
    languages::{Language, Preferences},
    live::Snapshot,
    people::{Permission, Role},
};

/// An entry of the navigation.
#[derive(Clone, Copy)]
struct Entry {
    name: &'static str,
    path: &'static str,
    testid: &'static str,
    glyph: Glyph,
    /// How many there are of what it leads to.
    count: Option<fn(Live) -> u64>,
    /// Whether it shows how many messages are unread.
    unread: bool,
    /// What it takes to be shown it.
    permission: Option<Permission>,
}

impl Entry {
    const fn new(name: &'static str, path: &'static str, testid: &'static str, glyph: Glyph) -> Self {
        Self { name, path, testid, glyph, count: None, unread: false, permission: None }
    }
}

/// What there is to go to, in groups. A page that is added is a line here.
const NAVIGATION: [&[Entry]; 1] = [&[
    Entry::new(later!("Overview"), "/", "nav-overview", Glyph::Overview),
    Entry {
        count: Some(|live| live.stats.get().online.into()),
        ..Entry::new(later!("Sessions"), "/sessions", "nav-sessions", Glyph::Sessions)
    },
    Entry {
        unread: true,
        permission: Some(Permission::ViewMessages),
        ..Entry::new(later!("Messages"), "/messages", "nav-messages", Glyph::Messages)
    },
    Entry {
        permission: Some(Permission::ViewBans),
        ..Entry::new(later!("Bans & rules"), "/bans", "nav-bans", Glyph::Bans)
    },
    Entry {
        permission: Some(Permission::ViewAccounts),
        ..Entry::new(later!("Domains"), "/domains", "nav-domains", Glyph::Domains)
    },
    Entry {
        permission: Some(Permission::ViewAccounts),
        ..Entry::new(later!("Accounts"), "/accounts", "nav-accounts", Glyph::Accounts)
    },
    Entry {
        permission: Some(Permission::ViewPeople),
        ..Entry::new(later!("People"), "/people", "nav-people", Glyph::Person)
    },
    Entry::new(later!("Panel sessions"), "/panel-sessions", "nav-panel-sessions", Glyph::Window),
    Entry {
        permission: Some(Permission::ViewAudit),
        ..Entry::new(later!("Audit"), "/audit", "nav-audit", Glyph::Audit)
    },
    Entry {
        permission: Some(Permission::ManageWebhooks),
        ..Entry::new(later!("Webhooks"), "/webhooks", "nav-webhooks", Glyph::Chain)
    },
]];

/// Who is signed in, shared by context below [`Frame`].
#[derive(Clone, Copy, Debug)]
pub struct Account(StoredValue<Me>);

impl Account {
    /// Whether to offer what needs `permission`. The server decides in any case.
    pub fn may(self, permission: Permission) -> bool {
        self.0.with_value(|me| me.may.contains(&permission))
    }

    /// What the person is.
    pub fn role(self) -> Role {
        self.0.with_value(|me| me.role)
    }

    /// Whether `login` is this person.
    pub fn is(self, login: &str) -> bool {
        self.0.with_value(|me| me.login == login)
    }

    /// The language and the time zone of who sits there.
    pub fn preferences(self) -> Preferences {
        self.0.with_value(|me| me.preferences.clone())
    }

    /// Whether somebody else acts as this person.
    pub fn acting(self) -> bool {
        self.0.with_value(|me| me.acting.is_some())
    }

    /// Whether the whole server is in sight, and not some domains only.
    pub fn sees_all(self) -> bool {
        self.0.with_value(|me| matches!(me.role, Role::Administrator | Role::Auditor))
    }
}

/// Who is signed in.
pub fn use_account() -> Option<Account> {
    use_context()
}

/// Everything but the sign-in page.
#[component]
pub fn Frame() -> impl IntoView {
    view! {
        <Guarded>
            <Outlet />
        </Guarded>
    }
    .erase()
}

/// The frame around `children`, for who is signed in; the way to the sign-in page for everybody else.
#[component]
pub fn Guarded(
    /// The page.
    children: ChildrenFn,
) -> impl IntoView {
    let children = StoredValue::new(children);
    let place = use_location();
    let start = Resource::new_blocking(
        || (),
        |()| async move {
            let me = me(true).await?;
            Ok::<_, PanelError>((me, sessions_snapshot(Some(FIRST_ROWS)).await?))
        },
    );
    let way_back = move || {
        let search = place.search.get_untracked();
        let mark = if search.is_empty() { "" } else { "?" };
        next::sign_in(&format!("{}{mark}{}", place.pathname.get_untracked(), search.trim_start_matches('?')))
    };
    view! {
        <Suspense fallback=|| view! { <p class="loading" role="status">{tr!("Loading…")}</p> }>
            {move || Suspend::new(async move {
                match start.await {
                    Ok((me, snapshot)) => view! { <SignedIn me snapshot children=children.get_value() /> }.erase(),
                    Err(PanelError::SignedOut) => {
                        let leave = view! { <Redirect path=way_back() /> }.erase();
                        answer_302();
                        leave
                    }
                    Err(error) => view! { <Trouble error /> }.erase(),
                }
            })}
        </Suspense>
    }
    .erase()
}

/// The redirect of leptos answers 302 to browsers only, and 200 to who does not ask for HTML.
fn answer_302() {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(axum::http::StatusCode::FOUND);
    }
}

#[component]
fn SignedIn(me: Me, snapshot: Snapshot, children: ChildrenFn) -> impl IntoView {
    let live = Live::new(use_clock());
    live.seed(snapshot);
    provide_context(live);
    provide_context(Account(StoredValue::new(me.clone())));
    let (me_acting, acting_login) = (me.acting.clone(), me.login.clone());
    let inbox = Inbox::new();
    provide_context(inbox);
    if me.may.contains(&Permission::ViewMessages) {
        inbox.start(live);
    }
    let wanted = me.preferences.clone();
    let clock = use_clock();
    // In the browser only, where effects run.
    Effect::new(move || {
        clock.set_zone(wanted.time_zone.as_deref());
        // Who just signed in may want another language than the sign-in page had. A page has one, so it takes a new one.
        let language = wanted.language.as_deref().and_then(Language::by_code);
        if language.is_some_and(|language| language != words::language()) {
            drop(window().location().reload());
        }
    });
    Effect::new(move || {
        live.connect();
        on_cleanup(move || live.close());
    });
    view! {
        <div class="frame">
            <a class="skip" href="#content" rel="external">
                {tr!("Skip to content")}
            </a>
            <header class="side">
                <A href="/" attr:class="brand" attr:aria-label=tr!("Wharf, overview")>
                    <Mark />
                    <span>"Wharf"</span>
                </A>
                <Navigation />
                <AccountMenu me />
            </header>
            <main class="content" id="content" tabindex="-1">
                {me_acting.map(|actor| view! { <ActingBanner actor login=acting_login /> })}
                <ConnectionBanner />
                <IdleWarning />
                {children()}
            </main>
            <ToastRegion />
        </div>
    }
    .erase()
}

#[component]
fn Navigation() -> impl IntoView {
    let live = use_live();
    let inbox = use_inbox();
    let unread = move || {
        let unread = inbox.total();
        (unread > 0).then(|| {
            view! {
                <span class="badge" data-testid="unread">
                    {format::number(unread.into())}
                    <span class="hidden">{tr!(" unread")}</span>
                </span>
            }
        })
    };
    let entry = move |entry: Entry| {
        view! {
            <li>
                <A href=entry.path exact=entry.path == "/" attr:data-testid=entry.testid>
                    <Icon glyph=entry.glyph />
                    <span class="nav-name">{words::text(entry.name)}</span>
                    {entry.count.map(|count| view! { <span class="nav-count">{move || format::number(count(live))}</span> })}
                    {entry.unread.then_some(unread)}
                </A>
            </li>
        }
    };
    let account = use_account();
    let offered = move |entry: &Entry| {
        entry.permission.is_none_or(|permission| account.is_some_and(|account| account.may(permission)))
    };
    let group = move |entries: &'static [Entry]| {
        view! { <ul>{entries.iter().copied().filter(offered).map(entry).collect_view()}</ul> }
    };
    view! {
        <nav class="nav" aria-label=tr!("Panel")>
            {NAVIGATION.into_iter().map(group).collect_view()}
        </nav>
    }
    .erase()
}

#[component]
fn AccountMenu(me: Me) -> impl IntoView {
    let sign_out = ServerAction::<SignOutCall>::new();
    let login = me.login.clone();
    let summary = view! {
        <Icon glyph=Glyph::Person />
        <span class="hidden">{tr!("Account")}</span>
        <span class="account-login">{login}</span>
    }
    .erase();
    view! {
        <Menu summary testid="account-menu" class="account">
            <p class="account-who">
                <b>{me.login}</b>
                <span>{words::text(me.role.label())}</span>
            </p>
            <A href="/profile" attr:class="button" attr:data-testid="profile">{tr!("Your profile")}</A>
            <ActionForm action=sign_out>
                <button class="button" type="submit" data-testid="sign-out">
                    {tr!("Sign out")}
                </button>
            </ActionForm>
        </Menu>
    }
    .erase()
}

/// Says all the time that somebody acts as another person, and leads back.
#[component]
fn ActingBanner(actor: String, login: String) -> impl IntoView {
    let sign_out = ServerAction::<SignOutCall>::new();
    let live = use_live();
    // The line hears of the end of this session, and would lead to the sign-in page before the answer leads back.
    let leave = move |_| live.close();
    Effect::new(move || {
        // A whole new page: nothing of the other person may stay.
        let _ = match sign_out.value().get() {
            Some(Ok(())) => window().location().set_href("/people"),
            Some(Err(_)) => window().location().reload(),
            None => return,
        };
    });
    view! {
        <div class="banner warn" role="status" data-testid="acting">
            <span>
                {tr_view!(
                    "You are {}, signed in as {}. What you do here is written down under both names.",
                    view! { <b>{actor}</b> },
                    view! { <b>{login}</b> },
                )}
            </span>
            <ActionForm action=sign_out>
                <button class="button primary" type="submit" data-testid="acting-return" on:click=leave>
                    {tr!("Return to your own session")}
                </button>
            </ActionForm>
        </div>
    }
    .erase()
}

/// The page cannot be shown.
#[component]
fn Trouble(error: PanelError) -> impl IntoView {
    view! {
        <main class="blank" role="alert">
            <h1>{tr!("The panel cannot be shown")}</h1>
            <p>{error.text()}</p>
            <p>
                <a class="button" href="" rel="external">
                    {tr!("Try again")}
                </a>
            </p>
        </main>
    }
    .erase()
}
