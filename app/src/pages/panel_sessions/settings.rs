//! Settings of the panel: how long a session lasts, and where administrators may come from.

use super::server::{panel_settings, set_panel_settings};
use crate::{
    components::{
        crumbs::Crumbs,
        erase::Erase,
        form::{Choice, Field, Form, FormError, TextArea},
        frame::use_account,
        toast::use_toasts,
    },
    error::PanelError,
    live::news::keep_fresh,
    tr,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;
use wharf_model::{
    live::Topic,
    panel_settings::{AccessMode, AddressBinding, PanelSettings},
    people::Permission,
};

/// The page.
#[component]
pub fn SettingsOfPanel() -> impl IntoView {
    let found = RwSignal::<Option<Result<PanelSettings, String>>>::new(None);
    let ask = Callback::new(move |active: bool| {
        spawn_local(async move {
            let answer = panel_settings(active).await.map_err(|error| error.text());
            let _ = found.try_set(Some(answer));
        });
    });
    keep_fresh(Topic::PanelSettings, ask);
    let seen = Memo::new(move |_| found.get());
    let body = move || {
        seen.with(|found| match found {
            None => view! { <p class="empty muted">{tr!("Loading…")}</p> }.erase(),
            Some(Err(error)) => view! { <p class="empty field-error" role="alert">{error.clone()}</p> }.erase(),
            Some(Ok(settings)) => view! { <SettingsForm settings=settings.clone() /> }.erase(),
        })
    };
    view! {
        <Title text=tr!("Panel settings") />
        <div class="page">
            <Crumbs name=tr!("Panel sessions") href="/panel-sessions" here=tr!("Settings").to_owned() />
            <div class="page-head">
                <h1>{tr!("Panel settings")}</h1>
            </div>
            <section class="card padded" aria-label=tr!("Panel settings")>
                {body}
            </section>
        </div>
    }
    .erase()
}

#[component]
fn SettingsForm(settings: PanelSettings) -> impl IntoView {
    let toasts = use_toasts();
    let usual = PanelSettings::default();
    let networks: Vec<_> = settings.networks.iter().map(ToString::to_string).collect();
    let idle = RwSignal::new(settings.idle_minutes.to_string());
    let life = RwSignal::new(settings.life_hours.to_string());
    let most = RwSignal::new(settings.sessions_per_login.map(|most| most.to_string()).unwrap_or_default());
    let binding = RwSignal::new(AddressBinding::ALL.iter().position(|one| *one == settings.binding).unwrap_or(0));
    let access = RwSignal::new(usize::from(settings.access == AccessMode::DeniedExcept));
    let networks = RwSignal::new(networks.join("\n"));
    let errors = ["idle_minutes", "life_hours", "sessions_per_login", "networks", ""];
    let errors = errors.map(|field| (field, RwSignal::new(None::<String>)));
    let [(_, idle_error), (_, life_error), (_, most_error), (_, networks_error), (_, error)] = errors;
    let may = use_account().is_some_and(|account| account.may(Permission::ManageSettings));
    let busy = RwSignal::new(false);
    let submit = Callback::new(move |()| {
        for (_, shown) in errors {
            shown.set(None);
        }
        let number = |text: RwSignal<String>, shown: RwSignal<Option<String>>| {
            let read = text.with_untracked(|text| text.trim().parse::<u32>().ok());
            if read.is_none() {
                shown.set(Some(tr!("A whole number, please.").to_owned()));
            }
            read
        };
        let most = if most.with_untracked(|most| most.trim().is_empty()) {
            Some(None)
        } else {
            number(most, most_error).map(Some)
        };
        let (Some(idle_minutes), Some(life_hours), Some(sessions_per_login)) =
            (number(idle, idle_error), number(life, life_error), most)
        else {
            return;
        };
        let wanted = PanelSettings {
            idle_minutes,
            life_hours,
            sessions_per_login,
            binding: AddressBinding::ALL.get(binding.get_untracked()).copied().unwrap_or_default(),
            access: if access.get_untracked() == 1 { AccessMode::DeniedExcept } else { AccessMode::AllowedExcept },
            networks: Vec::new(),
        };
        busy.set(true);
        spawn_local(async move {
            let answer = set_panel_settings(wanted, networks.get_untracked()).await;
            let _ = busy.try_set(false);
            match answer {
                Ok(_) => toasts.tell(tr!("The settings are saved, and hold from now on.").to_owned()),
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
    view! {
        <Form submit>
            <fieldset class="plain" disabled=!may>
                <h2>{tr!("Sessions")}</h2>
                <div class="fields">
                    <Field label=tr!("Idle time, minutes") value=idle testid="settings-idle" error=idle_error />
                    <button
                        class="button beside-field"
                        type="button"
                        data-testid="settings-idle-default"
                        on:click=move |_| idle.set(usual.idle_minutes.to_string())
                    >
                        {tr!("Default")}
                    </button>
                    <Field label=tr!("Longest session, hours") value=life testid="settings-life" error=life_error />
                    <Field
                        label=tr!("Sessions per login")
                        value=most
                        testid="settings-most"
                        placeholder=tr!("any number")
                        error=most_error
                    />
                </div>
                <p class="muted">
                    {tr!("Who does nothing for the idle time is signed out; open live pages do not count as doing something. With 1 session per login, whoever signs in again is offered to end the older session.")}
                </p>
                <h3>{tr!("A session is good from")}</h3>
                <div class="choices">
                    <Choice name="binding" number=0 value=binding testid="binding-off">{tr!("any address")}</Choice>
                    <Choice name="binding" number=1 value=binding testid="binding-exact">
                        {tr!("the address of its sign-in alone")}
                    </Choice>
                    <Choice name="binding" number=2 value=binding testid="binding-network">
                        {tr!("the address of its sign-in; IPv6 within the /64")}
                    </Choice>
                </div>
                <h2>{tr!("Where administrators may come from")}</h2>
                <div class="choices">
                    <Choice name="access" number=0 value=access testid="access-allowed">
                        {tr!("Allowed from everywhere, excluding the networks in the list")}
                    </Choice>
                    <Choice name="access" number=1 value=access testid="access-denied">
                        {tr!("Denied from the networks that are not in the list")}
                    </Choice>
                </div>
                <TextArea
                    label=tr!("Networks, one a line: 203.0.113.7, 10.0.0.0/8, 10.1.*.*, 2001:db8::/32")
                    value=networks
                    testid="settings-networks"
                    rows="5"
                    most=50_000
                    error=networks_error
                />
                <p class="muted">
                    {tr!("It holds for administrators and their bearer tokens, not for resellers and customers. Who is refused is told that the password is not right. The command wharf panel reset-access opens it again.")}
                </p>
                <FormError error />
                {may.then(|| view! {
                    <div class="dialog-buttons">
                        <button class="button primary" type="submit" data-testid="settings-save" disabled=busy>
                            {tr!("Save")}
                        </button>
                    </div>
                })}
            </fieldset>
        </Form>
    }
    .erase()
}
