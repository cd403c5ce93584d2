//! What each row of the table means.

use super::{Capability, QUOTA, READER, SMALL, Trial};
use crate::support::{
    assert_content, bounded,
    client::{Client, Transport},
    names, noise,
    server::{LOGIN, Site, Wharf},
    succeed,
};
use std::{
    fs::{self, File},
    net::TcpListener,
    os::unix::fs::FileExt,
    path::Path,
    time::{Duration, SystemTime},
};

/// Tries one cell.
pub(super) fn show<C: Client>(trial: &Trial<C>, capability: Capability) {
    match capability {
        Capability::List => lists_what_is_there(trial),
        Capability::Download => downloads_arrive_as_they_were_sent(trial),
        Capability::LargeDownload => a_large_file_comes_down(trial),
        Capability::PieceDownload => a_file_comes_down_in_pieces(trial),
        Capability::ResumeDownload => a_download_goes_on_where_it_stopped(trial),
        Capability::TreeDownload => a_tree_comes_down(trial),
        Capability::DownloadTime => downloads_keep_their_time(trial),
        Capability::Upload => uploads_arrive_as_they_were_sent(trial),
        Capability::LargeUpload => a_large_file_goes_up(trial),
        Capability::ResumeUpload => an_upload_goes_on_where_it_stopped(trial),
        Capability::TreeUpload => a_tree_goes_up(trial),
        Capability::UploadTime => uploads_keep_their_time(trial),
        Capability::Compare => a_difference_is_found(trial),
        Capability::Active => the_server_opens_data_connections(trial),
        Capability::Tls13 => tls_13_is_enough(trial),
        Capability::Resumption => data_connections_resume_the_tls_session(trial),
        Capability::Rename => names_change(trial),
        Capability::Delete => files_are_deleted(trial),
        Capability::Directories => directories_are_made_and_removed(trial),
        Capability::Spaces => ["two words", "it's \"quoted\""].iter().for_each(|name| a_name_is_kept(trial, name)),
        Capability::TrailingSpace => a_name_is_kept(trial, "ends in a space "),
        Capability::BeyondAscii => a_name_is_kept(trial, "Gr\u{fc}\u{df}e \u{4f60}\u{597d}.txt"),
        Capability::LeadingDash => a_name_is_kept(trial, "-la dash"),
        Capability::UrlSigns => a_name_is_kept(trial, "100% #1; $HOME & %41"),
        Capability::Patterns => a_name_is_kept(trial, "[a]*?.b"),
        Capability::Refusals => refusals_are_told(trial),
    }
}

fn lists_what_is_there<C: Client>(trial: &Trial<C>) {
    let Trial { server, client, .. } = trial;
    server.write_home(LOGIN, "one.txt", b"1");
    fs::create_dir(server.home(LOGIN).join("below")).unwrap();
    server.write_home(LOGIN, "below/two.txt", b"2");
    fs::create_dir(server.home(LOGIN).join("below/nothing")).unwrap();
    assert_eq!(listed(client, ""), ["below", "one.txt"]);
    assert_eq!(listed(client, "below"), ["nothing", "two.txt"]);
    assert!(listed(client, "below/nothing").is_empty());
}

/// Names in a directory, without what clients add to them.
fn listed<C: Client>(client: &C, directory: &str) -> Vec<String> {
    let listed = client.list(directory).into_iter().map(|name| name.trim_end_matches('/').to_owned());
    let mut names: Vec<_> = listed.filter(|name| !matches!(name.as_str(), "" | "." | "..")).collect();
    names.sort();
    names
}

fn contents() -> [(&'static str, Vec<u8>); 3] {
    [("empty", noise(1, 0)), ("short", noise(2, 1)), ("long", noise(3, 3_000_001))]
}

fn downloads_arrive_as_they_were_sent<C: Client>(trial: &Trial<C>) {
    for (name, content) in contents() {
        trial.server.write_home(LOGIN, name, &content);
        let local = trial.server.local(name);
        trial.client.download(name, &local);
        assert_content(&local, &content);
    }
}

fn uploads_arrive_as_they_were_sent<C: Client>(trial: &Trial<C>) {
    for (name, content) in contents() {
        trial.client.upload(&trial.server.write_local("file", &content), name);
        assert_content(&trial.server.home(LOGIN).join(name), &content);
    }
    let content = noise(4, 20_000);
    trial.client.upload(&trial.server.write_local("file", &content), "long");
    assert_content(&trial.server.home(LOGIN).join("long"), &content);
}

/// 200 MiB, mostly of nothing, with marks where a wrong offset would show.
fn plant_large(file: &Path) {
    const SIZE: u64 = 200 << 20;
    let sparse = File::create(file).unwrap();
    sparse.set_len(SIZE).unwrap();
    for offset in (0..SIZE).step_by(999_983) {
        sparse.write_all_at(&offset.to_be_bytes(), offset).unwrap();
    }
}

fn a_large_file_comes_down<C: Client>(trial: &Trial<C>) {
    if trial.is_strongest() {
        let (remote, local) = (trial.server.home(LOGIN).join("large"), trial.server.local("large"));
        plant_large(&remote);
        trial.client.download("large", &local);
        succeed(bounded("cmp").args([remote, local]));
    }
}

fn a_large_file_goes_up<C: Client>(trial: &Trial<C>) {
    if trial.is_strongest() {
        let (remote, local) = (trial.server.home(LOGIN).join("large"), trial.server.local("large"));
        plant_large(&local);
        trial.client.upload(&local, "large");
        succeed(bounded("cmp").args([remote, local]));
    }
}

fn a_file_comes_down_in_pieces<C: Client>(trial: &Trial<C>) {
    let content = noise(1, 8 << 20);
    trial.server.write_home(LOGIN, "file", &content);
    let local = trial.server.local("file");
    trial.client.download_in_pieces("file", &local);
    assert_content(&local, &content);
}

fn a_download_goes_on_where_it_stopped<C: Client>(trial: &Trial<C>) {
    let content = noise(1, 2_000_000);
    trial.server.write_home(LOGIN, "file", &content);
    let local = trial.server.write_local("file", &content[..700_001]);
    trial.client.resume_download("file", &local);
    assert_content(&local, &content);
}

fn an_upload_goes_on_where_it_stopped<C: Client>(trial: &Trial<C>) {
    let content = noise(1, 2_000_000);
    trial.server.leave_part("file", &content[..700_001]);
    trial.client.resume_upload(&trial.server.write_local("file", &content), "file");
    assert_content(&trial.server.home(LOGIN).join("file"), &content);
}

/// Directories of [`plant`], two of them in another and one empty.
const DIRECTORIES: [&str; 4] = ["", "one", "one/two words", "\u{fc}"];

fn content(number: usize) -> Vec<u8> {
    noise(number as u64, number * 997)
}

/// Thirty files.
fn plant(tree: &Path) {
    for directory in DIRECTORIES.iter().chain(&["one/empty"]) {
        fs::create_dir_all(tree.join(directory)).unwrap();
    }
    for number in 0..30 {
        let file = tree.join(DIRECTORIES[number % DIRECTORIES.len()]).join(format!("file {number}"));
        fs::write(file, content(number)).unwrap();
    }
}

fn assert_same_trees(one: &Path, other: &Path) {
    succeed(bounded("diff").arg("-r").args([one, other]));
}

fn a_tree_comes_down<C: Client>(trial: &Trial<C>) {
    let (tree, into) = (trial.server.home(LOGIN).join("tree"), trial.server.local("into"));
    plant(&tree);
    fs::create_dir(&into).unwrap();
    trial.client.download_tree("tree", &into);
    assert_same_trees(&tree, &into.join("tree"));
}

fn a_tree_goes_up<C: Client>(trial: &Trial<C>) {
    let tree = trial.server.local("tree");
    plant(&tree);
    trial.client.upload_tree(&tree);
    assert_same_trees(&tree, &trial.server.home(LOGIN).join("tree"));
}

fn long_ago() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_234_567_890)
}

/// Makes the file old.
fn age(file: &Path) {
    File::options().write(true).open(file).unwrap().set_modified(long_ago()).unwrap();
}

fn assert_old(file: &Path) {
    assert_eq!(fs::metadata(file).unwrap().modified().unwrap(), long_ago());
}

fn downloads_keep_their_time<C: Client>(trial: &Trial<C>) {
    age(&trial.server.write_home(LOGIN, "file", b"content"));
    let local = trial.server.local("file");
    trial.client.download("file", &local);
    assert_old(&local);
}

fn uploads_keep_their_time<C: Client>(trial: &Trial<C>) {
    let local = trial.server.write_local("file", b"content");
    age(&local);
    trial.client.upload(&local, "file");
    assert_old(&trial.server.home(LOGIN).join("file"));
}

fn a_difference_is_found<C: Client>(trial: &Trial<C>) {
    let (here, there) = (trial.server.local("tree"), trial.server.home(LOGIN).join("tree"));
    plant(&here);
    plant(&there);
    trial.client.compare(&here, "tree").unwrap();
    fs::write(there.join("one/file 1"), noise(99, 997)).unwrap();
    assert!(trial.client.compare(&here, "tree").is_err());
}

/// The one passive port of this server is in use, so that nothing but an active connection can move a file.
fn the_server_opens_data_connections<C: Client>(trial: &Trial<C>) {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let mut site = Site::with_account();
    site.set("ftp.passive_ports", format!("{port}-{port}"));
    let server = site.start();
    let client = C::new(&server, trial.transport).active();
    moves_a_file(&server, &client, trial.can(Capability::Upload));
}

fn tls_13_is_enough<C: Client>(trial: &Trial<C>) {
    if trial.transport == Transport::Explicit {
        moves_a_file(&trial.server, &C::new(&trial.server, Transport::Tls13), trial.can(Capability::Upload));
    }
}

fn moves_a_file<C: Client>(server: &Wharf, client: &C, also_up: bool) {
    let content = noise(1, 300_000);
    server.write_home(LOGIN, "file", &content);
    client.download("file", &server.local("file"));
    assert_content(&server.local("file"), &content);
    if also_up {
        client.upload(&server.local("file"), "copy");
        assert_content(&server.home(LOGIN).join("copy"), &content);
    }
}

fn data_connections_resume_the_tls_session<C: Client>(trial: &Trial<C>) {
    if trial.transport == Transport::Plain {
        return;
    }
    let mut site = Site::with_account();
    site.set("ftp.data_tls_session", "required");
    let server = site.start();
    let client = C::new(&server, trial.transport);
    moves_a_file(&server, &client, trial.can(Capability::Upload));
}

fn names_change<C: Client>(trial: &Trial<C>) {
    let home = trial.server.home(LOGIN);
    fs::create_dir(home.join("other place")).unwrap();
    trial.server.write_home(LOGIN, "before", b"content");
    trial.client.rename("before", "other place/after");
    assert_content(&home.join("other place/after"), b"content");
    assert_eq!(names(&home), ["other place"]);
}

fn files_are_deleted<C: Client>(trial: &Trial<C>) {
    trial.server.write_home(LOGIN, "a file", b"content");
    trial.client.delete("a file");
    assert!(names(&trial.server.home(LOGIN)).is_empty());
}

fn directories_are_made_and_removed<C: Client>(trial: &Trial<C>) {
    trial.client.make_directory("new one");
    assert!(trial.server.home(LOGIN).join("new one").is_dir());
    trial.client.remove_directory("new one");
    assert!(names(&trial.server.home(LOGIN)).is_empty());
}

/// The name goes up, is listed, and comes down, as far as the client does these things.
fn a_name_is_kept<C: Client>(trial: &Trial<C>, name: &str) {
    let Trial { server, client, .. } = trial;
    let content = noise(1, 1_000);
    if trial.can(Capability::Upload) {
        client.upload(&server.write_local("up", &content), name);
        assert_eq!(names(&server.home(LOGIN)), [name]);
    } else {
        server.write_home(LOGIN, name, &content);
    }
    if trial.can(Capability::List) {
        assert_eq!(listed(client, ""), [name]);
    }
    let local = server.local("down");
    client.download(name, &local);
    assert_content(&local, &content);
    trial.clear();
}

fn refusals_are_told<C: Client>(trial: &Trial<C>) {
    let Trial { server, client, transport, .. } = trial;
    client.try_download("nothing", &server.local("nothing")).unwrap_err();
    if trial.can(Capability::Upload) {
        let local = server.write_local("file", &noise(1, QUOTA * 2));
        for login in [READER, SMALL] {
            C::log_in(server, *transport, login).try_upload(&local, "file").unwrap_err();
            // sshfs asks at once for a file that it makes, so it is there at once; as on a disk that fills up, it stays.
            let left = names(&server.home(login));
            assert!(left.is_empty() || trial.is_mount() && login == SMALL, "{left:?}");
        }
    }
}
