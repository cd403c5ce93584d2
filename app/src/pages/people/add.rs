//! A new person.

use super::server::create_person;
use crate::{
    components::{
        erase::Erase,
        form::{DialogButtons, Field, Form, FormError, Select},
        frame::{Account, use_account},
        password::NewPassword,
        toast::use_toasts,
    },
    error::PanelError,
    tr, words,
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::people::{PersonOrder, Role};

const ROLES: [Role; 4] = [Role::Customer, Role::Reseller, Role::Administrator, Role::Auditor];

/// The form.
#[component]
pub fn AddPerson(
    /// Leaves the dialog.
    close: Callback<()>,
    /// Somebody was added.
    done: Callback<()>,
) -> impl IntoView {
    let toasts = use_toasts();
    // A reseller adds customers, and those are the reseller's own.
    let chooses = use_account().is_some_and(Account::sees_all);
    let login = RwSignal::new(String::new());
    let name = RwSignal::new(String::new());
    let role = RwSignal::new(0_usize);
    let reseller = RwSignal::new(String::new());
    let password = RwSignal::new(String::new());
    let errors = ["login", "name", "reseller", "password", ""].map(|field| (field, RwSignal::new(None::<String>)));
    let [(_, login_error), (_, name_error), (_, reseller_error), (_, password_error), (_, error)] = errors;
    let busy = RwSignal::new(false);
    let submit = Callback::new(move |()| {
        for (_, shown) in errors {
            shown.set(None);
        }
        let order = PersonOrder {
            login: login.get_untracked(),
            name: name.get_untracked(),
            role: ROLES.get(role.get_untracked()).copied().unwrap_or(Role::Customer),
            reseller: reseller.get_untracked(),
            password: password.get_untracked(),
        };
        busy.set(true);
        spawn_local(async move {
            let answer = create_person(order).await;
            let _ = busy.try_set(false);
            match answer {
                Ok(person) => {
                    toasts.tell(tr!("{} is added and may sign in.", person.login));
                    close.try_run(());
                    done.try_run(());
                }
                Err(PanelError::Invalid { field, message }) => {
                    let shown = errors.iter().find(|(name, _)| *name == field).map_or(error, |(_, shown)| *shown);
                    let _ = shown.try_set(Some(message));
                }
                Err(other) => {
                    let _ = error.try_set(Some(other.text()));
                }
            }
        });
    });
    let roles: Vec<String> = ROLES.iter().map(|role| words::text(role.label()).to_owned()).collect();
    view! {
        <h2 id="person-title">{tr!("Add a person")}</h2>
        <Form submit>
            <Field label=tr!("Login") value=login testid="person-login" error=login_error />
            <Field label=tr!("Name (empty: the login)") value=name testid="person-name" error=name_error />
            {chooses
                .then(|| {
                    view! {
                        <Select label=tr!("Type") options=roles value=role testid="person-role" />
                        {move || {
                            (role.get() == 0)
                                .then(|| {
                                    view! {
                                        <Field
                                            label=tr!("Login of the reseller (empty: none)")
                                            value=reseller
                                            testid="person-reseller"
                                            error=reseller_error
                                        />
                                    }
                                })
                        }}
                    }
                })}
            <NewPassword value=password testid="person-password" error=password_error />
            <FormError error />
            <DialogButtons close yes=tr!("Add") disabled=busy testid="person-confirm" />
        </Form>
    }
    .erase()
}
