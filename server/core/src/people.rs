//! People who sign in to the panel: adding, changing and finding them, and what they do with themselves.

use crate::{
    Core,
    accounts::CreateError,
    lockout::panel_name,
    orders::{self, OrderError},
    panel_sessions::in_sight,
    passwords,
    permits::{Operator, Via},
    random,
    sessions::Loss,
};
use serde_json::{Value, json};
use std::collections::HashSet;
use wharf_model::{
    audit::AuditEntry,
    ids::{DomainId, PanelSessionId, PersonId},
    live::Topic,
    panel_sessions::{PanelSessionRow, SessionEnd},
    people::{
        PEOPLE_MOST, Permission, PersonOrder, PersonPage, PersonReceipt, PersonRow, PersonSearch, PersonUpdate,
        Profile, Role,
    },
};
use wharf_store::{
    Secret, StoreError,
    accounts::AccountUpdate,
    panel_sessions::{self, PanelSessionWithPerson},
    people::{self, ListedPerson, NewPerson, Person, PersonChange},
    together::{self, Step},
};

/// The longest name.
const LONGEST_NAME: usize = 200;

impl Core {
    /// Creates a person. The password is hashed here.
    pub async fn add_person(
        &self,
        login: &str,
        name: &str,
        role: Role,
        parent: Option<PersonId>,
        password: &str,
    ) -> Result<PersonId, CreateError> {
        let person = self.new_person(login, name, role, parent, password).await?;
        people::insert(&self.store, &person).await?;
        Ok(person.id)
    }

    async fn new_person(
        &self,
        login: &str,
        name: &str,
        role: Role,
        parent: Option<PersonId>,
        password: &str,
    ) -> Result<NewPerson, CreateError> {
        let login = login.to_lowercase();
        fit_login(&login).map_err(CreateError::Invalid)?;
        if role == Role::MailboxOwner {
            return Err(CreateError::Invalid("a mailbox owner comes with an account of that kind"));
        }
        Ok(NewPerson {
            id: PersonId(random::id(&self.clock)),
            login,
            display_name: name.to_owned(),
            role,
            parent_id: parent,
            mailbox: None,
            password_hash: Secret::from(self.passwords.hash(password).await?),
            created_at: self.clock.now(),
        })
    }

    /// People in sight, by login.
    pub async fn people(&self, operator: &Operator, search: &PersonSearch) -> Result<PersonPage, OrderError> {
        operator.require(Permission::ViewPeople)?;
        if search.limit > PEOPLE_MOST {
            return Err(OrderError::invalid("limit", format!("limit is at most {PEOPLE_MOST}")));
        }
        let mut listed = people::listed(&self.store, search.search.trim()).await?;
        listed.retain(|listed| {
            in_sight(operator, &listed.person) && search.role.is_none_or(|role| listed.person.role == role)
        });
        let total = listed.len() as u64;
        let page = listed.into_iter().skip(search.offset as usize).take(search.limit as usize);
        Ok(PersonPage { items: page.map(shown).collect(), total })
    }

    /// One person.
    pub async fn person(&self, operator: &Operator, id: PersonId) -> Result<PersonRow, OrderError> {
        operator.require(Permission::ViewPeople)?;
        self.person_for(operator, id).await?;
        self.person_row(id).await
    }

    /// The sign-ins of a person, the latest first.
    pub async fn sign_ins_of(&self, operator: &Operator, id: PersonId) -> Result<Vec<PanelSessionRow>, OrderError> {
        operator.require(Permission::ViewPeople)?;
        self.person_for(operator, id).await?;
        self.sign_ins(operator, id).await
    }

    /// The person, if it is the operator's to see.
    pub(crate) async fn person_for(&self, operator: &Operator, id: PersonId) -> Result<Person, OrderError> {
        let found = people::by_id(&self.store, id).await?;
        found.filter(|person| in_sight(operator, person)).ok_or(OrderError::NotFound)
    }

    async fn person_row(&self, id: PersonId) -> Result<PersonRow, OrderError> {
        people::listed_one(&self.store, id).await?.map(shown).ok_or(OrderError::NotFound)
    }

    /// Adds a person. Who a reseller adds is a customer of that reseller.
    pub async fn create_person(&self, operator: &Operator, order: &PersonOrder) -> Result<PersonRow, OrderError> {
        operator.require(Permission::ManagePeople)?;
        if order.role == Role::MailboxOwner {
            return Err(OrderError::invalid("role", "a mailbox owner comes with an account of that kind"));
        }
        if operator.role == Role::Reseller && order.role != Role::Customer {
            return Err(OrderError::invalid("role", "a reseller adds customers"));
        }
        let login = order.login.trim();
        let name = orders::text("name", &order.name, LONGEST_NAME)?;
        let name = if name.is_empty() { login } else { &name };
        passwords::check_policy(login, &order.password).map_err(|why| OrderError::invalid("password", why))?;
        let mut person = self.new_person(login, name, order.role, None, &order.password).await.map_err(refused)?;
        // Who is named must not be deleted meanwhile.
        let _changing = self.gate.changing.lock().await;
        person.parent_id = match (operator.role, operator.person) {
            (Role::Reseller, Some(own)) => Some(own),
            _ => self.reseller_called(order.role, order.reseller.trim()).await?,
        };
        let (id, role) = (person.id, person.role);
        let entry = AuditEntry {
            after: Some(json!({"role": role, "name": name, "reseller": order.reseller})),
            ..self.deed(operator, "person.add", person.login.clone())
        };
        self.commit(&[Step::AddPerson(person), Step::Audit(entry)]).await?;
        self.notices.changed(Topic::People);
        self.person_row(id).await
    }

    /// Changes a person. What the person may not do any more ends at once: panel sessions, and where it is disabled all
    /// sessions of its domains.
    pub async fn change_person(
        &self,
        operator: &Operator,
        id: PersonId,
        update: &PersonUpdate,
    ) -> Result<PersonReceipt, OrderError> {
        operator.require(Permission::ManagePeople)?;
        let mut person = self.person_for(operator, id).await?;
        let mut password_hash = None;
        if let Some(password) = &update.password {
            passwords::check_policy(&person.login, password).map_err(|why| OrderError::invalid("password", why))?;
            password_hash = Some(Secret::from(self.passwords.hash(password).await.map_err(|_| OrderError::Busy)?));
        }
        // What is looked at from here on stays so until it is done.
        let _changing = self.gate.changing.lock().await;
        person = self.person_for(operator, id).await?;
        let own = operator.person == Some(id);
        let role = update.role.unwrap_or(person.role);
        self.check_change(operator, &person, update, own).await?;
        let mut change = PersonChange {
            display_name: None,
            role: update.role.filter(|role| *role != person.role),
            parent_id: None,
            password_hash,
            enabled: update.enabled.filter(|enabled| *enabled != person.enabled),
        };
        if let Some(name) = &update.name {
            let name = orders::text("name", name, LONGEST_NAME)?;
            change.display_name = Some(if name.is_empty() { person.login.clone() } else { name });
        }
        if let Some(reseller) = &update.reseller {
            change.parent_id = Some(self.reseller_called(role, reseller.trim()).await?);
        } else if role != Role::Customer && person.parent_id.is_some() {
            change.parent_id = Some(None);
        }
        let codes_off = update.codes == Some(false) && person.totp_secret.is_some();
        let passkeys = if update.passkeys == Some(false) { self.person_row(id).await?.passkeys } else { 0 };
        let (before, after) = told(&person, &change, codes_off, passkeys);
        let end = match &change {
            PersonChange { enabled: Some(false), .. } | PersonChange { role: Some(_), .. } => Some(SessionEnd::Rights),
            PersonChange { password_hash: Some(_), .. } => Some(SessionEnd::Password),
            _ if passkeys > 0 => Some(SessionEnd::Passkey),
            _ => None,
        };
        let entry = AuditEntry { before, after, ..self.deed(operator, "person.change", person.login.clone()) };
        let mut steps = vec![Step::ChangePerson(id, change.clone())];
        steps.extend(mailbox_password(&person, change.password_hash.as_ref()));
        if codes_off {
            steps.push(Step::SetPersonCodes(id, None, Vec::new()));
        }
        if passkeys > 0 {
            steps.extend(self.without_passkeys(id, None, None));
        }
        let ended = match end {
            Some(SessionEnd::Passkey) => self.live_panel_sessions(id, true).await?,
            Some(why) => {
                steps.push(self.end_panel_sessions(id, None, why));
                if change.enabled == Some(false) {
                    let customers = people::customers_of(&self.store, id).await?;
                    steps.extend(customers.into_iter().map(|customer| self.end_panel_sessions(customer, None, why)));
                }
                self.live_panel_sessions(id, false).await?
            }
            None => 0,
        };
        steps.push(Step::Audit(entry));
        self.commit(&steps).await?;
        let sessions = change.password_hash.as_ref().map_or(0, |_| self.mailbox_changed(operator, &person));
        let mut receipt = PersonReceipt { person: self.person_row(id).await?, panel_sessions: ended, sessions };
        let moved = change.parent_id.is_some();
        if change.enabled == Some(false) || (moved && people::is_suspended(&self.store, id, self.clock.now()).await?) {
            receipt.sessions += self.end_below(operator, &person).await?;
        }
        if moved {
            self.limits_changed().await?;
        }
        self.notices.changed(Topic::People);
        if end.is_some() || moved {
            self.panel_sessions_changed();
        }
        Ok(receipt)
    }

    /// What must not be changed, whoever asks.
    async fn check_change(
        &self,
        operator: &Operator,
        person: &Person,
        update: &PersonUpdate,
        own: bool,
    ) -> Result<(), OrderError> {
        let (disabled, role) = (update.enabled == Some(false), update.role.filter(|role| *role != person.role));
        if own && (disabled || role.is_some()) {
            return Err(OrderError::invalid("", "you cannot disable yourself or change your own role"));
        }
        if own && update.password.is_some() {
            return Err(OrderError::invalid("password", "your own password is changed in your profile"));
        }
        if own && update.codes.is_some() {
            return Err(OrderError::invalid("codes", "your own codes are switched off in your profile"));
        }
        if own && update.passkeys.is_some() {
            return Err(OrderError::invalid("passkeys", "your own passkeys are removed in your profile"));
        }
        if person.role == Role::MailboxOwner && (role.is_some() || update.reseller.is_some()) {
            return Err(OrderError::invalid("role", "a mailbox owner belongs to its account"));
        }
        if operator.role == Role::Reseller && (role.is_some() || update.reseller.is_some()) {
            return Err(OrderError::invalid("role", "a reseller's customers stay customers of that reseller"));
        }
        if person.role == Role::Administrator && person.enabled && (disabled || role.is_some()) {
            self.check_another_administrator(person.id).await?;
        }
        if role.is_some() && person.role == Role::Reseller && self.person_row(person.id).await?.customers > 0 {
            return Err(OrderError::invalid("role", "a reseller with customers stays one"));
        }
        Ok(())
    }

    pub(crate) async fn check_another_administrator(&self, except: PersonId) -> Result<(), OrderError> {
        let all = people::list(&self.store).await?;
        let other = |person: &Person| person.id != except && person.enabled && person.role == Role::Administrator;
        if all.iter().any(other) {
            return Ok(());
        }
        Err(OrderError::invalid("", "this is the only administrator that can sign in"))
    }

    async fn reseller_called(&self, role: Role, login: &str) -> Result<Option<PersonId>, OrderError> {
        if login.is_empty() {
            return Ok(None);
        }
        if role != Role::Customer {
            return Err(OrderError::invalid("reseller", "only a customer belongs to a reseller"));
        }
        let found = people::by_login(&self.store, login).await?;
        match found.filter(|person| person.role == Role::Reseller) {
            Some(person) => Ok(Some(person.id)),
            None => Err(OrderError::invalid("reseller", "there is no reseller of that login")),
        }
    }

    /// Ends the sessions of all accounts below a person that has lost its rights. How many.
    async fn end_below(&self, operator: &Operator, person: &Person) -> Result<u32, OrderError> {
        let domains: HashSet<DomainId> =
            people::domains_in_scope(&self.store, person.id, person.role).await?.into_iter().collect();
        if domains.is_empty() {
            return Ok(0);
        }
        let ended = self.end_lost(Some(operator), Loss::Disabled, |identity| domains.contains(&identity.domain_id));
        Ok(ended)
    }

    pub(crate) fn end_panel_sessions(&self, person: PersonId, except: Option<PanelSessionId>, why: SessionEnd) -> Step {
        Step::EndPanelSessions(person, except, panel_sessions::Ending { at: self.clock.now(), why })
    }

    /// How many sessions a person has, or those alone that were signed in with a passkey.
    async fn live_panel_sessions(&self, person: PersonId, passkeys: bool) -> Result<u32, StoreError> {
        let all = panel_sessions::list(&self.store, self.clock.now()).await?;
        let counts = |found: &&PanelSessionWithPerson| {
            found.person.id == person && (!passkeys || found.session.passkey_id.is_some())
        };
        let count = all.iter().filter(counts).count();
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    pub(crate) async fn commit(&self, steps: &[Step]) -> Result<(), OrderError> {
        match together::commit(&self.store, steps).await {
            Err(StoreError::Taken("person.login")) => {
                Err(OrderError::invalid("login", "somebody has this login already"))
            }
            Err(StoreError::NotFound) => Err(OrderError::NotFound),
            done => Ok(done?),
        }
    }

    /// Oneself.
    pub async fn profile(&self, operator: &Operator) -> Result<Profile, OrderError> {
        let id = own_person(operator)?;
        Ok(Profile {
            person: self.person_row(id).await?,
            recovery_codes: people::count_recovery_codes(&self.store, id).await?,
            passkeys: self.own_passkeys(id).await?,
            sign_ins: self.sign_ins(operator, id).await?,
        })
    }

    /// Changes the own password; the other own sessions end. How many there were.
    pub async fn change_own_password(&self, operator: &Operator, old: &str, new: &str) -> Result<u32, OrderError> {
        let person = self.proved_self(operator, old, "old").await?;
        passwords::check_policy(&person.login, new).map_err(|why| OrderError::invalid("new", why))?;
        let hash = self.passwords.hash(new).await.map_err(|_| OrderError::Busy)?;
        let change = PersonChange { password_hash: Some(Secret::from(hash)), ..PersonChange::default() };
        let mailbox = mailbox_password(&person, change.password_hash.as_ref());
        let Via::Panel(session, _) = operator.via else { return Err(OrderError::NotFound) };
        let others = self.live_panel_sessions(person.id, false).await?.saturating_sub(1);
        let mut steps = vec![
            Step::ChangePerson(person.id, change),
            self.end_panel_sessions(person.id, Some(session), SessionEnd::Password),
            Step::Audit(self.deed(operator, "profile.password", person.login.clone())),
        ];
        steps.extend(mailbox);
        self.commit(&steps).await?;
        self.mailbox_changed(operator, &person);
        self.panel_sessions_changed();
        Ok(others)
    }

    /// Ends the sessions of a mailbox owner's account, which has another password now. How many.
    fn mailbox_changed(&self, operator: &Operator, person: &Person) -> u32 {
        let Some((account, _)) = person.mailbox else { return 0 };
        self.end_lost(Some(operator), Loss::Password, |identity| identity.account_id == account)
    }

    /// Changes the own name.
    pub async fn change_own_name(&self, operator: &Operator, name: &str) -> Result<(), OrderError> {
        let id = own_person(operator)?;
        let name = orders::text("name", name, LONGEST_NAME)?;
        if name.is_empty() {
            return Err(OrderError::invalid("name", "a name is needed"));
        }
        let change = PersonChange { display_name: Some(name), ..PersonChange::default() };
        let entry = self.deed(operator, "profile.name", operator.login());
        self.commit(&[Step::ChangePerson(id, change), Step::Audit(entry)]).await?;
        self.notices.changed(Topic::People);
        Ok(())
    }

    /// The operator as a person who has shown its password once more. Wrong ones count like those of a sign-in.
    pub(crate) async fn proved_self(
        &self,
        operator: &Operator,
        password: &str,
        field: &'static str,
    ) -> Result<Person, OrderError> {
        let id = own_person(operator)?;
        if operator.acting.is_some() {
            return Err(OrderError::invalid(field, "only the person itself can do this"));
        }
        self.check_lockout(operator.ip).map_err(|_| OrderError::Busy)?;
        let person = people::by_id(&self.store, id).await?.ok_or(OrderError::NotFound)?;
        let stored = Some(&*person.password_hash);
        let matches = self.passwords.verify_anew(stored, password).await.map_err(|_| OrderError::Busy)?;
        // Of many guesses at once only the first ones are answered.
        self.check_lockout(operator.ip).map_err(|_| OrderError::Busy)?;
        if !matches {
            self.login_failed(operator.ip, &person.login, &panel_name(&person.login), None);
            return Err(OrderError::invalid(field, "this is not your password"));
        }
        Ok(person)
    }
}

/// What is wrong with the login of a person.
pub(crate) fn fit_login(login: &str) -> Result<(), &'static str> {
    let good = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@' | '+');
    if login.is_empty() || login.len() > 128 || !login.chars().all(good) {
        return Err("a login has letters, digits and . - _ @ +, at most 128");
    }
    Ok(())
}

/// A mailbox owner has one password: that of the account.
fn mailbox_password(person: &Person, password_hash: Option<&Secret>) -> Option<Step> {
    let (account, _) = person.mailbox?;
    let update = AccountUpdate { password_hash: Some(password_hash?.clone()), ..AccountUpdate::default() };
    Some(Step::ChangeAccount(account, Box::new(update)))
}

/// Who the operator is, where it is a person in the panel.
pub(crate) fn own_person(operator: &Operator) -> Result<PersonId, OrderError> {
    match operator.via {
        Via::Panel(_, person) => Ok(person),
        Via::Token(_) | Via::CommandLine => Err(OrderError::NotFound),
    }
}

fn refused(error: CreateError) -> OrderError {
    match error {
        CreateError::Invalid(why) => OrderError::invalid("login", why),
        CreateError::Store(error) => error.into(),
        CreateError::Overloaded(_) => OrderError::Busy,
        other => OrderError::invalid("login", other.to_string()),
    }
}

fn shown(listed: ListedPerson) -> PersonRow {
    let ListedPerson { person, reseller, suspended, domains, customers, passkeys } = listed;
    PersonRow {
        id: person.id,
        login: person.login,
        name: person.display_name,
        role: person.role,
        reseller,
        enabled: person.enabled,
        suspended,
        domains,
        customers,
        codes: person.totp_secret.is_some(),
        passkeys,
        added: person.created_at,
        last_sign_in: person.last_login_at,
    }
}

/// What the audit log says of a change. Of a password it says that there is a new one.
fn told(person: &Person, change: &PersonChange, codes_off: bool, passkeys: u32) -> (Option<Value>, Option<Value>) {
    let (mut before, mut after) = (serde_json::Map::new(), serde_json::Map::new());
    let mut put = |name: &str, old: Value, new: Value| {
        before.insert(name.to_owned(), old);
        after.insert(name.to_owned(), new);
    };
    if let Some(name) = &change.display_name {
        put("name", json!(person.display_name), json!(name));
    }
    if let Some(role) = change.role {
        put("role", json!(person.role), json!(role));
    }
    if let Some(parent) = change.parent_id {
        put("reseller", json!(person.parent_id), json!(parent));
    }
    if let Some(enabled) = change.enabled {
        put("enabled", json!(person.enabled), json!(enabled));
    }
    if codes_off {
        put("codes", json!(true), json!(false));
    }
    if passkeys > 0 {
        put("passkeys", json!(passkeys), json!(0));
    }
    if change.password_hash.is_some() {
        put("password", json!("old"), json!("new"));
    }
    (Some(Value::Object(before)), Some(Value::Object(after)))
}
