//! Sealed tokens: state that an agent carries for us, and can neither read, change, lend nor keep.
//!
//! A token is encrypted and authenticated, bound to its [`Purpose`], agent and server, and expires.
//! [`OneUse`] makes one good for a single use. What is in a token, and for how long it is good, is
//! its maker's decision; the time is always given, never looked up.
//!
//! ```
//! use fieldgate::seal::{Binding, Purpose, Sealer};
//!
//! let sealer = Sealer::random()?;
//! let binding = Binding { agent: "support-copilot", server: "crm" };
//! let token = sealer.seal(Purpose::Cursor, &binding, 1_700_000_600, b"page 2")?;
//! let payload = sealer.open(Purpose::Cursor, &binding, 1_700_000_000, &token)?;
//! assert_eq!(payload.bytes, b"page 2");
//! # Ok::<(), fieldgate::seal::SealError>(())
//! ```

mod one_use;
mod sealer;

use std::fmt;

pub use one_use::{ClaimError, OneUse};
pub use sealer::Sealer;

/// The most bytes that a token may carry.
pub const PAYLOAD_BYTES: usize = 64 * 1024;

/// What a token is for. One made for one purpose does not open for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// The next page of an answer.
    Cursor,
    /// A bulk job.
    Job,
    /// The right to send a file.
    Upload,
    /// The right to fetch a file.
    Download,
}

impl Purpose {
    /// What every token of this purpose begins with. The digit is the version of the form.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Cursor => "fgc1.",
            Self::Job => "fgj1.",
            Self::Upload => "fgu1.",
            Self::Download => "fgd1.",
        }
    }
}

/// What messages call a token of this purpose.
impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cursor => "cursor",
            Self::Job => "job token",
            Self::Upload => "upload token",
            Self::Download => "download token",
        })
    }
}

/// Whose a token is, and where it is good. Both are compared byte by byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding<'a> {
    /// The agent that the token is given to.
    pub agent: &'a str,
    /// The server that gives it.
    pub server: &'a str,
}

/// What was in a token.
#[derive(Clone, PartialEq, Eq)]
pub struct Payload {
    /// What was sealed.
    pub bytes: Vec<u8>,
    /// When the token stops being good, in seconds of the Unix epoch.
    pub expires_at: u64,
    /// Tells this token from every other one: a digest of its nonce.
    pub id: [u8; 16],
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payload").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// Why a token was not made or not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// There is more to carry than a token may hold.
    #[error("{0} bytes are too many for a token: it carries at most {PAYLOAD_BYTES}")]
    TooLong(usize),
    /// There is no nonce or key to be had.
    #[error("no token can be made: the system gave no random bytes")]
    NoRandomness,
    /// Not ours, not this agent's, not this server's, not for this, or changed: which one isn't told.
    #[error(
        "this {0} is not valid here: it belongs to another agent or server, or was changed; \
         pass it exactly as it was given, from `{prefix}` to its end", prefix = .0.prefix()
    )]
    Invalid(Purpose),
    /// It was good, and its time is over.
    #[error("this {purpose} has expired, {ago} s ago: ask again for what gave it")]
    Expired {
        /// What it was for.
        purpose: Purpose,
        /// For how many seconds it has been over.
        ago: u64,
    },
}

#[cfg(test)]
mod tests;
