//! The panel's listener, and that of the file client: pages, server functions, the live socket, the REST interface and the
//! built files.
//!
//! * [`files`]: the file client's listener; accepting is in `wharf-web`
//! * [`headers`]: security headers and the nonce of the content security policy
//! * [`site`]: the built frontend, embedded
//! * [`language`]: the language of a page
//! * [`live`]: the live socket
//! * [`api`]: REST under `/api/v1`

mod api;
pub(crate) mod files;
mod headers;
mod language;
mod live;
mod site;

use api::Problem;
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{DefaultBodyLimit, FromRef, State},
    http::{Method, Request, StatusCode, header::CONTENT_ENCODING},
    middleware::{self, Next},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use leptos::{
    prelude::{LeptosOptions, provide_context, use_context},
    server_fn::axum::server_fn_paths,
};
use leptos_axum::{
    LeptosRoutes, generate_route_list_with_exclusions, handle_server_fns_with_context, render_app_async_with_context,
};
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tower_http::csrf::CsrfLayer;
use wharf_app::{
    App,
    files::guard::Arrived,
    guard::{FilesAt, PREFIX, Peer, cookie_secret},
    next,
};
use wharf_core::Core;
use wharf_web::connections::Arrival;

/// Connections to the panel at once.
pub(crate) const MOST: usize = 2_000;
/// Nothing the panel or the REST interface takes in is larger.
const BODY_MOST: usize = 64 * 1024;
/// How long a body may take to come.
const BODY_TIME: Duration = Duration::from_secs(20);

/// What handlers act on.
#[derive(Clone, Debug)]
pub(crate) struct Panel {
    core: Arc<Core>,
    /// Cancelled when the server stops.
    stop: CancellationToken,
    files: FilesAt,
    sockets: live::Sockets,
    leptos: LeptosOptions,
}

impl Panel {
    /// The panel of `core`, beside a file client; its live sockets close with `stop`.
    pub(crate) fn new(core: Arc<Core>, files: FilesAt, stop: CancellationToken) -> Self {
        // The names of the built files come from the site's manifest; leptos only needs some name.
        let leptos = LeptosOptions::builder().output_name("wharf").build();
        Self { core, files, stop, sockets: live::Sockets::default(), leptos }
    }

    /// What the panel's pages and server functions find in their context.
    fn context(&self) -> impl Fn() + Clone + Send + Sync + 'static + use<> {
        let (context, files) = (context(self.core.clone()), self.files.clone());
        move || {
            context();
            provide_context(files.clone());
        }
    }

    /// Everything below the panel's address.
    pub(crate) fn router(self) -> Router {
        // leptos_axum serves every function that there is, those of the file client as well.
        let foreign = server_fn_paths().map(|(path, _)| path.to_owned()).filter(|path| !path.starts_with(PREFIX));
        let routes = generate_route_list_with_exclusions(App, Some(foreign.collect()));
        let context = self.context();
        let pages = Router::new()
            .leptos_routes_with_context(&self, routes, context, || wharf_app::shell(&site::assets()))
            .layer(middleware::from_fn_with_state(self.clone(), language::choose));
        Router::new()
            .merge(pages)
            .route("/live", get(live::upgrade))
            .nest("/api/v1", api::router())
            .route("/fn/{*name}", post(server_function))
            .fallback(file_or_page)
            .layer(DefaultBodyLimit::max(BODY_MOST))
            .layer(CsrfLayer::new())
            .layer(middleware::from_fn(|request, next| take_in(BODY_MOST, request, next)))
            .layer(middleware::from_fn(headers::secure))
            .layer(middleware::from_fn(with_peer))
            .with_state(self)
    }
}

/// Takes the whole body in before anything is answered. Over HTTP/2 an answer to a request that was not read to its end
/// is followed by `RST_STREAM`, which is allowed (RFC 9113 section 8.1) and yet an error to curl 7.88, that of Debian 12.
async fn take_in(most: usize, request: Request<Body>, next: Next) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    if parts.method == Method::GET || parts.method == Method::CONNECT {
        return Ok(next.run(Request::from_parts(parts, body)).await);
    }
    let body = timeout(BODY_TIME, to_bytes(body, most)).await;
    let body = body.map_err(|_| Problem::new(StatusCode::REQUEST_TIMEOUT, "the body did not come in time"))?;
    let body = body.map_err(|_| Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large or incomplete"))?;
    // Nothing here is large enough to be worth unpacking, and unpacking is how small bodies become large ones.
    if parts.headers.contains_key(CONTENT_ENCODING) {
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "the body must come without a Content-Encoding"));
    }
    Ok(next.run(Request::from_parts(parts, body.into())).await)
}

/// Tells pages and functions who asks.
async fn with_peer(mut request: Request<Body>, next: Next) -> Response {
    if let Some(arrival) = request.extensions().get::<Arrival>() {
        let Arrival { peer, local, secure, ref server_name, .. } = *arrival;
        let arrived = Arrived { local, secure, host: server_name.clone() };
        request.extensions_mut().insert(Peer(peer));
        request.extensions_mut().insert(arrived);
    }
    next.run(request).await
}

impl FromRef<Panel> for LeptosOptions {
    fn from_ref(panel: &Panel) -> Self {
        panel.leptos.clone()
    }
}

/// What pages and server functions find in their context, those of the file client as well.
fn context(core: Arc<Core>) -> impl Fn() + Clone + Send + Sync + 'static {
    move || {
        provide_context(core.clone());
        let Some(parts) = use_context::<axum::http::request::Parts>() else { return };
        if let Some(nonce) = headers::nonce(&parts) {
            provide_context(nonce);
        }
        language::provide(&parts);
    }
}

async fn server_function(State(panel): State<Panel>, request: Request<Body>) -> impl IntoResponse {
    handle_server_fns_with_context(panel.context(), request).await
}

async fn is_signed_in(core: &Core, secret: Option<String>, peer: Option<Peer>) -> bool {
    let (Some(secret), Some(Peer(peer))) = (secret, peer) else { return false };
    core.panel_operator(&secret, peer.ip(), true).await.is_ok_and(|operator| operator.is_some())
}

/// A built file, or the panel's own page for what does not exist.
async fn file_or_page(State(panel): State<Panel>, request: Request<Body>) -> Response {
    if let Some(file) = site::serve(request.uri().path(), request.headers()) {
        return file;
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return StatusCode::NOT_FOUND.into_response();
    }
    // The page would send a stranger away itself, but leptos_router's redirect panics where no route matches.
    let secret = cookie_secret(request.headers()).map(str::to_owned);
    let peer = request.extensions().get::<Peer>().copied();
    if !is_signed_in(&panel.core, secret, peer).await {
        return Redirect::to(&next::sign_in(request.uri().path())).into_response();
    }
    let request = language::chosen(&panel.core, request).await;
    let page = render_app_async_with_context(panel.context(), || wharf_app::shell(&site::assets()));
    let mut response = page(request).await.into_response();
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}
