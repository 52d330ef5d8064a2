//! Fieldgate's own credential for the org, and the access tokens that it is exchanged for.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::UpstreamError;
use super::connection::Connection;

/// Tokens carry no lifetime; they live as long as the session policy lets them, which is rarely
/// below half an hour.
const LIFETIME: Duration = Duration::from_secs(29 * 60);

/// What proves to the org that it is Fieldgate.
#[derive(Debug)]
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
    current: Mutex<Option<Held>>,
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
        Self { credential, current: Mutex::new(None) }
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
        let mut current = self.current.lock().await;
        let serial = current.as_ref().map_or(0, |held| held.serial);
        if let Some(held) = current.as_ref().filter(|held| held.until > Instant::now()) {
            return Ok(Token { secret: held.token.clone(), serial });
        }
        let (token, lifetime) = mint(connection, client_id, client_secret).await?;
        let until = Instant::now().checked_add(lifetime).unwrap_or_else(Instant::now);
        let serial = serial.wrapping_add(1);
        *current = Some(Held { token: token.clone(), serial, until });
        Ok(Token { secret: token, serial })
    }

    /// Throws a token away that the org refused, unless a newer one is there already.
    pub(super) async fn refused(&self, serial: u64) {
        if let Some(held) = self.current.lock().await.as_mut().filter(|held| held.serial == serial)
        {
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
        .request(reqwest::Method::POST, "/services/oauth2/token")?
        .basic_auth(client_id, Some(client_secret.expose_secret()))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("grant_type=client_credentials");
    let answer = connection.exchange(request).await?;
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
    let lifetime = answer.expires_in.map_or(LIFETIME, |seconds| {
        Duration::from_secs(seconds.saturating_sub(60)).min(Duration::from_secs(86_400))
    });
    Ok((SecretString::from(answer.access_token), lifetime))
}
