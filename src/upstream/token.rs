//! Fieldgate's own credential for the org, and the access tokens that it is exchanged for.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::UpstreamError;
use super::connection::Connection;

/// Tokens carry no lifetime; they live as long as the session policy lets them, which is rarely
/// below half an hour.
const LIFETIME: Duration = Duration::from_secs(29 * 60);

/// The longest access token, in bytes: addresses and headers must stay below 16 KiB together.
const LONGEST_TOKEN: usize = 2 * 1024;

/// What proves to the org that it is Fieldgate.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A ready access token.
    Bearer(SecretString),
    /// OAuth 2.0 client credentials (RFC 6749, section 4.4); works on the My Domain host only.
    ClientCredentials {
        /// The External Client App's consumer key.
        client_id: String,
        /// Its consumer secret.
        client_secret: SecretString,
    },
}

/// Hands out a token, and a new one when the org no longer takes the old.
#[derive(Debug)]
pub(super) struct Tokens {
    credential: Credential,
    current: Mutex<Kept>,
}

/// The newest token, and the newest refusal to give one.
#[derive(Debug, Default)]
struct Kept {
    held: Option<Held>,
    failed: Option<(Instant, String)>,
}

#[derive(Debug, Clone)]
struct Held {
    token: SecretString,
    serial: u64,
    until: Instant,
}

/// A token and which one it is, so that only the one that was refused is thrown away.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) secret: SecretString,
    pub(super) serial: u64,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    #[serde(default)]
    token_type: Option<String>,
    #[serde(default)]
    expires_in: Option<u64>,
}

#[derive(Deserialize)]
struct TokenRefusal {
    error: String,
}

impl Tokens {
    pub(super) fn new(credential: Credential) -> Self {
        Self { credential, current: Mutex::default() }
    }

    /// Whether a new token can be had when one is refused.
    pub(super) fn renewable(&self) -> bool {
        match self.credential {
            Credential::Bearer(_) => false,
            Credential::ClientCredentials { .. } => true,
        }
    }

    /// The current token; asks for one where there is none, while other calls wait for the same.
    pub(super) async fn get(&self, connection: &Connection) -> Result<Token, UpstreamError> {
        let (client_id, client_secret) = match &self.credential {
            Credential::Bearer(token) => return Ok(Token { secret: token.clone(), serial: 0 }),
            Credential::ClientCredentials { client_id, client_secret } => {
                (client_id, client_secret)
            }
        };
        let since = Instant::now();
        // Whoever asks for one may live on a thread that stands still.
        let patience = connection.timeout();
        let kept = timeout(patience, self.current.lock()).await;
        let mut kept = kept.map_err(|_elapsed| UpstreamError::Timeout)?;
        let serial = kept.held.as_ref().map_or(0, |held| held.serial);
        if let Some(held) = kept.held.as_ref().filter(|held| held.until > Instant::now()) {
            return Ok(Token { secret: held.token.clone(), serial });
        }
        // Who waited for a token that wasn't given must not wait for another in turn: a hundred
        // calls would wait a hundred times as long as one.
        if let Some((_, why)) = kept.failed.as_ref().filter(|(at, _)| *at >= since) {
            return Err(UpstreamError::Token(why.clone()));
        }
        let (token, lifetime) = match mint(connection, client_id, client_secret).await {
            Ok(minted) => minted,
            Err(error) => {
                kept.failed = Some((Instant::now(), error.reason().to_owned()));
                return Err(error);
            }
        };
        let until = Instant::now().checked_add(lifetime).unwrap_or_else(Instant::now);
        let serial = serial.wrapping_add(1);
        kept.held = Some(Held { token: token.clone(), serial, until });
        Ok(Token { secret: token, serial })
    }

    /// Throws a token away that the org refused, unless a newer one is there already.
    pub(super) async fn refused(&self, serial: u64) {
        let mut kept = self.current.lock().await;
        if let Some(held) = kept.held.as_mut().filter(|held| held.serial == serial) {
            held.until = Instant::now();
        }
    }
}

async fn mint(
    connection: &Connection,
    client_id: &str,
    client_secret: &SecretString,
) -> Result<(SecretString, Duration), UpstreamError> {
    let fail = |why: &str| UpstreamError::Token(why.to_owned());
    let request = connection
        .request(reqwest::Method::POST, "/services/oauth2/token", "application/json")?
        .basic_auth(client_id, Some(client_secret.expose_secret()))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("grant_type=client_credentials");
    let answer = connection.exchange(request, None).await?;
    if answer.status != 200 {
        let refusal = serde_json::from_slice::<TokenRefusal>(&answer.body).ok();
        let code = refusal.map(|refusal| refusal.error).filter(|code| {
            code.len() <= 64 && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
        });
        let code = code.unwrap_or_else(|| format!("status {}", answer.status));
        return Err(UpstreamError::Token(code));
    }
    let answer: TokenAnswer = serde_json::from_slice(&answer.body)
        .map_err(|_not_a_token| fail("the token endpoint's answer is not a token"))?;
    let bearer =
        answer.token_type.as_deref().is_none_or(|kind| kind.eq_ignore_ascii_case("bearer"));
    if !bearer {
        return Err(fail("the token is bound to a key; only bearer tokens are supported"));
    }
    let printable = answer.access_token.bytes().all(|b| b.is_ascii_graphic());
    if !printable || !(1..=LONGEST_TOKEN).contains(&answer.access_token.len()) {
        return Err(fail("the token endpoint's answer is not a token"));
    }
    // A minute early, but no token is thrown away before half its time is over.
    let lifetime = answer.expires_in.map_or(LIFETIME, |seconds| {
        let seconds = seconds.saturating_sub(60).max(seconds.div_euclid(2));
        Duration::from_secs(seconds).min(Duration::from_secs(86_400))
    });
    Ok((SecretString::from(answer.access_token), lifetime))
}
