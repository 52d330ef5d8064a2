//! Digests: the only form in which anything but a name, a count or a code is recorded.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

/// A key file is read up to this many bytes.
const KEY_CAP: u64 = 4096;
/// The least that a key file must hold, in bytes.
const KEY_MIN: usize = 32;

/// A SHA-256 or HMAC-SHA256 digest, shown with the name of its algorithm before it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digest {
    algorithm: &'static str,
    bytes: [u8; 32],
}

impl Digest {
    /// The plain digest of a query's shape: canonical text whose literals were taken out.
    ///
    /// It is not keyed, so that two installations agree on it; never give it a value.
    #[must_use]
    pub fn of_shape(shape: &str) -> Self {
        Self { algorithm: "sha256", bytes: Sha256::digest(shape.as_bytes()).into() }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm, hex(&self.bytes))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The key under which values are digested, so that equal values can be told from each other
/// without being guessed from the journal.
#[derive(Clone)]
pub struct DigestKey {
    mac: Hmac<Sha256>,
    id: String,
}

/// Why there is no key for digests.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file could not be read.
    #[error("the digest key file `{path}` could not be read")]
    Read {
        /// The file that was named.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is too short to be a key.
    #[error(
        "the digest key file `{path}` holds {len} bytes; at least {KEY_MIN} random bytes are needed"
    )]
    Short {
        /// The file that was named.
        path: PathBuf,
        /// Its length in bytes.
        len: usize,
    },
    /// The file is longer than any key.
    #[error(
        "the digest key file `{path}` is longer than {KEY_CAP} bytes; name a file that holds only the key"
    )]
    Long {
        /// The file that was named.
        path: PathBuf,
    },
    /// The system has no randomness to give.
    #[error("the system gave no random bytes for a digest key")]
    Random(#[from] getrandom::Error),
    /// The algorithm refused the key.
    #[error("the digest key was refused by hmac-sha256")]
    Refused,
}

impl DigestKey {
    /// A key of this process: digests compare within one run and never after it.
    ///
    /// # Errors
    /// [`KeyError::Random`] when the system has no random bytes.
    pub fn random() -> Result<Self, KeyError> {
        let mut key = [0_u8; 32];
        getrandom::fill(&mut key)?;
        Self::from_bytes(&key)
    }

    /// A key from a file of at least 32 random bytes: digests compare across runs and replicas.
    ///
    /// # Errors
    /// When the file can't be read, or is no key by its length.
    pub fn from_file(path: &Path) -> Result<Self, KeyError> {
        let read = |source| KeyError::Read { path: path.to_owned(), source };
        let mut key = Vec::new();
        let file = File::open(path).map_err(read)?;
        file.take(KEY_CAP.saturating_add(1)).read_to_end(&mut key).map_err(read)?;
        if u64::try_from(key.len()).unwrap_or(u64::MAX) > KEY_CAP {
            return Err(KeyError::Long { path: path.to_owned() });
        }
        if key.len() < KEY_MIN {
            return Err(KeyError::Short { path: path.to_owned(), len: key.len() });
        }
        Self::from_bytes(&key)
    }

    fn from_bytes(key: &[u8]) -> Result<Self, KeyError> {
        let mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_unsaid| KeyError::Refused)?;
        let mut key = Self { mac, id: String::new() };
        // The id of a key is a digest under it, of a label that no value is digested under.
        let mut id = hex(&key.digest("fieldgate:key-id", b"").bytes);
        id.truncate(16);
        key.id = id;
        Ok(key)
    }

    /// The keyed digest of `value`; the same value under another `label` has another digest.
    #[must_use]
    pub fn digest(&self, label: &str, value: &[u8]) -> Digest {
        let mut mac = self.mac.clone();
        // The label's length goes first, so that no label and value can be moved into each other.
        mac.update(&u64::try_from(label.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(label.as_bytes());
        mac.update(value);
        Digest { algorithm: "hmac-sha256", bytes: mac.finalize().into_bytes().into() }
    }

    /// A key for another purpose, from which nothing can be told of this one.
    #[must_use]
    pub fn derived(&self, purpose: &str) -> [u8; 32] {
        self.digest("fieldgate:derived-key", purpose.as_bytes()).bytes
    }

    /// Names the key in the journal without saying anything about it: 16 hex digits.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Debug for DigestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DigestKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Lower-case hex.
pub(super) fn hex(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().saturating_mul(2));
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0x0f]);
    out.extend(digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)));
    out
}
