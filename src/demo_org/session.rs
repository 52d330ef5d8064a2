//! The org's one connected app: its credentials and the access token that they buy.
//!
//! OAuth 2.0 client credentials flow, as Salesforce's token endpoint answers it.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

use super::answer::Answer;
use super::json::object;

/// The id of the org.
pub(super) const ORG_ID: &str = "00DDm0000000001MAA";

/// Credentials and the current token.
pub(super) struct Session {
    pub(super) client_id: String,
    pub(super) client_secret: String,
    pub(super) token: String,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

/// What can be read out of a token request.
pub(super) struct TokenRequest<'a> {
    /// The value of `Authorization`.
    pub(super) authorization: Option<&'a str>,
    /// The form's members.
    pub(super) form: &'a [(String, String)],
}

impl Session {
    /// Credentials as given, or random ones.
    pub(super) fn new(
        client_id: String,
        client_secret: Option<String>,
    ) -> Result<Self, getrandom::Error> {
        let client_secret = match client_secret {
            Some(secret) => secret,
            None => random()?,
        };
        let mut session = Self { client_id, client_secret, token: String::new() };
        session.renew()?;
        Ok(session)
    }

    /// Makes a new token; the old one is worth nothing from now on.
    pub(super) fn renew(&mut self) -> Result<(), getrandom::Error> {
        self.token = format!("{}!{}", ORG_ID.get(..15).unwrap_or(ORG_ID), random()?);
        Ok(())
    }

    /// Whether an `Authorization` carries the token.
    pub(super) fn admits(&self, authorization: Option<&str>) -> bool {
        let token = authorization.and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            let known = ["Bearer", "OAuth"].iter().any(|s| scheme.eq_ignore_ascii_case(s));
            known.then_some(token.trim())
        });
        token == Some(self.token.as_str())
    }

    /// Answers a token request.
    pub(super) fn grant(
        &self,
        request: &TokenRequest<'_>,
        public_url: &str,
        user: &str,
        now: Timestamp,
    ) -> Answer {
        let member = |name: &str| {
            request.form.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
        };
        if member("grant_type").as_deref() != Some("client_credentials") {
            return refused("unsupported_grant_type", "grant type not supported");
        }
        // The header counts only where the form says nothing.
        let (id, secret) = match (member("client_id"), member("client_secret")) {
            (Some(id), Some(secret)) => (id, secret),
            _basic => request.authorization.and_then(basic).unwrap_or_default(),
        };
        if id != self.client_id {
            return refused("invalid_client_id", "client identifier invalid");
        }
        if secret != self.client_secret {
            return refused("invalid_client", "invalid client credentials");
        }
        let identity = format!("{public_url}/id/{ORG_ID}/{user}");
        let issued_at = now.as_millisecond().to_string();
        let signature = signature(&self.client_secret, &format!("{identity}{issued_at}"));
        Answer::ok(object! {
            "access_token" => self.token.as_str(),
            "signature" => signature,
            "scope" => "api",
            "instance_url" => public_url,
            "id" => identity,
            "token_type" => "Bearer",
            "issued_at" => issued_at,
            "api_instance_url" => public_url,
        })
    }
}

fn refused(error: &str, description: &str) -> Answer {
    let body = object! { "error" => error, "error_description" => description };
    Answer { status: 400, ..Answer::ok(body) }
}

fn basic(authorization: &str) -> Option<(String, String)> {
    let encoded = authorization.strip_prefix("Basic ")?;
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

fn signature(secret: &str, text: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(text.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

fn random() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 48];
    getrandom::fill(&mut bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
