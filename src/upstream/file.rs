//! Sending a file of records while it is still being read, in bounded memory.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame};
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::{Answer, Upstream, UpstreamError};
use crate::limits::Admitted;
use crate::salesforce::rest::Request;
use crate::salesforce::rest::bulk::{End, end_of_upload};
use crate::salesforce::{Operation, RecordId, bulk::BulkOperation};

/// How many pieces may wait for Salesforce.
const PIECES_AHEAD: usize = 2;

/// The longest that a file may take altogether.
const LONGEST: Duration = Duration::from_secs(3600);

/// A file with its two ends: pieces go in at the one and leave for Salesforce at the other.
#[must_use]
pub fn file() -> (FileSender, File) {
    let (pieces, incoming) = mpsc::channel(PIECES_AHEAD);
    let progress = Arc::new(Progress::default());
    (FileSender { pieces }, File { incoming, progress, ended: false })
}

/// Nobody reads the file any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the file is not being sent any more")]
pub struct Gone;

/// Where pieces go in. Dropped before its end, it breaks the file off.
#[derive(Debug)]
pub struct FileSender {
    pieces: mpsc::Sender<Piece>,
}

impl FileSender {
    /// Adds a piece, once there is room for it.
    pub async fn send(&self, piece: Bytes) -> Result<(), Gone> {
        self.pieces.send(Piece::Bytes(piece)).await.map_err(|_closed| Gone)
    }

    /// Says that the file is complete.
    pub async fn finish(self) -> Result<(), Gone> {
        self.pieces.send(Piece::End).await.map_err(|_closed| Gone)
    }
}

#[derive(Debug)]
enum Piece {
    Bytes(Bytes),
    End,
}

/// The part of a job's description that says whether it waits for its file.
#[derive(Deserialize)]
struct State {
    state: String,
}

/// How the reading end gets on.
#[derive(Debug, Default)]
struct Progress {
    /// How often a piece was asked for.
    asked: AtomicU64,
    /// It waits for a piece.
    waits: AtomicBool,
    /// All of the file was read.
    complete: AtomicBool,
}

/// A file as a request's body.
#[derive(Debug)]
pub struct File {
    incoming: mpsc::Receiver<Piece>,
    progress: Arc<Progress>,
    ended: bool,
}

/// The file broke off, so that the request must not look complete.
#[derive(Debug, thiserror::Error)]
#[error("the file broke off")]
pub struct BrokenOff;

impl Body for File {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        let this = self.get_mut();
        this.progress.asked.fetch_add(1, Ordering::AcqRel);
        if this.ended {
            return Poll::Ready(None);
        }
        this.progress.waits.store(true, Ordering::Release);
        let piece = ready!(this.incoming.poll_recv(cx));
        this.progress.waits.store(false, Ordering::Release);
        Poll::Ready(match piece {
            Some(Piece::Bytes(bytes)) => Some(Ok(Frame::data(bytes))),
            Some(Piece::End) => {
                this.ended = true;
                this.progress.complete.store(true, Ordering::Release);
                None
            }
            None => Some(Err(BrokenOff)),
        })
    }
}

impl Upstream {
    /// Sends the file of an upload that was permitted and admitted, and then tells Salesforce that
    /// it is complete. Where it isn't, or isn't taken, the job is aborted; one that no longer waits
    /// for a file is left alone.
    ///
    /// The answer is the job's, or the refusal of the file.
    pub async fn send_file(&self, admitted: Admitted, file: File) -> Result<Answer, UpstreamError> {
        let operation = admitted.permitted().resolved().operation();
        let Operation::Bulk(BulkOperation::Upload { job, .. }) = operation else {
            return Err(UpstreamError::Setup("only an upload has a file".to_owned()));
        };
        let job = job.clone();
        let base = self.version.base();
        // A file can't be sent twice: an access token that has run out is renewed by this. And the
        // job, which every replica asks for, knows whether its one file has come.
        let before = self.exchange(&Request::get(format!("{base}/jobs/ingest/{job}"))).await?;
        if before.status != 200 {
            return Ok(Answer::of(admitted, before));
        }
        let told: Result<State, _> = serde_json::from_slice(&before.body);
        if !told.is_ok_and(|told| told.state == "Open") {
            return Err(UpstreamError::JobClosed);
        }
        match self.put(admitted.request(), file).await {
            Ok(answer) if answer.status == 201 => {
                let end = end_of_upload(&job, End::UploadComplete, &base);
                let answer = self.exchange(&end).await?;
                Ok(Answer::of(admitted, answer))
            }
            Ok(refused) => {
                self.abort(&job, &base).await;
                Ok(Answer::of(admitted, refused))
            }
            Err(error) => {
                self.abort(&job, &base).await;
                Err(error)
            }
        }
    }

    async fn put(&self, request: &Request, file: File) -> Result<super::RawAnswer, UpstreamError> {
        let (builder, _) = self.builder(request).await?;
        let progress = Arc::clone(&file.progress);
        let builder = builder
            .timeout(LONGEST)
            .header("content-type", "text/csv; charset=UTF-8")
            .body(reqwest::Body::wrap(file));
        let mut exchange = Box::pin(self.connection.exchange(builder, None));
        let patience = self.connection.timeout();
        loop {
            let asked = progress.asked.load(Ordering::Acquire);
            match timeout(patience, &mut exchange).await {
                Ok(answer) => {
                    let answer = answer?;
                    self.note_usage(&answer.headers);
                    // A part of the file must not pass for the whole.
                    let early = !progress.complete.load(Ordering::Acquire);
                    let taken = (200..=299).contains(&answer.status);
                    return if early && taken { Err(UpstreamError::Early) } else { Ok(answer) };
                }
                // Whoever reads the file from its caller has a deadline of its own.
                Err(_elapsed) if progress.waits.load(Ordering::Acquire) => {}
                Err(_elapsed) if progress.asked.load(Ordering::Acquire) > asked => {}
                Err(_elapsed) => return Err(UpstreamError::Timeout),
            }
        }
    }

    /// Best effort: Salesforce forgets jobs without a file after a while.
    async fn abort(&self, job: &RecordId, base: &str) {
        let aborted = self.exchange(&end_of_upload(job, End::Aborted, base)).await;
        if !aborted.is_ok_and(|answer| answer.status == 200) {
            tracing::warn!("a bulk job whose file was not sent could not be aborted");
        }
    }
}
