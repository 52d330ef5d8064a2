//! Files on their way in: read chunk by chunk, never held whole.

use std::sync::Arc;

use http_body_util::BodyExt;
use hyper::body::Incoming;

use super::answer::{Answer, Refusal};
use super::bulk::Upload;
use super::rest::Request;
use super::serve::{MOST_RECEIVED_BODY, Shared};

/// Most bytes of a file.
const MOST_FILE: usize = 150_000_000;

/// An upload that has begun; what breaks off leaves the job as it was.
struct Begun {
    shared: Arc<Shared>,
    job: String,
    upload: Option<Upload>,
}

impl Drop for Begun {
    fn drop(&mut self) {
        let upload = self.upload.take();
        self.shared.org().end_upload(&self.job, upload);
    }
}

/// Reads a file into a job. Its first bytes become the request's body, for the recorder.
pub(super) async fn file(
    shared: &Arc<Shared>,
    request: &mut Request,
    job: &str,
    mut body: Incoming,
) -> Answer {
    let begun = shared.org().begin_upload(request, job);
    let (mut upload, refusal) = match begun {
        Ok(upload) => (Some(upload), None),
        Err(refusal) => (None, Some(refusal)),
    };
    let mut begun = refusal.is_none().then(|| Begun {
        shared: Arc::clone(shared),
        job: job.to_owned(),
        upload: None,
    });
    let mut read = 0_usize;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return Refusal::new(400, "INVALID_REQUEST", "the body broke off").into();
        };
        let Some(data) = frame.data_ref() else { continue };
        let room = MOST_RECEIVED_BODY.saturating_sub(request.body.len());
        request.body.extend(data.iter().take(room));
        read = read.saturating_add(data.len());
        if read > MOST_FILE {
            return Refusal::new(413, "UNKNOWN_EXCEPTION", "Payload Too Large").into();
        }
        if let Some(upload) = &mut upload {
            upload.feed(data);
        }
    }
    if let Some(begun) = &mut begun {
        begun.upload = upload;
    }
    drop(begun);
    refusal.map_or(Answer { status: 201, ..Answer::no_content() }, Answer::from)
}

/// Reads a file and leaves it.
pub(super) async fn ignored(request: &mut Request, mut body: Incoming) {
    let mut read = 0_usize;
    while let Some(Ok(frame)) = body.frame().await {
        let Some(data) = frame.data_ref() else { continue };
        let room = MOST_RECEIVED_BODY.saturating_sub(request.body.len());
        request.body.extend(data.iter().take(room));
        read = read.saturating_add(data.len());
        if read > MOST_FILE {
            return;
        }
    }
}
