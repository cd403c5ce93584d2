//! PAM, by `unftp-auth-pam`.
//!
//! Modules of PAM wait for other machines and for seconds after a wrong password, and nothing can end them. So each
//! question has a thread of its own, which nobody waits for at the end, and a service that hangs gets no more of them.

use async_trait::async_trait;
use futures::FutureExt as _;
use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    thread,
};
use tokio::sync::{Semaphore, oneshot};
use tracing::subscriber::{NoSubscriber, with_default};
use unftp_auth_pam::PamAuthenticator;
use unftp_core::auth::{AuthenticationError, Authenticator, Credentials, Principal};
use wharf_model::user_sources::PamSource;

/// Threads of one service at once.
const THREADS: usize = 16;
/// Where services are. One that is not there would be that of the name `other`, which may let everybody in.
const FOLDERS: [&str; 2] = ["/etc/pam.d", "/usr/lib/pam.d"];

/// One service.
#[derive(Debug)]
pub(super) struct Pam {
    service: String,
    places: Arc<Semaphore>,
}

impl Pam {
    pub(super) fn new(source: &PamSource) -> Self {
        Self { service: source.service.clone(), places: places(&source.service) }
    }
}

/// Whether there is such a service.
pub(super) fn check(service: &str) -> Result<(), String> {
    if FOLDERS.iter().any(|folder| Path::new(folder).join(service).is_file()) {
        return Ok(());
    }
    Err(format!("there is no file /etc/pam.d/{service}"))
}

/// Places for threads, of which a service has the same few whoever asks.
fn places(service: &str) -> Arc<Semaphore> {
    static SERVICES: OnceLock<Mutex<HashMap<String, Arc<Semaphore>>>> = OnceLock::new();
    let services = SERVICES.get_or_init(Mutex::default);
    let mut services = services.lock().unwrap_or_else(PoisonError::into_inner);
    services.retain(|_, places| Arc::strong_count(places) > 1);
    services.entry(service.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(THREADS))).clone()
}

#[async_trait]
impl Authenticator for Pam {
    async fn authenticate(&self, login: &str, shown: &Credentials) -> Result<Principal, AuthenticationError> {
        let unavailable = |why: &str| AuthenticationError::new(format!("PAM: {why}"));
        let place = self.places.clone().acquire_owned().await.map_err(|_| unavailable("no place"))?;
        let (say, said) = oneshot::channel();
        let (service, login, shown) = (self.service.clone(), login.to_owned(), shown.clone());
        let started = thread::Builder::new().name("pam".to_owned()).spawn(move || {
            // The place is free when the thread is gone, however long ago somebody stopped waiting.
            let _place = place;
            let _ = say.send(ask(&service, &login, &shown));
        });
        started.map_err(|error| AuthenticationError::with_source("PAM: no thread", error))?;
        said.await.map_err(|_| unavailable("the question was not answered"))?.map_err(judged)
    }
}

/// Blocks.
fn ask(service: &str, login: &str, shown: &Credentials) -> Result<Principal, AuthenticationError> {
    check(service).map_err(AuthenticationError::new)?;
    let service = PamAuthenticator::new(service);
    // It traces its arguments, the password among them, so nobody listens.
    let answer = with_default(NoSubscriber::default(), || service.authenticate(login, shown).now_or_never());
    answer.unwrap_or_else(|| Err(AuthenticationError::new("PAM: no answer")))
}

/// What PAM says no with; everything else is trouble. To `unftp-auth-pam` it is all one error, whose cause can be told by its
/// name alone.
fn judged(error: AuthenticationError) -> AuthenticationError {
    const NO: [&str; 8] = [
        "AUTH_ERR",
        "USER_UNKNOWN",
        "MAXTRIES",
        "PERM_DENIED",
        "ACCT_EXPIRED",
        "NEW_AUTHTOK_REQD",
        "CRED_EXPIRED",
        "AUTHTOK_EXPIRED",
    ];
    let AuthenticationError::ImplPropagated(_, Some(cause)) = &error else { return error };
    let told = cause.to_string();
    let code = told.split(|c: char| !(c.is_ascii_uppercase() || c == '_')).find(|word| !word.is_empty());
    if code.is_some_and(|code| NO.contains(&code)) { AuthenticationError::BadPassword } else { error }
}
