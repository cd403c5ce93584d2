//! Lists of IP rules, one at a time: the server's, a domain's or an account's.

use super::{
    may_change,
    own::{OwnAddress, Sending},
    rule_form::{ReachSelect, Reaches, RuleForm},
    rule_tools::{ImportForm, TestAddress, export},
    server::{add_rule, move_rule, remove_rules, rules},
};
use crate::{
    components::{dialog::Dialog, erase::Erase, menu::focus_within, toast::Action},
    format,
    live::news::keep_fresh,
    tr,
    words::told,
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::{
    bans::Reach,
    ids::RuleId,
    live::Topic,
    rules::{Rule, RuleAction, RuleList, RuleOrder},
};

/// What the dialog of this page shows.
#[derive(Clone, PartialEq)]
enum Asked {
    /// A new rule, or a change of one.
    Rule(Option<Rule>),
    /// Rules as text.
    Import,
}

#[derive(Clone, Copy)]
struct Lists {
    all: RwSignal<Option<Result<Vec<RuleList>, String>>>,
    reaches: Reaches,
    asked: RwSignal<Option<Asked>>,
    /// The rule that was moved last, and by which button.
    moved: StoredValue<Option<(RuleId, &'static str)>>,
    sending: Sending,
}

impl Lists {
    fn ask(self, active: bool) {
        spawn_local(async move {
            let answer = rules(active).await.map_err(|error| error.text());
            if self.all.try_set(Some(answer)).is_none() {
                self.give_focus_back();
            }
        });
    }

    /// Moves a rule by one place.
    fn shift(self, rule: &Rule, position: u32) {
        let button = if position < rule.position { "rule-up" } else { "rule-down" };
        let id = rule.id;
        let confirmed = self.sending.confirmed();
        self.sending.begin();
        spawn_local(async move {
            if self.sending.end(move_rule(id, position, confirmed).await).is_some() {
                self.moved.set_value(Some((id, button)));
                self.ask(false);
            }
        });
    }

    /// The rows are built anew; the keyboard goes on where it was.
    fn give_focus_back(self) {
        let Some((id, button)) = self.moved.try_update_value(Option::take).flatten() else { return };
        request_animation_frame(move || {
            let row = document().query_selector(&format!("[data-rule=\"{id}\"]")).ok().flatten();
            if let Some(row) = row {
                focus_within(&row, "button:not(:disabled)");
                focus_within(&row, &format!("[data-testid={button}]:not(:disabled)"));
            }
        });
    }

    /// Removes a rule; to undo that is to add it where it was.
    fn remove(self, rule: Rule) {
        let reach = self.reaches.chosen();
        let Sending { toasts, .. } = self.sending;
        let confirmed = self.sending.confirmed();
        self.sending.begin();
        spawn_local(async move {
            let Some(_) = self.sending.end(remove_rules(vec![rule.id], confirmed).await) else { return };
            self.ask(false);
            let Rule { action, address, comment, position, .. } = rule;
            let order =
                RuleOrder { action, address, reach, comment, position: Some(position), confirm_own_address: true };
            let run = Callback::new(move |()| {
                let order = order.clone();
                spawn_local(async move {
                    match add_rule(order).await {
                        Ok(_) => toasts.tell(tr!("The rule is back.").to_owned()),
                        Err(error) => toasts.fail(error.text()),
                    }
                    self.ask(false);
                });
            });
            toasts.offer(tr!("The rule for {} is removed.", address), Action { name: tr!("Undo"), run });
        });
    }
}

/// The lists.
#[component]
pub fn RuleLists() -> impl IntoView {
    let lists = Lists {
        all: RwSignal::new(None),
        reaches: Reaches::new(),
        asked: RwSignal::new(None),
        moved: StoredValue::new(None),
        sending: Sending::new(),
    };
    keep_fresh(Topic::Rules, Callback::new(move |active| lists.ask(active)));
    let open = Memo::new(move |_| lists.asked.read().is_some());
    let close = Callback::new(move |()| lists.asked.set(None));
    let done = Callback::new(move |()| {
        lists.asked.set(None);
        lists.ask(false);
    });
    let tools = may_change().then(|| {
        view! {
            <button class="button" type="button" data-testid="rules-import" on:click=move |_| lists.asked.set(Some(Asked::Import))>
                {tr!("Import…")}
            </button>
            <button class="button primary" type="button" data-testid="rule-add" on:click=move |_| lists.asked.set(Some(Asked::Rule(None)))>
                {tr!("Add a rule…")}
            </button>
        }
    });
    view! {
        <section class="card" aria-label=tr!("IP rules")>
            <div class="toolbar rules-head">
                <ReachSelect reaches=lists.reaches />
                <span class="space"></span>
                <button
                    class="button"
                    type="button"
                    data-testid="rules-export"
                    on:click=move |_| export(lists.reaches.chosen(), lists.sending.toasts)
                >
                    {tr!("Export")}
                </button>
                {tools}
            </div>
            <div class="card-notes">
                <OwnAddress sending=lists.sending />
            </div>
            <Shown lists />
        </section>
        <TestAddress reaches=lists.reaches />
        <Dialog open on_close=close labelled_by="rule-title" testid="rule-dialog">
            {move || match lists.asked.get() {
                Some(Asked::Rule(rule)) => view! { <RuleForm reach=lists.reaches.chosen() rule close done /> }.erase(),
                Some(Asked::Import) => view! { <ImportForm reach=lists.reaches.chosen() close done /> }.erase(),
                None => ().erase(),
            }}
        </Dialog>
    }
    .erase()
}

/// The chosen list. Lists that are empty do not come from the server, so this says what an empty one means.
#[component]
fn Shown(lists: Lists) -> impl IntoView {
    let shown = move || {
        let reach = lists.reaches.get().map_or(Reach::Server, |named| named.reach);
        lists.all.with(|all| match all {
            None => view! { <p class="empty muted">{tr!("Loading…")}</p> }.erase(),
            Some(Err(error)) => view! { <p class="empty field-error" role="alert">{error.clone()}</p> }.erase(),
            Some(Ok(all)) => {
                let list = all.iter().find(|list| list.reach == reach);
                match list {
                    Some(list) if !list.rules.is_empty() => view! { <List list=list.clone() lists /> }.erase(),
                    _ => view! {
                        <div class="empty" data-testid="rules-none">
                            <h2>{tr!("No rules")}</h2>
                            <p class="muted">{tr!("Without rules everybody is let in, as far as this list goes.")}</p>
                        </div>
                    }
                    .erase(),
                }
            }
        })
    };
    view! {
        {shown}
        {move || lists.sending.error.get().map(|error| view! { <p class="field-error card-notes" role="alert">{error}</p> })}
    }
}

#[component]
fn List(list: RuleList, lists: Lists) -> impl IntoView {
    let last = list.rules.len().saturating_sub(1);
    view! {
        <p class="meaning" data-testid="rules-meaning">
            {told(&list.meaning)}
        </p>
        <table class="list" data-testid="rules">
            <caption class="hidden">{tr!("Rules of {}, the first that matches decides", told(&list.name))}</caption>
            <thead>
                <tr>
                    <th scope="col" class="number">{tr!("No.")}</th>
                    <th scope="col">{tr!("Action")}</th>
                    <th scope="col">{tr!("Address")}</th>
                    <th scope="col">{tr!("Comment")}</th>
                    <th scope="col">{tr!("By")}</th>
                    <th scope="col" class="number">{tr!("Hits")}</th>
                    <th scope="col">
                        <span class="hidden">{tr!("Change")}</span>
                    </th>
                </tr>
            </thead>
            <tbody>
                {list
                    .rules
                    .into_iter()
                    .enumerate()
                    .map(|(place, rule)| view! { <Row rule first=place == 0 last=place == last lists /> })
                    .collect_view()}
            </tbody>
        </table>
    }
    .erase()
}

#[component]
fn Row(rule: Rule, first: bool, last: bool, lists: Lists) -> impl IntoView {
    let (class, action) = match rule.action {
        RuleAction::Allow => ("rule-allow", tr!("allow")),
        RuleAction::Deny => ("rule-deny", tr!("deny")),
    };
    let kept = StoredValue::new(rule.clone());
    let position = rule.position;
    let name = rule.address.to_string();
    let button = |glyph: &'static str, what: &str, testid: &'static str, off: bool, act: Callback<()>| {
        view! {
            <button
                class="icon-button"
                type="button"
                data-testid=testid
                aria-label=format!("{what} {name}")
                title=what.to_owned()
                disabled=off
                on:click=move |_| act.run(())
            >
                {glyph}
            </button>
        }
    };
    let shift = move |place: u32| Callback::new(move |()| kept.with_value(|rule| lists.shift(rule, place)));
    let buttons = may_change().then(|| {
        (
            button("↑", tr!("Move up"), "rule-up", first, shift(position.saturating_sub(1))),
            button("↓", tr!("Move down"), "rule-down", last, shift(position + 1)),
            button(
                "✎",
                tr!("Change"),
                "rule-edit",
                false,
                Callback::new(move |()| lists.asked.set(Some(Asked::Rule(Some(kept.get_value()))))),
            ),
            button("✕", tr!("Remove"), "rule-remove", false, Callback::new(move |()| lists.remove(kept.get_value()))),
        )
    });
    view! {
        <tr data-testid="rule-row" data-rule=rule.id.to_string()>
            <td data-label=tr!("No.") class="number">{position + 1}</td>
            <td data-label=tr!("Action")>
                <span class=class>{action}</span>
            </td>
            <td data-label=tr!("Address") class="mono">
                <b>{rule.address.to_string()}</b>
            </td>
            <td data-label=tr!("Comment") class="wide">{rule.comment}</td>
            <td data-label=tr!("By")>{rule.by}</td>
            <td data-label=tr!("Hits") class="number">{format::number(rule.hits)}</td>
            <td class="actions">{buttons}</td>
        </tr>
    }
    .erase()
}
