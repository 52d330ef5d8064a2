//! A ledger of tokens that were used up.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

type Id = [u8; 16];

/// Why a token can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// It was used before.
    #[error("this was used before: it is good for one use")]
    Used,
    /// Its time is over.
    #[error("this has expired")]
    Expired,
    /// The ledger holds as many live tokens as it may.
    #[error("too many of these are in use: try again when some have expired")]
    Full,
}

/// Tokens that were used and have not expired, in bounded memory.
///
/// It knows the tokens of this process only. Whoever fills it shuts out the others until their
/// tokens expire, so what is claimed has to be rationed before.
#[derive(Debug)]
pub struct OneUse {
    most: usize,
    used: Mutex<Used>,
}

#[derive(Debug, Default)]
struct Used {
    ids: HashSet<Id>,
    by_expiry: BTreeSet<(u64, Id)>,
    /// The latest time seen. An expired token stays expired though a clock be set back, for its id
    /// may be forgotten by then.
    latest: u64,
}

impl OneUse {
    /// A ledger of at most `most` live tokens.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { most, used: Mutex::default() }
    }

    /// Uses a token up, by the id and expiry of its [`super::Payload`]: succeeds once for an id.
    pub fn claim(&self, id: Id, expires_at: u64, now: u64) -> Result<(), ClaimError> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.latest = used.latest.max(now);
        used.sweep();
        if used.ids.contains(&id) {
            return Err(ClaimError::Used);
        }
        if expires_at <= used.latest {
            return Err(ClaimError::Expired);
        }
        if used.ids.len() >= self.most {
            return Err(ClaimError::Full);
        }
        used.ids.insert(id);
        used.by_expiry.insert((expires_at, id));
        Ok(())
    }
}

impl Default for OneUse {
    /// 100,000 tokens, in some 10 MB.
    fn default() -> Self {
        Self::new(100_000)
    }
}

impl Used {
    fn sweep(&mut self) {
        while let Some(&(expires_at, id)) = self.by_expiry.first()
            && expires_at <= self.latest
        {
            self.by_expiry.pop_first();
            self.ids.remove(&id);
        }
    }
}
