//! Messages of ours, printed.

use serde::Serialize;

use super::id::Id;

/// The `error` member of a response.
#[derive(Debug, Clone, Serialize)]
pub struct ErrorObject<'a, D: Serialize> {
    /// The code.
    pub code: i32,
    /// One sentence.
    pub message: &'a str,
    /// More, for programs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<D>,
}

#[derive(Serialize)]
struct Printed<'a, P: Serialize, R: Serialize, E: Serialize> {
    jsonrpc: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a Id>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    params: Option<P>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<R>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<E>,
}

type Nothing = ();

/// Prints a successful response, which will take some `room` bytes.
///
/// # Errors
/// Only where `result` itself can't be printed as JSON.
pub fn print_result<R: Serialize>(
    id: &Id,
    result: R,
    room: usize,
) -> Result<Vec<u8>, serde_json::Error> {
    let mut message = Vec::with_capacity(room);
    let printed = Printed::<Nothing, R, Nothing> {
        jsonrpc: "2.0",
        id: Some(id),
        method: None,
        params: None,
        result: Some(result),
        error: None,
    };
    serde_json::to_writer(&mut message, &printed)?;
    Ok(message)
}

/// Prints an error response; without an id the member is left out, never null.
///
/// # Errors
/// Only where `data` itself can't be printed as JSON.
pub fn print_error<D: Serialize>(
    id: Option<&Id>,
    error: ErrorObject<'_, D>,
) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&Printed::<Nothing, Nothing, ErrorObject<'_, D>> {
        jsonrpc: "2.0",
        id,
        method: None,
        params: None,
        result: None,
        error: Some(error),
    })
}

/// Prints a request of ours to the client.
///
/// # Errors
/// Only where `params` itself can't be printed as JSON.
pub fn print_request<P: Serialize>(
    id: &Id,
    method: &str,
    params: P,
) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&Printed::<P, Nothing, Nothing> {
        jsonrpc: "2.0",
        id: Some(id),
        method: Some(method),
        params: Some(params),
        result: None,
        error: None,
    })
}

/// Prints a notification of ours to the client.
///
/// # Errors
/// Only where `params` itself can't be printed as JSON.
pub fn print_notification<P: Serialize>(
    method: &str,
    params: P,
) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&Printed::<P, Nothing, Nothing> {
        jsonrpc: "2.0",
        id: None,
        method: Some(method),
        params: Some(params),
        result: None,
        error: None,
    })
}
