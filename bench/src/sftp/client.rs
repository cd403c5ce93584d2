//! A lean client: it logs in, asks for SFTP, and then holds its peace. Its algorithms are always the same, so that all
//! servers do the same work.

use super::servers::{Server, client_key};
use crate::servers::Place;
use anyhow::{Context as _, Result, ensure};
use russh::{
    Channel, ChannelMsg, Disconnect, Preferred, cipher,
    client::{self, Config, Handle, Msg},
    kex,
    keys::{Algorithm, PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate, load_secret_key},
};
use std::{borrow::Cow, sync::Arc, time::Duration};
use tokio::{runtime::Runtime, time::timeout};

/// Nothing takes this long but a failure.
const PATIENCE: Duration = Duration::from_mins(1);
/// `SSH_FXP_INIT`, version 3, and how its answer `SSH_FXP_VERSION` begins after its length
/// (draft-ietf-secsh-filexfer-02).
const INIT: [u8; 9] = [0, 0, 0, 5, 1, 0, 0, 0, 3];
const VERSION: [u8; 5] = [2, 0, 0, 0, 3];

/// What all sessions share.
pub(crate) struct Client {
    runtime: Runtime,
    config: Arc<Config>,
    key: Arc<PrivateKey>,
}

/// A session that may ask for files. It ends with this value.
pub(crate) struct Session<'a> {
    runtime: &'a Runtime,
    handle: Handle<Anyone>,
    _channel: Channel<Msg>,
}

impl Client {
    pub(crate) fn new(place: &Place) -> Result<Self> {
        let preferred = Preferred {
            kex: Cow::Borrowed(&[kex::CURVE25519, kex::EXTENSION_OPENSSH_STRICT_KEX_AS_CLIENT]),
            key: Cow::Borrowed(&[Algorithm::Ed25519]),
            cipher: Cow::Borrowed(&[cipher::AES_128_GCM]),
            ..Preferred::DEFAULT
        };
        Ok(Self {
            runtime: Runtime::new()?,
            config: Arc::new(Config { preferred, nodelay: true, ..Config::default() }),
            key: Arc::new(load_secret_key(client_key(place), None)?),
        })
    }

    /// From the connection to the answer that SFTP may be spoken.
    pub(crate) fn log_in(&self, server: &Server) -> Result<Session<'_>> {
        let (handle, channel) = self
            .runtime
            .block_on(async { timeout(PATIENCE, self.begin(server)).await.context("the server took too long")? })?;
        Ok(Session { runtime: &self.runtime, handle, _channel: channel })
    }

    async fn begin(&self, server: &Server) -> Result<(Handle<Anyone>, Channel<Msg>)> {
        let mut handle = client::connect(self.config.clone(), server.address, Anyone).await?;
        let key = PrivateKeyWithHashAlg::new(self.key.clone(), None);
        let result = handle.authenticate_publickey(server.access.user, key).await?;
        ensure!(result.success(), "the login failed");
        let mut channel = handle.channel_open_session().await?;
        channel.request_subsystem(true, "sftp").await?;
        channel.data_bytes(&INIT[..]).await?;
        let mut answer = Vec::new();
        while answer.len() < 4 + VERSION.len() {
            match channel.wait().await.context("the server ended the session")? {
                ChannelMsg::Data { data } => answer.extend_from_slice(&data),
                ChannelMsg::Failure => anyhow::bail!("the server has no SFTP"),
                _ => {}
            }
        }
        ensure!(answer[4..].starts_with(&VERSION), "the server does not speak version 3");
        Ok((handle, channel))
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        let goodbye = self.handle.disconnect(Disconnect::ByApplication, "", "");
        let _ = self.runtime.block_on(async { timeout(PATIENCE, goodbye).await });
    }
}

/// Takes every host key: it is our own server.
struct Anyone;

impl client::Handler for Anyone {
    type Error = anyhow::Error;

    async fn check_server_key(&mut self, _: &PublicKeyOrCertificate) -> Result<bool> {
        Ok(true)
    }
}
