//! HTTP for files (RFC 9110, 9112, 9113): what the file client in the browser and WebDAV clients ask for.
//!
//! May import `wharf-model`, `wharf-vfs` and `wharf-core`. Pages of the file client are rendered by `wharf-app`; the
//! binary puts both behind one listener, whose origin is not the panel's.
//!
//! * [`connections`]: from accepted sockets to requests that know who they come from; the panel's listener too
//! * [`session`]: whose request it is, by cookie; [`links`]: visitors, who have a share link instead
//! * [`download`]: one file, with ranges; [`archive`]: several, as a zip
//! * [`uploads`]: uploads that can be resumed (tus 1.0)
//! * [`dav`]: WebDAV (RFC 4918) below `/dav/`
//! * [`live`]: the socket that tells a page of messages and of its end
//! * [`transfer`]: bodies that count, keep to the limits and are cut; [`linger`]: bodies that are not wanted any more
//! * [`problem`]: what went wrong, as RFC 9457 has it

pub mod connections;
pub mod links;

mod archive;
mod dav;
mod download;
mod linger;
mod live;
mod path;
mod problem;
mod session;
mod transfer;
mod uploads;

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{StatusCode, header::CONTENT_ENCODING},
    middleware::Next,
    response::{IntoResponse, Response},
    routing::{any, get},
};
use linger::Lingering;
use problem::Problem;
use std::{sync::Arc, time::Duration};
use tokio_util::sync::CancellationToken;
use wharf_core::Core;

/// What all requests for files act on.
#[derive(Debug)]
pub struct Web {
    core: Arc<Core>,
    settings: Settings,
    uploads: uploads::Uploads,
    locks: dav::Locks,
    /// Cancelled when the server stops.
    stop: CancellationToken,
}

/// What an operator may set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// A transfer that does not move for this long ends.
    pub stall: Duration,
}

impl Web {
    /// The files of the core's accounts; live sockets close with `stop`.
    pub fn new(core: Arc<Core>, settings: Settings, stop: CancellationToken) -> Arc<Self> {
        let locks = dav::Locks::new(core.clock.clone());
        Arc::new(Self { core, settings, uploads: uploads::Uploads::default(), locks, stop })
    }

    /// Everything that is no page.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/files/{*path}", get(download::file))
            .route("/zip", get(archive::archive))
            .route("/uploads", any(uploads::collection))
            .route("/uploads/{id}", any(uploads::one))
            .route("/live", get(live::upgrade))
            .route("/dav", any(dav::serve))
            .route("/dav/", any(dav::serve))
            .route("/dav/{*path}", any(dav::serve))
            .with_state(self.clone())
    }
}

/// The outermost layer: whoever answers before all of a body has come need not think of the rest. And a body that is packed
/// would have to be unpacked, which is how small bodies become large ones.
pub async fn take_in(request: Request, next: Next) -> Response {
    let request = request.map(|body| Body::new(Lingering::new(body)));
    if request.headers().contains_key(CONTENT_ENCODING) {
        let why = "the body must come without a Content-Encoding";
        return Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, why).into_response();
    }
    next.run(request).await
}
