//! Why a file is not taken or not given, as an HTTP status and a JSON object that scripts can read.

use http::StatusCode;
use serde_json::{Value, json};

use super::json_head;
use crate::proxy::rejection::Rejection;
use crate::proxy::transport::{BodyFault, TransferHead};
use crate::salesforce::FaultKind;
use crate::salesforce::bulk::{FileError, MOST_FILE_BYTES, StepError};
use crate::seal::{ClaimError, SealError};
use crate::upstream::UpstreamError;

/// A refusal or failure of a transfer.
#[derive(Debug)]
pub(super) enum Problem {
    /// The address has a query.
    Query,
    /// The body is no CSV.
    MediaType,
    /// The body is compressed.
    Encoded,
    /// The body is larger than is taken.
    TooLarge,
    /// The token isn't good.
    Token(SealError),
    /// The token can't be used.
    Claim(ClaimError),
    /// The token is for something that its job doesn't have.
    Step(StepError),
    /// The file is wrong.
    File(FileError),
    /// The file didn't come.
    Body(BodyFault),
    /// The results are not those of the job, so nothing (more) of them is shown.
    Results,
    /// The client didn't take the results.
    ClientGone,
    /// As of any call.
    Rejection(Rejection),
}

impl Problem {
    /// A stable word for programs, in the answer and in the journal.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Query => "not_found",
            Self::MediaType => "media_type",
            Self::Encoded => "content_encoding",
            Self::TooLarge | Self::File(FileError::TooLarge { .. }) => "too_large",
            Self::Token(SealError::Expired { .. }) | Self::Claim(ClaimError::Expired) => {
                "token_expired"
            }
            Self::Token(_) | Self::Step(_) => "token_invalid",
            Self::Claim(ClaimError::Used) => "token_used",
            Self::Claim(ClaimError::Full) => "busy",
            Self::File(FileError::TooManyRows { .. }) => "too_many_rows",
            Self::File(FileError::Undeclared { .. } | FileError::Missing(_)) => "other_columns",
            Self::File(_) => "invalid_csv",
            Self::Body(BodyFault::Slow) => "slow_body",
            Self::Body(BodyFault::Broken) => "broken_body",
            Self::Results => "answer_not_understood",
            Self::ClientGone => "client_gone",
            Self::Rejection(rejection) => rejection.code(),
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Query | Self::Token(SealError::Invalid(_)) => StatusCode::NOT_FOUND,
            Self::MediaType | Self::Encoded => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge | Self::File(FileError::TooLarge { .. }) => {
                StatusCode::PAYLOAD_TOO_LARGE
            }
            Self::Token(SealError::Expired { .. })
            | Self::Claim(ClaimError::Used | ClaimError::Expired) => StatusCode::GONE,
            Self::Token(SealError::TooLong(_) | SealError::NoRandomness) | Self::Step(_) => {
                StatusCode::NOT_FOUND
            }
            Self::Claim(ClaimError::Full) => StatusCode::SERVICE_UNAVAILABLE,
            Self::File(_) | Self::Body(BodyFault::Broken) => StatusCode::BAD_REQUEST,
            Self::Body(BodyFault::Slow) | Self::ClientGone => StatusCode::REQUEST_TIMEOUT,
            Self::Results => StatusCode::BAD_GATEWAY,
            Self::Rejection(rejection) => of_rejection(rejection),
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Query => "this address has no query".to_owned(),
            Self::MediaType => {
                "Content-Type must be text/csv, in UTF-8: send the file as it is".to_owned()
            }
            Self::Encoded => "Content-Encoding is not accepted: send the file as it is".to_owned(),
            Self::TooLarge => format!(
                "the file is larger than {MOST_FILE_BYTES} bytes: split it into several jobs"
            ),
            Self::Token(error) => error.to_string(),
            Self::Claim(error) => error.to_string(),
            Self::Step(error) => error.to_string(),
            Self::File(error) => error.to_string(),
            Self::Body(fault) => fault.to_string(),
            Self::Results => {
                "Salesforce's answer does not have the form that it must have".to_owned()
            }
            Self::ClientGone => "the answer was not taken".to_owned(),
            Self::Rejection(rejection) => rejection.sentence(),
        }
    }

    /// The answer.
    pub(super) fn answer(&self) -> (TransferHead, String) {
        let mut told = json!({ "code": self.code(), "message": self.message() });
        if let (Self::File(error), Some(members)) = (self, told.as_object_mut()) {
            let (row, column) = error.place();
            members.extend(row.map(|row| ("row".to_owned(), Value::from(row))));
            members.extend(column.map(|column| ("column".to_owned(), Value::from(column))));
        }
        if let (Self::Rejection(rejection), Some(members)) = (self, told.as_object_mut()) {
            let details = rejection.details().into_iter();
            members.extend(details.map(|(key, value)| (key.to_owned(), value)));
        }
        (json_head(self.status()), told.to_string())
    }
}

fn of_rejection(rejection: &Rejection) -> StatusCode {
    match rejection {
        Rejection::Denied(_) => StatusCode::FORBIDDEN,
        Rejection::Throttled(_) => StatusCode::TOO_MANY_REQUESTS,
        Rejection::Arguments(_) | Rejection::Unresolved { .. } | Rejection::TooLong { .. } => {
            StatusCode::BAD_REQUEST
        }
        Rejection::Upstream { error: UpstreamError::Timeout, .. } => StatusCode::GATEWAY_TIMEOUT,
        Rejection::Upstream { error: UpstreamError::JobClosed, .. } => StatusCode::CONFLICT,
        Rejection::Salesforce { fault, .. } if fault.kind() == FaultKind::RequestLimit => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        Rejection::Upstream { .. } | Rejection::Salesforce { .. } | Rejection::Answer { .. } => {
            StatusCode::BAD_GATEWAY
        }
        Rejection::Unrecorded => StatusCode::SERVICE_UNAVAILABLE,
        Rejection::OutcomeUnrecorded => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
