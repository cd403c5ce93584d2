//! The file client's listener: its pages, and what `wharf-web` serves. An origin of its own, where no request reaches the
//! panel and no file is read as a page of it.

use super::{headers, language, site, with_peer};
use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, FromRef, State},
    http::{Method, Request, StatusCode},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use leptos::prelude::LeptosOptions;
use leptos_axum::{handle_server_fns_with_context, render_app_async_with_context};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use tower_http::csrf::CsrfLayer;
use wharf_app::guard::{Peer, cookie};
use wharf_core::{
    Core,
    http_sessions::{COOKIE, Through},
    sessions::Session,
};
use wharf_web::{Settings, Web, links};

/// Connections at once.
pub(crate) const MOST: usize = 20_000;
/// The text of a file that is edited, as JSON.
const TEXT_MOST: usize = 4 << 20;

/// What handlers act on.
#[derive(Clone, Debug)]
pub(crate) struct FileClient {
    core: Arc<Core>,
    web: Arc<Web>,
    leptos: LeptosOptions,
}

impl FileClient {
    /// The file client of the core's accounts; live sockets close with `stop`.
    pub(crate) fn new(core: Arc<Core>, settings: Settings, stop: CancellationToken) -> Self {
        let leptos = LeptosOptions::builder().output_name("wharf").build();
        Self { web: Web::new(core.clone(), settings, stop), core, leptos }
    }

    fn session(&self, request: &Request<Body>) -> Option<Arc<Session>> {
        let through = request.extensions().get::<Through>();
        let name = through.map_or_else(|| COOKIE.to_owned(), Through::cookie);
        let secret = cookie(request.headers(), &name)?;
        let Peer(peer) = request.extensions().get()?;
        let session = self.core.http_session(secret, peer.ip())?;
        Some(Arc::clone(&**session))
    }

    /// Everything below the file client's address.
    pub(crate) fn router(self) -> Router {
        let functions = Router::new()
            .route("/do/{*name}", post(server_function))
            .layer(DefaultBodyLimit::max(TEXT_MOST))
            .layer(middleware::from_fn(|request, next| super::take_in(TEXT_MOST, request, next)));
        let rooms = Router::new()
            .route("/", get(page))
            .merge(functions)
            .fallback(file_or_page)
            .layer(middleware::from_fn(language::choose_for_users))
            .with_state(self.clone())
            .merge(self.web.router())
            .layer(CsrfLayer::new())
            .layer(middleware::from_fn(wharf_web::take_in))
            .layer(middleware::from_fn(headers::secure_files))
            .layer(middleware::from_fn(with_peer));
        // Before anything looks at the address.
        Router::new().fallback(|request: Request<Body>| rooms.oneshot(links::take_out(request)))
    }
}

impl FromRef<FileClient> for LeptosOptions {
    fn from_ref(client: &FileClient) -> Self {
        client.leptos.clone()
    }
}

/// What is done for a session ends with it: of many files that are being deleted no more are.
async fn server_function(State(client): State<FileClient>, request: Request<Body>) -> Response {
    let session = client.session(&request);
    let ended = async {
        match session {
            Some(session) => session.killed().await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        answer = handle_server_fns_with_context(super::context(client.core), request) => answer.into_response(),
        () = ended => StatusCode::UNAUTHORIZED.into_response(),
    }
}

async fn page(State(client): State<FileClient>, request: Request<Body>) -> Response {
    let page = render_app_async_with_context(super::context(client.core), || wharf_app::files::shell(&site::assets()));
    page(request).await.into_response()
}

/// A built file; every other address is a place in the file client.
async fn file_or_page(client: State<FileClient>, request: Request<Body>) -> Response {
    if let Some(file) = site::serve(request.uri().path(), request.headers()) {
        return file;
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return StatusCode::NOT_FOUND.into_response();
    }
    let mut response = page(client, request).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}
