//! What every client needs, shown with curl, lftp and Python's ftplib, in clear, with AUTH TLS and with TLS from the
//! first byte.

mod mirror;

use crate::support::{
    assert_content,
    client::{Client, Curl, Ftplib, Lftp, Transport},
    names, noise,
    server::{LOGIN, Site, Wharf},
};

/// Names that clients and servers get wrong: spaces, quotes, what URLs and shells read as signs, letters beyond ASCII.
const ODD_NAMES: [&str; 5] =
    ["two words", "it's \"quoted\"", "100% #1; $HOME & more", "Gr\u{fc}\u{df}e \u{4f60}\u{597d}.txt", "[a]*?.b"];

fn lists_what_is_there<C: Client>(server: &Wharf, client: &C) {
    server.write_home(LOGIN, "one.txt", b"1");
    std::fs::create_dir(server.home(LOGIN).join("below")).unwrap();
    server.write_home(LOGIN, "below/two.txt", b"2");
    let mut home = client.list("");
    home.retain(|name| !name.starts_with('.') && name != "below/");
    home.sort();
    home.dedup();
    assert!(home.iter().any(|name| name == "one.txt"), "{home:?}");
    let below: Vec<_> = client.list("below").into_iter().filter(|name| !name.starts_with('.')).collect();
    assert_eq!(below, ["two.txt"]);
}

fn files_arrive_as_they_were_sent<C: Client>(server: &Wharf, client: &C) {
    for (name, content) in [("empty", noise(1, 0)), ("short", noise(2, 1)), ("long", noise(3, 3_000_001))] {
        let local = server.write_local(name, &content);
        client.upload(&local, name);
        assert_content(&server.home(LOGIN).join(name), &content);
        let back = server.local(&format!("{name}.back"));
        client.download(name, &back);
        assert_content(&back, &content);
    }
}

fn an_upload_replaces_the_file_of_its_name<C: Client>(server: &Wharf, client: &C) {
    server.write_home(LOGIN, "file", &noise(1, 50_000));
    let content = noise(2, 20_000);
    client.upload(&server.write_local("file", &content), "file");
    assert_content(&server.home(LOGIN).join("file"), &content);
}

fn odd_names_are_kept<C: Client>(server: &Wharf, client: &C) {
    for (seed, name) in (1..).zip(ODD_NAMES) {
        let content = noise(seed, 1_000);
        client.upload(&server.write_local("up", &content), name);
        assert_content(&server.home(LOGIN).join(name), &content);
        client.download(name, &server.local("down"));
        assert_content(&server.local("down"), &content);
    }
    let mut listed = client.list("");
    listed.retain(|name| ODD_NAMES.contains(&name.as_str()));
    assert_eq!(listed.len(), ODD_NAMES.len(), "{listed:?}");
}

fn a_download_goes_on_where_it_stopped<C: Client>(server: &Wharf, client: &C) {
    let content = noise(1, 2_000_000);
    server.write_home(LOGIN, "file", &content);
    let local = server.write_local("file", &content[..700_001]);
    client.resume_download("file", &local);
    assert_content(&local, &content);
}

fn an_upload_goes_on_where_it_stopped<C: Client>(server: &Wharf, client: &C) {
    let content = noise(1, 2_000_000);
    server.leave_part("file", &content[..700_001]);
    client.resume_upload(&server.write_local("file", &content), "file");
    assert_content(&server.home(LOGIN).join("file"), &content);
}

fn names_are_changed_and_removed<C: Client>(server: &Wharf, client: &C) {
    client.make_directory("new directory");
    server.write_home(LOGIN, "before", b"content");
    client.rename("before", "new directory/after");
    assert_content(&server.home(LOGIN).join("new directory/after"), b"content");
    assert_eq!(names(&server.home(LOGIN)), ["new directory"]);
    client.delete("new directory/after");
    client.remove_directory("new directory");
    assert!(names(&server.home(LOGIN)).is_empty());
}

fn with_a_server<C: Client>(transport: Transport, behaviour: fn(&Wharf, &C)) {
    let server = Site::with_account().start();
    behaviour(&server, &C::new(&server, transport));
}

macro_rules! behaviours {
    ($client:ident, $transport:ident: $($behaviour:ident)*) => {$(
        #[test]
        fn $behaviour() {
            super::super::with_a_server(super::super::Transport::$transport, super::super::$behaviour::<super::super::$client>);
        }
    )*};
}

macro_rules! transports {
    ($client:ident: $($module:ident $transport:ident)*) => {$(
        mod $module {
            behaviours! { $client, $transport:
                lists_what_is_there
                files_arrive_as_they_were_sent
                an_upload_replaces_the_file_of_its_name
                odd_names_are_kept
                a_download_goes_on_where_it_stopped
                an_upload_goes_on_where_it_stopped
                names_are_changed_and_removed
            }
        }
    )*};
}

macro_rules! clients {
    ($($module:ident $client:ident)*) => {$(
        mod $module {
            transports! { $client: plain Plain explicit_tls Explicit implicit_tls Implicit }
        }
    )*};
}

clients! {
    curl Curl
    lftp Lftp
    ftplib Ftplib
}
