//! The load: calls from several connections, each after its last answer (closed), or at a fixed rate
//! whatever the answers do (open).

mod closed;
mod open;

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::slice;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::answer::Incoming;
use crate::call::Call;
use crate::time::PATIENCE;

pub(crate) use open::open;

/// How the calls come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Load {
    /// From so many connections, each sending when it has its answer.
    Closed(usize),
    /// So many a second.
    Open(u32),
}

impl Load {
    pub(crate) fn name(self) -> String {
        match self {
            Self::Closed(1) => "1 connection".to_owned(),
            Self::Closed(count) => format!("{count} connections"),
            Self::Open(rate) => format!("{rate} calls/s"),
        }
    }
}

/// What was seen of the calls of one slice of time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// How long each call took, in nanoseconds.
    pub(crate) latencies: Vec<u64>,
    /// How long it was looked.
    pub(crate) elapsed: Duration,
    /// Calls with another answer than they should have.
    pub(crate) wrong: usize,
}

impl Seen {
    fn add(&mut self, other: Self) {
        self.latencies.extend(other.latencies);
        self.wrong += other.wrong;
    }
}

/// Makes one call on a connection of its own.
pub(crate) fn once(address: SocketAddr, call: &Call) -> io::Result<(u16, String)> {
    let mut stream = connected(address)?;
    let mut incoming = Incoming::default();
    exchange(&mut stream, &call.bytes, &mut incoming)?;
    Ok((incoming.outcome().0, incoming.body()))
}

fn connected(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

fn exchange(stream: &mut TcpStream, call: &[u8], incoming: &mut Incoming) -> io::Result<()> {
    incoming.clear();
    stream.write_all(call)?;
    let mut piece = [0; 16 * 1024];
    loop {
        let read = stream.read(&mut piece)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let whole = incoming.take(&piece[..read]);
        if whole.map_err(|_not_http| io::ErrorKind::InvalidData)? {
            return Ok(());
        }
    }
}

/// The load generator.
pub(crate) struct Generator {
    runtime: Runtime,
}

impl Generator {
    pub(crate) fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { runtime }
    }

    /// Makes calls for so long. `measure` is asked once the connections are open and warm, and again
    /// at the end.
    pub(crate) fn run<T>(
        &self,
        address: SocketAddr,
        call: &Call,
        load: Load,
        time: Duration,
        measure: impl Fn() -> T,
    ) -> (Seen, T, T) {
        match load {
            Load::Closed(connections) => self.closed(address, call, connections, time, measure),
            Load::Open(rate) => open(address, slice::from_ref(call), rate, time, measure),
        }
    }
}

/// Whether an answer is as the first one was: numbers in it, such as what is left of a limit, make it
/// a little longer or shorter.
fn alike(incoming: &Incoming, call: &Call, usual: usize) -> bool {
    let (status, length) = incoming.outcome();
    status == call.status && length.abs_diff(usual) <= 64
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
