//! What stands behind every system: the upstream, the sink for spans, and a folder for files.

use std::env;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process;
use std::sync::Mutex;
use std::thread;

use serde_json::{Value, json};
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

use crate::org;
use crate::process::{Process, end_all, free_address};
use crate::system::{Behind, Kind, System, own};

/// The folder to clear away where this process is told to end.
static WORK: Mutex<Option<PathBuf>> = Mutex::new(None);

/// The upstream and the sink behind all systems, and a folder for their files, which goes with this.
pub(crate) struct Ground {
    pub(crate) behind: Behind,
    pub(crate) upstream: System,
    _sink: Process,
    work: Work,
}

/// A folder that goes with this.
struct Work(PathBuf);

impl Drop for Work {
    fn drop(&mut self) {
        let _gone_already = fs::remove_dir_all(&self.0);
    }
}

/// What `tests/bench/run` says in the environment.
pub(crate) fn given(variable: &str) -> Result<PathBuf, String> {
    let given = env::var_os(variable).filter(|given| !given.is_empty());
    given.map(PathBuf::from).ok_or_else(|| format!("{variable} is not set; use tests/bench/run"))
}

/// Where results and files of the benchmark go.
fn folder() -> Result<PathBuf, String> {
    let folder = given("CARGO_TARGET_DIR")?.join("bench");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder)
}

impl Ground {
    pub(crate) fn new() -> Result<Self, String> {
        let fail = |error: std::io::Error| error.to_string();
        let work = Work(folder()?.join(format!("work-{}", process::id())));
        fs::create_dir(&work.0).map_err(fail)?;
        if let Ok(mut kept) = WORK.lock() {
            *kept = Some(work.0.clone());
        }
        thread::spawn(end_when_told);
        org::write(&work.0)?;
        let sink = free_address();
        let sink_process = own(&["sink", &sink.to_string()], &work.0).map_err(fail)?;
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 9));
        let upstream = Kind::Upstream.start(&work.0, Behind { upstream: nowhere, sink })?;
        let behind = Behind { upstream: upstream.address, sink };
        Ok(Self { behind, upstream, _sink: sink_process, work })
    }

    pub(crate) fn start(&self, kind: Kind) -> Result<System, String> {
        kind.start(&self.work.0, self.behind)
    }
}

/// Ends all children and clears away their files before this process ends.
fn end_when_told() {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut interrupt = signal(SignalKind::interrupt()).expect("a signal");
        let mut terminate = signal(SignalKind::terminate()).expect("a signal");
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    });
    end_all();
    if let Ok(Some(work)) = WORK.lock().as_deref() {
        let _gone_already = fs::remove_dir_all(work);
    }
    #[expect(clippy::exit, reason = "it was told to end")]
    process::exit(130);
}

/// What the numbers are seen on; says so.
pub(crate) fn machine() -> Value {
    let read = |file: &str| fs::read_to_string(file).unwrap_or_default();
    let processor = read("/proc/cpuinfo");
    let model = processor.lines().find_map(|line| line.strip_prefix("model name"));
    let model = model.map_or("unknown", |model| model.trim_start_matches([' ', '\t', ':']));
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let (kernel, load) = (read("/proc/sys/kernel/osrelease"), load_average());
    let kernel = kernel.trim();
    let profile = given("BENCH_PROFILE").unwrap_or_default();
    let profile = profile.display();
    println!("{model}, {cores} cores, Linux {kernel}, load average {load}, profile `{profile}`");
    if load > 0.5 {
        println!("The machine does something else: believe ratios before times.");
    }
    println!();
    json!({ "processor": model, "cores": cores, "kernel": kernel, "load_average": load,
            "profile": profile.to_string() })
}

/// How many threads wanted to run in the last minute.
fn load_average() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or(f64::NAN)
}

/// Writes results; says where.
pub(crate) fn write(name: &str, results: &Value) -> Result<(), String> {
    let file = folder()?.join(name);
    fs::write(&file, format!("{results:#}\n")).map_err(|error| error.to_string())?;
    println!("written to {}", file.display());
    Ok(())
}
