//! The closed load: each connection sends its next call when it has its answer.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{Generator, Seen, alike, nanos};
use crate::answer::Incoming;
use crate::call::Call;
use crate::time::{PATIENCE, now};

impl Generator {
    pub(super) fn closed<T>(
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
    stream: TcpStream,
    call: Call,
    incoming: Incoming,
    piece: Vec<u8>,
    usual: usize,
}

impl Connection {
    /// Opens it and makes one call, which isn't counted.
    async fn open(address: SocketAddr, call: &Call) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
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
            self.stream = TcpStream::connect(self.address).await?;
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
