//! Passkeys (WebAuthn level 3): adding and removing them, and signing in with one.
//!
//! A passkey has verified its owner by itself, so it stands for password and code together. It is found without a login:
//! authenticators keep the id of the person with it (discoverable credentials). It is good at the address of the panel
//! where it was made, port included: browsers only see to the name of the host, and other services of the same machine may
//! be somebody else's.
//!
//! * [`origin`]: that address
//! * [`ceremonies`]: what was asked of browsers and not answered yet

pub(crate) mod ceremonies;
mod origin;

pub use origin::{NoOrigin, Origin};

use crate::{
    Core,
    orders::{self, OrderError},
    panel_sessions::{Asking, SignInError},
    permits::{Operator, Via},
    random,
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use ceremonies::{Asked, Ceremony, Making};
use serde_json::{Value, json};
use std::net::IpAddr;
use webauthn_rs::prelude::{self as webauthn, DiscoverableAuthentication, PublicKeyCredential, WebauthnError};
use wharf_model::{
    audit::AuditEntry,
    ids::{PanelSessionId, PasskeyId, PersonId},
    live::Topic,
    panel_sessions::SessionEnd,
    passkeys::{PASSKEY_NAME_MOST, PASSKEYS_MOST, PasskeyRequest, PasskeyRow},
};
use wharf_store::{
    StoreError,
    panel_sessions::{Ending, Proof},
    passkeys::{self, Passkey, Use},
    people,
    together::{self, Step},
};

/// As whom a passkey that nobody knows counts.
const NOBODY: &str = "unknown passkey";

/// A passkey that somebody shows to sign in, and from where.
#[derive(Clone, Copy)]
pub struct PasskeySignIn<'a> {
    /// Names what was asked of the browser.
    pub ceremony: &'a str,
    /// What the browser answers, JSON.
    pub answer: &'a str,
    /// Whether older sessions make room where a login may have no more.
    pub replace: bool,
    /// Where the browser is.
    pub ip: IpAddr,
    /// What the browser calls itself.
    pub user_agent: &'a str,
}

impl Core {
    /// The own passkeys, oldest first.
    pub(crate) async fn own_passkeys(&self, person: PersonId) -> Result<Vec<PasskeyRow>, StoreError> {
        Ok(passkeys::list(&self.store, person).await?.into_iter().map(shown).collect())
    }

    /// Asks the browser of the operator, who shows the password once more, for a passkey of that name. `host` is what
    /// the browser calls the panel.
    pub async fn begin_passkey(
        &self,
        operator: &Operator,
        host: &str,
        name: &str,
        password: &str,
    ) -> Result<PasskeyRequest, OrderError> {
        let name = named(name)?;
        let origin = self.origin(host).ok_or_else(|| {
            OrderError::invalid("", "passkeys need a panel that is called by its name, not by an IP address")
        })?;
        let person = self.proved_self(operator, password, "password").await?;
        let Via::Panel(session, _) = operator.via else { return Err(OrderError::NotFound) };
        let known = passkeys::list(&self.store, person.id).await?;
        check_room(known.len())?;
        let known = known.iter().map(|known| Ok(credential(known)?.cred_id().clone()));
        let known = known.collect::<Result<Vec<_>, StoreError>>()?;
        let asked = origin.party().and_then(|party| {
            party.start_passkey_registration(person.id.0, &person.login, &person.display_name, Some(known))
        });
        let (options, state) = asked.map_err(|error| refused(&error))?;
        let mut options = json!(options)["publicKey"].take();
        // The library asks for any passkey; one that authenticators do not find by themselves would be no use here.
        options["authenticatorSelection"]["residentKey"] = json!("required");
        options["authenticatorSelection"]["requireResidentKey"] = json!(true);
        let asked = Asked::Make(Making { person: person.id, session, name, state });
        Ok(self.asked(Ceremony { origin, asked }, &options, operator.ip))
    }

    /// Adds the passkey that the operator's browser was asked for. `answer` is the browser's, JSON.
    pub async fn add_passkey(
        &self,
        operator: &Operator,
        ceremony: &str,
        answer: &str,
    ) -> Result<PasskeyRow, OrderError> {
        let (own, session) = at_the_panel(operator)?;
        let too_late = || OrderError::invalid("", "this took too long, please begin again");
        let Ceremony { origin, asked } = self.ceremonies.take(ceremony, self.clock.now()).ok_or_else(too_late)?;
        let Making { person, name, state, .. } = asked.making(own, session).ok_or_else(too_late)?;
        let answer = serde_json::from_str(answer)
            .map_err(|_| OrderError::invalid("", "the answer of the browser is not understood"))?;
        let made = origin.party().and_then(|party| party.finish_passkey_registration(&answer, &state));
        let made = made.map_err(|error| refused(&error))?;
        let passkey = Passkey {
            id: PasskeyId(random::id(&self.clock)),
            person_id: person,
            name,
            origin: origin.to_string(),
            credential_id: BASE64_URL_SAFE_NO_PAD.encode(made.cred_id()),
            credential: written(&made)?,
            created_at: self.clock.now(),
            last_used_at: None,
        };
        // Whoever adds two at once is counted once more.
        let _changing = self.gate.changing.lock().await;
        check_room(passkeys::list(&self.store, person).await?.len())?;
        let entry = AuditEntry {
            after: Some(json!({"name": passkey.name, "origin": passkey.origin})),
            ..self.deed(operator, "profile.passkey_add", operator.login())
        };
        let steps = [Step::AddPasskey(Box::new(passkey.clone())), Step::Audit(entry)];
        match together::commit(&self.store, &steps).await {
            Err(StoreError::Taken(_)) => return Err(OrderError::invalid("", "this passkey has been added already")),
            done => done?,
        }
        self.notices.changed(Topic::People);
        Ok(shown(passkey))
    }

    /// Gives an own passkey another name.
    pub async fn rename_passkey(&self, operator: &Operator, id: PasskeyId, name: &str) -> Result<(), OrderError> {
        let passkey = self.own_passkey(operator, id).await?;
        let name = named(name)?;
        let entry = AuditEntry {
            before: Some(json!({"name": passkey.name})),
            after: Some(json!({"name": name})),
            ..self.deed(operator, "profile.passkey_rename", operator.login())
        };
        let steps = [Step::RenamePasskey(id, name), Step::Audit(entry)];
        together::commit(&self.store, &steps).await.map_err(orders::gone)?;
        self.notices.changed(Topic::People);
        Ok(())
    }

    /// Removes an own passkey, and ends the own other sessions that were signed in with it.
    pub async fn remove_passkey(&self, operator: &Operator, id: PasskeyId) -> Result<(), OrderError> {
        let passkey = self.own_passkey(operator, id).await?;
        let (person, session) = at_the_panel(operator)?;
        let entry = AuditEntry {
            before: Some(json!({"name": passkey.name, "origin": passkey.origin})),
            ..self.deed(operator, "profile.passkey_remove", operator.login())
        };
        let [remove, end] = self.without_passkeys(person, Some(id), Some(session));
        together::commit(&self.store, &[remove, end, Step::Audit(entry)]).await.map_err(orders::gone)?;
        self.notices.changed(Topic::People);
        self.panel_sessions_changed();
        Ok(())
    }

    /// What removes a passkey of a person, or all, with the sessions that were signed in with it, `except` one.
    pub(crate) fn without_passkeys(
        &self,
        person: PersonId,
        which: Option<PasskeyId>,
        except: Option<PanelSessionId>,
    ) -> [Step; 2] {
        let ending = Ending { at: self.clock.now(), why: SessionEnd::Passkey };
        [Step::RemovePasskeys(person, which), Step::EndPasskeySessions(person, which, except, ending)]
    }

    /// Asks a browser to show any passkey of this panel, which it calls `host`.
    pub fn begin_passkey_sign_in(&self, host: &str, ip: IpAddr) -> Result<PasskeyRequest, SignInError> {
        self.check_lockout(ip)?;
        let origin = self.origin(host).ok_or(SignInError::Unnamed)?;
        let asked = origin.party().and_then(|party| party.start_discoverable_authentication());
        let (options, state) = asked.map_err(|error| {
            tracing::error!(%error, "no passkey could be asked for");
            SignInError::Unnamed
        })?;
        let options = json!(options)["publicKey"].take();
        Ok(self.asked(Ceremony { origin, asked: Asked::Show(state) }, &options, ip))
    }

    /// Signs in whose passkey that is, and returns the secret for the cookie. No code is asked for.
    pub async fn sign_in_with_passkey(&self, asked: PasskeySignIn<'_>) -> Result<String, SignInError> {
        let PasskeySignIn { ceremony, answer, replace, ip, user_agent } = asked;
        self.check_lockout(ip)?;
        let Some(Ceremony { origin, asked: Asked::Show(state) }) = self.ceremonies.take(ceremony, self.clock.now())
        else {
            return Err(SignInError::Expired);
        };
        let wrong = |login: &str| self.sign_in_failed(ip, login, SignInError::WrongPasskey);
        let Some((passkey, used)) = self.prove(&origin, state, answer).await? else { return Err(wrong(NOBODY)) };
        let person = people::by_id(&self.store, passkey.person_id).await?;
        let login = person.as_ref().map_or(NOBODY, |person| &*person.login).to_owned();
        let person = self.admitted_person(person, ip).await?;
        let (Some(person), Some(used)) = (person, used) else { return Err(wrong(&login)) };
        // Of many guesses at once only the first ones are answered.
        self.check_lockout(ip)?;
        let (proof, detail) = (Proof::Passkey(&used), json!({"passkey": passkey.name}));
        let kept = self.keep_sign_in(&person, proof, Asking { replace, ip, user_agent }, detail).await?;
        kept.ok_or_else(|| wrong(&login))
    }

    /// The passkey that an answer speaks of, if it is known here, and its use, if the answer proves it.
    async fn prove(
        &self,
        origin: &Origin,
        state: DiscoverableAuthentication,
        answer: &str,
    ) -> Result<Option<(Passkey, Option<Use>)>, StoreError> {
        let Ok(answer) = serde_json::from_str::<PublicKeyCredential>(answer) else { return Ok(None) };
        let Ok(party) = origin.party() else { return Ok(None) };
        let Ok((owner, id)) = party.identify_discoverable_authentication(&answer) else { return Ok(None) };
        let found = passkeys::by_credential_id(&self.store, &BASE64_URL_SAFE_NO_PAD.encode(id)).await?;
        let fits = |passkey: &Passkey| passkey.person_id.0 == owner && passkey.origin == origin.to_string();
        let Some(passkey) = found.filter(fits) else { return Ok(None) };
        let mut key = credential(&passkey)?;
        let used = match party.finish_discoverable_authentication_v2(&answer, state, &key) {
            Ok(result) => {
                key.update_credential(&result);
                let after = written(&key)?;
                Some(Use { id: passkey.id, before: passkey.credential.clone(), after })
            }
            Err(error) => {
                tracing::info!(%error, passkey.id = %passkey.id, "a passkey proves nothing");
                None
            }
        };
        Ok(Some((passkey, used)))
    }

    fn asked(&self, ceremony: Ceremony, options: &Value, ip: IpAddr) -> PasskeyRequest {
        let ceremony = self.ceremonies.begin(ceremony, ip, self.clock.now());
        PasskeyRequest { ceremony, options: options.to_string() }
    }

    /// Where the panel is: as configured, else as the browser calls it. A client that makes up a host gains nothing: no
    /// passkey was made there.
    fn origin(&self, host: &str) -> Option<Origin> {
        self.panel_origin.clone().or_else(|| Origin::of_host(host))
    }

    async fn own_passkey(&self, operator: &Operator, id: PasskeyId) -> Result<Passkey, OrderError> {
        let (person, _) = at_the_panel(operator)?;
        let all = passkeys::list(&self.store, person).await?;
        all.into_iter().find(|passkey| passkey.id == id).ok_or(OrderError::NotFound)
    }
}

/// Who sits at the panel, in which session, and not as somebody else.
fn at_the_panel(operator: &Operator) -> Result<(PersonId, PanelSessionId), OrderError> {
    if operator.acting.is_some() {
        return Err(OrderError::invalid("", "only the person itself can do this"));
    }
    match operator.via {
        Via::Panel(session, person) => Ok((person, session)),
        Via::Token(_) | Via::CommandLine => Err(OrderError::NotFound),
    }
}

fn named(name: &str) -> Result<String, OrderError> {
    let name = orders::text("name", name, PASSKEY_NAME_MOST)?;
    if name.is_empty() { Err(OrderError::invalid("name", "a name is needed")) } else { Ok(name) }
}

fn check_room(there: usize) -> Result<(), OrderError> {
    if there < PASSKEYS_MOST {
        return Ok(());
    }
    Err(OrderError::invalid("name", format!("you have {PASSKEYS_MOST} passkeys already")))
}

fn refused(error: &WebauthnError) -> OrderError {
    tracing::info!(%error, "a passkey not made");
    OrderError::invalid("", "this is not the passkey that was asked for")
}

fn credential(passkey: &Passkey) -> Result<webauthn::Passkey, StoreError> {
    serde_json::from_str(&passkey.credential)
        .map_err(|error| StoreError::Corrupt(format!("passkey.credential of {}: {error}", passkey.id)))
}

fn written(key: &webauthn::Passkey) -> Result<String, StoreError> {
    serde_json::to_string(key).map_err(|error| StoreError::Corrupt(format!("a passkey cannot be written: {error}")))
}

fn shown(passkey: Passkey) -> PasskeyRow {
    let Passkey { id, name, origin, created_at, last_used_at, .. } = passkey;
    PasskeyRow { id, name, origin, added: created_at, last_used: last_used_at }
}
