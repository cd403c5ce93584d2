//! The running server: start, signals, the way down.

use crate::{
    cli::Cli,
    config::{Config, Outside},
    demo, first_start,
    listeners::Listeners,
    masquerade,
    systemd::{self, Inherited},
    tls::Certificates,
    webhooks,
};
use anyhow::Context;
use rustix::process::{Resource, getrlimit, setrlimit};
use std::{future::Future, sync::Arc, time::Duration};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::Notify,
    time::MissedTickBehavior,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use wharf_core::{Core, live};
use wharf_store::domains;

/// How often what is over is removed: bans, expired accounts' sessions, what was deleted, session logs.
const HOUSEKEEPING: Duration = Duration::from_mins(1);
/// How often panel sessions are looked through.
const OVERDUE: Duration = Duration::from_secs(5);

/// Opens everything, serves until a signal, and goes down in order.
pub(crate) async fn run(cli: &Cli, config: Config, with_demo: bool, inherited: Inherited) -> anyhow::Result<()> {
    raise_file_limit();
    let core = first_start::open_core(&config, true).await?;
    let certificates = Certificates::load(&config)?;
    refresh_certificates(&core, &certificates).await;
    let listeners = Listeners::open(&config, &core, &certificates, inherited).await?;
    let demo = if with_demo {
        Some(demo::prepare(&core, &config).await?)
    } else {
        first_start::ensure_administrator(&core).await?;
        None
    };
    // Whoever reads that the server is there may send it a signal at once.
    let signals = Signals::catch()?;
    listeners.announce(&config)?;

    let stop = CancellationToken::new();
    let demo_stop = stop.child_token();
    let tasks = TaskTracker::new();
    tasks.spawn(until(stop.clone(), live::run(core.sessions.clone(), core.clock.clone())));
    tasks.spawn(webhooks::run(core.clone(), stop.clone()));
    tasks.spawn(until(stop.clone(), housekeeping(core.clone(), certificates.clone())));
    tasks.spawn(until(stop.clone(), sign_out_overdue(core.clone())));
    let reloaded = Arc::new(Notify::new());
    if let Some(Outside::Host(host)) = &config.ftp.masquerade {
        let kept = masquerade::keep(listeners.ftp.clone(), host.clone(), reloaded.clone());
        tasks.spawn(until(stop.clone(), kept));
    }
    let webdav = listeners.web_address().filter(|_| config.web.tls);
    let doors = demo::Doors { ftp: listeners.ftp_address(), sftp: listeners.sftp_address(), webdav };
    listeners.start(&tasks, &core, &certificates, &stop, &config)?;
    if let Some(demo) = demo {
        tasks.spawn(until(demo_stop.clone(), demo::run(demo, doors)));
    }

    systemd::notify("READY=1");

    let config = wait_for_end(signals, cli, config, &core, &certificates, &reloaded).await;
    systemd::notify("STOPPING=1");
    tracing::info!(sessions = core.sessions.stats(&wharf_core::permits::Scope::All).online, "stopping");
    demo_stop.cancel();
    // Clients first: their transfers may finish, while the panel still shows them.
    core.sessions.drain(Duration::from_secs(config.shutdown.grace_seconds.into())).await;
    stop.cancel();
    tasks.close();
    let _ = tokio::time::timeout(Duration::from_secs(5), tasks.wait()).await;
    core.sessions.logs().flush().await;
    if let Err(error) = core.tidy_gate().await {
        tracing::warn!(%error, "hits of bans and rules not stored");
    }
    core.store.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Runs `work` until `stop`.
async fn until(stop: CancellationToken, work: impl Future<Output = ()>) {
    tokio::select! {
        () = work => {},
        () = stop.cancelled() => {},
    }
}

/// A session has two to three descriptors; the usual soft limit of 1,024 would end a busy server at a few hundred.
fn raise_file_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "limit of open files not raised");
    }
}

/// Ends panel sessions that have lasted too long: often, so that their live pages do not go on for long.
async fn sign_out_overdue(core: Arc<Core>) {
    let mut interval = tokio::time::interval(OVERDUE);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        if let Err(error) = core.tidy_panel_sessions().await {
            tracing::warn!(%error, "overdue panel sessions not ended");
        }
        core.tidy_http_sessions();
    }
}

async fn housekeeping(core: Arc<Core>, certificates: Arc<Certificates>) {
    let mut interval = tokio::time::interval(HOUSEKEEPING);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        if let Err(error) = core.load_settings().await {
            tracing::warn!(%error, "settings of the panel not read");
        }
        refresh_certificates(&core, &certificates).await;
        if let Err(error) = core.tidy_gate().await {
            tracing::warn!(%error, "bans and rules not brought up to date in the store");
        }
        if let Err(error) = core.end_expired().await {
            tracing::warn!(%error, "sessions of expired accounts not ended");
        }
        if let Err(error) = core.tidy_deletions().await {
            tracing::warn!(%error, "what was deleted not removed for good");
        }
        if let Err(error) = core.tidy_webhooks().await {
            tracing::warn!(%error, "webhooks not brought up to date");
        }
        core.sessions.logs().tidy(core.clock.now()).await;
    }
}

/// Takes over what has changed in the certificates of domains: the command line and whoever renews a certificate do
/// not talk to this process.
async fn refresh_certificates(core: &Core, certificates: &Arc<Certificates>) {
    match domains::list(&core.store).await {
        Ok(domains) => {
            let certificates = certificates.clone();
            let refreshed = tokio::task::spawn_blocking(move || certificates.refresh(domains)).await;
            if let Err(error) = refreshed {
                tracing::error!(%error, "certificates of domains not refreshed");
            }
        }
        Err(error) => tracing::error!(%error, "certificates of domains not refreshed"),
    }
}

/// The signals that the server answers. Until they are caught they end the process.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    fn catch() -> anyhow::Result<Self> {
        let catch = |kind| signal(kind).context("cannot wait for signals");
        Ok(Self {
            terminate: catch(SignalKind::terminate())?,
            interrupt: catch(SignalKind::interrupt())?,
            hangup: catch(SignalKind::hangup())?,
        })
    }
}

/// Waits for SIGTERM or SIGINT; a SIGHUP before it reads configuration and certificate again. The configuration as it
/// is in force at the end.
async fn wait_for_end(
    signals: Signals,
    cli: &Cli,
    mut config: Config,
    core: &Core,
    certificates: &Arc<Certificates>,
    reloaded: &Notify,
) -> Config {
    let Signals { mut terminate, mut interrupt, mut hangup } = signals;
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = hangup.recv() => {
                reloaded.notify_one();
                refresh_certificates(core, certificates).await;
                if let Err(error) = core.webhooks_changed().await {
                    tracing::warn!(%error, "webhooks not read again");
                }
                match reload(cli, &config, core, certificates) {
                    Ok(fresh) => config = fresh,
                    Err(error) => tracing::error!(error = format!("{error:#}"), "not reloaded, everything stays as it was"),
                }
            },
        }
    }
    // Whoever asks twice does not want to wait.
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {},
            _ = interrupt.recv() => {},
        }
        std::process::exit(1);
    });
    config
}

/// Takes over what can change without ending a session: the certificate, the session limits, who is never banned, the
/// grace at the end.
fn reload(cli: &Cli, old: &Config, core: &Core, certificates: &Certificates) -> anyhow::Result<Config> {
    let fresh = cli.load_config()?;
    certificates.reload(&fresh)?;
    core.sessions.set_caps(fresh.caps());
    let in_force = Config {
        tls: fresh.tls.clone(),
        limits: fresh.limits,
        bans: fresh.bans.clone(),
        shutdown: fresh.shutdown,
        ..old.clone()
    };
    core.set_never_banned(in_force.never_banned());
    if in_force == fresh {
        tracing::info!("configuration and certificate reloaded");
    } else {
        tracing::warn!("certificate, limits.sessions*, bans and shutdown reloaded; the other changes need a restart");
    }
    Ok(fresh)
}
