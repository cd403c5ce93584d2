//! One-time codes for the own sign-in: switching them on, with recovery codes, and off.

use super::server::{begin_own_codes, confirm_own_codes, end_own_codes};
use crate::{
    components::{
        dialog::Dialog,
        erase::Erase,
        form::{DialogButtons, Field, Form},
        toast::use_toasts,
    },
    tr,
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::people::NewCodes;

/// How far switching them on has come.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    /// The password is asked for; codes are on or off now.
    Password { on: bool },
    /// The app is to be told the secret.
    App { password: String, codes: NewCodes },
    /// The recovery codes are shown.
    Recovery(Vec<String>),
}

/// The card.
#[component]
pub fn Codes(
    /// Recovery codes that are left, where codes are asked for.
    left: Memo<Option<u32>>,
    /// Looks again.
    ask: Callback<bool>,
) -> impl IntoView {
    let step = RwSignal::new(None::<Step>);
    let open = Signal::derive(move || step.with(Option::is_some));
    let close = Callback::new(move |()| {
        step.set(None);
        ask.run(false);
    });
    let text = move || match left.get() {
        Some(left) => {
            let left = tr!("{n} recovery code" | "{n} recovery codes" % left);
            tr!("Each sign-in asks for a code of your authenticator app. {} left.", left)
        }
        None => tr!("With an authenticator app, who knows your password alone cannot sign in.").to_owned(),
    };
    let form = move || match step.get() {
        None => ().erase(),
        Some(Step::Password { on }) => view! { <PasswordForm on step close /> }.erase(),
        Some(Step::App { password, codes }) => view! { <AppForm password codes step close /> }.erase(),
        Some(Step::Recovery(codes)) => view! { <Recovery codes close /> }.erase(),
    };
    view! {
        <section class="card padded" aria-labelledby="codes-title">
            <h2 id="codes-title">{tr!("One-time codes")}</h2>
            <p class="muted" data-testid="codes-state">{text}</p>
            <button
                class="button"
                type="button"
                data-testid="codes-switch"
                on:click=move |_| step.set(Some(Step::Password { on: left.get_untracked().is_some() }))
            >
                {move || if left.get().is_some() { tr!("Switch off…") } else { tr!("Switch on…") }}
            </button>
        </section>
        <Dialog open on_close=close labelled_by="codes-dialog-title" testid="codes-dialog">
            {form}
        </Dialog>
    }
    .erase()
}

#[component]
fn PasswordForm(on: bool, step: RwSignal<Option<Step>>, close: Callback<()>) -> impl IntoView {
    let toasts = use_toasts();
    let (password, error) = (RwSignal::new(String::new()), RwSignal::new(None));
    let submit = Callback::new(move |()| {
        error.set(None);
        let password = password.get_untracked();
        spawn_local(async move {
            let answer = if on {
                end_own_codes(password).await.map(|()| None)
            } else {
                begin_own_codes(password.clone()).await.map(|codes| Some(Step::App { password, codes }))
            };
            match answer {
                Ok(Some(next)) => {
                    let _ = step.try_set(Some(next));
                }
                Ok(None) => {
                    toasts.tell(tr!("No more codes are asked for.").to_owned());
                    close.try_run(());
                }
                Err(wrong) => {
                    let _ = error.try_set(Some(wrong.text()));
                }
            }
        });
    });
    view! {
        <h2 id="codes-dialog-title">{if on { tr!("Ask for no more codes?") } else { tr!("One-time codes") }}</h2>
        <Form submit>
            <Field label=tr!("Your password") value=password kind="password" testid="codes-password" error />
            <DialogButtons close yes=if on { tr!("Switch off") } else { tr!("Go on") } disabled=false danger=on testid="codes-go-on" />
        </Form>
    }
    .erase()
}

#[component]
fn AppForm(password: String, codes: NewCodes, step: RwSignal<Option<Step>>, close: Callback<()>) -> impl IntoView {
    let (code, error) = (RwSignal::new(String::new()), RwSignal::new(None));
    let NewCodes { uri, secret, qr, size } = codes;
    let shown = secret.clone();
    let submit = Callback::new(move |()| {
        error.set(None);
        let (password, secret) = (password.clone(), secret.clone());
        spawn_local(async move {
            match confirm_own_codes(password, secret, code.get_untracked()).await {
                Ok(recovery) => {
                    let _ = step.try_set(Some(Step::Recovery(recovery)));
                }
                Err(wrong) => {
                    let _ = error.try_set(Some(wrong.text()));
                }
            }
        });
    });
    view! {
        <h2 id="codes-dialog-title">{tr!("Tell your authenticator app")}</h2>
        <Form submit>
            <p>{tr!("Scan this with the app, or type the secret.")}</p>
            <a class="qr" href=uri rel="external" aria-label=tr!("Open in an authenticator app on this device")>
                <svg viewBox=format!("-4 -4 {0} {0}", size + 8) role="img" aria-label=tr!("QR code of the secret")>
                    <path d=qr />
                </svg>
            </a>
            <p class="mono secret" data-testid="codes-secret">
                {shown}
            </p>
            <Field label=tr!("The code that it shows now") value=code testid="codes-code" error />
            <DialogButtons close yes=tr!("Switch on") disabled=false testid="codes-confirm" />
        </Form>
    }
    .erase()
}

#[component]
fn Recovery(codes: Vec<String>, close: Callback<()>) -> impl IntoView {
    let submit = Callback::new(move |()| close.run(()));
    view! {
        <h2 id="codes-dialog-title">{tr!("Keep these recovery codes")}</h2>
        <p>{tr!("Each is good once, for the day on which you have lost the device. They are not shown again.")}</p>
        <p class="mono secret" data-testid="recovery-codes">
            {codes.join(" ")}
        </p>
        <Form submit>
            <div class="dialog-buttons">
                <button class="button primary" type="submit" data-testid="recovery-done">
                    {tr!("I have kept them")}
                </button>
            </div>
        </Form>
    }
    .erase()
}
