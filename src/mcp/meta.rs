//! `params._meta` of a request: who asks, with what abilities, and the trace it belongs to.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::jsonrpc::Id;

use super::fault::Fault;

/// What a request says about itself, apart from its revision.
#[derive(Debug, Clone, Default)]
pub struct RequestMeta {
    /// The client's own name for itself. A claim, not an identity.
    pub client: Option<ClientInfo>,
    /// `ClientCapabilities` as sent (modern).
    pub client_capabilities: Option<Box<RawValue>>,
    /// The token under which progress may be told.
    pub progress_token: Option<Id>,
    /// The level from which log messages may be told (modern).
    pub log_level: Option<String>,
    /// W3C `traceparent` (SEP-414), as sent, at most 64 printable characters.
    pub traceparent: Option<String>,
    /// W3C `tracestate`, as sent, at most 512 printable characters.
    pub tracestate: Option<String>,
    /// W3C `baggage`, as sent, at most 8192 printable characters. Never forward or decide on it.
    pub baggage: Option<String>,
}

/// `clientInfo`: name and version, cut to 128 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientInfo {
    /// The name.
    pub name: String,
    /// The version.
    pub version: String,
}

#[derive(Deserialize, Default)]
pub(super) struct WireMeta<'a> {
    #[serde(borrow, rename = "io.modelcontextprotocol/protocolVersion")]
    pub(super) protocol_version: Option<&'a RawValue>,
    #[serde(borrow, rename = "io.modelcontextprotocol/clientInfo")]
    client_info: Option<&'a RawValue>,
    #[serde(borrow, rename = "io.modelcontextprotocol/clientCapabilities")]
    pub(super) client_capabilities: Option<&'a RawValue>,
    #[serde(borrow, rename = "io.modelcontextprotocol/logLevel")]
    log_level: Option<&'a RawValue>,
    #[serde(borrow, rename = "progressToken")]
    progress_token: Option<&'a RawValue>,
    #[serde(borrow)]
    traceparent: Option<&'a RawValue>,
    #[serde(borrow)]
    tracestate: Option<&'a RawValue>,
    #[serde(borrow)]
    baggage: Option<&'a RawValue>,
}

impl<'a> WireMeta<'a> {
    pub(super) fn parse(raw: Option<&'a RawValue>) -> Result<Self, Fault> {
        match raw {
            None => Ok(Self::default()),
            Some(raw) => serde_json::from_str(raw.get()).map_err(|_error| {
                Fault::InvalidMeta("`params._meta` must be an object".to_owned())
            }),
        }
    }

    /// Optional members that have the wrong type are as good as absent.
    pub(super) fn read(&self) -> RequestMeta {
        RequestMeta {
            client: self.client_info.and_then(client_info),
            client_capabilities: self.client_capabilities.map(ToOwned::to_owned),
            progress_token: self.progress_token.and_then(token),
            log_level: self.log_level.and_then(|raw| bounded(raw, 32)),
            traceparent: self.traceparent.and_then(|raw| bounded(raw, 64)),
            tracestate: self.tracestate.and_then(|raw| bounded(raw, 512)),
            baggage: self.baggage.and_then(|raw| bounded(raw, 8192)),
        }
    }
}

/// A JSON string's text.
pub(super) fn text(raw: &RawValue) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    serde_json::from_str::<Text<'_>>(raw.get()).ok().map(|Text(text)| text)
}

fn bounded(raw: &RawValue, limit: usize) -> Option<String> {
    text(raw)
        .filter(|text| text.len() <= limit && text.bytes().all(|b| (0x20..0x7f).contains(&b)))
        .map(Cow::into_owned)
}

fn token(raw: &RawValue) -> Option<Id> {
    match serde_json::from_str::<i64>(raw.get()) {
        Ok(number) => Some(Id::Number(number)),
        Err(_not_a_number) => {
            text(raw).filter(|text| text.len() <= 256).map(|text| Id::Text(text.into_owned()))
        }
    }
}

/// Reads `clientInfo`, of `_meta` or of `initialize`.
pub(super) fn client_info(raw: &RawValue) -> Option<ClientInfo> {
    #[derive(Deserialize)]
    struct Wire<'a> {
        #[serde(borrow)]
        name: Cow<'a, str>,
        #[serde(borrow, default)]
        version: Cow<'a, str>,
    }
    let wire: Wire<'_> = serde_json::from_str(raw.get()).ok()?;
    let cut = |text: &str| text.chars().take(128).collect();
    Some(ClientInfo { name: cut(&wire.name), version: cut(&wire.version) })
}
