//! What the transport asks of whoever stands behind it.

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::jsonrpc::Id;
use crate::mcp::{
    Era, Fault, InputRequired, Meta, RequestMeta, Revision, ServerInfo, ToolList, ToolResult,
};

use super::peer::Peer;
use super::refusal::Refusal;
use super::transfer::Transfer;

/// An MCP server without its transport. One value serves all paths, callers and connections.
pub trait Endpoint: Send + Sync + 'static {
    /// Who calls: whatever [`Endpoint::authenticate`] makes of a head.
    type Caller: Clone + Send + Sync + 'static;

    /// Whether MCP is spoken at this path.
    fn serves(&self, path: &str) -> bool {
        path == "/mcp"
    }

    /// The method with which a file is sent or fetched at this path, where one is.
    fn transfers(&self, path: &str) -> Option<http::Method> {
        let _ = path;
        None
    }

    /// Sends or fetches a file. It runs in a task of its own, like a call, and answers by the
    /// transfer's `reply`.
    fn transfer(
        &self,
        caller: Self::Caller,
        transfer: Transfer,
    ) -> impl Future<Output = ()> + Send {
        drop((caller, transfer));
        std::future::ready(())
    }

    /// Answers a request for another path (health, metrics, well-known documents), or none for a
    /// JSON 404. Not authenticated.
    fn page(&self, request: &PageRequest<'_>) -> Option<Page> {
        let _ = request;
        None
    }

    /// Says who calls, before the body is read.
    ///
    /// # Errors
    /// [`Unauthorized`], answered with 401 or 403 and its challenge.
    fn authenticate(&self, head: &CallerHead<'_>) -> Result<Self::Caller, Unauthorized>;

    /// What the server says about itself to this caller.
    fn server(&self, caller: &Self::Caller) -> &ServerInfo;

    /// Headers for any answer to this caller that has none of its own, asked when it is ready.
    fn headers(&self, caller: &Self::Caller) -> Vec<(HeaderName, HeaderValue)> {
        let _ = caller;
        Vec::new()
    }

    /// `_meta` for any result to this caller that has none of its own, but for a ping's.
    fn meta(&self, caller: &Self::Caller) -> Meta {
        let _ = caller;
        Meta::new()
    }

    /// The tools that this caller may see. It runs in a task of its own, like a call.
    ///
    /// # Errors
    /// A [`Fault`], hardly ever: an empty list says as much.
    fn list_tools(
        &self,
        caller: Self::Caller,
        context: RequestContext,
    ) -> impl Future<Output = Result<Reply<ToolList>, Fault>> + Send;

    /// Calls a tool. It runs in a task of its own: a client that hangs up doesn't end it.
    ///
    /// # Errors
    /// A [`Fault`], usually [`Fault::UnknownTool`]. Refusals and failures of the call itself are
    /// results with `isError`.
    fn call_tool(
        &self,
        caller: Self::Caller,
        call: ToolCall,
        peer: Peer,
    ) -> impl Future<Output = Result<Reply<CallAnswer>, Fault>> + Send;

    /// Any other method.
    ///
    /// # Errors
    /// A [`Fault`], by default [`Fault::MethodNotFound`].
    fn call_method(
        &self,
        caller: Self::Caller,
        call: MethodCall,
        peer: Peer,
    ) -> impl Future<Output = Result<Reply<Value>, Fault>> + Send {
        let _ = (caller, peer);
        std::future::ready(Err(Fault::MethodNotFound(call.method)))
    }

    /// Told of every request that the transport itself refused.
    fn refused(&self, refusal: &Refusal, peer: SocketAddr) {
        let _ = (refusal, peer);
    }
}

/// A request's head, for authentication. Its `Debug` shows no header, since some are secret.
#[derive(Clone, Copy)]
pub struct CallerHead<'a> {
    /// The path, without a query.
    pub path: &'a str,
    /// All headers. `Authorization` may be there twice: refuse that.
    pub headers: &'a HeaderMap,
    /// The other end of the connection.
    pub peer: SocketAddr,
}

impl fmt::Debug for CallerHead<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallerHead")
            .field("path", &self.path)
            .field("peer", &self.peer)
            .finish_non_exhaustive()
    }
}

/// A caller who may not come in.
#[derive(Debug, Clone)]
pub struct Unauthorized {
    /// 403 for a token without the needed scope, else 401.
    pub forbidden: bool,
    /// The value of `WWW-Authenticate`.
    pub challenge: HeaderValue,
    /// One sentence for people.
    pub message: String,
}

/// A request for a path where no MCP is spoken.
#[derive(Debug, Clone, Copy)]
pub struct PageRequest<'a> {
    /// GET or HEAD.
    pub method: &'a http::Method,
    /// The path, without a query.
    pub path: &'a str,
    /// Whether the Host is on the list. Probes come with the pod's address and aren't.
    pub host_allowed: bool,
    /// The other end of the connection.
    pub peer: SocketAddr,
}

/// A small document.
#[derive(Debug, Clone)]
pub struct Page {
    /// The status.
    pub status: StatusCode,
    /// `Content-Type`.
    pub content_type: HeaderValue,
    /// The content.
    pub body: bytes::Bytes,
}

/// What every call comes with.
#[derive(Debug, Clone)]
pub struct RequestContext {
    /// The JSON-RPC id.
    pub id: Id,
    /// The revision spoken; the oldest where a legacy request named none.
    pub revision: Revision,
    /// What the request says about itself, trace context included.
    pub meta: RequestMeta,
    /// The path it came to.
    pub path: String,
    /// The other end of the connection.
    pub peer: SocketAddr,
    /// `traceparent` of the HTTP request: a span link, not the parent.
    pub http_traceparent: Option<String>,
}

impl RequestContext {
    /// The revision's era.
    #[must_use]
    pub const fn era(&self) -> Era {
        self.revision.era()
    }
}

/// One `tools/call`.
#[derive(Debug, Clone)]
pub struct ToolCall {
    /// The tool's name as sent.
    pub name: String,
    /// The arguments as sent, `{}` where there were none. May be any JSON.
    pub arguments: Box<RawValue>,
    /// What the request says about itself.
    pub context: RequestContext,
    /// Answers to an earlier `input_required` (modern).
    pub input_responses: Option<Box<RawValue>>,
    /// The state that came with that result. Attacker-controlled.
    pub request_state: Option<String>,
}

/// A call of a method that isn't about tools.
#[derive(Debug, Clone)]
pub struct MethodCall {
    /// The method.
    pub method: String,
    /// The parameters as sent.
    pub params: Option<Box<RawValue>>,
    /// What the request says about itself.
    pub context: RequestContext,
}

/// What calling a tool came to.
#[derive(Debug, Clone)]
pub enum CallAnswer {
    /// A result, good or bad.
    Result(ToolResult),
    /// A question to the client first (modern).
    InputRequired(InputRequired),
}

/// An answer, with what goes around it.
#[derive(Debug, Clone)]
pub struct Reply<T> {
    /// The answer.
    pub body: T,
    /// `_meta` of the result, in place of [`Endpoint::meta`].
    pub meta: Meta,
    /// Headers of this answer, in place of those of [`Endpoint::headers`]. They can't be
    /// sent where the answer had begun as a stream of events.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Another status than 200, such as 429. Many clients end their session on it.
    pub status: Option<StatusCode>,
}

impl<T> Reply<T> {
    /// A plain answer.
    pub fn new(body: T) -> Self {
        Self { body, meta: Meta::new(), headers: Vec::new(), status: None }
    }
}
