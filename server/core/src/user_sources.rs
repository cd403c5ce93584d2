//! Users whom a domain does not know itself: it asks an outside source about them, and who is let in gets an account that
//! everything else hangs on (`docs/decisions/0014-users-from-elsewhere.md`).
//!
//! What asks is an [`Authenticator`] of the libunftp ecosystem, which the binary makes ([`Sources`]); here is how long it may
//! take, how many may ask at once, and what an answer means.
//!
//! * `logins`: logins of users from elsewhere, and of anonymous ones
//! * `managing`: setting and testing sources on an operator's order
//! * [`templates`]: what a web service is told

mod logins;
mod managing;
pub mod templates;

use std::{
    collections::HashMap,
    fmt,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{sync::Semaphore, time::timeout};
use unftp_core::auth::{AuthenticationError, Authenticator, ChannelEncryptionState, Credentials};
use wharf_model::{ids::DomainId, user_sources::UserSource};
use wharf_store::domains::Domain;
use wharf_vfs::printable;

/// Questions of one domain at once. Who comes when so many wait for their answer waits too, and no other domain does.
const AT_ONCE: usize = 16;
/// The longest password that a source is asked about, in bytes.
const PASSWORD_MOST: usize = 1_024;
/// How long an answer may take where nothing else is said.
const PATIENCE: Duration = Duration::from_secs(10);
/// What is said of every source where there is nothing that could ask one.
const NOT_HERE: &str = "other users cannot be asked about here";
/// What is said of a source that failed, at most, in characters.
const LONGEST_REASON: usize = 300;

/// What asks one source.
pub type Asker = Box<dyn Authenticator>;

/// How sources are asked.
#[derive(Clone)]
pub struct Sources {
    /// Makes what asks a source on behalf of the domain of that name; otherwise why there is no such thing here.
    pub open: fn(&UserSource, &str) -> Result<Asker, String>,
    /// Looks whether there is such a source; otherwise why not. May block.
    pub check: fn(&UserSource) -> Result<(), String>,
    /// How long an answer may take, with the wait for a turn.
    pub patience: Duration,
}

/// Nobody is asked.
impl Default for Sources {
    fn default() -> Self {
        Self { open: |_, _| Err(NOT_HERE.to_owned()), check: |_| Err(NOT_HERE.to_owned()), patience: PATIENCE }
    }
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sources").field("patience", &self.patience).finish_non_exhaustive()
    }
}

/// The sources as they are asked.
#[derive(Debug, Default)]
pub(crate) struct Outside {
    sources: Sources,
    turns: Mutex<HashMap<DomainId, Arc<Semaphore>>>,
}

/// What a source said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Yes,
    No,
    /// Nothing that can be used, with why.
    Trouble(String),
}

/// Who wants to come in, as a source is told.
#[derive(Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) login: &'a str,
    pub(crate) password: &'a str,
    pub(crate) ip: IpAddr,
    pub(crate) secure: bool,
}

impl Outside {
    pub(crate) fn new(sources: Sources) -> Self {
        Self { sources, turns: Mutex::default() }
    }

    /// Whether there is such a source.
    async fn check(&self, source: &UserSource) -> Result<(), String> {
        let (check, source) = (self.sources.check, source.clone());
        let checked = tokio::task::spawn_blocking(move || check(&source)).await;
        checked.unwrap_or_else(|_| Err("it cannot be looked at".to_owned()))
    }

    /// Asks, no longer than patience lasts.
    pub(crate) async fn ask(&self, domain: &Domain, source: &UserSource, question: Question<'_>) -> Answer {
        // Without a password many directories take a login for a look around, and say yes.
        let unusable = |text: &str| text.is_empty() || text.contains('\0');
        if unusable(question.password) || unusable(question.login) || question.password.len() > PASSWORD_MOST {
            return Answer::No;
        }
        let authenticator = match (self.sources.open)(source, &domain.name) {
            Ok(authenticator) => authenticator,
            Err(why) => return trouble(&why),
        };
        let turns = self.turns(domain.id);
        let security = if question.secure { ChannelEncryptionState::Tls } else { ChannelEncryptionState::Plaintext };
        let credentials = Credentials {
            password: Some(question.password.to_owned()),
            certificate_chain: None,
            source_ip: question.ip,
            command_channel_security: security,
        };
        let work = async {
            let _turn = turns.acquire().await;
            authenticator.authenticate(question.login, &credentials).await
        };
        match timeout(self.sources.patience, work).await {
            Ok(Ok(_)) => Answer::Yes,
            Ok(Err(AuthenticationError::ImplPropagated(what, cause))) => match cause {
                Some(cause) => trouble(&format!("{what}: {cause}")),
                None => trouble(&what),
            },
            Ok(Err(_)) => Answer::No,
            Err(_) => trouble("no answer in time"),
        }
    }

    fn turns(&self, domain: DomainId) -> Arc<Semaphore> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        // Domains that nobody asks for now need none.
        turns.retain(|_, turns| Arc::strong_count(turns) > 1);
        turns.entry(domain).or_insert_with(|| Arc::new(Semaphore::new(AT_ONCE))).clone()
    }
}

fn trouble(why: &str) -> Answer {
    Answer::Trouble(printable(why.as_bytes()).chars().take(LONGEST_REASON).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use unftp_core::auth::Principal;
    use uuid::Uuid;
    use wharf_model::user_sources::PamSource;
    use wharf_store::domains::DomainTls;

    static ASKED: AtomicUsize = AtomicUsize::new(0);

    /// Hangs if that is its name.
    #[derive(Debug)]
    struct Told(String);

    #[async_trait]
    impl Authenticator for Told {
        async fn authenticate(&self, login: &str, _: &Credentials) -> Result<Principal, AuthenticationError> {
            if self.0 == "hanging" {
                ASKED.fetch_add(1, Ordering::Relaxed);
                std::future::pending::<()>().await;
            }
            Ok(Principal { username: login.to_owned() })
        }
    }

    fn domain(number: u128) -> Domain {
        Domain {
            id: DomainId(Uuid::from_u128(number)),
            name: "a.example".to_owned(),
            owner_id: None,
            root: "/".to_owned(),
            enabled: true,
            session_limit: None,
            tls: DomainTls::default(),
            created_at: 0,
        }
    }

    async fn ask(outside: &Outside, domain: &Domain, service: &str) -> Answer {
        let source = UserSource::Pam(PamSource { service: service.to_owned() });
        let question = Question { login: "a", password: "b", ip: [192, 0, 2, 1].into(), secure: false };
        outside.ask(domain, &source, question).await
    }

    #[tokio::test(start_paused = true)]
    async fn a_source_that_hangs_is_given_up_and_holds_up_no_other_domain() {
        let open: fn(&UserSource, &str) -> Result<Asker, String> = |source, _| match source {
            UserSource::Pam(pam) => Ok(Box::new(Told(pam.service.clone()))),
            UserSource::Rest(_) => Err("no such thing".to_owned()),
        };
        let outside = Arc::new(Outside::new(Sources { open, ..Sources::default() }));
        let ours = |_| {
            let outside = outside.clone();
            tokio::spawn(async move { ask(&outside, &domain(1), "hanging").await })
        };
        let waiting: Vec<_> = (0..3 * AT_ONCE).map(ours).collect();
        tokio::task::yield_now().await;
        assert_eq!(ask(&outside, &domain(2), "quick").await, Answer::Yes);
        assert_eq!(ASKED.load(Ordering::Relaxed), AT_ONCE, "the others wait for their turn");
        for answer in waiting {
            assert_eq!(answer.await.unwrap(), Answer::Trouble("no answer in time".to_owned()));
        }
        assert_eq!(ask(&outside, &domain(1), "quick").await, Answer::Yes, "whoever gave up has left its place");
    }
}
