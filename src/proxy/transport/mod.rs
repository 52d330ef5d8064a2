//! The HTTP side: a TCP listener in, calls of an [`Endpoint`] out.
//!
//! HTTP/1.1 only, on hyper, behind an inspector of our own ([`framing`]) that lets through only
//! heads which no two parsers read differently. Every wait on a peer has a deadline and every
//! buffer a limit. What an exchange checks, in this order: the head, the path, Host, Origin, the
//! method, who calls, media types, the body's size and time, the JSON-RPC envelope, and MCP's own
//! rules ([`crate::mcp`]). There are no sessions: `Mcp-Session-Id` is neither minted nor read.
//!
//! A call runs in a task of its own, so that a client which hangs up can't cut it off between what
//! it did upstream and the record of it.
//!
//! Knows nothing of tools, policy or Salesforce, and decides nothing about a call.

mod access;
mod answer;
mod dispatch;
mod endpoint;
mod exchange;
mod framing;
mod head;
mod peer;
mod refusal;
mod settings;
mod socket;
mod transfer;
mod workers;

#[cfg(test)]
mod tests;

use std::io;
use std::net::{SocketAddr, TcpStream as Detached};
use std::pin::{Pin, pin};
use std::sync::Arc;

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::{sleep, timeout};

pub use endpoint::{
    CallAnswer, CallerHead, Endpoint, MethodCall, Page, PageRequest, Reply, RequestContext,
    ToolCall, Unauthorized,
};
pub use head::HeadFault;
pub use peer::{ClientAnswer, Peer, PeerError};
pub use refusal::Refusal;
pub use settings::{Timeouts, TransportSettings};
pub use transfer::{
    BodyFault, Transfer, TransferBody, TransferHead, TransferReply, TransferSender,
};

pub use workers::STACK;

use access::Access;
use exchange::{Shared, exchange};
use head::{MAX_FIELDS, MAX_HEAD};
use peer::Pending;
use socket::{Conversation, Socket};
use workers::Workers;

/// What hyper may buffer of one connection, each way.
const MAX_BUFFER: usize = 64 * 1024;
/// Sent to a connection over the limit.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\n\
    content-length: 0\r\nconnection: close\r\n\r\n";
/// How long accepting rests when the process has no file descriptors left.
const OUT_OF_SOCKETS: std::time::Duration = std::time::Duration::from_millis(50);

/// Serves until `shutdown` turns true (or its sender is gone), then lets requests under way end
/// for as long as [`Timeouts::drain`] allows.
///
/// # Errors
/// Only where the listener has no address or no thread can be started.
pub async fn serve<E: Endpoint>(
    listener: TcpListener,
    settings: TransportSettings,
    endpoint: Arc<E>,
    mut shutdown: watch::Receiver<bool>,
) -> io::Result<()> {
    let workers = Workers::start(settings.workers)?;
    let access = Access::new(listener.local_addr()?, &settings);
    let connections = Arc::new(Semaphore::new(settings.max_connections));
    let drain = settings.timeouts.drain;
    let (running, mut all_ended) = mpsc::channel(1);
    let shared = Arc::new(Shared {
        endpoint,
        access,
        bodies: Arc::new(Semaphore::new(settings.max_bodies.min(Semaphore::MAX_PERMITS))),
        transfers: Arc::new(Semaphore::new(settings.max_transfers.min(Semaphore::MAX_PERMITS))),
        pending: Arc::new(Pending::default()),
        running,
        settings,
    });
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = shutdown.wait_for(|end| *end) => break,
        };
        let Ok((tcp, peer)) = accepted else {
            sleep(OUT_OF_SOCKETS).await;
            continue;
        };
        match Arc::clone(&connections).try_acquire_owned() {
            Ok(place) => {
                // The thread that it goes to waits for its events there.
                let Ok(tcp) = tcp.into_std() else { continue };
                workers.spawn(connection(Arc::clone(&shared), tcp, peer, place, shutdown.clone()));
            }
            Err(_full) => {
                shared.endpoint.refused(&Refusal::Full, peer);
                let _best_effort = tcp.try_write(FULL);
            }
        }
    }
    drop((listener, shared));
    let _all_or_late = timeout(drain, all_ended.recv()).await;
    Ok(())
}

async fn connection<E: Endpoint>(
    shared: Arc<Shared<E>>,
    tcp: Detached,
    peer: SocketAddr,
    _place: OwnedSemaphorePermit,
    mut shutdown: watch::Receiver<bool>,
) {
    let _running = shared.running.clone();
    let Ok(tcp) = TcpStream::from_std(tcp) else { return };
    let _best_effort = tcp.set_nodelay(true);
    let conversation = Arc::new(Conversation::default());
    let timeouts = shared.settings.timeouts;
    let socket = Socket::new(tcp, timeouts, Arc::clone(&conversation));
    let service = service_fn(move |request: Request<Incoming>| {
        let (shared, conversation) = (Arc::clone(&shared), Arc::clone(&conversation));
        // Boxed: hyper keeps room for a service's future between requests too.
        Box::pin(
            async move { Ok::<_, io::Error>(exchange(shared, conversation, peer, request).await) },
        )
    });
    // The socket has deadlines of its own for heads; hyper's only stands behind them.
    let backstop = timeouts.head.saturating_add(timeouts.idle);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(backstop)
        .max_headers(MAX_FIELDS)
        .max_header_size(MAX_HEAD)
        .max_buf_size(MAX_BUFFER)
        .serve_connection(TokioIo::new(socket), service);
    let mut connection = pin!(connection);
    tokio::select! {
        _ended = &mut connection => return,
        _ = shutdown.wait_for(|end| *end) => {}
    }
    Pin::as_mut(&mut connection).graceful_shutdown();
    let _ended = connection.await;
}
