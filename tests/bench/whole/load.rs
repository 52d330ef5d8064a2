//! The load: calls from several connections, each after its last answer (closed), or at a fixed rate
//! whatever the answers do (open).

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::slice;
use std::thread;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::answer::Incoming;
use crate::call::Call;
use crate::time::{PATIENCE, now};

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

/// Connections at a fixed rate: enough for the rate where an answer takes up to 16 ms.
const OPEN_CONNECTIONS: u32 = 16;

/// A thread that is told to wake at a time wakes some 55 µs later; this much before a call is due it
/// stays awake.
const AWAKE: Duration = Duration::from_micros(90);

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

    /// Makes calls for so long. `begin` is called when the connections are open and warm, `end` at
    /// the end of the calls.
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

    fn closed<T>(
        &self,
        address: SocketAddr,
        call: &Call,
        connections: usize,
        time: Duration,
        measure: impl Fn() -> T,
    ) -> (Seen, T, T) {
        self.runtime.block_on(async {
            let mut open = Vec::new();
            for _ in 0..connections {
                open.push(Connection::open(address, call).await.expect("a connection"));
            }
            let before = measure();
            let from = now();
            let mut running = JoinSet::new();
            for connection in open {
                running.spawn(connection.calls(from + time));
            }
            let mut seen = Seen::default();
            let all = async {
                while let Some(done) = running.join_next().await {
                    seen.add(done.expect("no task is lost"));
                }
            };
            timeout(time + PATIENCE, all).await.expect("answers in time");
            seen.elapsed = now() - from;
            (seen, before, measure())
        })
    }

    /// Opens connections, has each make a call, and holds them while it is measured.
    pub(crate) fn held<T>(
        &self,
        address: SocketAddr,
        call: &Call,
        connections: usize,
        measure: impl FnOnce() -> T,
    ) -> T {
        self.runtime.block_on(async {
            let mut open = Vec::new();
            for _ in 0..connections {
                open.push(Connection::open(address, call).await.expect("a connection"));
            }
            let measured = measure();
            drop(open);
            measured
        })
    }
}

/// A connection of the closed load.
struct Connection {
    address: SocketAddr,
    stream: tokio::net::TcpStream,
    call: Call,
    incoming: Incoming,
    piece: Vec<u8>,
    usual: usize,
}

impl Connection {
    /// Opens it and makes one call, which isn't counted.
    async fn open(address: SocketAddr, call: &Call) -> io::Result<Self> {
        let stream = tokio::net::TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let piece = vec![0; 64 * 1024];
        let (call, incoming) = (call.clone(), Incoming::default());
        let mut connection = Self { address, stream, call, incoming, piece, usual: 0 };
        timeout(PATIENCE, connection.exchange()).await??;
        connection.usual = connection.incoming.outcome().1;
        Ok(connection)
    }

    /// Makes a call, on a new connection where the last answer was the last on the old one.
    async fn exchange(&mut self) -> io::Result<()> {
        if self.incoming.closes() {
            self.stream = tokio::net::TcpStream::connect(self.address).await?;
            self.stream.set_nodelay(true)?;
        }
        self.incoming.clear();
        self.stream.write_all(&self.call.bytes).await?;
        loop {
            let read = self.stream.read(&mut self.piece).await?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let whole = self.incoming.take(&self.piece[..read]);
            if whole.map_err(|_not_http| io::ErrorKind::InvalidData)? {
                return Ok(());
            }
        }
    }

    async fn calls(mut self, until: Duration) -> Seen {
        let mut seen = Seen::default();
        let mut sent = now();
        while sent < until {
            if self.exchange().await.is_err() {
                seen.wrong += 1;
                break;
            }
            let got = now();
            seen.latencies.push(nanos(got - sent));
            seen.wrong += usize::from(!alike(&self.incoming, &self.call, self.usual));
            sent = got;
        }
        seen
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

/// Every call has the moment at which it is due, and its latency counts from then, whether or not it
/// could be sent by then: a stall is seen by all the calls that it delays. The connections make the
/// given calls in turn, each the same one again and again.
pub(crate) fn open<T>(
    address: SocketAddr,
    calls: &[Call],
    rate: u32,
    time: Duration,
    measure: impl Fn() -> T,
) -> (Seen, T, T) {
    let every = Duration::from_secs(1) / rate;
    let connect = |call| Paced::open(address, call).expect("a connection and an answer");
    let calls = calls.iter().cycle().zip(0..OPEN_CONNECTIONS);
    let connections: Vec<_> = calls.map(|(call, nth)| (nth, connect(call))).collect();
    let from = now() + Duration::from_millis(20);
    let until = from + time;
    let before = measure();
    let mut seen = Seen::default();
    thread::scope(|scope| {
        let mut running = Vec::new();
        for (nth, connection) in connections {
            let (first, every_own) = (from + every * nth, every * OPEN_CONNECTIONS);
            running.push(scope.spawn(move || connection.calls(first, every_own, until, time)));
        }
        for thread in running {
            seen.add(thread.join().expect("no thread is lost"));
        }
    });
    seen.elapsed = now() - from;
    (seen, before, measure())
}

/// A connection of the open load.
struct Paced<'a> {
    stream: TcpStream,
    call: &'a Call,
    incoming: Incoming,
    usual: usize,
}

impl<'a> Paced<'a> {
    /// Opens it and makes one call, which isn't counted.
    fn open(address: SocketAddr, call: &'a Call) -> io::Result<Self> {
        let mut stream = connected(address)?;
        let mut incoming = Incoming::default();
        exchange(&mut stream, &call.bytes, &mut incoming)?;
        let usual = incoming.outcome().1;
        Ok(Self { stream, call, incoming, usual })
    }

    /// Calls that are late by more than `grace` are not made and count as wrong.
    fn calls(mut self, first: Duration, every: Duration, until: Duration, grace: Duration) -> Seen {
        let mut seen = Seen::default();
        let mut due = first;
        while due < until {
            wait(due);
            let late = now() > due + grace;
            if late || exchange(&mut self.stream, &self.call.bytes, &mut self.incoming).is_err() {
                seen.wrong += 1;
            } else {
                seen.latencies.push(nanos(now() - due));
                seen.wrong += usize::from(!alike(&self.incoming, self.call, self.usual));
            }
            due += every;
        }
        seen
    }
}

fn wait(due: Duration) {
    if let Some(asleep) = due.checked_sub(now() + AWAKE) {
        thread::sleep(asleep);
    }
    while now() < due {
        std::hint::spin_loop();
    }
}
