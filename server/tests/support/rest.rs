//! The REST interface, through curl.

use super::{bounded, eventually, succeed};
use serde_json::Value;
use std::{net::SocketAddr, process::Command};

/// An answer of the interface.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: Value,
}

/// The interface, with a token or without.
#[derive(Clone)]
pub(crate) struct Rest {
    base: String,
    token: Option<String>,
}

impl Rest {
    pub(crate) fn new(panel: SocketAddr, token: Option<String>) -> Self {
        Self { base: format!("https://{panel}/api/v1"), token }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.call(path, &[])
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.call(path, &["-X", "POST", "-H", "content-type: application/json", "-d", &body.to_string()])
    }

    pub(crate) fn patch(&self, path: &str, body: &Value) -> Answer {
        self.call(path, &["-X", "PATCH", "-H", "content-type: application/json", "-d", &body.to_string()])
    }

    pub(crate) fn delete(&self, path: &str) -> Answer {
        self.call(path, &["-X", "DELETE"])
    }

    /// A POST with a body that need not be JSON.
    pub(crate) fn post_text(&self, path: &str, body: &str) -> Answer {
        self.call(path, &["-X", "POST", "-d", body])
    }

    /// A POST to a server that may be gone before it answers.
    pub(crate) fn attempt(&self, path: &str, body: &Value) {
        let text = body.to_string();
        let mut curl = self.curl(path, &["-X", "POST", "-d", &text]);
        curl.output().unwrap();
    }

    /// An answer that is no JSON.
    pub(crate) fn get_text(&self, path: &str) -> String {
        succeed(&mut self.curl(path, &[]))
    }

    fn curl(&self, path: &str, options: &[&str]) -> Command {
        let mut curl = bounded("curl");
        curl.args(["-q", "-sSk"]).args(options);
        if let Some(token) = &self.token {
            curl.arg("-H").arg(format!("authorization: Bearer {token}"));
        }
        curl.arg(format!("{}{path}", self.base));
        curl
    }

    pub(crate) fn call(&self, path: &str, options: &[&str]) -> Answer {
        let mut curl = self.curl(path, options);
        let text = succeed(curl.args(["-w", "\n%{http_code} %{content_type}"]));
        let (body, last) = text.rsplit_once('\n').unwrap();
        let (status, content_type) = last.split_once(' ').unwrap();
        let body = if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(body).unwrap_or_else(|error| panic!("{path}: {error}: {body}"))
        };
        Answer { status: status.parse().unwrap(), content_type: content_type.to_owned(), body }
    }

    /// All rows.
    pub(crate) fn sessions(&self) -> Vec<Value> {
        let answer = self.get("/sessions");
        assert_eq!(answer.status, 200, "{answer:?}");
        let items = answer.body["items"].as_array().unwrap().clone();
        assert_eq!(answer.body["total"], items.len());
        items
    }

    /// Waits for a row.
    pub(crate) fn session(&self, what: &str, like: impl Fn(&Value) -> bool) -> Value {
        eventually(&format!("there is a session {what}"), || self.sessions().into_iter().find(&like))
    }

    /// Waits for the session of a client that moves a file, with some of it moved.
    pub(crate) fn moving(&self, file: &str) -> Value {
        self.session(&format!("that moves {file}"), |row| row["file"] == file && row["done"].as_u64() > Some(0))
    }

    /// Waits until nobody is connected.
    pub(crate) fn until_empty(&self) {
        eventually("no session is left", || self.sessions().is_empty().then_some(()));
    }

    /// Ends a session, which has to be there.
    pub(crate) fn kick(&self, session: &Value, order: &Value) {
        let answer = self.post(&format!("/sessions/{}/kick", id(session)), order);
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.body["ended"], serde_json::json!([session["id"]]));
    }

    /// Stops the transfers of a session. How many there were.
    pub(crate) fn abort(&self, session: &Value) -> u64 {
        let answer = self.post(&format!("/sessions/{}/abort", id(session)), &serde_json::json!({}));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body["aborted"].as_u64().unwrap()
    }
}

/// The id in a row.
pub(crate) fn id(session: &Value) -> &str {
    session["id"].as_str().unwrap()
}
