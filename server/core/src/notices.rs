//! News for open pages besides sessions: messages that came, lists that changed. Each goes to the viewers who may see it.

use crate::{live::encode, permits::Scope};
use std::sync::Arc;
use tokio::sync::broadcast;
use wharf_model::{
    chat::ChatMessage,
    ids::DomainId,
    live::{Frame, Topic},
};

/// News a viewer may be behind before some are lost; it is told that everything may have changed then.
const BACKLOG: usize = 64;

/// Sends news to whoever listens.
#[derive(Debug)]
pub struct Notices(broadcast::Sender<Notice>);

/// One piece of news.
#[derive(Clone, Debug)]
pub struct Notice {
    audience: Audience,
    /// The frame, encoded.
    pub frame: Arc<str>,
}

/// Who may see a piece of news.
#[derive(Clone, Copy, Debug)]
enum Audience {
    Everybody,
    /// Whoever sees the domain; `None` is for those who see everything.
    Domain(Option<DomainId>),
}

impl Notice {
    /// Whether a viewer with `scope` may see it.
    pub fn is_for(&self, scope: &Scope) -> bool {
        match self.audience {
            Audience::Everybody => true,
            Audience::Domain(domain) => scope.includes(domain),
        }
    }
}

impl Notices {
    pub(crate) fn new() -> Self {
        Self(broadcast::channel(BACKLOG).0)
    }

    /// News from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Notice> {
        self.0.subscribe()
    }

    /// A list changed. That it did is no secret; what it holds is asked for.
    pub(crate) fn changed(&self, topic: Topic) {
        self.send(Audience::Everybody, &Frame::Changed(topic));
    }

    /// A message came, or its state changed.
    pub(crate) fn message(&self, domain: Option<DomainId>, message: &ChatMessage) {
        self.send(Audience::Domain(domain), &Frame::Chat(message.clone()));
    }

    fn send(&self, audience: Audience, frame: &Frame) {
        if self.0.receiver_count() > 0 {
            // An error only says that the last viewer has just left.
            let _ = self.0.send(Notice { audience, frame: encode(frame) });
        }
    }
}
