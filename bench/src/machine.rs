//! What the numbers were measured on.

use std::{fs, path::Path, process::Command};

/// A few lines of Markdown.
pub(crate) fn describe(folder: &Path) -> Vec<String> {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map_or("?", |it| it.1);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let memory = meminfo("MemTotal").unwrap_or(0) >> 30;
    vec![
        format!("{model}, {cores} cores, {memory} GiB"),
        format!("Linux {}, files on {}", kernel.trim(), file_system(folder)),
    ]
}

/// A value of `/proc/meminfo` in bytes.
pub(crate) fn meminfo(key: &str) -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
}

/// What the kernel's structure of one TCP connection has, in bytes (slabinfo(5)).
pub(crate) fn socket_bytes() -> Option<u64> {
    let text = fs::read_to_string("/proc/slabinfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("TCP "))?;
    line.split_whitespace().nth(2)?.parse().ok()
}

/// The kind of file system of a folder.
pub(crate) fn file_system(folder: &Path) -> String {
    let mut stat = Command::new("stat");
    let output = stat.args(["--file-system", "--format", "%T"]).arg(folder).output();
    output.map_or("?".to_owned(), |output| String::from_utf8_lossy(&output.stdout).trim().replace("ext2/ext3", "ext4"))
}

/// Today, and the commit that is checked out; a star says that files differ from it.
pub(crate) fn occasion() -> String {
    let today = time::OffsetDateTime::now_utc().date();
    let git = Command::new("git").args(["describe", "--always", "--dirty=*", "--exclude=*"]).output();
    let commit = git.map_or("?".to_owned(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    format!("{today}, commit {commit}")
}
