//! Who calls: credentials → [`Agent`].
//!
//! Today an agent proves itself by a bearer token that the configuration gives it. Tokens are kept
//! and compared as SHA-256 digests, so that neither memory nor timing tells one.

use std::fmt;
use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::policy::Agent;

#[cfg(test)]
mod tests;

/// Why a caller is nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// No credential, and nobody may call without.
    #[error("a bearer token is needed in the Authorization header")]
    Missing,
    /// Not one `Authorization` header of the form `Bearer TOKEN`.
    #[error("the Authorization header must be there once, as `Bearer TOKEN`")]
    Malformed,
    /// A token that nobody has.
    #[error("the bearer token is not one of an agent")]
    Unknown,
}

/// The longest token that is looked at, in bytes.
const LONGEST: usize = 16 * 1024;

/// The agents and what proves each.
pub struct Agents {
    known: Vec<([u8; 32], Arc<Agent>)>,
    anonymous: Option<Arc<Agent>>,
}

impl fmt::Debug for Agents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.all().map(|agent| agent.id())).finish()
    }
}

impl Agents {
    /// Agents with their tokens, and the agent that a call without a token is.
    pub fn new(
        known: impl IntoIterator<Item = (SecretString, Agent)>,
        anonymous: Option<Agent>,
    ) -> Self {
        let known = known
            .into_iter()
            .map(|(token, agent)| (digest(token.expose_secret().as_bytes()), Arc::new(agent)));
        Self { known: known.collect(), anonymous: anonymous.map(Arc::new) }
    }

    /// Every agent; one with a token and as the anonymous one stands here twice.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Agent>> {
        self.known.iter().map(|(_, agent)| agent).chain(&self.anonymous)
    }

    /// Who calls with these `Authorization` header values. A token that is wrong never falls back
    /// to the anonymous agent.
    pub fn identify<'a>(
        &self,
        authorization: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Arc<Agent>, IdentityError> {
        let mut values = authorization.into_iter();
        let Some(value) = values.next() else {
            return self.anonymous.clone().ok_or(IdentityError::Missing);
        };
        if values.next().is_some() {
            return Err(IdentityError::Malformed);
        }
        let (scheme, token) = value.split_at_checked(7).ok_or(IdentityError::Malformed)?;
        let plain = token.iter().all(u8::is_ascii_graphic) && !token.is_empty();
        if !scheme.eq_ignore_ascii_case(b"bearer ") || !plain || token.len() > LONGEST {
            return Err(IdentityError::Malformed);
        }
        let presented = digest(token);
        let found = self.known.iter().find(|(known, _)| bool::from(known.ct_eq(&presented)));
        found.map(|(_, agent)| Arc::clone(agent)).ok_or(IdentityError::Unknown)
    }
}

fn digest(token: &[u8]) -> [u8; 32] {
    Sha256::digest(token).into()
}
