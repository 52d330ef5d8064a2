//! The systems that are compared, each a process behind one address.

use std::env;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::answers::USUAL;
use crate::call::{Ask, Call, Era};
use crate::fieldgate::{self, Policies, Setup};
use crate::org;
use crate::peers;
use crate::process::{Process, free_address};

/// How many were started, by which their folders differ.
static STARTED: AtomicUsize = AtomicUsize::new(0);

/// A kind of system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The upstream itself, without a proxy.
    Upstream,
    /// The bare hyper proxy.
    Hyper,
    Nginx,
    Envoy,
    Fieldgate(Policies),
}

/// The two that stand behind every system.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Behind {
    pub(crate) upstream: SocketAddr,
    pub(crate) sink: SocketAddr,
}

/// A running system.
pub(crate) struct System {
    pub(crate) kind: Kind,
    pub(crate) address: SocketAddr,
    pub(crate) process: Process,
    /// From its start to its first right answer.
    pub(crate) first_answer: Duration,
    /// Its resident memory then.
    pub(crate) idle: u64,
    /// Where its files are.
    pub(crate) work: PathBuf,
}

impl Kind {
    pub(crate) fn name(self) -> String {
        match self {
            Self::Upstream => "upstream alone".to_owned(),
            Self::Hyper => "bare hyper proxy".to_owned(),
            Self::Nginx => "nginx".to_owned(),
            Self::Envoy => "Envoy, MCP filter".to_owned(),
            Self::Fieldgate(Policies::Shipped) => "Fieldgate, shipped set".to_owned(),
            Self::Fieldgate(Policies::ShippedAmong(count)) => {
                format!("Fieldgate, {count} policies")
            }
            Self::Fieldgate(Policies::TenAmong(count)) => format!("Fieldgate, ten of {count}"),
        }
    }

    /// The word for it on the command line.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Upstream => "upstream",
            Self::Hyper => "hyper",
            Self::Nginx => "nginx",
            Self::Envoy => "envoy",
            Self::Fieldgate(_) => "fieldgate",
        }
    }

    /// A call of it.
    pub(crate) fn call(self, address: SocketAddr, era: Era, ask: Ask) -> Call {
        let path = match (self, ask) {
            (Self::Fieldgate(_), _) => "/mcp".to_owned(),
            (_, Ask::Query(query) | Ask::Forbidden(query)) => format!("/mcp/{}", query.limit),
            (_, Ask::ForbiddenTool | Ask::Describe) => format!("/mcp/{}", USUAL.limit),
        };
        Call::new(address, &path, era, ask)
    }

    /// Starts it in a folder of its own, below that with the org's files, and waits for its first right answer.
    pub(crate) fn start(self, ground: &Path, behind: Behind) -> Result<System, String> {
        let nth = STARTED.fetch_add(1, Ordering::Relaxed);
        let work = &ground.join(format!("{}-{nth}", self.word()));
        fs::create_dir(work).map_err(|error| format!("{}: {error}", work.display()))?;
        let address = free_address();
        let process = self.launch(ground, work, behind, address)?;
        let call = self.call(address, Era::Modern, Ask::Query(USUAL));
        let first_answer = process.answers(address, &call)?;
        let idle = process.memory();
        Ok(System { kind: self, address, process, first_answer, idle, work: work.clone() })
    }

    fn launch(
        self,
        ground: &Path,
        work: &Path,
        behind: Behind,
        address: SocketAddr,
    ) -> Result<Process, String> {
        let upstream = behind.upstream;
        let launched = match self {
            Self::Upstream => {
                let describe = ground.join(org::DESCRIBE);
                own(&["upstream", &address.to_string(), &describe.to_string_lossy()], work)
            }
            Self::Hyper => own(&["hyper", &address.to_string(), &upstream.to_string()], work),
            Self::Nginx => peers::nginx(&peers::find("BENCH_NGINX")?, work, address, upstream),
            Self::Envoy => peers::envoy(&peers::find("BENCH_ENVOY")?, work, address, upstream),
            Self::Fieldgate(policies) => {
                let setup = Setup { policies, upstream, sink: behind.sink };
                let config = setup.write(work, ground).map_err(|error| error.to_string())?;
                fieldgate::start(&fieldgate::binary()?, &config, address, &work.join("log"))
            }
        };
        launched.map_err(|error| format!("cannot be started: {error}"))
    }
}

/// Starts this very program as one of the servers that it has.
pub(crate) fn own(arguments: &[&str], work: &Path) -> io::Result<Process> {
    let name = arguments.first().unwrap_or(&"own");
    let mut command = Command::new(env::current_exe()?);
    Process::start(command.arg("serve").args(arguments), &work.join(format!("{name}.log")))
}
