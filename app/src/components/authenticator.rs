//! The authenticators of this device, through the browser (WebAuthn level 3) and in its own JSON. Only in effects and
//! event handlers.

use crate::{error::PanelError, tr};
use js_sys::{Function, JSON, Object, Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};

/// Whether passkeys can be made and shown here: browsers want a panel that is called by its name.
pub fn offered() -> bool {
    let class = property(&window(), "PublicKeyCredential");
    let reads = ["parseCreationOptionsFromJSON", "parseRequestOptionsFromJSON"];
    let host = window().location().hostname().unwrap_or_default();
    let address = host.starts_with('[') || host.ends_with(|last: char| last.is_ascii_digit());
    !address && reads.iter().all(|name| property(&class, name).is_function())
}

/// Makes a passkey. What to send to the server.
pub async fn make(options: &str) -> Result<String, PanelError> {
    ask("parseCreationOptionsFromJSON", "create", options).await.map_err(|error| told(&error))
}

/// Shows a passkey. What to send to the server.
pub async fn show(options: &str) -> Result<String, PanelError> {
    ask("parseRequestOptionsFromJSON", "get", options).await.map_err(|error| told(&error))
}

async fn ask(read: &str, act: &str, options: &str) -> Result<String, JsValue> {
    let class = property(&window(), "PublicKeyCredential");
    let options = call(&class, read, &JSON::parse(options)?)?;
    let request = Object::new();
    Reflect::set(&request, &"publicKey".into(), &options)?;
    let credentials = property(&window().navigator(), "credentials");
    let credential = call(&credentials, act, &request)?.dyn_into::<Promise>()?.await?;
    Ok(JSON::stringify(&credential)?.into())
}

fn property(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

fn call(object: &JsValue, name: &str, argument: &JsValue) -> Result<JsValue, JsValue> {
    property(object, name).dyn_into::<Function>()?.call1(object, argument)
}

/// What a person is told of what the browser says.
fn told(error: &JsValue) -> PanelError {
    let text = match property(error, "name").as_string().as_deref() {
        Some("NotAllowedError") => tr!("Nothing came of it: it was cancelled, or took too long."),
        Some("InvalidStateError") => tr!("This device has one of your passkeys already."),
        Some("SecurityError") => tr!("The browser has no passkeys for this address of the panel."),
        _ => tr!("The browser could not do it."),
    };
    PanelError::invalid("", text)
}
