//! The processes that are measured: started, looked at, and ended by their own ids.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::call::Call;
use crate::load;
use crate::time::{PATIENCE, now};

/// Every child that may still run, for when this process is told to end.
static RUNNING: Mutex<Vec<Arc<Mutex<Child>>>> = Mutex::new(Vec::new());

/// A running process. It is killed when this is dropped.
pub(crate) struct Process {
    child: Arc<Mutex<Child>>,
    id: u32,
    log: PathBuf,
    started: Duration,
}

impl Drop for Process {
    fn drop(&mut self) {
        end(&self.child);
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain(|child| !Arc::ptr_eq(child, &self.child));
    }
}

fn end(child: &Mutex<Child>) {
    let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
    let _gone_already = child.kill();
    let _status = child.wait();
}

/// Ends all that was started, for when this process is told to end.
pub(crate) fn end_all() {
    let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner).clone();
    for child in running {
        end(&child);
    }
}

/// Where a process can listen: nobody did a moment ago.
pub(crate) fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address")
}

impl Process {
    /// Starts a command; what it says goes to `log`.
    pub(crate) fn start(command: &mut Command, log: &Path) -> io::Result<Self> {
        let out = File::options().create(true).append(true).open(log)?;
        let started = now();
        let child = command
            .stdin(Stdio::piped())
            .stdout(out.try_clone()?)
            .stderr(out)
            .env_remove("FIELDGATE_LOG")
            .spawn()?;
        let id = child.id();
        let child = Arc::new(Mutex::new(child));
        RUNNING.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&child));
        Ok(Self { child, id, log: log.to_owned(), started })
    }

    /// Waits for a right answer; how long after the start it came.
    pub(crate) fn answers(&self, address: SocketAddr, call: &Call) -> Result<Duration, String> {
        let mut last = String::new();
        while now() - self.started < PATIENCE {
            match load::once(address, call) {
                Ok((status, body)) if status == call.status && body.contains(call.marker) => {
                    return Ok(now() - self.started);
                }
                Ok((status, body)) => {
                    last = format!("{status} {}", body.chars().take(600).collect::<String>());
                }
                Err(error) => last = error.to_string(),
            }
            let ended = self.child.lock().map(|mut child| child.try_wait());
            if let Ok(Ok(Some(status))) = ended {
                return Err(format!("it ended with {status}:\n{}", self.said()));
            }
            thread::sleep(Duration::from_micros(200));
        }
        Err(format!("it gives no right answer; the last one: {last}\n{}", self.said()))
    }

    /// The end of what it said.
    fn said(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let skip = text.lines().count().saturating_sub(20);
        text.lines().skip(skip).map(|line| format!("  {line}\n")).collect()
    }

    /// The time that its threads have had so far.
    pub(crate) fn cpu(&self) -> Cpu {
        let mut threads = HashMap::new();
        let tasks = fs::read_dir(format!("/proc/{}/task", self.id)).into_iter().flatten();
        for task in tasks.flatten() {
            // A thread may end meanwhile.
            let Ok(text) = fs::read_to_string(task.path().join("schedstat")) else { continue };
            let ran = text.split(' ').next().and_then(|ran| ran.parse().ok());
            if let (Some(ran), Ok(name)) = (ran, task.file_name().into_string()) {
                threads.insert(name, ran);
            }
        }
        Cpu(threads)
    }

    /// Asks it to end, and waits until it has; whether it ended well.
    pub(crate) fn terminate(&self) -> bool {
        let id = self.id.to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status();
        if !asked.is_ok_and(|status| status.success()) {
            return false;
        }
        let since = now();
        while now() - since < PATIENCE {
            let ended = self.child.lock().map(|mut child| child.try_wait());
            if let Ok(Ok(Some(status))) = ended {
                return status.success();
            }
            thread::sleep(Duration::from_millis(20));
        }
        false
    }

    /// Resident memory, in bytes.
    pub(crate) fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id)).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
        kilobytes.unwrap_or_default() * 1024
    }

    /// Open file descriptors.
    pub(crate) fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.id)).map_or(0, Iterator::count)
    }
}

/// The time that each thread of a process has had, in nanoseconds.
pub(crate) struct Cpu(HashMap<String, u64>);

impl Cpu {
    /// The time from then to this, in nanoseconds. What a thread did that ended meanwhile is lost.
    pub(crate) fn since(&self, then: &Self) -> u64 {
        let spent = |(name, ran): (&String, &u64)| ran - then.0.get(name).unwrap_or(&0);
        self.0.iter().map(spent).sum()
    }
}
