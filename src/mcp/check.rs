//! The order of checks on a request, and the typed call that comes out.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::jsonrpc::{Id, Request};

use super::fault::Fault;
use super::headers::{Field, RoutingHeaders};
use super::meta::{ClientInfo, RequestMeta, WireMeta, client_info, text};
use super::revision::{Era, Revision, names_modern_date};

/// A request that passed every check that doesn't depend on the server's content.
#[derive(Debug)]
pub struct Call {
    /// The id to echo.
    pub id: Id,
    /// The revision to answer in.
    pub revision: Revision,
    /// What the request says about itself.
    pub meta: RequestMeta,
    /// What is asked.
    pub method: Method,
}

/// The methods of the protocol.
#[derive(Debug)]
pub enum Method {
    /// `initialize` (legacy).
    Initialize(Initialize),
    /// `ping` (legacy).
    Ping,
    /// `server/discover` (modern).
    Discover,
    /// `tools/list`.
    ToolsList,
    /// `tools/call`.
    ToolsCall(ToolsCall),
    /// Any other method, which a tools server answers with −32601.
    Other(OtherMethod),
}

/// What `initialize` asks.
#[derive(Debug)]
pub struct Initialize {
    /// The revision that the client wishes.
    pub wish: String,
    /// The client's own name for itself.
    pub client: Option<ClientInfo>,
}

/// What `tools/call` asks.
#[derive(Debug)]
pub struct ToolsCall {
    /// The tool's name: at most 128 bytes, without control characters.
    pub name: String,
    /// The arguments as sent, `{}` where there were none; may be any JSON, the tool must check.
    pub arguments: Box<RawValue>,
    /// `inputResponses`, when this call answers an `input_required` result.
    pub input_responses: Option<Box<RawValue>>,
    /// `requestState`, echoed by the client from an `input_required` result. Attacker-controlled.
    pub request_state: Option<String>,
}

/// A method that the product doesn't implement, with its parameters as sent.
#[derive(Debug)]
pub struct OtherMethod {
    /// The method.
    pub method: String,
    /// The parameters as sent.
    pub params: Option<Box<RawValue>>,
}

/// The longest tool name (2025-11-25, server/tools), in bytes.
const MAX_NAME: usize = 128;
const BAD_NAME: &str =
    "`params.name` must be a string of at most 128 bytes without control characters";

/// Methods that 2026-07-28 removed.
const REMOVED: [&str; 5] =
    ["initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"];

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Params<'a> {
    #[serde(borrow, rename = "_meta")]
    meta: Option<&'a RawValue>,
    #[serde(borrow)]
    name: Option<&'a RawValue>,
    #[serde(borrow)]
    uri: Option<&'a RawValue>,
    #[serde(borrow)]
    arguments: Option<&'a RawValue>,
    #[serde(borrow)]
    input_responses: Option<&'a RawValue>,
    #[serde(borrow)]
    request_state: Option<&'a RawValue>,
    #[serde(borrow)]
    protocol_version: Option<&'a RawValue>,
    #[serde(borrow)]
    client_info: Option<&'a RawValue>,
}

/// Checks a request against its headers, in the order that the modern revision wants: presence of
/// the version, header against body, support, routing headers, capabilities, method.
///
/// # Errors
/// The first [`Fault`], with the era to answer it in.
pub fn check(request: &Request<'_>, headers: &RoutingHeaders<'_>) -> Result<Call, (Fault, Era)> {
    let legacy = |fault| (fault, Era::Legacy);
    let params: Params<'_> = match request.params {
        None => Params::default(),
        Some(raw) => serde_json::from_str(raw.get())
            .map_err(|_error| legacy(Fault::InvalidParams("`params` is unreadable".to_owned())))?,
    };
    let wire = WireMeta::parse(params.meta).map_err(legacy)?;
    let modern = wire.protocol_version.is_some()
        || (request.method != "initialize"
            && headers.version_text().is_some_and(names_modern_date));
    let revision = if modern {
        check_modern(request, headers, &params, &wire).map_err(|fault| (fault, Era::Modern))?
    } else {
        check_legacy(request, headers).map_err(legacy)?
    };
    let method =
        read_method(request, &params, revision.era()).map_err(|fault| (fault, revision.era()))?;
    Ok(Call { id: request.id.clone(), revision, meta: wire.read(), method })
}

/// Checks a notification: its headers may not contradict its revision. All are accepted with 202.
///
/// # Errors
/// A [`Fault`] for a doubled version header or an unknown version.
pub fn check_notification(headers: &RoutingHeaders<'_>) -> Result<(), Fault> {
    headers.refuse_doubles()?;
    legacy_revision(headers).map(|_revision| ())
}

fn check_modern(
    request: &Request<'_>,
    headers: &RoutingHeaders<'_>,
    params: &Params<'_>,
    wire: &WireMeta<'_>,
) -> Result<Revision, Fault> {
    headers.refuse_doubles()?;
    let version = wire.protocol_version.and_then(text).ok_or_else(|| {
        missing("`params._meta` needs `io.modelcontextprotocol/protocolVersion`, a string")
    })?;
    headers.compare_version(&version)?;
    let revision = Revision::from_name(&version)
        .filter(|revision| revision.era() == Era::Modern)
        .ok_or_else(|| Fault::UnsupportedVersion { requested: version.into_owned() })?;
    headers.compare_method(&request.method)?;
    if let Some(name) = mirrored_name(&request.method, params)? {
        headers.compare_name(&name)?;
    }
    if !wire.client_capabilities.is_some_and(|raw| raw.get().starts_with('{')) {
        return Err(missing(
            "`params._meta` needs `io.modelcontextprotocol/clientCapabilities`, an object",
        ));
    }
    if REMOVED.contains(&&*request.method) {
        return Err(Fault::MethodNotFound(request.method.clone().into_owned()));
    }
    Ok(revision)
}

fn missing(what: &str) -> Fault {
    Fault::InvalidMeta(what.to_owned())
}

/// The part of the body that `Mcp-Name` mirrors, for the methods that have one.
fn mirrored_name<'a>(method: &str, params: &Params<'a>) -> Result<Option<Cow<'a, str>>, Fault> {
    let (raw, what) = match method {
        "tools/call" | "prompts/get" => (params.name, "`params.name` must be a string"),
        "resources/read" => (params.uri, "`params.uri` must be a string"),
        _ => return Ok(None),
    };
    raw.and_then(text).map(Some).ok_or_else(|| Fault::InvalidParams(what.to_owned()))
}

fn check_legacy(request: &Request<'_>, headers: &RoutingHeaders<'_>) -> Result<Revision, Fault> {
    // Some clients send the header, of any version, on `initialize` too: the body decides there.
    if request.method == "initialize" {
        return Ok(Revision::NEWEST_LEGACY);
    }
    let revision = legacy_revision(headers)?;
    if request.method == "server/discover" {
        return Err(Fault::MethodNotFound(request.method.clone().into_owned()));
    }
    Ok(revision)
}

fn legacy_revision(headers: &RoutingHeaders<'_>) -> Result<Revision, Fault> {
    match headers.version {
        Field::Absent => Ok(Revision::ASSUMED),
        Field::Many => headers.refuse_doubles().map(|()| Revision::ASSUMED),
        Field::One(value) => {
            headers.version_text().and_then(Revision::from_name).ok_or_else(|| {
                Fault::UnsupportedVersion { requested: String::from_utf8_lossy(value).into_owned() }
            })
        }
    }
}

fn read_method(request: &Request<'_>, params: &Params<'_>, era: Era) -> Result<Method, Fault> {
    Ok(match (&*request.method, era) {
        ("initialize", Era::Legacy) => Method::Initialize(Initialize {
            wish: params.protocol_version.and_then(text).map(Cow::into_owned).ok_or_else(|| {
                Fault::InvalidParams("`params.protocolVersion` must be a string".to_owned())
            })?,
            client: params.client_info.and_then(client_info),
        }),
        ("ping", Era::Legacy) => Method::Ping,
        ("server/discover", Era::Modern) => Method::Discover,
        ("tools/list", _) => Method::ToolsList,
        ("tools/call", _) => Method::ToolsCall(tools_call(params)?),
        (other, _) => Method::Other(OtherMethod {
            method: other.to_owned(),
            params: request.params.map(ToOwned::to_owned),
        }),
    })
}

fn tools_call(params: &Params<'_>) -> Result<ToolsCall, Fault> {
    let name = params
        .name
        .and_then(text)
        .filter(|name| name.len() <= MAX_NAME && !name.chars().any(char::is_control))
        .ok_or_else(|| Fault::InvalidParams(BAD_NAME.to_owned()))?;
    let arguments = match params.arguments {
        Some(raw) => raw.to_owned(),
        None => empty_object()?,
    };
    Ok(ToolsCall {
        name: name.into_owned(),
        arguments,
        input_responses: params.input_responses.map(ToOwned::to_owned),
        request_state: params.request_state.and_then(text).map(Cow::into_owned),
    })
}

fn empty_object() -> Result<Box<RawValue>, Fault> {
    RawValue::from_string("{}".to_owned()).map_err(|_error| Fault::Internal)
}
