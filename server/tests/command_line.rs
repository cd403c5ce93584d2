//! The commands beside `serve`: the same with the server running or not.

use crate::support::{
    rest::Rest,
    server::{DOMAIN, LOGIN, PASSWORD, Site, Wharf, text},
    told,
};

/// Runs a command that is refused. What it says.
#[track_caller]
fn refused(site: &Site, arguments: &[&str], input: &str) -> String {
    let output = site.run(arguments, input);
    assert_eq!(output.status.code(), Some(1), "{}", told(&output));
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

fn add_account(login: &str) -> [&str; 5] {
    ["account", "add", DOMAIN, login, "--password-stdin"]
}

#[test]
fn what_is_added_before_the_start_is_there() {
    let site = Site::with_account();
    let token = site.add_token("early", "administrator");
    let server = site.start();
    let _wire = server.log_in();
    assert_eq!(Rest::new(server.panel(), Some(token)).sessions().len(), 1);
}

#[test]
fn what_is_added_while_it_runs_is_there_at_once() {
    let server = Site::new().start();
    server.add_domain("late.example");
    server.add_account_to("late.example", "lea", &[]);
    let token = server.add_token("late", "administrator");
    let _wire = server.log_in_as("lea");
    assert_eq!(Rest::new(server.panel(), Some(token)).sessions()[0]["domain"], "late.example");
}

#[test]
fn a_token_is_printed_alone_and_once() {
    let site = Site::new();
    let output = site.run(&["token", "add", "t", "--role", "auditor"], "");
    let token = String::from_utf8(output.stdout).unwrap();
    assert_eq!(token.lines().count(), 1);
    assert!(token.trim_end().len() >= 32 && !token.trim_end().contains(char::is_whitespace), "{token:?}");
}

#[test]
fn homes_are_made_where_they_are_wanted() {
    let server = Wharf::start();
    server.add_account("bob", &["--home", "deep/down"]);
    assert!(server.root(DOMAIN).join(LOGIN).is_dir());
    assert!(server.root(DOMAIN).join("deep/down").is_dir());
    assert_eq!(server.log_in_as("bob").transmit("STOR file", b"content").code, 226);
    assert!(server.root(DOMAIN).join("deep/down/file").is_file());
}

#[test]
fn a_home_outside_of_the_root_is_refused() {
    let site = Site::with_account();
    for home in ["../other", "/etc", "a/../../other"] {
        let arguments = [&add_account("bob")[..], &["--home", home]].concat();
        let output = site.run(&arguments, PASSWORD);
        // Either refused, or read as a path below the root.
        let inside = site.root(DOMAIN).parent().unwrap().join("other");
        assert!(!inside.exists(), "{}", told(&output));
    }
}

#[test]
fn a_name_that_is_taken_is_refused() {
    let site = Site::with_account();
    site.add_token("t", "administrator");
    let root = text(&site.root("elsewhere"));
    let said = refused(&site, &["domain", "add", "ACME.example", "--root", &root], "");
    assert_eq!(said, "error: domain not added: domain.name is taken\n");
    let said = refused(&site, &add_account(LOGIN), PASSWORD);
    assert_eq!(said, "error: account not added: account.login is taken\n");
    let said = refused(&site, &["token", "add", "t", "--role", "auditor"], "");
    assert_eq!(said, "error: token not added: api_token.name is taken\n");
}

#[test]
fn a_name_that_cannot_be_one_is_refused() {
    let site = Site::with_account();
    for login in ["", "two words", "a@b", "a/b", ".hidden", "tab\t"] {
        let said = refused(&site, &add_account(login), PASSWORD);
        assert!(said.starts_with("error: account not added: a login has "), "{said}");
    }
    let root = text(&site.root("x"));
    let said = refused(&site, &["domain", "add", "no/domain", "--root", &root], "");
    assert!(said.starts_with("error: domain not added: a domain name has "), "{said}");
    let said = refused(&site, &["account", "add", "nowhere.example", "x", "--password-stdin"], PASSWORD);
    assert_eq!(said, "error: account not added: there is no domain nowhere.example\n");
    let said = refused(&site, &add_account("bob"), "\n");
    assert_eq!(said, "error: account not added: the password is empty\n");
}

#[test]
fn a_token_is_for_an_administrator_or_an_auditor() {
    let site = Site::new();
    let output = site.run(&["token", "add", "t", "--role", "reseller"], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(told(&output).contains("a token is for an administrator or an auditor"), "{}", told(&output));
}

#[test]
fn a_password_is_not_taken_from_the_command_line() {
    let site = Site::with_account();
    let output = site.run(&["account", "add", DOMAIN, "bob"], PASSWORD);
    assert_eq!(output.status.code(), Some(2));
    assert!(told(&output).contains("--password-stdin"), "{}", told(&output));
}
