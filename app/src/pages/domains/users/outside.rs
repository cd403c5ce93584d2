//! The card about users whom an outside source knows.

use crate::{
    components::{
        entry::Entry,
        form::{Field, Form, FormError, Select, TextArea},
        toast::use_toasts,
    },
    error::PanelError,
    pages::{
        accounts::password::ended,
        domains::{
            may,
            server::users::{set_outside_users, test_source},
        },
    },
    tr, words,
};
use leptos::{prelude::*, task::spawn_local};
use wharf_model::{
    accounts::Permissions,
    ids::DomainId,
    people::Permission,
    user_sources::{
        OutsideUsers, OutsideUsersShown, PamSource, RestMethod, RestSource, SourceKind, SourceTest, UserSource, Verdict,
    },
};

/// The longest body.
const BODY_MOST: usize = 4_000;

/// The card. `done` is run when something was changed.
pub fn outside_card(id: DomainId, there: &OutsideUsersShown, done: Callback<()>) -> AnyView {
    let body = if may(Permission::CreateDomains) { form(id, there, done) } else { facts(there) };
    view! {
        <section class="card" aria-labelledby="outside-title" data-testid="outside">
            <div class="toolbar">
                <h2 id="outside-title">{tr!("Users from elsewhere")}</h2>
            </div>
            <div class="card-body">
                <p class="muted">
                    {tr!("Whoever logs in as login@domain and has no account here can be looked up elsewhere. Who is known there gets a directory named like the login, and an account of the kind Not registered.")}
                </p>
                {body}
            </div>
        </section>
    }
    .into_any()
}

/// For who may not change it.
fn facts(there: &OutsideUsersShown) -> AnyView {
    view! {
        <dl class="facts">
            <dt>{tr!("Asked about them")}</dt>
            <dd data-testid="outside-kind-shown">{words::text(there.kind.label())}</dd>
        </dl>
    }
    .into_any()
}

/// What is in the fields.
#[derive(Clone, Copy)]
struct Draft {
    kind: RwSignal<usize>,
    service: Entry,
    url: Entry,
    method: RwSignal<usize>,
    body: Entry,
    field: Entry,
    expected: Entry,
    rights: RwSignal<usize>,
    /// What they were, which may be what no choice says.
    before: StoredValue<Permissions>,
    error: RwSignal<Option<String>>,
}

impl Draft {
    fn new(there: &OutsideUsersShown) -> Self {
        let service = match &there.source {
            Some(UserSource::Pam(pam)) => pam.service.clone(),
            _ => String::new(),
        };
        let rest = match &there.source {
            Some(UserSource::Rest(rest)) => rest.clone(),
            _ => RestSource::default(),
        };
        let rights = match there.permissions {
            Permissions::ALL => 0,
            Permissions::READ_ONLY => 1,
            _ => 2,
        };
        Self {
            kind: RwSignal::new(SourceKind::ALL.iter().position(|kind| *kind == there.kind).unwrap_or(0)),
            service: Entry::new(service),
            url: Entry::new(rest.url),
            method: RwSignal::new(RestMethod::ALL.iter().position(|method| *method == rest.method).unwrap_or(0)),
            body: Entry::new(rest.body),
            field: Entry::new(rest.field),
            expected: Entry::new(rest.expected),
            rights: RwSignal::new(rights),
            before: StoredValue::new(there.permissions),
            error: RwSignal::new(None),
        }
    }

    fn kind(self) -> SourceKind {
        SourceKind::ALL.get(self.kind.get()).copied().unwrap_or_default()
    }

    fn source(self) -> Option<UserSource> {
        match SourceKind::ALL.get(self.kind.get_untracked()) {
            Some(SourceKind::Pam) => Some(UserSource::Pam(PamSource { service: self.service.text() })),
            Some(SourceKind::Rest) => Some(UserSource::Rest(RestSource {
                url: self.url.text(),
                method: RestMethod::ALL.get(self.method.get_untracked()).copied().unwrap_or_default(),
                body: self.body.text(),
                field: self.field.text(),
                expected: self.expected.text(),
            })),
            _ => None,
        }
    }

    fn permissions(self) -> Permissions {
        match self.rights.get_untracked() {
            0 => Permissions::ALL,
            1 => Permissions::READ_ONLY,
            _ => self.before.get_value(),
        }
    }

    fn entries(self) -> [(&'static str, Entry); 5] {
        [
            ("service", self.service),
            ("url", self.url),
            ("body", self.body),
            ("field", self.field),
            ("expected", self.expected),
        ]
    }

    fn clear(self) {
        self.error.set(None);
        for (_, entry) in self.entries() {
            entry.error.set(None);
        }
    }

    /// Shows what is wrong, beside its field where it has one.
    fn refuse(self, error: PanelError) {
        let (shown, text) = match error {
            PanelError::Invalid { field, message } => {
                let entry = self.entries().into_iter().find(|(name, _)| *name == field);
                (entry.map_or(self.error, |(_, entry)| entry.error), message)
            }
            other => (self.error, other.text()),
        };
        let _ = shown.try_set(Some(text));
    }
}

fn form(id: DomainId, there: &OutsideUsersShown, done: Callback<()>) -> AnyView {
    let toasts = use_toasts();
    let draft = Draft::new(there);
    let busy = RwSignal::new(false);
    let submit = Callback::new(move |()| {
        draft.clear();
        busy.set(true);
        let users = OutsideUsers { source: draft.source(), permissions: draft.permissions() };
        spawn_local(async move {
            let answer = set_outside_users(id, users).await;
            let _ = busy.try_set(false);
            match answer {
                Ok(changed) => {
                    let ended =
                        if changed.ended > 0 { ended(changed.ended) } else { tr!("No session ended.").to_owned() };
                    toasts.tell(tr!("Users from elsewhere are set. {}", ended));
                    done.try_run(());
                }
                Err(error) => draft.refuse(error),
            }
        });
    });
    let kinds: Vec<_> = SourceKind::ALL.iter().map(|kind| words::text(kind.label()).to_owned()).collect();
    let mut rights = vec![tr!("Everything").to_owned(), tr!("Look and download").to_owned()];
    if draft.rights.get_untracked() > 1 {
        rights.push(tr!("As they are").to_owned());
    }
    let rights = StoredValue::new(rights);
    let kind = Memo::new(move |_| draft.kind());
    let fields = move || match kind.get() {
        SourceKind::None => ().into_any(),
        SourceKind::Pam => view! { {pam_fields(draft)} {rights_field(draft, rights)} {test(id, draft)} }.into_any(),
        SourceKind::Rest => view! { {rest_fields(draft)} {rights_field(draft, rights)} {test(id, draft)} }.into_any(),
    };
    view! {
        <Form submit class="form inline-fields">
            <Select label=tr!("Who is asked") options=Signal::stored(kinds) value=draft.kind testid="outside-kind" />
            {fields}
            <p class="muted">{tr!("Saving a change ends the sessions of all who came this way.")}</p>
            <FormError error=draft.error />
            <p>
                <button class="button" type="submit" data-testid="outside-save" disabled=busy>
                    {tr!("Save")}
                </button>
            </p>
        </Form>
    }
    .into_any()
}

fn rights_field(draft: Draft, rights: StoredValue<Vec<String>>) -> AnyView {
    view! { <Select label=tr!("They may") options=Signal::stored(rights.get_value()) value=draft.rights testid="outside-rights" /> }
        .into_any()
}

fn pam_fields(draft: Draft) -> AnyView {
    view! {
        <Field
            label=tr!("PAM service (a file in /etc/pam.d)")
            value=draft.service.value
            testid="outside-service"
            placeholder="wharf"
            error=draft.service.error
        />
    }
    .into_any()
}

fn rest_fields(draft: Draft) -> AnyView {
    let methods: Vec<_> = RestMethod::ALL.iter().map(|method| method.word().to_owned()).collect();
    view! {
        <Field
            label=tr!("Address")
            value=draft.url.value
            testid="outside-url"
            kind="url"
            placeholder="https://users.example.com/check"
            error=draft.url.error
        />
        <Select label=tr!("Method") options=Signal::stored(methods) value=draft.method testid="outside-method" />
        <TextArea
            label=tr!("Body: JSON or a form; login, password, domain and ip in braces are filled in")
            value=draft.body.value
            testid="outside-body"
            most=BODY_MOST
            error=draft.body.error
        />
        <div class="fields">
            <Field
                label=tr!("Field of the answer that says yes")
                value=draft.field.value
                testid="outside-field"
                placeholder=tr!("none: status 200 does")
                error=draft.field.error
            />
            <Field label=tr!("What it then is") value=draft.expected.value testid="outside-expected" error=draft.expected.error />
        </div>
    }
    .into_any()
}

/// Asks what is in the fields, saved or not.
fn test(id: DomainId, draft: Draft) -> AnyView {
    let (login, password) = (Entry::new(String::new()), Entry::new(String::new()));
    let told = RwSignal::new(None::<(Verdict, String)>);
    let busy = RwSignal::new(false);
    let ask = move |_| {
        draft.clear();
        login.error.set(None);
        told.set(None);
        let Some(source) = draft.source() else { return };
        busy.set(true);
        let test = SourceTest { source, login: login.text(), password: password.value.get_untracked() };
        spawn_local(async move {
            let answer = test_source(id, test).await;
            let _ = busy.try_set(false);
            match answer {
                Ok(answer) => {
                    let _ = told.try_set(Some((answer.verdict, answer.reason)));
                }
                Err(PanelError::Invalid { field, message }) if field == "login" => {
                    let _ = login.error.try_set(Some(message));
                }
                Err(error) => draft.refuse(error),
            }
        });
    };
    let result = move || {
        told.get().map(|(verdict, reason)| match verdict {
            Verdict::Yes => tr!("Yes: this user would be let in.").to_owned(),
            Verdict::No => tr!("No: {}.", words::told(&reason)),
            Verdict::Trouble => {
                tr!("No answer that can be used: {}. The login would be refused.", words::told(&reason))
            }
        })
    };
    view! {
        <fieldset class="events">
            <legend class="field-name">{tr!("Try it, with what stands above")}</legend>
            <div class="fields">
                <Field label=tr!("Login") value=login.value testid="outside-test-login" error=login.error />
                <Field label=tr!("Password") value=password.value testid="outside-test-password" kind="password" />
            </div>
            <p>
                <button class="button" type="button" data-testid="outside-test" disabled=busy on:click=ask>
                    {tr!("Test")}
                </button>
            </p>
            <p role="status" data-testid="outside-told">
                {result}
            </p>
        </fieldset>
    }
    .into_any()
}
