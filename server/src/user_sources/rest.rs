//! A web service that knows users. `unftp-auth-rest` would do the same, but reads answers without end, takes errors for
//! answers and traces passwords (`docs/decisions/0014-users-from-elsewhere.md`).

use crate::trust;
use anyhow::{Context as _, bail};
use async_trait::async_trait;
use axum::body::{Body, Bytes, to_bytes};
use http::{
    Request, StatusCode, Uri,
    header::{ACCEPT, CONTENT_TYPE, HOST, USER_AGENT},
    uri::Scheme,
};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use unftp_core::auth::{AuthenticationError, Authenticator, Credentials, Principal};
use wharf_core::user_sources::templates::{self, Values};
use wharf_model::user_sources::RestSource;

/// The head of an answer has to fit into this.
const HEAD_MOST: usize = 16 * 1024;
/// And its body into this.
const BODY_MOST: usize = 64 * 1024;

/// One service, asked on behalf of one domain.
#[derive(Debug)]
pub(super) struct Rest {
    source: RestSource,
    domain: String,
}

impl Rest {
    pub(super) fn new(source: RestSource, domain: &str) -> Self {
        Self { source, domain: domain.to_owned() }
    }

    async fn knows(&self, login: &str, password: &str, ip: &str) -> anyhow::Result<bool> {
        let values = Values { login, password, domain: &self.domain, ip };
        // What is wrong with an address would be told with the login in it.
        let uri: Uri = templates::address(&self.source.url, values).parse().context("not an address of the web")?;
        let authority = uri.authority().context("the address has no host")?;
        let secure = uri.scheme() == Some(&Scheme::HTTPS);
        let host = authority.host().trim_matches(['[', ']']);
        let port = authority.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let kind = if templates::is_json(&self.source.body) {
            "application/json"
        } else {
            "application/x-www-form-urlencoded"
        };
        let request = Request::builder()
            .method(self.source.method.word())
            .uri(uri.path_and_query().map_or("/", |path| path.as_str()))
            .header(HOST, authority.as_str())
            .header(USER_AGENT, concat!("wharf/", env!("CARGO_PKG_VERSION")))
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, kind)
            .body(Body::from(templates::body(&self.source.body, values)))?;
        let stream = TcpStream::connect((host, port)).await.context("no connection")?;
        let (status, body) = if secure {
            let name = ServerName::try_from(host.to_owned()).context("not a name for a certificate")?;
            exchange(trust::connector().await?.connect(name, stream).await.context("TLS failed")?, request).await?
        } else {
            exchange(stream, request).await?
        };
        self.judge(status, &body)
    }

    /// Whether an answer says yes. What is neither yes nor no has gone wrong.
    fn judge(&self, status: StatusCode, body: &[u8]) -> anyhow::Result<bool> {
        if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            return Ok(false);
        }
        if !status.is_success() {
            bail!("it answered {status}");
        }
        let RestSource { field, expected, .. } = &self.source;
        if field.is_empty() {
            return Ok(true);
        }
        // The error of the parser would quote what it got.
        let Ok(answer) = serde_json::from_slice::<Value>(body) else { bail!("it answered {status} without JSON") };
        let found = field.split('.').try_fold(&answer, |value, name| match value {
            Value::Array(items) => items.get(name.parse::<usize>().ok()?),
            value => value.get(name),
        });
        let text = match found {
            Some(Value::String(text)) => text.clone(),
            Some(value @ (Value::Bool(_) | Value::Number(_))) => value.to_string(),
            _ => return Ok(false),
        };
        Ok(text == *expected)
    }
}

#[async_trait]
impl Authenticator for Rest {
    async fn authenticate(&self, login: &str, shown: &Credentials) -> Result<Principal, AuthenticationError> {
        let password = shown.password.as_deref().ok_or(AuthenticationError::BadPassword)?;
        match self.knows(login, password, &shown.source_ip.to_string()).await {
            Ok(true) => Ok(Principal { username: login.to_owned() }),
            Ok(false) => Err(AuthenticationError::BadPassword),
            Err(error) => Err(AuthenticationError::new(format!("{error:#}"))),
        }
    }
}

/// Sends the request and reads the answer.
async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send,
    request: Request<Body>,
) -> anyhow::Result<(StatusCode, Bytes)> {
    let (mut sender, connection) =
        http1::Builder::new().max_buf_size(HEAD_MOST).handshake(TokioIo::new(stream)).await?;
    let answer = async {
        let answer = sender.send_request(request).await.context("no answer")?;
        let status = answer.status();
        let body = to_bytes(Body::new(answer.into_body()), BODY_MOST).await;
        Ok((
            status,
            body.with_context(|| format!("it answered {status} and more than {BODY_MOST} bytes, or broke off"))?,
        ))
    };
    tokio::pin!(answer);
    tokio::select! {
        answer = &mut answer => answer,
        // Nothing moves without it any more, but the answer may be there.
        _ = connection => answer.await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(field: &str, expected: &str, status: u16, body: &str) -> Option<bool> {
        let source = RestSource { field: field.to_owned(), expected: expected.to_owned(), ..RestSource::default() };
        Rest::new(source, "a.example").judge(StatusCode::from_u16(status).unwrap(), body.as_bytes()).ok()
    }

    #[test]
    fn only_a_plain_yes_is_one() {
        let yes = r#"{"user":{"allowed":true,"rank":7,"state":"active","tags":["a"]}}"#;
        for (field, expected, status, body, verdict) in [
            ("user.allowed", "true", 200, yes, Some(true)),
            ("user.rank", "7", 201, yes, Some(true)),
            ("user.state", "active", 200, yes, Some(true)),
            ("user.tags.0", "a", 200, yes, Some(true)),
            ("user.state", "Active", 200, yes, Some(false)),
            ("user.tags", "a", 200, yes, Some(false)),
            ("allowed", "true", 200, yes, Some(false)),
            ("allowed", "null", 200, r#"{"allowed":null}"#, Some(false)),
            ("allowed", "true", 200, "true", Some(false)),
            ("", "true", 204, "", Some(true)),
            ("", "true", 401, "", Some(false)),
            ("user.allowed", "true", 403, yes, Some(false)),
            ("user.allowed", "true", 500, yes, None),
            ("user.allowed", "true", 404, yes, None),
            ("user.allowed", "true", 302, yes, None),
            ("user.allowed", "true", 200, "<html>", None),
        ] {
            assert_eq!(judge(field, expected, status, body), verdict, "{field} {expected} {status} {body}");
        }
    }

    #[test]
    fn what_went_wrong_says_nothing_of_what_was_sent() {
        let source = RestSource { field: "x".to_owned(), ..RestSource::default() };
        let error = Rest::new(source, "a.example").judge(StatusCode::OK, b"hush-hush").unwrap_err();
        assert!(!format!("{error:#}").contains("hush"));
    }
}
