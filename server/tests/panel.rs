//! The front door of the panel, as an attacker tries it: cookies, redirects, frames, names, and what answers tell.

use crate::support::{
    bounded,
    server::{Site, Wharf},
    succeed,
};

const PASSWORD: &str = "good-enough-for-a-test";

/// A server with a customer, a disabled one, and one of a disabled reseller.
fn server() -> Wharf {
    let mut site = Site::new();
    // Wrong passwords are what this is about.
    site.set("logins.attempts", 1_000);
    let person = |login: &str, role: &str, more: &[&str]| {
        let words = [&["person", "add", login, "--role", role, "--password-stdin"], more].concat();
        let added = site.run(&words, PASSWORD);
        assert!(added.status.success(), "{added:?}");
    };
    person("anna", "customer", &[]);
    person("disabled", "customer", &[]);
    person("reseller", "reseller", &[]);
    person("suspended", "customer", &["--reseller", "reseller"]);
    let wharf = site.start();
    let rest = wharf.rest();
    let people = rest.get("/people").body;
    for login in ["disabled", "reseller"] {
        let person = people["items"].as_array().unwrap().iter().find(|person| person["login"] == login).unwrap();
        let path = format!("/people/{}", person["id"].as_str().unwrap());
        let options = ["-X", "PATCH", "-d", r#"{"enabled":false}"#];
        assert_eq!(rest.call(&path, &options).status, 200);
    }
    wharf
}

/// Head and body of the answer to a sign-in.
fn sign_in(wharf: &Wharf, form: &[(&str, &str)], options: &[&str]) -> (String, String) {
    let mut curl = bounded("curl");
    curl.args(["-q", "-sSki"]).args(options);
    for (name, value) in form {
        curl.arg("--data-urlencode").arg(format!("{name}={value}"));
    }
    let text = succeed(curl.arg(format!("https://{}/fn/sign_in", wharf.panel())));
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.to_lowercase(), body.to_owned())
}

fn get(wharf: &Wharf, path: &str, options: &[&str]) -> String {
    let mut curl = bounded("curl");
    curl.args(["-q", "-sSki"]).args(options);
    succeed(curl.arg(format!("https://{}{path}", wharf.panel())))
}

fn cookie(head: &str) -> Option<&str> {
    let line = head.lines().find_map(|line| line.strip_prefix("set-cookie: __host-wharf="))?;
    line.split(';').next().filter(|secret| !secret.is_empty())
}

#[test]
fn refusals_tell_nothing_of_whom_they_refuse() {
    let wharf = server();
    let refusal = |login: &str, password: &str| {
        let (head, body) = sign_in(&wharf, &[("login", login), ("password", password)], &[]);
        (head.lines().next().unwrap_or_default().to_owned(), body)
    };
    let unknown = refusal("nobody", PASSWORD);
    assert!(unknown.0.contains("401"), "{unknown:?}");
    for (login, password) in [
        ("anna", "wrong"),
        ("disabled", PASSWORD),
        ("suspended", PASSWORD),
        ("reseller", PASSWORD),
        ("", ""),
        ("a\nb", "x"),
    ] {
        assert_eq!(refusal(login, password), unknown, "{login:?}");
    }
    assert_eq!(refusal(&"x".repeat(5_000), PASSWORD), unknown, "a login without end");
    assert!(cookie(&sign_in(&wharf, &[("login", "anna"), ("password", PASSWORD)], &[]).0).is_some());
}

#[test]
fn a_secret_that_somebody_planted_is_not_taken_over() {
    let wharf = server();
    let planted = format!("__Host-wharf={}", "a".repeat(64));
    let form = [("login", "anna"), ("password", PASSWORD)];
    let (head, _) = sign_in(&wharf, &form, &["-b", &planted]);
    let secret = cookie(&head).expect("a secret of its own");
    assert_ne!(secret, "a".repeat(64));
    assert!(get(&wharf, "/", &["-b", &planted]).starts_with("HTTP/2 302"), "the planted one opens nothing");
    let (again, _) = sign_in(&wharf, &form, &["-b", &format!("__Host-wharf={secret}")]);
    assert_ne!(cookie(&again), Some(secret), "each sign-in has a secret of its own");
}

#[test]
fn signing_in_leads_to_this_panel_alone() {
    let wharf = server();
    for next in
        ["//evil.example", "https://evil.example/", "/\\evil.example", "/\t/evil.example", "javascript:alert(1)"]
    {
        let form = [("login", "anna"), ("password", PASSWORD), ("next", next)];
        let (head, _) = sign_in(&wharf, &form, &["-H", "accept: text/html"]);
        assert!(head.contains("\nlocation: /\r"), "{next}: {head}");
    }
    let evil = get(&wharf, "/sessions", &["-H", "host: evil.example", "-H", "x-forwarded-host: evil.example"]);
    assert!(!evil.contains("evil.example"), "no link is made of what a client calls the host: {evil}");
}

#[test]
fn cookies_without_end_or_sense_are_refused_and_the_panel_lives() {
    let wharf = server();
    for value in ["x".repeat(60_000), "%00%ff".to_owned(), "a;b=c;;;=".to_owned(), "' or 1=1 --".to_owned()] {
        let cookie = format!("cookie: __Host-wharf={value}");
        let mut curl = bounded("curl");
        curl.args(["-q", "-sk", "-o", "/dev/null", "-w", "%{http_code}", "-H", &cookie]);
        let answer = curl.arg(format!("https://{}/", wharf.panel())).output().unwrap();
        let status = String::from_utf8_lossy(&answer.stdout).into_owned();
        assert!(["000", "302", "400", "431"].contains(&status.as_str()), "{status}");
    }
    assert!(get(&wharf, "/signin", &[]).starts_with("HTTP/2 200"));
}

#[test]
fn no_other_page_can_frame_the_panel_or_keep_its_answers() {
    let wharf = server();
    let head = get(&wharf, "/signin", &[]).to_lowercase();
    for header in ["frame-ancestors 'none'", "x-frame-options: deny", "x-content-type-options: nosniff"] {
        assert!(head.contains(header), "{header}: {head}");
    }
    let (head, _) = sign_in(&wharf, &[("login", "anna"), ("password", PASSWORD)], &[]);
    let secret = format!("__Host-wharf={}", cookie(&head).unwrap());
    let page = get(&wharf, "/", &["-b", &secret]).to_lowercase();
    assert!(page.contains("cache-control: no-store") || page.contains("cache-control: private, no-store"), "{page}");
}
