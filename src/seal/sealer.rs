//! The form of a token: a prefix, then in base64url a nonce, the sealed text and its tag.
//!
//! Sealed (ChaCha20-Poly1305): the expiry in eight bytes, then what is carried. Authenticated beside
//! it: purpose, agent and server, each after its length, so that no two bindings have the same bytes.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::error::Unspecified;
use ring::rand::{SecureRandom as _, SystemRandom};
use secrecy::{ExposeSecret as _, SecretBox};
use sha2::{Digest as _, Sha256};

use super::{Binding, PAYLOAD_BYTES, Payload, Purpose, SealError};

/// Sets these tokens apart from anything else that the same key might ever be given to seal.
const DOMAIN: &[u8] = b"fieldgate sealed token 1";

/// The most bytes of a token behind its prefix: nonce, expiry, payload and tag, four characters for
/// every three bytes.
const MOST_TEXT: usize = (NONCE_LEN + 8 + PAYLOAD_BYTES + 16).div_ceil(3) * 4;

/// Makes tokens and opens them, under one key.
///
/// A nonce is 96 random bits. Give a key that outlives the process to at most 2³² tokens: by then
/// two of them share a nonce with a probability of 2⁻³³.
pub struct Sealer {
    key: SecretBox<[u8; 32]>,
}

impl Sealer {
    /// Seals under `key`, which every replica that shall open the same tokens has to be given.
    #[must_use]
    pub fn new(key: SecretBox<[u8; 32]>) -> Self {
        Self { key }
    }

    /// Seals under a key of this process alone: its tokens are worthless once it has ended.
    pub fn random() -> Result<Self, SealError> {
        let fill = |key: &mut [u8; 32]| SystemRandom::new().fill(key);
        let mut filled = Ok(());
        let key = SecretBox::init_with_mut(|key| filled = fill(key));
        filled.map(|()| Self { key }).map_err(|Unspecified| SealError::NoRandomness)
    }

    /// A token that carries `payload` and is good until just before `expires_at`.
    ///
    /// It hides what it carries, but not how long that is.
    pub fn seal(
        &self,
        purpose: Purpose,
        binding: &Binding<'_>,
        expires_at: u64,
        payload: &[u8],
    ) -> Result<String, SealError> {
        if payload.len() > PAYLOAD_BYTES {
            return Err(SealError::TooLong(payload.len()));
        }
        let mut nonce = [0; NONCE_LEN];
        let sealed = SystemRandom::new().fill(&mut nonce).and_then(|()| {
            let mut sealed = [&expires_at.to_be_bytes(), payload].concat();
            let aad = Aad::from(authenticated(purpose, binding));
            let nonce = Nonce::assume_unique_for_key(nonce);
            self.cipher()?.seal_in_place_append_tag(nonce, aad, &mut sealed)?;
            Ok(sealed)
        });
        let sealed = sealed.map_err(|Unspecified| SealError::NoRandomness)?;
        let mut token = purpose.prefix().to_owned();
        URL_SAFE_NO_PAD.encode_string([nonce.as_slice(), &sealed].concat(), &mut token);
        Ok(token)
    }

    /// What `token` carries, if it was made under this key for this purpose and binding and is still
    /// good at `now`. Nothing is said of its expiry before all the rest is known to be true.
    pub fn open(
        &self,
        purpose: Purpose,
        binding: &Binding<'_>,
        now: u64,
        token: &str,
    ) -> Result<Payload, SealError> {
        let payload = self.unseal(purpose, binding, token).ok_or(SealError::Invalid(purpose))?;
        match now.checked_sub(payload.expires_at) {
            None => Ok(payload),
            Some(ago) => Err(SealError::Expired { purpose, ago }),
        }
    }

    fn unseal(&self, purpose: Purpose, binding: &Binding<'_>, token: &str) -> Option<Payload> {
        let text = token.strip_prefix(purpose.prefix())?;
        if text.len() > MOST_TEXT {
            return None;
        }
        // This engine takes one text for given bytes: no padding, no bits beyond the last byte.
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LEN>()?;
        let mut sealed = sealed.to_vec();
        let aad = Aad::from(authenticated(purpose, binding));
        let cipher = self.cipher().ok()?;
        let unique = Nonce::assume_unique_for_key(*nonce);
        let opened = cipher.open_in_place(unique, aad, &mut sealed).ok()?;
        let (expires_at, bytes) = opened.split_first_chunk::<8>()?;
        let digest: [u8; 32] = Sha256::digest(nonce).into();
        let id = *digest.first_chunk()?;
        Some(Payload { bytes: bytes.to_vec(), expires_at: u64::from_be_bytes(*expires_at), id })
    }

    fn cipher(&self) -> Result<LessSafeKey, Unspecified> {
        UnboundKey::new(&CHACHA20_POLY1305, self.key.expose_secret()).map(LessSafeKey::new)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer").finish_non_exhaustive()
    }
}

/// Purpose, agent and server in bytes that no other three have.
fn authenticated(purpose: Purpose, binding: &Binding<'_>) -> Vec<u8> {
    let mut bytes = DOMAIN.to_vec();
    for part in [purpose.prefix(), binding.agent, binding.server] {
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        bytes.extend(length.to_be_bytes());
        bytes.extend(part.as_bytes());
    }
    bytes
}
