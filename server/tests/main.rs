//! Real clients against the real server. Every test starts a server of its own, in a directory of its own, on ports that
//! the kernel chose, so tests may run in any number at once.
//!
//! The tests need the clients of `docs/clients.md`, openssl, and `timeout`, `cmp` and `diff`, which every Linux has. One
//! that is missing is a failure, not a skip; `cargo xtask setup` installs them. Four things are skipped,
//! said aloud, where the machine has not got them: IPv6, a full disk where this user cannot mount one, a mounted
//! folder where there is no FUSE, and users of the machine where this user cannot make them.
//!
//! * [`support`]: the server, its REST interface, the clients, waiting
//! * [`clients`]: what people do with nine clients, in clear and under TLS; the table in `docs/clients.md`
//! * [`data_connections`]: active and passive, IPv4 and IPv6, who is let in
//! * [`differential`]: the same sessions with another server
//! * [`proxies`]: clients behind proxies and NAT
//! * [`large`]: files beyond 2 GiB
//! * [`protocol`]: the control connection byte by byte; [`commands`]: what each group of commands does
//! * [`sessions`]: the rows an operator sees
//! * [`kicks`]: ending sessions and transfers; [`bans`]: who may not come back
//! * [`chat`]: messages to and from users, session logs
//! * [`accounts`]: accounts and domains are changed, deleted and brought back under their clients
//! * [`api`]: tokens, problems, the description of the interface
//! * [`logins`], [`caps`]: who is let in, and how many
//! * [`passkeys`]: signing in to the panel without a password; [`authenticator`]: a device that has one
//! * [`guards`]: server functions as strangers call them
//! * [`guards`]: server functions as strangers call them; [`language`]: the language of pages
//! * [`jail`], [`uploads`]: what the files of an account are safe from
//! * [`user_sources`]: users whom a domain does not know itself, and those whom nobody knows
//! * [`domains`]: the ways to a domain, its certificate, and what it wants of a login
//! * [`tls`]: what TLS promises, and how data connections are tied to their control connection
//! * [`sftp`]: SSH logins, keys, what is offered and what refused
//! * [`web`]: WebDAV and the file client
//! * [`service_manager`]: sockets that are open before the server starts
//! * [`webhooks`]: other programs are told what happens
//! * [`hostile`]: clients that mean harm, and a session beside them that notices nothing
//! * [`lessons`]: what other servers learned the hard way
//! * [`config`], [`lifecycle`], [`command_line`]: start, reload, stop, crash, and the commands beside the server

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on fails; clippy does not take helpers of tests for tests"
)]

mod accounts;
mod api;
#[path = "../core/tests/authenticator.rs"]
mod authenticator;
mod bans;
mod caps;
mod chat;
mod clients;
mod command_line;
mod commands;
mod config;
mod data_connections;
mod differential;
mod domains;
mod guards;
mod hostile;
mod jail;
mod kicks;
mod language;
mod large;
mod lessons;
mod lifecycle;
mod logins;
mod panel;
mod passkeys;
mod protocol;
mod proxies;
mod scope;
mod service_manager;
mod sessions;
mod sftp;
mod support;
mod tls;
mod uploads;
mod user_sources;
mod web;
mod webhooks;
