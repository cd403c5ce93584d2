//! The dialog that ends sessions: what else is to happen, what that would do, and what it did.

use super::{
    server::kicks::{kick, kick_preview},
    state::{Page, use_page},
    words,
};
use crate::{
    components::{
        erase::Erase,
        form::{Check, Choice, DialogButtons, Field, Form, FormError, Select, TextArea, when_settled},
        undo::tell_undoable,
    },
    error::PanelError,
    format,
    live::LiveState,
    tr,
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::{
    addresses::AddressRange,
    bans::{LONGEST_BAN, Level, USUAL_BAN},
    ids::SessionId,
    kicks::{KickAction, KickOrder, KickPreview, LONGEST_MESSAGE, Receipt},
    sessions::SessionRow,
};

/// What the dialog is set to, and what the server says about it.
#[derive(Clone, Copy)]
struct Draft {
    page: Page,
    rows: StoredValue<Vec<SessionRow>>,
    /// Number of a [`KickAction`].
    action: RwSignal<usize>,
    minutes: RwSignal<String>,
    /// Empty: the own address of each session.
    address: RwSignal<String>,
    /// Number within [`Draft::levels`].
    level: RwSignal<usize>,
    levels: RwSignal<Vec<Level>>,
    same_ip: RwSignal<bool>,
    disable: RwSignal<bool>,
    message: RwSignal<String>,
    reason: RwSignal<String>,
    confirmed: RwSignal<bool>,
    preview: RwSignal<Option<KickPreview>>,
    error: RwSignal<Option<String>>,
    address_error: RwSignal<Option<String>>,
    minutes_error: RwSignal<Option<String>>,
    busy: RwSignal<bool>,
    refused: RwSignal<Vec<(String, String)>>,
}

impl Draft {
    fn new(page: Page, rows: Vec<SessionRow>) -> Self {
        let first = rows.first().map(|row| row.ip.clone()).unwrap_or_default();
        let shared = rows.iter().all(|row| row.ip == first);
        Self {
            page,
            action: RwSignal::new(0),
            minutes: RwSignal::new(USUAL_BAN.to_string()),
            address: RwSignal::new(if shared { first } else { String::new() }),
            level: RwSignal::new(0),
            levels: RwSignal::default(),
            same_ip: RwSignal::new(false),
            disable: RwSignal::new(false),
            message: RwSignal::default(),
            reason: RwSignal::default(),
            confirmed: RwSignal::new(false),
            preview: RwSignal::new(None),
            error: RwSignal::new(None),
            address_error: RwSignal::new(None),
            minutes_error: RwSignal::new(None),
            busy: RwSignal::new(false),
            refused: RwSignal::default(),
            rows: StoredValue::new(rows),
        }
    }

    fn ids(self) -> Vec<SessionId> {
        self.rows.with_value(|rows| rows.iter().map(|row| row.id).collect())
    }

    fn action(self) -> KickAction {
        match self.action.get() {
            0 => KickAction::Disconnect,
            1 => KickAction::Ban,
            _ => KickAction::Block,
        }
    }

    /// What is ordered, but for the texts, which change nothing else. `None`: a field has to be put right first.
    fn order(self) -> Option<KickOrder> {
        let action = self.action();
        let minutes = self.minutes.get().trim().parse().ok().filter(|minutes| (1..=LONGEST_BAN).contains(minutes));
        let address = self.address.get();
        let range = match address.trim() {
            "" => Ok(None),
            address => address.parse::<AddressRange>().map(Some),
        };
        let banning = action == KickAction::Ban;
        let wrong_minutes = (banning && minutes.is_none())
            .then(|| tr!("Minutes from 1 to {}, a year.", format::number(LONGEST_BAN.into())));
        let wrong_address = range
            .as_ref()
            .err()
            .filter(|_| action != KickAction::Disconnect)
            .map(|error| words::sentence(&error.to_string()));
        let fine = wrong_minutes.is_none() && wrong_address.is_none();
        self.minutes_error.set(wrong_minutes);
        self.address_error.set(wrong_address);
        fine.then(|| KickOrder {
            action,
            minutes: minutes.unwrap_or(USUAL_BAN),
            scope: self.levels.with_untracked(|levels| levels.get(self.level.get()).copied()),
            address: range.ok().flatten().filter(|_| action != KickAction::Disconnect),
            disable_account: self.disable.get(),
            same_ip: self.same_ip.get(),
            ..KickOrder::default()
        })
    }

    fn ask(self, order: Option<KickOrder>) {
        let Some(order) = order else {
            self.preview.set(None);
            return;
        };
        spawn_local(async move {
            let answer = kick_preview(self.ids(), order).await;
            // The dialog may be closed, and its signals gone.
            if self.preview.is_disposed() {
                return;
            }
            match answer {
                Ok(preview) => {
                    if *self.levels.read_untracked() != preview.scopes {
                        self.levels.set(preview.scopes.clone());
                    }
                    self.error.set(None);
                    self.preview.set(Some(preview));
                }
                Err(error) => {
                    self.preview.set(None);
                    self.fail(&error);
                }
            }
        });
    }

    fn fail(self, error: &PanelError) {
        if *error == PanelError::SignedOut {
            let _ = self.page.live.state.try_set(LiveState::SignedOut);
        }
        self.error.set(Some(error.text()));
    }

    /// Whether the order would be refused as it stands.
    fn hindered(self) -> bool {
        self.busy.get()
            || self.minutes_error.read().is_some()
            || self.address_error.read().is_some()
            || self.preview.with(|preview| {
                let Some(preview) = preview else { return false };
                preview.own_address && !self.confirmed.get()
                    || (self.action() != KickAction::Disconnect
                        && preview.addresses.is_empty()
                        && !preview.never_banned.is_empty())
            })
    }

    fn carry_out(self) {
        let Some(order) = untrack(|| self.order()) else { return };
        if untrack(|| self.hindered()) {
            return;
        }
        let order = KickOrder {
            message: self.message.get_untracked(),
            reason: self.reason.get_untracked(),
            confirm_own_address: self.confirmed.get_untracked(),
            ..order
        };
        self.busy.set(true);
        spawn_local(async move {
            let ids = self.ids();
            let answer = kick(ids.clone(), order.clone()).await;
            let _ = self.busy.try_set(false);
            match answer {
                Ok(receipt) => self.done(&ids, &order, receipt),
                Err(error) if self.error.is_disposed() => self.page.toasts.fail(error.text()),
                Err(error) => self.fail(&error),
            }
        });
    }

    fn done(self, ids: &[SessionId], order: &KickOrder, receipt: Receipt) {
        self.page.selected.try_update(|selected| selected.retain(|id| !ids.contains(id)));
        tell_undoable(self.page.toasts, words::told(&receipt, order.minutes), receipt.effects);
        let name = |id: SessionId| {
            self.rows.try_with_value(|rows| rows.iter().find(|row| row.id == id).map(super::row::name)).flatten()
        };
        let refused: Vec<_> = receipt
            .refused
            .into_iter()
            .map(|refused| (name(refused.id).unwrap_or_default(), words::sentence(&refused.why)))
            .collect();
        if refused.is_empty() {
            self.page.asked.try_set(None);
        } else {
            self.refused.try_set(refused);
        }
    }
}

/// What the dialog shows for these sessions.
#[component]
pub fn KickForm(
    /// As they were when it was asked.
    rows: Vec<SessionRow>,
    /// Leaves the dialog.
    close: Callback<()>,
) -> impl IntoView {
    let draft = Draft::new(use_page(), rows);
    let settled = RwSignal::new(None);
    when_settled(
        Callback::new(move |()| {
            settled.set(draft.order());
            draft.confirmed.set(false);
        }),
        Callback::new(move |()| draft.ask(settled.get_untracked())),
    );
    let refused = Memo::new(move |_| !draft.refused.read().is_empty());
    move || {
        if refused.get() {
            view! { <Refusals draft close /> }.erase()
        } else {
            view! { <Fields draft close /> }.erase()
        }
    }
}

#[component]
fn Fields(draft: Draft, close: Callback<()>) -> impl IntoView {
    let count = draft.rows.with_value(Vec::len) as u64;
    let title = if count == 1 {
        tr!("Kick this session").to_owned()
    } else {
        tr!("Kick {}", tr!("{n} session" | "{n} sessions" % count))
    };
    let who = draft.rows.with_value(|rows| words::who(rows));
    let nobody = draft.rows.with_value(|rows| rows.iter().all(|row| row.login.is_none()));
    let yes = Signal::derive(move || match draft.action() {
        KickAction::Disconnect => tr!("Disconnect").to_owned(),
        KickAction::Ban => tr!("Disconnect and ban").to_owned(),
        KickAction::Block => tr!("Disconnect and block").to_owned(),
    });
    view! {
        <h2 id="ending-title">{title}</h2>
        {who}
        <Form submit=Callback::new(move |()| draft.carry_out())>
            <fieldset class="choices">
                <legend>{tr!("What happens")}</legend>
                <Choice name="action" number=0 value=draft.action testid="kick-disconnect" autofocus=true>
                    <b>{tr!("Disconnect")}</b>
                    <span class="muted">{tr!("The client may come back at once.")}</span>
                </Choice>
                <Choice name="action" number=1 value=draft.action testid="kick-ban">
                    <b>{tr!("Disconnect and ban the address")}</b>
                    <span class="muted">{tr!("It is turned away for a while.")}</span>
                </Choice>
                <Choice name="action" number=2 value=draft.action testid="kick-block">
                    <b>{tr!("Disconnect and block the address")}</b>
                    <span class="muted">{tr!("A deny rule refuses it until somebody removes the rule.")}</span>
                </Choice>
            </fieldset>
            <Banning draft />
            <div class="checks">
                <Check value=draft.same_ip testid="kick-same-ip">
                    {tr!("Also end the other sessions from the same address")}
                </Check>
                <Check value=draft.disable testid="kick-disable" disabled=nobody>
                    {tr!("Disable the user account")}
                </Check>
            </div>
            <Message draft />
            <Field label=tr!("Reason, for the audit log") value=draft.reason testid="kick-reason" />
            <Consequences draft />
            <FormError error=draft.error />
            <DialogButtons close yes disabled=Signal::derive(move || draft.hindered()) danger=true testid="kick-confirm" />
        </Form>
    }
    .erase()
}

/// Whom, for how long and where.
#[component]
fn Banning(draft: Draft) -> impl IntoView {
    let levels =
        Signal::derive(move || draft.levels.get().into_iter().map(|level| words::level(level).to_owned()).collect());
    let offered = Memo::new(move |_| {
        draft
            .preview
            .with(|preview| preview.as_ref().and_then(|preview| preview.offered))
            .map(|range| range.to_string())
    });
    let placeholder = tr!("the own address of each session");
    let kind = Memo::new(move |_| draft.action());
    move || {
        (kind.get() != KickAction::Disconnect).then(|| {
            let minutes = (kind.get() == KickAction::Ban).then(|| {
                view! {
                    <Field label=tr!("Minutes") value=draft.minutes testid="kick-minutes" kind="number" error=draft.minutes_error />
                }
            });
            view! {
                <div class="fields">
                    <Field label=tr!("Address or network") value=draft.address testid="kick-address" placeholder error=draft.address_error />
                    {minutes}
                    <Select label=tr!("Holds for") options=levels value=draft.level testid="kick-scope" />
                </div>
                {move || {
                    offered
                        .get()
                        .filter(|offered| *offered != draft.address.get())
                        .map(|offered| {
                            let text = tr!("Use {}, which is what one customer of a provider has", offered);
                            view! {
                                <button class="link" type="button" data-testid="kick-offered" on:click=move |_| draft.address.set(offered.clone())>
                                    {text}
                                </button>
                            }
                        })
                }}
            }
            .erase()
        })
    }
}

#[component]
fn Message(draft: Draft) -> impl IntoView {
    // Until the server has answered, the rows say it.
    let shown = Memo::new(move |_| {
        draft.preview.with(|preview| match preview {
            Some(preview) => preview.message_shown > 0,
            None => draft.rows.with_value(|rows| rows.iter().any(|row| row.protocol.can_say_goodbye())),
        })
    });
    let not_shown = Memo::new(move |_| {
        draft
            .preview
            .with(|preview| preview.as_ref().map(|preview| preview.message_not_shown.join(", ")).unwrap_or_default())
    });
    move || {
        let others = not_shown.get();
        if !shown.get() {
            return view! {
                <p class="muted" data-testid="kick-no-message">
                    {tr!("No message: {} cannot show one.", if others.is_empty() { tr!("the protocol") } else { &*others })}
                </p>
            }
            .erase();
        }
        view! {
            <TextArea label=tr!("Message to user") value=draft.message testid="kick-message" most=LONGEST_MESSAGE />
            {(!others.is_empty()).then(|| view! { <p class="muted">{tr!("{} cannot show it.", others)}</p> })}
        }
        .erase()
    }
}

/// In words: what will happen, what keeps it from happening.
#[component]
fn Consequences(draft: Draft) -> impl IntoView {
    let lines = Memo::new(move |_| {
        draft.preview.with(|preview| {
            let preview = preview.as_ref()?;
            Some(words::consequences(draft.action(), &draft.minutes.get(), preview))
        })
    });
    let own =
        Memo::new(move |_| draft.preview.with(|preview| preview.as_ref().is_some_and(|preview| preview.own_address)));
    view! {
        <div class="consequences" aria-live="polite" data-testid="kick-preview">
            {move || match lines.get() {
                Some(lines) => lines.into_iter().map(|line| view! { <p>{line}</p> }).collect_view().erase(),
                None => view! { <p class="muted">"…"</p> }.erase(),
            }}
        </div>
        {move || {
            own.get()
                .then(|| {
                    view! {
                        <div class="banner warn" data-testid="kick-own-address">
                            <p>{tr!("This turns away the address you are connected from. You would have to sign in from elsewhere.")}</p>
                            <Check value=draft.confirmed testid="kick-confirm-own">
                                {tr!("Do it all the same")}
                            </Check>
                        </div>
                    }
                })
        }}
    }
    .erase()
}

/// What was not done, when all else is.
#[component]
fn Refusals(draft: Draft, close: Callback<()>) -> impl IntoView {
    let refused = draft.refused.get_untracked();
    let line = |(who, why): (String, String)| {
        view! {
            <dt>{who}</dt>
            <dd>{why}</dd>
        }
    };
    view! {
        <h2 id="ending-title">{tr!("{} left alone", tr!("{n} session" | "{n} sessions" % refused.len() as u64))}</h2>
        <dl class="facts" data-testid="kick-refused">{refused.into_iter().map(line).collect_view()}</dl>
        <div class="dialog-buttons">
            <button class="button primary" type="button" data-testid="kick-receipt-close" on:click=move |_| close.run(())>
                {tr!("Close")}
            </button>
        </div>
    }
    .erase()
}
