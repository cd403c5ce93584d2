//! The processes of one server. In a control group of their own where the machine lets us make one, because that also
//! counts processes that are gone; otherwise as the descendants of the one we started, as `/proc` shows them.

use crate::race::until;
use anyhow::{Context, Result};
use rustix::process::{Pid, Signal, kill_process_group};
use std::{
    fs::{self, File},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::signal::unix::{SignalKind, signal};

/// A tick of `/proc/PID/stat`, as every Linux has it.
const TICK_MS: u64 = 10;

/// A server's processes. They end with this value.
#[derive(Debug)]
pub(crate) struct Group {
    child: Child,
    folder: Option<PathBuf>,
    /// The group that counts memory, where that is another one (control groups of version 1).
    memory_folder: Option<PathBuf>,
}

impl Group {
    /// Starts `program`, whose complaints go to `log`, and counts whatever it starts.
    pub(crate) fn spawn(name: &str, program: &Command, log: &Path) -> Result<Self> {
        let folder = control_group(name);
        let memory_folder = folder.as_ref().and_then(|_| memory_group(name));
        let mut command = if let Some(folder) = &folder {
            let mut shell = Command::new("sh");
            shell
                .args(["-c", "for g in \"$0\" $MEMORY; do echo 0 > \"$g/cgroup.procs\"; done && exec \"$@\""])
                .arg(folder);
            shell.arg(program.get_program()).env("MEMORY", memory_folder.as_deref().unwrap_or(Path::new("")));
            shell
        } else {
            Command::new(program.get_program())
        };
        command.args(program.get_args());
        for (key, value) in program.get_envs() {
            match value {
                Some(value) => command.env(key, value),
                None => command.env_remove(key),
            };
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(log)?).process_group(0);
        let child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        let folders = folder.iter().chain(&memory_folder).cloned().collect();
        running().push(Started { leader: Pid::from_child(&child), folders });
        Ok(Self { child, folder, memory_folder })
    }

    /// Whether the first process is still there.
    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|status| status.is_none())
    }

    /// CPU time of all processes so far, in the kernel too, also of those that have ended.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        let Some(folder) = &self.folder else {
            let ticks: u64 = self.processes().into_iter().filter_map(ticks).flatten().sum();
            return Ok(Duration::from_millis(ticks * TICK_MS));
        };
        let text = fs::read_to_string(folder.join("cpu.stat")).context("cannot read the CPU time of a server")?;
        let line = text.lines().find_map(|line| line.strip_prefix("usage_usec "));
        let micros = line.and_then(|value| value.parse().ok()).context("cpu.stat has no usage_usec")?;
        Ok(Duration::from_micros(micros))
    }

    /// Memory of all processes in bytes, what they share counted once.
    pub(crate) fn memory(&self) -> u64 {
        self.processes().into_iter().filter_map(memory_of).sum()
    }

    /// Memory of the kernel on behalf of all processes in bytes, as far as it is charged to them: a new connection's own
    /// structure is made in an interrupt and charged to nobody ([`socket_bytes`](crate::machine::socket_bytes)).
    pub(crate) fn kernel_memory(&self) -> Option<u64> {
        let read = |folder: &Path, file: &str| fs::read_to_string(folder.join(file)).ok();
        if let Some(folder) = &self.memory_folder {
            let files = ["memory.kmem.usage_in_bytes", "memory.kmem.tcp.usage_in_bytes"];
            return files.iter().map(|file| read(folder, file)?.trim().parse::<u64>().ok()).sum();
        }
        let text = read(self.folder.as_deref()?, "memory.stat")?;
        let value = |key| text.lines().find_map(|line| line.strip_prefix(key)?.trim().parse::<u64>().ok());
        Some(value("kernel ")? + value("sock ")?)
    }

    fn processes(&self) -> Vec<u32> {
        if let Some(folder) = &self.folder {
            let text = fs::read_to_string(folder.join("cgroup.procs")).unwrap_or_default();
            return text.lines().filter_map(|pid| pid.parse().ok()).collect();
        }
        let mut found = vec![self.child.id()];
        let mut next = 0;
        while let Some(pid) = found.get(next) {
            let path = format!("/proc/{pid}/task/{pid}/children");
            let children = fs::read_to_string(path).unwrap_or_default();
            found.extend(children.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
            next += 1;
        }
        found
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let leader = Pid::from_child(&self.child);
        running().retain(|started| {
            if started.leader == leader {
                started.kill();
            }
            started.leader != leader
        });
        let _ = self.child.wait();
        self.folder.iter().chain(&self.memory_folder).for_each(|folder| remove(folder));
    }
}

/// Removes a control group, whose processes take a moment to go.
fn remove(folder: &Path) {
    let _ = until(Duration::from_secs(5), || fs::remove_dir(folder).ok());
}

/// Ends all servers, removes `folders` and then ends this program when somebody interrupts it. The servers are not in our
/// process group, so they do not hear of it themselves.
pub(crate) fn end_when_interrupted(folders: [PathBuf; 2]) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let (mut interrupt, mut terminate) = {
        let _inside = runtime.enter();
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    std::thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        });
        let running = running();
        running.iter().for_each(Started::kill);
        running.iter().flat_map(|started| &started.folders).for_each(|folder| remove(folder));
        for folder in &folders {
            let _ = fs::remove_dir_all(folder);
        }
        std::process::exit(130);
    });
    Ok(())
}

/// The groups that are there.
fn running() -> MutexGuard<'static, Vec<Started>> {
    static RUNNING: Mutex<Vec<Started>> = Mutex::new(Vec::new());
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How to end a group.
#[derive(Clone, Debug)]
struct Started {
    leader: Pid,
    folders: Vec<PathBuf>,
}

impl Started {
    fn kill(&self) {
        if let Some(folder) = self.folders.first() {
            let _ = fs::write(folder.join("cgroup.kill"), "1");
        }
        let _ = kill_process_group(self.leader, Signal::KILL);
    }
}

/// A new control group of version 2, where there is such a tree and it is ours to change.
fn control_group(name: &str) -> Option<PathBuf> {
    make_group(name, |kind, _| kind == "cgroup2")
}

/// One of version 1 that counts memory.
fn memory_group(name: &str) -> Option<PathBuf> {
    make_group(name, |kind, options| kind == "cgroup" && options.split(',').any(|option| option == "memory"))
}

fn make_group(name: &str, is_it: impl Fn(&str, &str) -> bool) -> Option<PathBuf> {
    static SERIAL: AtomicU32 = AtomicU32::new(0);
    let mounts = fs::read_to_string("/proc/mounts").ok()?;
    let tree = mounts.lines().find_map(|line| {
        let mut words = line.split(' ').skip(1);
        let (path, kind, options) = (words.next()?, words.next()?, words.next()?);
        is_it(kind, options).then(|| PathBuf::from(path))
    })?;
    let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
    let folder = tree.join(format!("wharf-bench-{}-{serial}-{name}", std::process::id()));
    fs::create_dir(&folder).ok()?;
    Some(folder)
}

/// Memory of a process in bytes, of what it shares its part.
fn memory_of(pid: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
}

/// CPU time of all programs that this one has started and waited for.
pub(crate) fn cpu_of_ended_children() -> Duration {
    let [_, _, children @ ..] = ticks(std::process::id()).unwrap_or_default();
    Duration::from_millis(children.into_iter().sum::<u64>() * TICK_MS)
}

/// Ticks of a process, in user mode and in the kernel, and the same of its children that have ended (proc(5), fields 14 to
/// 17 of `stat`).
fn ticks(pid: u32) -> Option<[u64; 4]> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in field 2 may have spaces and brackets in it.
    let (_, fields) = text.rsplit_once(')')?;
    let fields: Vec<_> = fields.split_whitespace().skip(11).take(4).filter_map(|field| field.parse().ok()).collect();
    fields.try_into().ok()
}
