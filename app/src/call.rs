//! How the browser calls a server function: arguments and answer are JSON.
//!
//! The protocol of `server_fn` is compiled anew for each function, with everything that a request needs. Here only the
//! two lines that write and read JSON are; the rest is shared, which makes the code for the browser a good deal
//! smaller.

use crate::error::PanelError;
use serde::{Serialize, de::DeserializeOwned};
use server_fn::{Http, Protocol, client::Client, codec::Json, server::Server};
use std::{future::Future, pin::Pin};

type Json2 = Http<Json, Json>;

/// The protocol: `#[server(protocol = Call)]`.
#[derive(Debug)]
pub struct Call;

impl<Input, Output, C, S> Protocol<Input, Output, C, S, PanelError> for Call
where
    Json2: Protocol<Input, Output, C, S, PanelError>,
    Input: Serialize + Send,
    Output: DeserializeOwned + Send,
    C: Client<PanelError>,
    S: Server<PanelError>,
{
    const METHOD: http::Method = <Json2 as Protocol<Input, Output, C, S, PanelError>>::METHOD;

    fn run_server<F, Fut>(
        request: S::Request,
        function: F,
    ) -> impl Future<Output = Result<S::Response, PanelError>> + Send
    where
        F: Fn(Input) -> Fut + Send,
        Fut: Future<Output = Result<Output, PanelError>> + Send,
    {
        <Json2 as Protocol<Input, Output, C, S, PanelError>>::run_server(request, function)
    }

    async fn run_client(path: &str, input: Input) -> Result<Output, PanelError> {
        let body = serde_json::to_string(&input).map_err(|_| broken())?;
        let answer = post(path, body).await?;
        serde_json::from_str(&answer).map_err(|_| broken())
    }
}

fn broken() -> PanelError {
    PanelError::Internal { reference: String::new() }
}

type Answer<'a> = Pin<Box<dyn Future<Output = Result<String, PanelError>> + Send + 'a>>;

/// Sends `body`; the answer as text, or the error that the server answered with.
#[cfg(feature = "hydrate")]
fn post(path: &str, body: String) -> Answer<'_> {
    use server_fn::{
        client::browser::BrowserClient, request::ClientReq, request::browser::BrowserRequest, response::ClientRes,
    };
    const JSON: &str = "application/json";
    const REFUSED: u16 = 400;

    Box::pin(async move {
        let request = <BrowserRequest as ClientReq<PanelError>>::try_new_post(path, JSON, JSON, body)?;
        let response = <BrowserClient as Client<PanelError>>::send(request).await?;
        let status = ClientRes::<PanelError>::status(&response);
        let text = ClientRes::<PanelError>::try_into_string(response).await?;
        // The server speaks English; the pages show what it said in theirs.
        if status < REFUSED {
            Ok(text)
        } else {
            Err(serde_json::from_str::<PanelError>(&text).unwrap_or_else(|_| broken()).in_language())
        }
    })
}

/// The server does not call itself.
#[cfg(not(feature = "hydrate"))]
fn post(_path: &str, _body: String) -> Answer<'_> {
    Box::pin(std::future::ready(Err(PanelError::Unreachable)))
}
