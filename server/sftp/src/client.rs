//! What russh asks us on a client's behalf: who may log in, and what a channel is for. It waits for each answer before
//! it reads on, so nothing here takes long but the check of a password.

use crate::{
    Sftp,
    channel::{self, ClientChannel, Service},
    transport::Backlog,
};
use russh::{
    Channel, ChannelId, ChannelOpenFailure, MethodKind, MethodSet,
    keys::{Algorithm, Certificate, PublicKey},
    server::{Auth, ChannelOpenHandle, Handler, Msg, PublicKeyOffer, Response, Session, VerifiedPublicKey},
};
use std::{borrow::Cow, collections::HashSet, future::Future, sync::Arc};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use wharf_core::{
    accounts::Identity,
    logins::LoginError,
    public_keys::{fingerprint, is_strong},
    sessions::SessionHandle,
    ssh_logins::{Proof, SshLogin, Step},
};
use wharf_model::logs::LineKind;
use wharf_vfs::printable;

/// Channels of one connection at once, as many as OpenSSH allows.
pub(crate) const CHANNELS_MOST: u32 = 10;
/// What everybody sees who asks for anything but files.
const FILES_ONLY: &str = "This server has files only: SFTP and SCP, no shell and no commands.\r\n";

/// What the task that watches over the connection has to know.
#[derive(Debug)]
pub(crate) enum Event {
    /// The client is logged in.
    LoggedIn(Arc<Identity>),
    /// It proved who it is and may not come in all the same, or cannot be asked now: with why.
    Refused(String),
}

/// One client, as russh asks about it.
pub(crate) struct Client {
    sftp: Arc<Sftp>,
    session: Arc<SessionHandle>,
    backlog: Arc<Backlog>,
    /// Cancelled when the connection is over, whatever waits.
    cut: CancellationToken,
    events: mpsc::Sender<Event>,
    login: LoginState,
    identity: Option<Arc<Identity>>,
    /// Places for channels, taken until what runs on them has closed its files.
    places: Arc<Semaphore>,
    /// Channels that serve something; each is asked for one thing only.
    serving: HashSet<ChannelId>,
}

/// How far the login is, for one name.
#[derive(Default)]
struct LoginState {
    name: String,
    shown: SshLogin,
    /// What may be tried next; empty for everything.
    next: Vec<MethodKind>,
    /// Nothing but a code is missing.
    needs_code: bool,
    /// What keyboard-interactive has asked for and not been told yet.
    asked: Option<Asked>,
}

#[derive(Clone, Copy)]
enum Asked {
    Password,
    Code,
}

/// What clients may log in with. Who may with what is told to nobody.
pub(crate) fn methods() -> MethodSet {
    MethodSet::from(&[MethodKind::PublicKey, MethodKind::Password, MethodKind::KeyboardInteractive][..])
}

impl Client {
    pub(crate) fn new(
        sftp: Arc<Sftp>,
        session: Arc<SessionHandle>,
        backlog: Arc<Backlog>,
        cut: CancellationToken,
        events: mpsc::Sender<Event>,
        places: Arc<Semaphore>,
    ) -> Self {
        Self {
            sftp,
            session,
            backlog,
            cut,
            events,
            login: LoginState::default(),
            identity: None,
            places,
            serving: HashSet::new(),
        }
    }

    /// Nothing that was shown under another name counts.
    fn begin(&mut self, name: &str) {
        if self.login.name != name {
            self.login = LoginState { name: name.to_owned(), ..LoginState::default() };
        }
    }

    async fn show(&mut self, name: &str, proof: Proof<'_>) -> Auth {
        self.begin(name);
        let Self { sftp, session, login, cut, .. } = self;
        let step = until_cut(cut, sftp.core.log_in_over_ssh(session, &mut login.shown, name, proof)).await;
        match step {
            Ok(Step::LoggedIn(identity)) => {
                self.identity = Some(identity.clone());
                self.tell(Event::LoggedIn(identity));
                Auth::Accept
            }
            Ok(Step::NeedsPassword) => self.go_on_with(&[MethodKind::Password, MethodKind::KeyboardInteractive]),
            Ok(Step::NeedsCode) => {
                self.login.needs_code = true;
                self.go_on_with(&[MethodKind::KeyboardInteractive])
            }
            // It proved who it is; who is told so does not ask its user for the password again, but reads on and finds
            // the reason. There is no identity, so it gets nothing else.
            Ok(Step::TurnedAway(error)) => {
                self.tell(Event::Refused(error.to_string()));
                Auth::Accept
            }
            Err(error) => self.refuse(&error),
        }
    }

    fn go_on_with(&mut self, methods: &[MethodKind]) -> Auth {
        self.login.next = methods.to_vec();
        Auth::Reject { proceed_with_methods: Some(methods.into()), partial_success: true }
    }

    fn refuse(&self, error: &LoginError) -> Auth {
        // Anything but this one has an end: the client is told why.
        if !matches!(error, LoginError::Incorrect) {
            self.tell(Event::Refused(error.to_string()));
        }
        self.reject()
    }

    /// russh would take the method off the list otherwise.
    fn reject(&self) -> Auth {
        let next = if self.login.next.is_empty() { methods() } else { (&*self.login.next).into() };
        Auth::Reject { proceed_with_methods: Some(next), partial_success: false }
    }

    fn tell(&self, event: Event) {
        // There are at most a few, and nobody to hear them only when the connection is over.
        let _ = self.events.try_send(event);
    }

    /// Whether a client may sign with that key, or with that of a certificate: which of both it is cannot be told yet.
    async fn takes(&self, name: &str, key: &PublicKey, algorithm: &Algorithm) -> Result<bool, LoginError> {
        if !is_strong(key) || matches!(algorithm, Algorithm::Rsa { hash: None }) {
            return Ok(false);
        }
        until_cut(&self.cut, self.sftp.core.takes_ssh_key(&self.session, name, &fingerprint(key))).await
    }

    fn ask(&mut self, asked: Asked) -> Auth {
        self.login.asked = Some(asked);
        let prompt = match asked {
            Asked::Password => "Password: ",
            Asked::Code => "Verification code: ",
        };
        Auth::Partial {
            name: Cow::Borrowed(""),
            instructions: Cow::Borrowed(""),
            prompts: Cow::Owned(vec![(Cow::Borrowed(prompt), false)]),
        }
    }

    fn note(&self, text: &str) {
        self.session.note(LineKind::Event, text);
    }

    /// Takes what the client wants to run on a channel, or says that it cannot be had.
    fn start(&mut self, id: ChannelId, service: Option<&Service>, session: &mut Session) -> Result<(), russh::Error> {
        if service.is_some() && self.serving.insert(id) {
            return session.channel_success(id);
        }
        self.files_only(id, session)
    }

    /// After a refusal in so many words many clients show nothing but their own, so they get what they want: a program
    /// that says why, and ends.
    fn files_only(&mut self, id: ChannelId, session: &mut Session) -> Result<(), russh::Error> {
        if !self.serving.insert(id) {
            return session.channel_failure(id);
        }
        session.channel_success(id)?;
        session.extended_data(id, 1, FILES_ONLY.as_bytes())?;
        session.exit_status_request(id, 1)?;
        session.eof(id)?;
        session.close(id)
    }
}

/// What has to wait for the store or a password ends with the connection.
async fn until_cut<T>(
    cut: &CancellationToken,
    work: impl Future<Output = Result<T, LoginError>>,
) -> Result<T, LoginError> {
    tokio::select! {
        done = work => done,
        () = cut.cancelled() => Err(LoginError::Unavailable),
    }
}

impl Handler for Client {
    type Error = russh::Error;

    async fn authentication_banner(&mut self) -> Result<Option<String>, Self::Error> {
        let banner = &self.sftp.settings.banner;
        Ok((!banner.is_empty()).then(|| format!("{banner}\r\n")))
    }

    async fn auth_none(&mut self, name: &str) -> Result<Auth, Self::Error> {
        self.begin(name);
        Ok(self.reject())
    }

    async fn auth_password(&mut self, name: &str, password: &str) -> Result<Auth, Self::Error> {
        Ok(self.show(name, Proof::Password(password)).await)
    }

    async fn auth_publickey_offered(&mut self, name: &str, offer: PublicKeyOffer<'_>) -> Result<Auth, Self::Error> {
        self.begin(name);
        if self.sftp.settings.authority.exists() {
            return Ok(Auth::Accept);
        }
        Ok(match self.takes(name, offer.public_key, offer.algorithm).await {
            Ok(true) => Auth::Accept,
            Ok(false) => self.reject(),
            Err(error) => self.refuse(&error),
        })
    }

    async fn auth_publickey(&mut self, name: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        self.begin(name);
        // An unknown key is no failed login, and locks nobody out: it cannot be guessed, and agents have many.
        match self.takes(name, key.public_key, key.algorithm).await {
            Ok(true) => Ok(self.show(name, Proof::Key(&fingerprint(key.public_key))).await),
            Ok(false) => Ok(self.reject()),
            Err(error) => Ok(self.refuse(&error)),
        }
    }

    async fn auth_openssh_certificate(&mut self, name: &str, certificate: &Certificate) -> Result<Auth, Self::Error> {
        self.begin(name);
        let fingerprint = fingerprint(&PublicKey::from(certificate.public_key().clone()));
        let now = u64::try_from(self.sftp.core.clock.now() / 1000).unwrap_or(0);
        if let Err(why) = self.sftp.settings.authority.check(certificate, now, self.session.ip()) {
            let name = printable(name.as_bytes());
            self.note(&format!("not accepted for {name}: certificate of {fingerprint}: {why}"));
            return Ok(self.reject());
        }
        let proof = Proof::Certificate { fingerprint: &fingerprint, principals: certificate.valid_principals() };
        Ok(self.show(name, proof).await)
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        name: &str,
        _submethods: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        self.begin(name);
        let Some(mut response) = response else {
            let asked = if self.login.needs_code { Asked::Code } else { Asked::Password };
            return Ok(self.ask(asked));
        };
        let answer = response.next().map(|answer| String::from_utf8_lossy(&answer).into_owned());
        let (Some(asked), Some(answer)) = (self.login.asked.take(), answer) else { return Ok(self.reject()) };
        match asked {
            Asked::Password => {
                let auth = self.show(name, Proof::Password(&answer)).await;
                // It is one conversation to the user.
                Ok(if auth != Auth::Accept && self.login.needs_code { self.ask(Asked::Code) } else { auth })
            }
            Asked::Code => Ok(self.show(name, Proof::Code(&answer)).await),
        }
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        let Some(identity) = self.identity.clone() else { return Ok(()) };
        let Ok(place) = self.places.clone().try_acquire_owned() else {
            reply.reject(ChannelOpenFailure::ResourceShortage).await;
            return Ok(());
        };
        let client = ClientChannel {
            channel,
            handle: session.handle(),
            session: self.session.session().clone(),
            identity,
            backlog: self.backlog.clone(),
        };
        reply.accept().await;
        tokio::spawn(channel::run(client, place));
        Ok(())
    }

    async fn channel_close(&mut self, id: ChannelId, _session: &mut Session) -> Result<(), Self::Error> {
        self.serving.remove(&id);
        Ok(())
    }

    async fn channel_open_direct_tcpip(
        &mut self,
        _channel: Channel<Msg>,
        host: &str,
        port: u32,
        _originator: &str,
        _originator_port: u32,
        _reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        // A reply that is dropped is a refusal.
        self.note(&format!("refused: forwarding to {}:{port}", printable(host.as_bytes())));
        Ok(())
    }

    async fn tcpip_forward(&mut self, host: &str, port: &mut u32, _: &mut Session) -> Result<bool, Self::Error> {
        self.note(&format!("refused: forwarding from {}:{port}", printable(host.as_bytes())));
        Ok(false)
    }

    async fn subsystem_request(&mut self, id: ChannelId, name: &str, session: &mut Session) -> Result<(), Self::Error> {
        let service = Service::of_subsystem(name);
        if service.is_none() {
            self.note(&format!("refused: subsystem {}", printable(name.as_bytes())));
        }
        self.start(id, service.as_ref(), session)
    }

    async fn exec_request(&mut self, id: ChannelId, line: &[u8], session: &mut Session) -> Result<(), Self::Error> {
        let service = Service::of_command(line);
        if service.is_none() {
            self.note(&format!("refused: command {}", printable(line)));
        }
        self.start(id, service.as_ref(), session)
    }

    async fn shell_request(&mut self, id: ChannelId, session: &mut Session) -> Result<(), Self::Error> {
        self.note("refused: shell");
        self.files_only(id, session)
    }

    /// A client without its terminal would show that and nothing of what it is told afterwards.
    async fn pty_request(
        &mut self,
        id: ChannelId,
        _terminal: &str,
        _columns: u32,
        _rows: u32,
        _width: u32,
        _height: u32,
        _modes: &[(russh::Pty, u32)],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_success(id)
    }

    async fn x11_request(
        &mut self,
        id: ChannelId,
        _single: bool,
        _protocol: &str,
        _cookie: &str,
        _screen: u32,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_failure(id)
    }

    async fn env_request(
        &mut self,
        id: ChannelId,
        _name: &str,
        _value: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_failure(id)
    }

    async fn window_change_request(
        &mut self,
        id: ChannelId,
        _columns: u32,
        _rows: u32,
        _width: u32,
        _height: u32,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        session.channel_failure(id)
    }
}
