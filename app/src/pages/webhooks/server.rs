//! The server functions of the page of webhooks.

use crate::{call::Call, error::PanelError};
use leptos::prelude::*;
use wharf_model::{
    ids::{DeliveryId, WebhookId},
    webhooks::{Delivery, NewWebhook, Webhook, WebhookOrder},
};

/// All webhooks, oldest first.
#[server(name = WebhooksCall, prefix = "/fn", endpoint = "webhooks", protocol = Call)]
pub async fn webhooks(
    /// Somebody clicked.
    active: bool,
) -> Result<Vec<Webhook>, PanelError> {
    use crate::guard;
    let operator = guard::operator(active).await?;
    operator.require(wharf_model::people::Permission::ManageWebhooks).map_err(guard::forbidden)?;
    guard::core()?.webhooks(&operator).await.map_err(guard::failed)
}

/// The last deliveries of a webhook, newest first.
#[server(name = WebhookDeliveriesCall, prefix = "/fn", endpoint = "webhook_deliveries", protocol = Call)]
pub async fn webhook_deliveries(
    /// Which.
    id: WebhookId,
    /// Somebody clicked.
    active: bool,
) -> Result<Vec<Delivery>, PanelError> {
    use crate::guard;
    let operator = guard::operator(active).await?;
    operator.require(wharf_model::people::Permission::ManageWebhooks).map_err(guard::forbidden)?;
    guard::core()?.webhook_deliveries(&operator, id).await.map_err(guard::failed)
}

/// Makes a webhook. Its secret is in the answer and nowhere else.
#[server(name = AddWebhookCall, prefix = "/fn", endpoint = "add_webhook", protocol = Call)]
pub async fn add_webhook(
    /// Where, and what it is told.
    order: WebhookOrder,
) -> Result<NewWebhook, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::ManageWebhooks).await?;
    guard::core()?.add_webhook(&operator, &order).await.map_err(guard::failed)
}

/// Switches a webhook on or off.
#[server(name = EnableWebhookCall, prefix = "/fn", endpoint = "enable_webhook", protocol = Call)]
pub async fn enable_webhook(
    /// Which.
    id: WebhookId,
    /// On.
    enabled: bool,
) -> Result<(), PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::ManageWebhooks).await?;
    guard::core()?.enable_webhook(&operator, id, enabled).await.map_err(guard::failed)
}

/// Removes a webhook and what waits for it.
#[server(name = RemoveWebhookCall, prefix = "/fn", endpoint = "remove_webhook", protocol = Call)]
pub async fn remove_webhook(
    /// Which.
    id: WebhookId,
) -> Result<(), PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::ManageWebhooks).await?;
    guard::core()?.remove_webhook(&operator, id).await.map_err(guard::failed)
}

/// Puts a test event on its way.
#[server(name = TestWebhookCall, prefix = "/fn", endpoint = "test_webhook", protocol = Call)]
pub async fn test_webhook(
    /// To which.
    id: WebhookId,
) -> Result<DeliveryId, PanelError> {
    use crate::guard;
    let operator = guard::require(wharf_model::people::Permission::ManageWebhooks).await?;
    guard::core()?.test_webhook(&operator, id).await.map_err(guard::failed)
}
