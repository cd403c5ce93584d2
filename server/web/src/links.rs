//! Share links: everything below `/s/{secret}` is what lies below `/`, for a visitor of the link.

use crate::{
    Web,
    problem::Problem,
    session::{basic, caller},
};
use axum::{
    extract::Request,
    http::{Uri, request::Parts, uri::PathAndQuery},
};
use std::sync::Arc;
use wharf_core::http_sessions::{HttpSession, Through};
use wharf_model::links::PREFIX;

/// What there is for visitors.
const ROOMS: [&str; 5] = ["do", "files", "zip", "uploads", "live"];

/// Takes the link out of the address of a request, and notes it. So it is in no log, and pages and files need not know of
/// it.
pub fn take_out(mut request: Request) -> Request {
    if let Some((through, uri)) = taken_apart(request.uri()) {
        *request.uri_mut() = uri;
        request.extensions_mut().insert(through);
    }
    request
}

fn taken_apart(uri: &Uri) -> Option<(Through, Uri)> {
    let rest = uri.path().strip_prefix(PREFIX)?;
    let (secret, path) = rest.split_once('/').unwrap_or((rest, ""));
    let room = path.split('/').next().unwrap_or_default();
    if secret.is_empty() || !(path.is_empty() || ROOMS.contains(&room)) {
        return None;
    }
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(format!("/{path}{query}")).ok()?);
    Some((Through(secret.to_owned()), Uri::from_parts(parts).ok()?))
}

/// The session of a program that has only the address of the link, and its password as that of RFC 7617.
pub(crate) async fn visit(web: &Web, parts: &Parts, through: &Through) -> Result<Arc<HttpSession>, Problem> {
    let password = basic(&parts.headers).map(|(_, password)| password).unwrap_or_default();
    Ok(web.core.http_visiting(caller(parts)?, through, &password).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_taken_out_of_the_address() {
        let taken = |uri: &str| {
            let (Through(secret), uri) = taken_apart(&uri.parse().unwrap())?;
            Some((secret, uri.to_string()))
        };
        let some = |secret: &str, uri: &str| Some((secret.to_owned(), uri.to_owned()));
        assert_eq!(taken("/s/abc"), some("abc", "/"));
        assert_eq!(taken("/s/abc/?path=/x"), some("abc", "/?path=/x"));
        assert_eq!(taken("/s/abc/files/a%20b/c"), some("abc", "/files/a%20b/c"));
        assert_eq!(
            taken("https://host:8444/s/abc/zip?path=/a&path=/b"),
            some("abc", "https://host:8444/zip?path=/a&path=/b")
        );
        for other in ["/", "/s/", "/s//files/x", "/s/abc/dav/x", "/s/abc/pkg/x.js", "/files/s/abc"] {
            assert_eq!(taken(other), None, "{other}");
        }
    }
}
