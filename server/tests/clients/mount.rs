//! The files of an account as a folder of the client's machine: `rclone mount`.

use crate::support::{
    Background, assert_content,
    client::{Client, Rclone, Transport},
    eventually, names, noise, program,
    server::{LOGIN, Wharf},
    succeed,
};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

/// A mounted folder, for as long as this lives.
struct Mount {
    folder: PathBuf,
    rclone: Background,
}

impl Mount {
    fn new(server: &Wharf, transport: Transport) -> Self {
        let folder = server.local("mounted");
        fs::create_dir(&folder).unwrap();
        let rclone = Background::start(&mut Rclone::new(server, transport).mount(&folder));
        let mounted = format!(" {} fuse.rclone ", folder.display());
        eventually("the folder is mounted", || {
            fs::read_to_string("/proc/self/mounts").unwrap().contains(&mounted).then_some(())
        });
        Self { folder, rclone }
    }

    /// Ends when everything was uploaded.
    fn end(mut self) {
        succeed(Command::new(program("fusermount3")).arg("-u").arg(&self.folder));
        assert!(self.rclone.wait().success());
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // After a failure; else it is done.
        let _ = Command::new(program("fusermount3")).args(["-u", "-z", "-q"]).arg(&self.folder).status();
    }
}

#[test]
fn files_are_used_in_place_in_clear() {
    files_are_used_in_place(Transport::Plain);
}

#[test]
fn files_are_used_in_place_under_tls() {
    files_are_used_in_place(Transport::Explicit);
}

fn files_are_used_in_place(transport: Transport) {
    if let Err(error) = File::options().read(true).write(true).open("/dev/fuse") {
        eprintln!("skipped: no folder can be mounted here: {error}");
        return;
    }
    let server = Wharf::start();
    let home = server.home(LOGIN);
    let [old, new] = [1, 2].map(|seed| noise(seed, 3_000_000));
    fs::create_dir(home.join("a folder")).unwrap();
    server.write_home(LOGIN, "a folder/old", &old);

    let mount = Mount::new(&server, transport);
    let inside = |path: &str| mount.folder.join(path);
    assert_eq!(names(&inside("a folder")), ["old"]);
    assert_content(&inside("a folder/old"), &old);
    assert_eq!(tail(&inside("a folder/old")), old[old.len() - 1_000..]);
    fs::write(inside("new"), &new).unwrap();
    // It goes up after it was closed. Renamed meanwhile, rclone 1.60 breaks the upload off as if it were complete, and
    // sends the file again.
    eventually("the file went up", || home.join("new").exists().then_some(()));
    fs::create_dir(inside("made")).unwrap();
    fs::rename(inside("new"), inside("made/renamed")).unwrap();
    fs::rename(inside("a folder/old"), inside("moved")).unwrap();
    fs::remove_dir(inside("a folder")).unwrap();
    mount.end();

    assert_eq!(names(&home), ["made", "moved"]);
    assert_content(&home.join("made/renamed"), &new);
    assert_content(&home.join("moved"), &old);
}

/// The last bytes of a file, which a mount gets without those before them.
fn tail(file: &Path) -> Vec<u8> {
    use std::io::{Read, Seek, SeekFrom};
    let mut file = File::open(file).unwrap();
    file.seek(SeekFrom::End(-1_000)).unwrap();
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).unwrap();
    bytes
}
