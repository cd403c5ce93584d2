//! Share links of who is signed in.

use crate::{call::Call, error::PanelError};
#[cfg(feature = "ssr")]
use crate::{
    files::{guard, server::did},
    guard as request,
};
use leptos::prelude::*;
use wharf_model::{
    ids::LinkId,
    links::{LinkOrder, LinkRow, Qr},
};

/// Makes a link.
#[server(name = AddLinkCall, prefix = "/do", endpoint = "add_link", protocol = Call)]
pub async fn add_link(
    /// Which.
    order: LinkOrder,
) -> Result<LinkRow, PanelError> {
    let session = guard::owner()?;
    did(&session, "SHARE", &order.path);
    request::core()?.add_link(&session, &order).await.map_err(request::failed)
}

/// All links of the account, newest first.
#[server(name = OwnLinksCall, prefix = "/do", endpoint = "own_links", protocol = Call)]
pub async fn own_links() -> Result<Vec<LinkRow>, PanelError> {
    let session = guard::owner()?;
    request::core()?.own_links(&session).await.map_err(request::failed)
}

/// A picture of the address of a link.
#[server(name = LinkCodeCall, prefix = "/do", endpoint = "link_code", protocol = Call)]
pub async fn link_code(
    /// Which.
    id: LinkId,
    /// Where this page is: `https://host:port`.
    origin: String,
) -> Result<Qr, PanelError> {
    let session = guard::owner()?;
    request::core()?.own_link_code(&session, id, &origin).await.map_err(request::failed)
}

/// Takes a link back. Who came by it is out.
#[server(name = RevokeLinkCall, prefix = "/do", endpoint = "revoke_link", protocol = Call)]
pub async fn revoke_link(
    /// Which.
    id: LinkId,
) -> Result<(), PanelError> {
    let session = guard::owner()?;
    did(&session, "REVOKE", &id.to_string());
    request::core()?.revoke_own_link(&session, id).await.map_err(request::failed)
}
