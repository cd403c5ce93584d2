//! A new account.

use super::{
    draft::{Draft, DraftFields, Filled},
    server::add_account,
};
use crate::{
    components::{
        entry::Entry,
        erase::Erase,
        form::{DialogButtons, Field, Form, FormError, Select},
        password::NewPassword,
        toast::use_toasts,
    },
    error::PanelError,
    pages::{domains::server::domains, limits::server::limits},
    tr,
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::{
    accounts::{AccountDraft, Limits, Permissions},
    domains::{DOMAINS_MOST, DomainSearch},
    ids::DomainId,
    limits::{Level, LimitLevel, LimitsOf},
    sessions::UserType,
};

/// The form.
#[component]
pub fn AddAccount(
    /// Leaves the dialog.
    close: Callback<()>,
    /// It was made.
    done: Callback<()>,
) -> impl IntoView {
    let toasts = use_toasts();
    let found = RwSignal::new(Vec::<(DomainId, String)>::new());
    let names =
        Signal::derive(move || found.with(|found| found.iter().map(|(_, name)| name.clone()).collect::<Vec<_>>()));
    let above = RwSignal::new(Vec::new());
    let domain = RwSignal::new(0);
    let error = RwSignal::new(None);
    spawn_local(async move {
        let search = DomainSearch { limit: DOMAINS_MOST, ..DomainSearch::default() };
        match domains(search, true).await {
            Ok(page) => {
                if page.items.is_empty() {
                    let _ = error.try_set(Some(tr!("There is no domain yet that it could belong to.").to_owned()));
                }
                let _ = found.try_set(page.items.into_iter().map(|row| (row.id, row.name)).collect());
            }
            Err(failed) => {
                let _ = error.try_set(Some(failed.text()));
            }
        }
    });
    Effect::new(move |_| {
        let Some((id, name)) = found.with(|found| found.get(domain.get()).cloned()) else { return };
        spawn_local(async move {
            if let Ok(there) = limits(LimitsOf::Domain(id), false).await {
                let own = LimitLevel { level: Level::Domain, name: Some(name), limits: there.own };
                let _ = above.try_set(there.above.into_iter().chain([own]).collect::<Vec<_>>());
            }
        });
    });
    let (login, password) = (Entry::new(String::new()), Entry::new(String::new()));
    let draft = Draft::new(Filled {
        user_type: UserType::WebUser,
        home: String::new(),
        permissions: Permissions::ALL,
        limits: Limits::default(),
        expires_at: None,
    });
    let busy = RwSignal::new(false);
    let submit = Callback::new(move |()| {
        for shown in [login.error, password.error, error] {
            shown.set(None);
        }
        let Some(filled) = draft.read() else { return };
        let Some(domain) = names.with_untracked(|names| names.get(domain.get_untracked()).cloned()) else { return };
        let Filled { user_type, home, permissions, limits, expires_at } = filled;
        let wanted = AccountDraft {
            domain,
            login: login.text(),
            password: password.value.get_untracked(),
            home,
            user_type,
            permissions,
            limits,
            expires_at,
        };
        busy.set(true);
        spawn_local(async move {
            let answer = add_account(wanted).await;
            let _ = busy.try_set(false);
            let (shown, text) = match answer {
                Ok(made) => {
                    toasts.tell(tr!("{}@{} is added.", made.row.login, made.row.domain));
                    close.try_run(());
                    done.try_run(());
                    return;
                }
                Err(PanelError::Invalid { field, message }) => match &*field {
                    "login" => (login.error, message),
                    "password" => (password.error, message),
                    field if draft.refuse(field, &message) => return,
                    _ => (error, message),
                },
                Err(other) => (error, other.text()),
            };
            let _ = shown.try_set(Some(text));
        });
    });
    view! {
        <h2 id="account-title">{tr!("Add an account")}</h2>
        <Form submit>
            <div class="fields">
                <Select label=tr!("Domain") options=names value=domain testid="account-domain" />
                <Field label=tr!("Login") value=login.value testid="account-login" error=login.error />
            </div>
            <NewPassword
                label=tr!("Password, 8 to 200 characters")
                value=password.value
                testid="account-password"
                error=password.error
            />
            <DraftFields draft home_label=tr!("Home (empty: the login)") above />
            <FormError error />
            <DialogButtons close yes=tr!("Add") disabled=busy testid="account-confirm" />
        </Form>
    }
    .erase()
}
