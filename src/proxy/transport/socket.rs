//! The socket as hyper sees it: judged bytes only, with a deadline on every wait.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

use super::framing::{Inspector, Step};
use super::head::HeadFault;
use super::settings::Timeouts;

/// What the socket and the exchanges on it know of each other.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    /// Heads let through to hyper, a refused one's stand-in included.
    heads: AtomicU64,
    /// Requests that hyper handed over.
    served: AtomicU64,
    /// The head that was refused, by its number: the connection's last.
    refused: OnceLock<(u64, HeadFault)>,
    /// An answer is being worked on or written: silence is no fault.
    busy: AtomicBool,
}

/// What became of a request's head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeadVerdict {
    /// Cleared.
    Cleared,
    /// Refused; the request is a stand-in for it.
    Refused(HeadFault),
    /// hyper found a request where we had found none.
    Unseen,
}

impl Conversation {
    /// Takes the next request and says what became of its head.
    pub(super) fn next(&self) -> HeadVerdict {
        let number = self.served.fetch_add(1, Ordering::AcqRel).saturating_add(1);
        match self.refused.get() {
            Some((at, fault)) if *at == number => HeadVerdict::Refused(*fault),
            Some(_) | None if number > self.heads.load(Ordering::Acquire) => HeadVerdict::Unseen,
            Some(_) | None => HeadVerdict::Cleared,
        }
    }

    /// Marks the connection busy until the guard is dropped.
    pub(super) fn busy(self: &Arc<Self>) -> Busy {
        self.busy.store(true, Ordering::Release);
        Busy(Arc::clone(self))
    }
}

/// Held while an answer is made and written.
#[derive(Debug)]
pub(super) struct Busy(Arc<Conversation>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.store(false, Ordering::Release);
    }
}

/// Handed to hyper in place of a refused head, so that the refusal is answered in its turn.
const STAND_IN: &[u8] =
    b"POST /refused HTTP/1.1\r\nhost: refused\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
const CHUNK: usize = 8 * 1024;

/// What the peer is awaited for; each has its own deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wait {
    /// The first byte of the first head.
    First,
    /// The first byte of a later head.
    Idle,
    /// The rest of a head.
    Head,
    /// A body (which has a deadline elsewhere), or nothing while an answer is made.
    Open,
}

/// A TCP stream with an [`Inspector`] on its way in.
#[derive(Debug)]
pub(super) struct Socket {
    tcp: TcpStream,
    timeouts: Timeouts,
    conversation: Arc<Conversation>,
    inspector: Inspector,
    waiting: BytesMut,
    /// How many of `waiting` may go on.
    cleared: usize,
    refused: bool,
    any_head: bool,
    wait: Wait,
    read_deadline: Pin<Box<Sleep>>,
    write_deadline: Option<Pin<Box<Sleep>>>,
    drain: Option<Drain>,
}

/// What is still read, and thrown away, after the last answer: closing with unread bytes would
/// reset the connection and take the answer with it.
#[derive(Debug)]
struct Drain {
    until: Pin<Box<Sleep>>,
    left: usize,
}

impl Socket {
    pub(super) fn new(tcp: TcpStream, timeouts: Timeouts, talk: Arc<Conversation>) -> Self {
        Self {
            tcp,
            timeouts,
            conversation: talk,
            inspector: Inspector::default(),
            waiting: BytesMut::new(),
            cleared: 0,
            refused: false,
            any_head: false,
            wait: Wait::First,
            read_deadline: Box::pin(sleep(timeouts.head)),
            write_deadline: None,
            drain: None,
        }
    }

    fn judge(&mut self) {
        if self.cleared > 0 || self.waiting.is_empty() || self.refused {
            return;
        }
        match self.inspector.advance(&self.waiting) {
            Step::Head(length) => {
                self.any_head = true;
                self.cleared = length;
                self.conversation.heads.fetch_add(1, Ordering::AcqRel);
            }
            Step::Body(length) => self.cleared = length,
            Step::More => {}
            Step::Refuse(fault) => {
                let number = self.conversation.heads.fetch_add(1, Ordering::AcqRel);
                // A connection is refused once: `refused` stops every later judgement.
                self.conversation.refused.get_or_init(|| (number.saturating_add(1), fault));
                self.refused = true;
                self.waiting.clear();
                self.waiting.extend_from_slice(STAND_IN);
                self.cleared = STAND_IN.len();
            }
        }
    }

    fn awaited(&self) -> (Wait, Option<Duration>) {
        if self.conversation.busy.load(Ordering::Acquire) || !self.inspector.in_head() {
            (Wait::Open, None)
        } else if !self.waiting.is_empty() {
            (Wait::Head, Some(self.timeouts.head))
        } else if self.any_head {
            (Wait::Idle, Some(self.timeouts.idle))
        } else {
            (Wait::First, Some(self.timeouts.head))
        }
    }

    /// Ready when the peer has been silent for too long.
    fn poll_patience(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let (wait, patience) = self.awaited();
        if wait != self.wait {
            self.wait = wait;
            if let Some(patience) = patience {
                let deadline = deadline(patience);
                self.read_deadline.as_mut().reset(deadline);
            }
        }
        if patience.is_none() { Poll::Pending } else { self.read_deadline.as_mut().poll(cx) }
    }

    /// Notes whether a write stands still, and for how long it may.
    fn watch_write<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.write_deadline = None;
            return written;
        }
        let patience = self.timeouts.write;
        let sleep = self.write_deadline.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(sleep.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

fn deadline(patience: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(patience).unwrap_or(now)
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            this.judge();
            if this.cleared > 0 {
                let length = this.cleared.min(out.remaining());
                out.put_slice(this.waiting.get(..length).unwrap_or_default());
                this.waiting.advance(length);
                this.cleared = this.cleared.saturating_sub(length);
                if this.waiting.is_empty() {
                    // Most connections are silent most of the time, and then hold no buffer.
                    this.waiting = BytesMut::new();
                }
                return Poll::Ready(Ok(()));
            }
            if this.refused {
                // Nothing more is read; an end would make hyper drop the answer under way.
                return Poll::Pending;
            }
            let mut chunk = [std::mem::MaybeUninit::uninit(); CHUNK];
            let mut chunk = ReadBuf::uninit(&mut chunk);
            match Pin::new(&mut this.tcp).poll_read(cx, &mut chunk) {
                Poll::Ready(Ok(())) if chunk.filled().is_empty() => return Poll::Ready(Ok(())),
                Poll::Ready(Ok(())) => this.waiting.extend_from_slice(chunk.filled()),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    ready!(this.poll_patience(cx));
                    return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                }
            }
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.tcp).poll_write(cx, bytes);
        this.watch_write(cx, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.tcp).poll_write_vectored(cx, slices);
        this.watch_write(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().tcp).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.drain.is_none() {
            ready!(Pin::new(&mut this.tcp).poll_shutdown(cx))?;
            let drain = Drain {
                until: Box::pin(sleep(this.timeouts.linger)),
                left: this.timeouts.linger_bytes,
            };
            this.drain = Some(drain);
        }
        let Some(drain) = &mut this.drain else { return Poll::Ready(Ok(())) };
        let mut chunk = [std::mem::MaybeUninit::uninit(); CHUNK];
        loop {
            let mut chunk = ReadBuf::uninit(&mut chunk);
            match Pin::new(&mut this.tcp).poll_read(cx, &mut chunk) {
                Poll::Ready(Ok(())) if chunk.filled().is_empty() => return Poll::Ready(Ok(())),
                Poll::Ready(Ok(())) => drain.left = drain.left.saturating_sub(chunk.filled().len()),
                Poll::Ready(Err(_gone)) => return Poll::Ready(Ok(())),
                Poll::Pending => {
                    ready!(drain.until.as_mut().poll(cx));
                    return Poll::Ready(Ok(()));
                }
            }
            if drain.left == 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }
}
