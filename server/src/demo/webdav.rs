//! A small WebDAV client: one request after the other on one connection, as much as the demo needs.

use super::client::{open, wrap};
use anyhow::ensure;
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use futures::stream;
use http_body_util::{BodyExt, Empty, StreamBody, combinators::BoxBody};
use hyper::{
    Method, Request, Response,
    body::{Frame, Incoming},
    client::conn::http1::{self, SendRequest},
    header::{AUTHORIZATION, CONTENT_LENGTH, HOST, USER_AGENT},
};
use hyper_util::rt::TokioIo;
use std::{convert::Infallible, net::SocketAddr};
use tokio_rustls::TlsConnector;

const PIECE: usize = 16 * 1024;

type Body = BoxBody<Bytes, Infallible>;

pub(super) struct Client {
    requests: SendRequest<Body>,
    authorization: String,
    host: String,
}

impl Client {
    pub(super) async fn connect(
        from: SocketAddr,
        to: SocketAddr,
        connector: &TlsConnector,
        login: &str,
        password: &str,
    ) -> anyhow::Result<Self> {
        let stream = wrap(connector, Box::new(open(from, to).await?)).await?;
        let (requests, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let authorization = format!("Basic {}", BASE64_STANDARD.encode(format!("{login}:{password}")));
        Ok(Self { requests, authorization, host: to.to_string() })
    }

    pub(super) async fn list(&mut self, directory: &str) -> anyhow::Result<()> {
        let propfind = Method::from_bytes(b"PROPFIND")?;
        let request = self.request(propfind, directory).header("depth", "1").body(nothing())?;
        self.ask(request).await
    }

    pub(super) async fn download(&mut self, path: &str) -> anyhow::Result<()> {
        let request = self.request(Method::GET, path).body(nothing())?;
        self.ask(request).await
    }

    pub(super) async fn upload(&mut self, path: &str, size: u64) -> anyhow::Result<()> {
        let pieces = stream::unfold(size, |left| async move {
            let n = usize::try_from(left).unwrap_or(usize::MAX).min(PIECE);
            let piece = Frame::data(Bytes::from_static(&[0; PIECE]).slice(..n));
            (n > 0).then_some((Ok(piece), left - n as u64))
        });
        let body = BoxBody::new(StreamBody::new(pieces));
        let request = self.request(Method::PUT, path).header(CONTENT_LENGTH, size).body(body)?;
        self.ask(request).await
    }

    fn request(&self, method: Method, path: &str) -> hyper::http::request::Builder {
        let path: String = path.bytes().map(escaped).collect();
        Request::builder()
            .method(method)
            .uri(format!("/dav{path}"))
            .header(HOST, &self.host)
            .header(USER_AGENT, "rclone/v1.71.2")
            .header(AUTHORIZATION, &self.authorization)
    }

    async fn ask(&mut self, request: Request<Body>) -> anyhow::Result<()> {
        self.requests.ready().await?;
        let answer: Response<Incoming> = self.requests.send_request(request).await?;
        ensure!(answer.status().is_success(), "{}", answer.status());
        let mut body = answer.into_body();
        while let Some(frame) = body.frame().await {
            frame?;
        }
        Ok(())
    }
}

fn nothing() -> Body {
    BoxBody::new(Empty::new())
}

fn escaped(byte: u8) -> String {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    }
}
