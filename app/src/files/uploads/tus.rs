//! What is said to the server about an upload: tus 1.0.0 (<https://tus.io/protocols/resumable-upload>), creation and
//! termination. By `XMLHttpRequest`, for `fetch` does not tell how much has gone out.

use super::item::{Item, State};
use crate::{files::place, tr};
use js_sys::Promise;
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Blob, ProgressEvent, XmlHttpRequest};

/// What the server answered; status 0 where it did not.
struct Answer {
    status: u16,
    offset: Option<u64>,
    location: Option<String>,
}

/// Sends the rest of a file, from wherever the server is.
pub(super) async fn send(item: Item) -> State {
    let offset = match item.address.get_value() {
        Some(address) => match ask(&address).await {
            Answer { status: 200..300, offset: Some(offset), .. } => Ok(offset),
            // The server has forgotten it, perhaps with a restart; what has arrived is found by its name.
            Answer { status: 404 | 410, .. } => create(item).await,
            Answer { status, .. } => Err(ended(status)),
        },
        None => create(item).await,
    };
    let offset = match offset {
        Ok(offset) => offset,
        Err(end) => return end,
    };
    item.moved(offset);
    if offset >= item.size {
        return State::Done;
    }
    let Some(address) = item.address.get_value() else { return State::Lost };
    match patch(item, &address, offset).await {
        Answer { status: 200..300, offset: Some(offset), .. } if offset >= item.size => {
            item.moved(offset);
            State::Done
        }
        // It has other bytes than was thought, or not all came: asked again, it says which.
        Answer { status: 200..300 | 409, .. } => State::Lost,
        Answer { status, .. } => ended(status),
    }
}

/// Announces a file; how much of it has arrived before.
async fn create(item: Item) -> Result<u64, State> {
    let flag = |on: bool| if on { "1" } else { "0" }.to_owned();
    let modified = item.file.with_value(|file| file.last_modified());
    let pairs = [
        ("path", item.path.get_untracked()),
        ("overwrite", flag(item.replace.get_value())),
        ("restart", flag(!item.goes_on())),
        ("modified", modified.to_string()),
    ];
    // All of them are ASCII, which is what this function of the browser takes.
    let pairs = pairs.map(|(key, value)| format!("{key} {}", window().btoa(&value).unwrap_or_default()));
    let headers = [("upload-length", item.size.to_string()), ("upload-metadata", pairs.join(","))];
    match request("POST", &place::at("/uploads"), &headers, None, None).await {
        Answer { status: 201, offset, location: Some(location) } => {
            item.address.set_value(Some(location));
            Ok(offset.unwrap_or(0))
        }
        Answer { status: 409, .. } => Err(State::Exists),
        Answer { status, .. } => Err(ended(status)),
    }
}

async fn ask(address: &str) -> Answer {
    request("HEAD", address, &[], None, None).await
}

/// Takes back what has arrived.
pub(super) async fn give_up(address: String) {
    // What is left is removed by the server in time.
    let _ = request("DELETE", &address, &[], None, None).await;
}

async fn patch(item: Item, address: &str, offset: u64) -> Answer {
    let headers =
        [("upload-offset", offset.to_string()), ("content-type", "application/offset+octet-stream".to_owned())];
    let rest = item.file.with_value(|file| file.slice_with_f64(crate::format::approximate(offset)));
    let Ok(rest) = rest else { return Answer { status: 0, offset: None, location: None } };
    request("PATCH", address, &headers, Some(&rest), Some((item, offset))).await
}

/// How an upload ends, or stops, with a status.
fn ended(status: u16) -> State {
    let text = match status {
        // No network, or a server that is busy or restarts; the file may be in use by the request before.
        0 | 408 | 423 | 429 | 500.. if status != 507 => return State::Lost,
        401 => return State::Paused,
        403 => tr!("Your account may not upload this here."),
        404 | 409 => tr!("There is no such folder any more."),
        507 => tr!("Your storage is full."),
        _ => tr!("The server does not take this file. Its name may not be possible."),
    };
    State::Failed(text.to_owned())
}

/// One request. Where it sends a file, its item is told how much has gone out, and can cut it.
async fn request(
    method: &str,
    address: &str,
    headers: &[(&str, String)],
    body: Option<&Blob>,
    of: Option<(Item, u64)>,
) -> Answer {
    let answer = async {
        let request = XmlHttpRequest::new()?;
        request.open(method, address)?;
        request.set_request_header("tus-resumable", "1.0.0")?;
        for (name, value) in headers {
            request.set_request_header(name, value)?;
        }
        let progress = Closure::<dyn FnMut(ProgressEvent)>::new(move |event: ProgressEvent| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a size fits in 53 bits")]
            let loaded = event.loaded() as u64;
            if let Some((item, offset)) = of {
                item.moved(offset + loaded);
            }
        });
        if let Some((item, _)) = of {
            request.upload()?.set_onprogress(Some(progress.as_ref().unchecked_ref()));
            item.request.set_value(Some(SendWrapper::new(request.clone())));
        }
        let over = Promise::new(&mut |resolve, _| request.set_onloadend(Some(&resolve)));
        match body {
            Some(body) => request.send_with_opt_blob(Some(body))?,
            None => request.send()?,
        }
        over.await?;
        if let Some((item, _)) = of {
            let _ = item.request.try_set_value(None);
        }
        let header = |name: &str| request.get_response_header(name).ok().flatten();
        Ok::<_, JsValue>(Answer {
            status: request.status()?,
            offset: header("upload-offset").and_then(|offset| offset.parse().ok()),
            location: header("location"),
        })
    };
    answer.await.unwrap_or(Answer { status: 0, offset: None, location: None })
}
