//! Fields of forms. Each is bound to a signal and shows what is wrong with it.

use crate::{components::erase::Erase, tr};
use leptos::{ev, prelude::*};
use std::time::Duration;

/// A line of text.
#[component]
pub fn Field(
    /// What it is called.
    label: &'static str,
    /// What is in it.
    value: RwSignal<String>,
    /// For tests.
    testid: &'static str,
    /// The kind of input.
    #[prop(default = "text")]
    kind: &'static str,
    /// What it says while it is empty.
    #[prop(default = "")]
    placeholder: &'static str,
    /// What is wrong with it.
    #[prop(optional)]
    error: Option<RwSignal<Option<String>>>,
    /// What is good to know of it.
    #[prop(optional, into)]
    hint: Option<Signal<String>>,
    /// Whether it is only to be read.
    #[prop(optional)]
    fixed: bool,
) -> impl IntoView {
    let wrong = move || error.and_then(|error| error.get());
    let hint_id = hint.map(|_| format!("{testid}-hint"));
    let described_by = hint_id.clone();
    let hint = hint.map(|hint| {
        view! {
            <p class="field-hint" id=hint_id data-testid=format!("{testid}-hint")>
                {hint}
            </p>
        }
    });
    view! {
        <div class="field">
            <label>
                <span class="field-name">{label}</span>
                <input
                    class="input"
                    type=kind
                    placeholder=placeholder
                    autocomplete="off"
                    spellcheck="false"
                    data-testid=testid
                    readonly=fixed
                    aria-invalid=move || wrong().map(|_| "true")
                    aria-describedby=described_by
                    prop:value=value
                    on:input:target=move |event| value.set(event.target().value())
                />
            </label>
            {hint}
            {move || wrong().map(|wrong| view! { <p class="field-error" role="alert">{wrong}</p> })}
        </div>
    }
    .erase()
}

/// Several lines of text.
#[component]
pub fn TextArea(
    /// What it is called.
    label: &'static str,
    /// What is in it.
    value: RwSignal<String>,
    /// For tests.
    testid: &'static str,
    /// Lines at first.
    #[prop(default = "2")]
    rows: &'static str,
    /// The longest text, in characters.
    most: usize,
    /// What it says while it is empty.
    #[prop(default = "")]
    placeholder: &'static str,
    /// What is wrong with it.
    #[prop(optional)]
    error: Option<RwSignal<Option<String>>>,
) -> impl IntoView {
    let wrong = move || error.and_then(|error| error.get());
    view! {
        <div class="field">
            <label>
                <span class="field-name">{label}</span>
                <textarea
                    class="input"
                    rows=rows
                    placeholder=placeholder
                    maxlength=most.to_string()
                    data-testid=testid
                    aria-invalid=move || wrong().map(|_| "true")
                    prop:value=value
                    on:input:target=move |event| value.set(event.target().value())
                ></textarea>
            </label>
            {move || wrong().map(|wrong| view! { <p class="field-error" role="alert">{wrong}</p> })}
        </div>
    }
    .erase()
}

/// A box to tick.
#[component]
pub fn Check(
    /// Whether it is ticked.
    value: RwSignal<bool>,
    /// For tests.
    testid: &'static str,
    /// Whether it cannot be.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// What it says.
    children: Children,
) -> impl IntoView {
    view! {
        <label class="check" class:off=disabled>
            <input
                type="checkbox"
                data-testid=testid
                disabled=disabled
                prop:checked=value
                on:change:target=move |event| value.set(event.target().checked())
            />
            <span>{children()}</span>
        </label>
    }
    .erase()
}

/// One of several choices, of which `value` is the number.
#[component]
pub fn Choice(
    /// Shared by all choices of a group.
    name: &'static str,
    /// The number of this one.
    number: usize,
    /// The number of the chosen one.
    value: RwSignal<usize>,
    /// For tests.
    testid: &'static str,
    /// Takes the focus when a dialog opens.
    #[prop(optional)]
    autofocus: bool,
    /// What it says.
    children: Children,
) -> impl IntoView {
    view! {
        <label class="choice">
            <input
                type="radio"
                name=name
                autofocus=autofocus
                data-testid=testid
                prop:checked=move || value.get() == number
                on:change=move |_| value.set(number)
            />
            <span>{children()}</span>
        </label>
    }
    .erase()
}

/// A list to choose from.
#[component]
pub fn Select(
    /// What it is called.
    label: &'static str,
    /// What there is.
    #[prop(into)]
    options: Signal<Vec<String>>,
    /// The number of the chosen one.
    value: RwSignal<usize>,
    /// For tests.
    testid: &'static str,
) -> impl IntoView {
    let option = move |(number, name): (usize, String)| {
        view! { <option prop:selected=move || value.get() == number>{name}</option> }
    };
    view! {
        <label class="field">
            <span class="field-name">{label}</span>
            <select
                class="input"
                data-testid=testid
                on:change:target=move |event| value.set(usize::try_from(event.target().selected_index()).unwrap_or(0))
            >
                {move || options.get().into_iter().enumerate().map(option).collect_view()}
            </select>
        </label>
    }
    .erase()
}

/// What is wrong with the whole.
#[component]
pub fn FormError(
    /// What.
    error: RwSignal<Option<String>>,
) -> impl IntoView {
    move || {
        error.get().map(|error| {
            view! {
                <p class="field-error" role="alert" data-testid="form-error">
                    {error}
                </p>
            }
        })
    }
}

/// What stands at the end of a form in a dialog.
#[component]
pub fn DialogButtons(
    /// Leaves the dialog.
    close: Callback<()>,
    /// What is done.
    #[prop(into)]
    yes: Signal<String>,
    /// Whether it cannot be done now.
    #[prop(into)]
    disabled: Signal<bool>,
    /// Whether it ends or takes away something.
    #[prop(optional)]
    danger: bool,
    /// For tests; Cancel is always `cancel`.
    testid: &'static str,
) -> impl IntoView {
    let class = if danger { "button danger solid" } else { "button primary" };
    view! {
        <div class="dialog-buttons">
            <button class="button" type="button" data-testid="cancel" on:click=move |_| close.run(())>
                {tr!("Cancel")}
            </button>
            <button class=class type="submit" data-testid=testid disabled=disabled>
                {yes}
            </button>
        </div>
    }
    .erase()
}

/// A form that does `submit` and never leaves the page.
#[component]
pub fn Form(
    /// What Enter and the button do.
    submit: Callback<()>,
    /// For the style.
    #[prop(default = "form")]
    class: &'static str,
    /// The fields.
    children: Children,
) -> impl IntoView {
    let send = move |event: ev::SubmitEvent| {
        event.prevent_default();
        submit.run(());
    };
    view! {
        <form class=class novalidate on:submit=send>
            {children()}
        </form>
    }
    .erase()
}

/// Runs `act` when what `watched` reads has not changed for a quarter of a second, and at once at first.
pub fn when_settled(watched: Callback<()>, act: Callback<()>) {
    const QUIET: Duration = Duration::from_millis(250);
    let turn = StoredValue::new(0_u32);
    Effect::new(move |again: Option<()>| {
        watched.run(());
        turn.update_value(|turn| *turn += 1);
        let mine = turn.get_value();
        let wait = if again.is_some() { QUIET } else { Duration::ZERO };
        set_timeout(
            move || {
                if turn.try_get_value() == Some(mine) {
                    act.run(());
                }
            },
            wait,
        );
    });
}
