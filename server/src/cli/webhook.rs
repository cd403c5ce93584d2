//! `wharf webhook ...`

use super::{close, open};
use crate::{config::Config, webhooks::Poster};
use anyhow::Context;
use clap::Subcommand;
use wharf_core::{clock::iso, permits::Operator};
use wharf_model::{
    ids::WebhookId,
    webhooks::{Webhook, WebhookEvent, WebhookOrder},
};

/// What can be done with webhooks.
#[derive(Debug, Subcommand)]
pub(crate) enum WebhookCommand {
    /// Add a webhook. The secret of its signatures is printed once, alone, on standard output. A running server takes it
    /// over within a minute, or with SIGHUP at once.
    Add {
        /// Where events go: https:// or http://.
        url: String,
        /// What it is told, with commas between; everything if nothing is said.
        #[arg(long, value_name = "EVENTS", value_delimiter = ',', value_parser = event)]
        events: Vec<WebhookEvent>,
    },
    /// List webhooks: id, state, address, events, last attempt.
    List,
    /// Remove a webhook and what waits for it.
    Remove {
        /// Its id, as `list` shows it.
        id: WebhookId,
    },
    /// Send a test event now and tell what came of it.
    Test {
        /// Its id, as `list` shows it.
        id: WebhookId,
    },
}

fn event(word: &str) -> Result<WebhookEvent, String> {
    WebhookEvent::ALL.into_iter().find(|event| event.word() == word).ok_or_else(|| {
        let words: Vec<_> = WebhookEvent::ALL.iter().map(|event| event.word()).collect();
        format!("the events are {}", words.join(", "))
    })
}

/// `wharf webhook ...`
pub(crate) async fn webhook(config: &Config, command: &WebhookCommand) -> anyhow::Result<()> {
    let core = open(config).await?;
    let operator = Operator::at_the_command_line();
    match command {
        WebhookCommand::Add { url, events } => {
            let order = WebhookOrder { url: url.clone(), events: events.clone() };
            let added = core.add_webhook(&operator, &order).await.context("webhook not added")?;
            println!("{}", added.secret);
            eprintln!("webhook {} added", added.webhook.id);
        }
        WebhookCommand::List => {
            for webhook in core.webhooks(&operator).await.context("cannot read the store")? {
                println!("{}", line(&webhook));
            }
        }
        WebhookCommand::Remove { id } => {
            core.remove_webhook(&operator, *id).await.context("webhook not removed")?;
            eprintln!("webhook {id} removed");
        }
        WebhookCommand::Test { id } => {
            let all = core.webhooks(&operator).await.context("cannot read the store")?;
            let webhook = all.into_iter().find(|webhook| webhook.id == *id).context("there is no such webhook")?;
            let test = core.test_delivery(*id, &operator.name);
            let answer = Poster::new(core.clone()).post(*id, &webhook.url, test.id, &test.body).await;
            match answer.context("cannot read the store")? {
                Ok(status) => println!("{status}: it has arrived"),
                Err((_, error)) => anyhow::bail!("{}: {error}", webhook.url),
            }
        }
    }
    close(&core).await;
    Ok(())
}

fn line(webhook: &Webhook) -> String {
    let events: Vec<_> = webhook.events.iter().map(|event| event.word()).collect();
    let events = if events.is_empty() { "everything".to_owned() } else { events.join(",") };
    let state = if webhook.enabled { "on" } else { "off" };
    let last = webhook.last.as_ref().map_or("never tried".to_owned(), |last| {
        format!("{} {}", iso(last.at), last.error.as_deref().unwrap_or("delivered"))
    });
    format!("{}\t{state}\t{}\t{events}\t{} waiting\t{last}", webhook.id, webhook.url, webhook.waiting)
}
