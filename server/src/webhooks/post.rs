//! One request to a webhook. The address is looked up and judged here, and the connection goes to exactly the address
//! that was judged; there are no redirects to another one. Of the answer only the status is read.

use crate::trust;
use anyhow::{Context as _, bail, ensure};
use axum::body::Body;
use http::{
    Method, Request, StatusCode, Uri,
    header::{CONTENT_TYPE, HOST, USER_AGENT},
    uri::Scheme,
};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use std::{net::SocketAddr, sync::Arc};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
    time::timeout,
};
use wharf_core::Core;
use wharf_model::ids::{DeliveryId, WebhookId};
use wharf_store::StoreError;

/// The head of an answer has to fit into this.
const HEAD_MOST: usize = 16 * 1024;

/// The status of an answer that says that the event has arrived; otherwise the status, if there was one, and what went
/// wrong.
pub(crate) type Answer = Result<u16, (Option<u16>, String)>;

/// Sends requests.
#[derive(Debug)]
pub(crate) struct Poster {
    core: Arc<Core>,
}

impl Poster {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    /// Signs `body` and sends it.
    pub(crate) async fn post(
        &self,
        webhook: WebhookId,
        url: &str,
        delivery: DeliveryId,
        body: &str,
    ) -> Result<Answer, StoreError> {
        let headers = self.core.signed_headers(webhook, delivery, body).await?;
        Ok(match timeout(self.core.webhook_patience(), self.request(url, &headers, body)).await {
            Ok(Ok(status)) if status.is_success() => Ok(status.as_u16()),
            Ok(Ok(status)) if status.is_redirection() => {
                Err((Some(status.as_u16()), format!("{status}: redirects are not followed")))
            }
            Ok(Ok(status)) => Err((Some(status.as_u16()), status.to_string())),
            Ok(Err(error)) => Err((None, format!("{error:#}"))),
            Err(_) => Err((None, "no answer in time".to_owned())),
        })
    }

    async fn request(&self, url: &str, headers: &[(&str, String)], body: &str) -> anyhow::Result<StatusCode> {
        let uri: Uri = url.parse().context("not an address of the web")?;
        let authority = uri.authority().context("the address has no host")?;
        let secure = uri.scheme() == Some(&Scheme::HTTPS);
        let host = authority.host().trim_matches(['[', ']']);
        let port = authority.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(HOST, authority.as_str())
            .header(USER_AGENT, concat!("wharf/", env!("CARGO_PKG_VERSION")))
            .header(CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = request.body(Body::from(body.to_owned()))?;
        let stream = self.connect(host, port).await?;
        if !secure {
            return exchange(stream, request).await;
        }
        let name = ServerName::try_from(host.to_owned()).context("not a name for a certificate")?;
        let stream = trust::connector().await?.connect(name, stream).await.context("TLS failed")?;
        exchange(stream, request).await
    }

    /// Connects to the first address of `host` that may be told and that answers.
    async fn connect(&self, host: &str, port: u16) -> anyhow::Result<TcpStream> {
        let found: Vec<SocketAddr> = lookup_host((host, port)).await.context("the name was not found")?.collect();
        let open: Vec<_> = found.iter().filter(|address| self.core.may_be_told(address.ip())).collect();
        ensure!(
            !open.is_empty(),
            "{host} is not on the internet; the configuration key webhooks.allowed could allow its address"
        );
        let mut last = None;
        for address in open {
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = Some(error),
            }
        }
        match last {
            Some(error) => Err(error).context("no connection"),
            None => bail!("no connection"),
        }
    }
}

/// Sends the request; the status of the answer. Its body stays unread.
async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send,
    request: Request<Body>,
) -> anyhow::Result<StatusCode> {
    let (mut sender, connection) =
        http1::Builder::new().max_buf_size(HEAD_MOST).handshake(TokioIo::new(stream)).await?;
    let answer = sender.send_request(request);
    tokio::pin!(answer);
    let answer = tokio::select! {
        answer = &mut answer => answer,
        // Nothing moves without it any more, but the answer may be there.
        _ = connection => answer.await,
    };
    Ok(answer.context("no answer")?.status())
}
