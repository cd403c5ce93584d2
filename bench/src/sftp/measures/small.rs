//! A directory of small files, both ways: what a file costs that hardly holds anything.

use super::Bench;
use crate::{
    files::{SMALL, write_small_files},
    race::race,
    report::{Better, Row},
    servers::Place,
    sftp::{
        programs::{Cipher, Programs, local, remote},
        servers::Server,
    },
};
use anyhow::{Result, ensure};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

/// The directory: the one to get on servers, the one to put on our side.
const FOLDER: &str = "small";
/// Where it arrives.
const ARRIVED: &str = "arrived";

#[derive(Clone, Copy)]
enum Case {
    SftpGet,
    SftpPut,
    RcloneGet,
    RclonePut,
}

impl Case {
    const ALL: [Self; 4] = [Self::SftpGet, Self::SftpPut, Self::RcloneGet, Self::RclonePut];

    fn name(self) -> &'static str {
        match self {
            Self::SftpGet => "sftp get -r",
            Self::SftpPut => "sftp put -r",
            Self::RcloneGet => "rclone copy --transfers 4, get",
            Self::RclonePut => "rclone copy --transfers 4, put",
        }
    }

    /// Where the files arrive.
    fn target(self, place: &Place, server: &Server) -> PathBuf {
        match self {
            Self::SftpGet | Self::RcloneGet => place.memory.join(ARRIVED),
            Self::SftpPut | Self::RclonePut => server.files.join(ARRIVED),
        }
    }

    fn run(self, place: &Place, programs: &Programs, server: &Server) -> Result<()> {
        let source = place.root.join(FOLDER);
        let target = self.target(place, server);
        let (source, target) = (local(&source)?, local(&target)?);
        let cipher = Cipher::Aes128Gcm;
        let rclone = |paths| programs.rclone(server, cipher, &["copy", "--transfers", "4"], paths);
        match self {
            Self::SftpGet => programs.sftp(server, cipher, &format!("get -r {FOLDER} {target}\n")),
            Self::SftpPut => programs.sftp(server, cipher, &format!("put -r {source} {ARRIVED}\n")),
            Self::RcloneGet => rclone([&remote(FOLDER), target]),
            Self::RclonePut => rclone([source, &remote(ARRIVED)]),
        }
    }
}

pub(super) fn run(bench: &mut Bench) -> Result<()> {
    let (files, place) = (bench.small_files, bench.place);
    write_small_files(&place.root.join(FOLDER), files)?;
    for server in bench.servers {
        write_small_files(&server.files.join(FOLDER), files)?;
    }
    rustix::fs::sync();
    let programs = Programs::new(place)?;
    for case in Case::ALL {
        let row = Row {
            section: "Small files: files of 1 KiB per second",
            name: format!("{files}, {}", case.name()),
            better: Better::Higher,
            aim: None,
        };
        bench.in_turn(&row.name, |server, report| {
            let effort = race(&server.group, [()], |()| case.run(place, &programs, server).map(|()| Instant::now()));
            let arrived = clear(&case.target(place, server));
            // The next server finds the disk as this one did.
            rustix::fs::sync();
            let effort = effort?;
            ensure!(arrived? == files, "not all files are there");
            report.add(row.clone(), server.kind, f64::from(files) / effort.elapsed.as_secs_f64());
            Ok(())
        });
    }
    Ok(())
}

/// Removes a directory; says how many whole files it had.
fn clear(folder: &Path) -> Result<u32> {
    let mut whole = 0;
    for file in fs::read_dir(folder)? {
        whole += u32::from(file?.metadata()?.len() == SMALL.len() as u64);
    }
    fs::remove_dir_all(folder)?;
    Ok(whole)
}
