//! The language of a page: the person's, else what was chosen in the browser, else what the browser asks for.

use crate::support::{
    bounded,
    server::{Site, Wharf},
    succeed,
};

const PASSWORD: &str = "good-enough-for-a-test";
const GERMAN: &str = "accept-language: de-DE,de;q=0.9,en;q=0.8";

/// Head and body, as the server wrote them.
fn get(wharf: &Wharf, path: &str, headers: &[&str]) -> String {
    let mut curl = bounded("curl");
    curl.args(["-q", "-sSki"]);
    for header in headers {
        curl.args(["-H", header]);
    }
    succeed(curl.arg(format!("https://{}{path}", wharf.panel())))
}

fn post(wharf: &Wharf, function: &str, body: &str, headers: &[&str]) -> String {
    let mut curl = bounded("curl");
    curl.args(["-q", "-sSki", "-d", body]);
    for header in headers {
        curl.args(["-H", header]);
    }
    succeed(curl.arg(format!("https://{}/fn/{function}", wharf.panel())))
}

fn cookie(answer: &str, name: &str) -> String {
    let start = format!("set-cookie: {name}=");
    let line = answer.lines().find(|line| line.to_lowercase().starts_with(&start.to_lowercase())).unwrap_or_default();
    let value = line.get(start.len()..).and_then(|rest| rest.split(';').next()).unwrap_or_default();
    format!("cookie: {name}={value}")
}

#[test]
fn a_page_is_in_the_language_that_was_chosen_last_and_nearest() {
    let site = Site::new();
    let added = site.run(&["person", "add", "anna", "--role", "customer", "--password-stdin"], PASSWORD);
    assert!(added.status.success(), "{added:?}");
    let wharf = site.start();
    let english = get(&wharf, "/signin", &[]);
    assert!(english.contains("<html lang=\"en\">") && english.contains(">Sign in<"), "{english}");
    let german = get(&wharf, "/signin", &[GERMAN]);
    assert!(german.contains("<html lang=\"de\">") && german.contains(">Anmelden<"), "{german}");
    // The switch on the sign-in page is kept by a cookie.
    let switched = get(&wharf, "/signin?language=en", &[GERMAN]);
    assert!(switched.contains("<html lang=\"en\">"), "{switched}");
    let chosen = cookie(&switched, "__Host-wharf-language");
    assert!(get(&wharf, "/signin", &[GERMAN, &chosen]).contains("<html lang=\"en\">"));
    // Nobody else's words are taken for a language.
    let strange = get(&wharf, "/signin?language=%22%3E", &["cookie: __Host-wharf-language=\"><b>"]);
    assert!(strange.contains("<html lang=\"en\">") && !strange.contains("set-cookie"), "{strange}");

    // The person's choice beats all of it, also on the page of what is not there.
    let signed_in = cookie(&post(&wharf, "sign_in", &format!("login=anna&password={PASSWORD}"), &[]), "__Host-wharf");
    let wanted = r#"{"preferences":{"language":"de","time_zone":null}}"#;
    let answer = post(&wharf, "set_preferences", wanted, &["content-type: application/json", &signed_in]);
    assert!(answer.lines().next().is_some_and(|line| line.contains(" 200")), "{answer}");
    for path in ["/sessions", "/nowhere"] {
        let page = get(&wharf, path, &["accept-language: en", &signed_in]);
        assert!(page.contains("<html lang=\"de\">") && page.contains(">Sitzungen<"), "{page}");
    }
}

#[test]
fn programs_are_answered_in_english() {
    let wharf = Site::new().start();
    let rest = wharf.rest();
    let options = ["-X", "POST", "-H", GERMAN, "-d", r#"{"login":"x","role":"customer","password":"short"}"#];
    let answer = rest.call("/people", &options);
    assert_eq!(answer.body["detail"], "a password has at least 8 characters");
}
