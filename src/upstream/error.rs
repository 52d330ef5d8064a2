//! Why Salesforce gave no answer that can be used.

/// A call that reached no usable answer. Texts hold no credential, no body and no query.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// The settings can't make a client.
    #[error("the connection to Salesforce cannot be set up: {0}")]
    Setup(String),
    /// No connection, or it broke.
    #[error("Salesforce cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// It broke after the request had left, so that a write may have been carried out.
    #[error("the connection to Salesforce broke before its answer was complete")]
    Broken(#[source] reqwest::Error),
    /// No complete answer in time; a write may have been carried out.
    #[error("Salesforce did not answer in time")]
    Timeout,
    /// More bytes than are taken.
    #[error("Salesforce's answer is larger than {limit} bytes")]
    TooLarge {
        /// The most bytes that are taken.
        limit: usize,
    },
    /// It answered before it had the whole file.
    #[error("Salesforce answered before it had the whole file")]
    Early,
    /// The job that a file is for has one already, or has ended.
    #[error("the job has its file already, or was stopped, and takes no other")]
    JobClosed,
    /// A further page of results was refused, with this status.
    #[error("Salesforce refused a further page of the results ({0})")]
    Refused(u16),
    /// The token endpoint gave no token.
    #[error("Salesforce gave no access token: {0}")]
    Token(String),
}

impl UpstreamError {
    /// Whether the request may have reached Salesforce, so that a write may have been carried out.
    pub fn may_have_run(&self) -> bool {
        match self {
            Self::Broken(_) | Self::Timeout | Self::TooLarge { .. } | Self::Early => true,
            Self::Setup(_)
            | Self::Unreachable(_)
            | Self::JobClosed
            | Self::Refused(_)
            | Self::Token(_) => false,
        }
    }

    /// A word for audit records and metrics.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Setup(_) => "setup",
            Self::Unreachable(_) => "unreachable",
            Self::Broken(_) => "broken",
            Self::Timeout => "timeout",
            Self::TooLarge { .. } => "too_large",
            Self::Early => "early",
            Self::JobClosed => "job_closed",
            Self::Refused(_) => "refused",
            Self::Token(_) => "token",
        }
    }

    /// From a failed exchange.
    pub(super) fn from_exchange(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if error.is_connect() {
            Self::Unreachable(error)
        } else if error.is_timeout() {
            Self::Timeout
        } else {
            Self::Broken(error)
        }
    }
}
