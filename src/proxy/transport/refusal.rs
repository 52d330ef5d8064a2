//! What the transport refuses by itself, before any message is read.

use crate::jsonrpc::preview;

use super::head::HeadFault;

/// A refused HTTP request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A head that two parsers could read differently.
    #[error("{0}")]
    Head(HeadFault),
    /// hyper found a request where we found none; the connection can't be trusted.
    #[error("the connection's requests are not delimited clearly")]
    Desync,
    /// A Host that isn't on the list.
    #[error("this Host is not allowed here")]
    Host,
    /// An Origin that isn't on the list.
    #[error("this Origin is not allowed here")]
    Origin,
    /// No such path.
    #[error("there is nothing at this path")]
    NotFound,
    /// Another method than POST.
    #[error(
        "this endpoint takes POST only: it has no event stream to GET and no session to DELETE"
    )]
    Method,
    /// Another method than a file's.
    #[error("files are sent here with PUT and fetched with GET")]
    TransferMethod,
    /// A file was not answered for.
    #[error("the request was not answered")]
    Failed,
    /// A media type other than JSON.
    #[error("Content-Type must be application/json")]
    MediaType,
    /// A compressed body.
    #[error("Content-Encoding is not accepted: send the body as it is")]
    ContentEncoding,
    /// A client that wants something else than JSON.
    #[error("Accept must admit application/json")]
    Accept,
    /// A body over the limit, which is given.
    #[error("the body is larger than {0} bytes")]
    TooLarge(usize),
    /// A body that didn't arrive in time.
    #[error("the body did not arrive in time")]
    SlowBody,
    /// A body that broke off.
    #[error("the body is broken")]
    BrokenBody,
    /// Too many bodies held at once.
    #[error("too many requests are being read: try again shortly")]
    Busy,
    /// A connection over the limit, which hears 503 without a message.
    #[error("too many connections are open")]
    Full,
    /// The caller isn't known, or lacks a scope.
    #[error("{}", preview(.message))]
    Unauthorized {
        /// 403 instead of 401.
        forbidden: bool,
        /// What the endpoint says.
        message: String,
    },
}

impl Refusal {
    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Head(fault) => fault.status(),
            Self::Desync | Self::BrokenBody => 400,
            Self::Unauthorized { forbidden: false, .. } => 401,
            Self::Unauthorized { forbidden: true, .. } | Self::Host | Self::Origin => 403,
            Self::NotFound => 404,
            Self::Method | Self::TransferMethod => 405,
            Self::Failed => 500,
            Self::Accept => 406,
            Self::SlowBody => 408,
            Self::TooLarge(_) => 413,
            Self::MediaType | Self::ContentEncoding => 415,
            Self::Busy | Self::Full => 503,
        }
    }

    /// A stable word for metrics.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Head(_) => "head",
            Self::Desync => "desync",
            Self::Host => "host",
            Self::Origin => "origin",
            Self::NotFound => "not_found",
            Self::Method | Self::TransferMethod => "method",
            Self::Failed => "failed",
            Self::MediaType => "media_type",
            Self::ContentEncoding => "content_encoding",
            Self::Accept => "accept",
            Self::TooLarge(_) => "too_large",
            Self::SlowBody => "slow_body",
            Self::BrokenBody => "broken_body",
            Self::Busy => "busy",
            Self::Full => "full",
            Self::Unauthorized { .. } => "unauthorized",
        }
    }

    /// Whether what the connection carries next can't be told from this request's remains.
    pub(super) const fn ends_connection(&self) -> bool {
        match self {
            Self::Head(_)
            | Self::Desync
            | Self::TooLarge(_)
            | Self::SlowBody
            | Self::BrokenBody
            | Self::TransferMethod
            | Self::Failed
            | Self::Busy
            | Self::Full => true,
            Self::Host
            | Self::Origin
            | Self::NotFound
            | Self::Method
            | Self::MediaType
            | Self::ContentEncoding
            | Self::Accept
            | Self::Unauthorized { .. } => false,
        }
    }
}
