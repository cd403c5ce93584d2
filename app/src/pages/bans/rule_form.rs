//! A rule, new or changed, and the choice of what it holds for.

use super::{
    own::{OwnAddress, Sending},
    server::{add_rule, change_rule, reaches},
};
use crate::{
    components::{
        erase::Erase,
        form::{Choice, DialogButtons, Field, Form, FormError, Select, when_settled},
    },
    pages::sessions::words,
    tr,
    words::told,
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::{
    addresses::AddressRange,
    bans::{NamedReach, Reach},
    ids::RuleId,
    rules::{Rule, RuleAction, RuleChange, RuleOrder},
};

/// What bans and rules can be made for.
#[derive(Clone, Copy)]
pub struct Reaches {
    search: RwSignal<String>,
    all: RwSignal<Vec<NamedReach>>,
    number: RwSignal<usize>,
}

impl Reaches {
    pub(super) fn new() -> Self {
        Self { search: RwSignal::default(), all: RwSignal::default(), number: RwSignal::new(0) }
    }

    /// The chosen one. Tracked.
    pub(super) fn get(self) -> Option<NamedReach> {
        self.all.with(|all| all.get(self.number.get()).cloned())
    }

    pub(super) fn chosen(self) -> Reach {
        untrack(|| self.get()).map_or(Reach::Server, |named| named.reach)
    }

    fn ask(self) {
        spawn_local(async move {
            // Without an answer the list stays as it is.
            let Ok(answer) = reaches(self.search.get_untracked()).await else { return };
            if self.all.is_disposed() {
                return;
            }
            let before = untrack(|| self.get());
            let number = answer.iter().position(|named| Some(named) == before.as_ref()).unwrap_or(0);
            self.all.set(answer);
            self.number.set(number);
        });
    }
}

/// Server, domain or account. Accounts are many, so they are looked for.
#[component]
pub fn ReachSelect(
    /// The choice.
    reaches: Reaches,
) -> impl IntoView {
    when_settled(Callback::new(move |()| reaches.search.track()), Callback::new(move |()| reaches.ask()));
    let names = Signal::derive(move || reaches.all.with(|all| all.iter().map(|named| told(&named.name)).collect()));
    view! {
        <div class="fields">
            <Select label=tr!("Holds for") options=names value=reaches.number testid="reach" />
            <Field label=tr!("Find an account") value=reaches.search testid="reach-search" placeholder="login@domain" kind="search" />
        </div>
    }
    .erase()
}

/// The form: a rule of `reach`, or a change of `rule`.
#[component]
pub fn RuleForm(
    /// Which list a new rule goes to.
    reach: Reach,
    /// What is changed; a new one without it.
    rule: Option<Rule>,
    /// Leaves the dialog.
    close: Callback<()>,
    /// It was saved.
    done: Callback<()>,
) -> impl IntoView {
    let id = rule.as_ref().map(|rule| rule.id);
    let action = RwSignal::new(usize::from(rule.as_ref().is_some_and(|rule| rule.action == RuleAction::Allow)));
    let address = RwSignal::new(rule.as_ref().map(|rule| rule.address.to_string()).unwrap_or_default());
    let comment = RwSignal::new(rule.map(|rule| rule.comment).unwrap_or_default());
    let address_error = RwSignal::new(None);
    let sending = Sending::new();
    let submit = Callback::new(move |()| {
        let range = address.read_untracked().parse::<AddressRange>();
        address_error.set(range.as_ref().err().map(|error| words::sentence(&error.to_string())));
        let Ok(address) = range else { return };
        let change = RuleChange {
            action: if action.get_untracked() == 0 { RuleAction::Deny } else { RuleAction::Allow },
            address,
            comment: comment.get_untracked(),
            confirm_own_address: sending.confirmed(),
        };
        save(id, reach, change, sending, done);
    });
    let (title, yes) =
        if id.is_some() { (tr!("Change the rule"), tr!("Save")) } else { (tr!("Add a rule"), tr!("Add")) };
    view! {
        <h2 id="rule-title">{title}</h2>
        <Form submit>
            <fieldset class="choices">
                <legend>{tr!("What it does")}</legend>
                <Choice name="rule-action" number=0 value=action testid="rule-deny" autofocus=true>
                    <b>{tr!("Deny")}</b>
                    <span class="muted">{tr!("These addresses are refused.")}</span>
                </Choice>
                <Choice name="rule-action" number=1 value=action testid="rule-allow">
                    <b>{tr!("Allow")}</b>
                    <span class="muted">{tr!("These come in; everyone else that no rule names is refused.")}</span>
                </Choice>
            </fieldset>
            <Field label=tr!("Address, range or network") value=address testid="rule-address" placeholder="203.0.113.7, 10.0.0.5-10.0.0.99, 10.1.*.*, 2001:db8::/32" error=address_error />
            <Field label=tr!("Comment") value=comment testid="rule-comment" />
            <OwnAddress sending />
            <FormError error=sending.error />
            <DialogButtons close yes disabled=sending.busy testid="rule-confirm" />
        </Form>
    }
    .erase()
}

fn save(id: Option<RuleId>, reach: Reach, change: RuleChange, sending: Sending, done: Callback<()>) {
    sending.begin();
    spawn_local(async move {
        let answer = if let Some(id) = id {
            change_rule(id, change).await
        } else {
            let RuleChange { action, address, comment, confirm_own_address } = change;
            add_rule(RuleOrder { action, address, reach, comment, position: None, confirm_own_address }).await
        };
        if let Some(change) = sending.end(answer) {
            sending.tell(if id.is_some() { tr!("The rule is changed.") } else { tr!("The rule is added.") }, change);
            done.try_run(());
        }
    });
}
