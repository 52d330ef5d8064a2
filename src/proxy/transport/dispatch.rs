//! One message on its way from bytes to the endpoint's method and back.

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use http::{HeaderMap, Response, StatusCode};
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

use crate::jsonrpc::{
    EnvelopeError, ErrorObject, Id, Message, Response as ClientResponse, parse, print_error,
};
use crate::mcp::{
    Call, Era, Fault, Field, Meta, Method, RoutingHeaders, ServerInfo, check, check_notification,
    print_discover, print_fault, print_initialize, print_input_required, print_ping,
    print_raw_result, print_tool_list, print_tool_result,
};

use super::answer::{Answer, AnswerBody, add, json, stream};
use super::endpoint::{CallAnswer, Endpoint, MethodCall, Reply, RequestContext, ToolCall};
use super::exchange::{Shared, accepted};
use super::peer::Peer;

/// What of the HTTP head matters to the message.
pub(super) struct Head<'a> {
    pub(super) headers: &'a HeaderMap,
    pub(super) path: &'a str,
    pub(super) peer: SocketAddr,
    /// Whether the client takes server-sent events.
    pub(super) events: bool,
}

/// An authenticated request whose body was read.
pub(super) struct Dispatch<E: Endpoint> {
    pub(super) shared: Arc<Shared<E>>,
    pub(super) caller: E::Caller,
    /// The body's share of the budget, held while its content is in use.
    pub(super) hold: Option<OwnedSemaphorePermit>,
}

/// Events that may wait for a slow client before the call waits too.
const EVENTS_AHEAD: usize = 16;

impl<E: Endpoint> Dispatch<E> {
    /// Answers one message.
    pub(super) async fn message(self, bytes: &[u8], head: &Head<'_>) -> Response<AnswerBody> {
        let endpoint = Arc::clone(&self.shared.endpoint);
        let caller = self.caller.clone();
        let own = |response| decorate(&*endpoint, &caller, response);
        let routing = routing(head.headers);
        let request = match parse(bytes, self.shared.settings.json) {
            Ok(Message::Request(request)) => request,
            Ok(Message::Notification(_)) => {
                return own(match check_notification(&routing) {
                    Ok(()) => accepted(),
                    Err(fault) => json(fault_answer(None, Era::Legacy, &fault)),
                });
            }
            Ok(Message::Response(response)) => {
                self.settle(&response);
                return own(accepted());
            }
            Err(error) => return own(json(envelope_answer(&error))),
        };
        match check(&request, &routing) {
            Ok(call) => self.call(call, head).await,
            Err((fault, era)) => own(json(fault_answer(Some(&request.id), era, &fault))),
        }
    }

    fn settle(&self, response: &ClientResponse<'_>) {
        let answer = match response.outcome {
            Ok(result) => Ok(result.to_owned()),
            Err(error) => Err(error.to_owned()),
        };
        self.shared.pending.settle(&response.id, answer);
    }

    async fn call(self, call: Call, head: &Head<'_>) -> Response<AnswerBody> {
        let endpoint = Arc::clone(&self.shared.endpoint);
        let caller = self.caller.clone();
        let server = endpoint.server(&caller);
        let context = context(&call, head);
        let id = &call.id;
        let answer = match call.method {
            Method::Initialize(initialize) => {
                let meta = endpoint.meta(&caller);
                Answer::new(200, print_initialize(id, server, &initialize.wish, meta))
            }
            // A ping is answered with nothing but itself (2025-11-25, "Ping").
            Method::Ping => Answer::new(200, print_ping(id, server, Meta::new())),
            Method::Discover => {
                Answer::new(200, print_discover(id, server, endpoint.meta(&caller)))
            }
            Method::ToolsList => {
                let (_silent, events) = self.peer(&context, head);
                let running = run_list(Arc::clone(&endpoint), caller.clone(), context);
                return self.detached(events, running).await;
            }
            Method::ToolsCall(tool) => {
                let call = ToolCall {
                    name: tool.name,
                    arguments: tool.arguments,
                    context,
                    input_responses: tool.input_responses,
                    request_state: tool.request_state,
                };
                let (peer, events) = self.peer(&call.context, head);
                let running = run_tool(Arc::clone(&endpoint), caller.clone(), call, peer);
                return self.detached(events, running).await;
            }
            Method::Other(other) => {
                let call = MethodCall { method: other.method, params: other.params, context };
                let (peer, events) = self.peer(&call.context, head);
                let running = run_method(Arc::clone(&endpoint), caller.clone(), call, peer);
                return self.detached(events, running).await;
            }
        };
        whole(&*endpoint, &caller, answer)
    }

    fn peer(
        &self,
        context: &RequestContext,
        head: &Head<'_>,
    ) -> (Peer, mpsc::Receiver<bytes::Bytes>) {
        let (events, incoming) = mpsc::channel(EVENTS_AHEAD);
        let peer = Peer {
            events,
            streams: head.events,
            pending: Arc::clone(&self.shared.pending),
            era: context.era(),
            progress_token: context.meta.progress_token.clone(),
            patience: self.shared.settings.timeouts.client_answer,
        };
        (peer, incoming)
    }

    /// Runs a call in its own task, so that it goes on to its last audit record when the client
    /// hangs up. The answer is JSON unless the call says something before it ends.
    async fn detached(
        self,
        mut incoming: mpsc::Receiver<bytes::Bytes>,
        call: RunningCall,
    ) -> Response<AnswerBody> {
        let (done, mut last) = oneshot::channel();
        let (endpoint, caller) = (Arc::clone(&self.shared.endpoint), self.caller);
        let held = (self.hold, self.shared.running.clone());
        drop(tokio::spawn(async move {
            let answer = call.unwinding().await;
            drop(held);
            // The client may be gone: the call is complete all the same.
            let _gone = done.send(answer);
        }));
        let first = tokio::select! {
            biased;
            Some(event) = incoming.recv() => event,
            answer = &mut last => {
                let answer = answer.unwrap_or_else(|_aborted| Answer::new(503, Vec::new()));
                // An event sent just before the end still counts as said.
                let Ok(first) = incoming.try_recv() else {
                    return whole(&*endpoint, &caller, answer);
                };
                let (done, last) = oneshot::channel();
                let _received = done.send(answer);
                let events = AnswerBody::events(first, incoming, last);
                return decorate(&*endpoint, &caller, stream(events));
            }
        };
        decorate(&*endpoint, &caller, stream(AnswerBody::events(first, incoming, last)))
    }
}

/// A call under way, and what to answer should it panic.
struct RunningCall {
    id: Id,
    era: Era,
    future: Pin<Box<dyn Future<Output = Answer> + Send>>,
}

impl RunningCall {
    /// Turns a panic into an internal error, so that its caller is not left without an answer.
    async fn unwinding(mut self) -> Answer {
        poll_fn(|cx| {
            let polled = catch_unwind(AssertUnwindSafe(|| self.future.as_mut().poll(cx)));
            polled.unwrap_or_else(|_panic| {
                Poll::Ready(fault_answer(Some(&self.id), self.era, &Fault::Internal))
            })
        })
        .await
    }
}

fn run_list<E: Endpoint>(
    endpoint: Arc<E>,
    caller: E::Caller,
    context: RequestContext,
) -> RunningCall {
    let (id, era) = (context.id.clone(), context.era());
    let own = id.clone();
    let future = Box::pin(async move {
        let answered = endpoint.list_tools(caller.clone(), context).await;
        finish(&*endpoint, &caller, (&own, era), answered, |server, list, meta| {
            print_tool_list(&own, era, server, &list, meta)
        })
    });
    RunningCall { id, era, future }
}

fn run_tool<E: Endpoint>(
    endpoint: Arc<E>,
    caller: E::Caller,
    call: ToolCall,
    peer: Peer,
) -> RunningCall {
    let (id, era) = (call.context.id.clone(), call.context.era());
    let own = id.clone();
    let future = Box::pin(async move {
        let answered = endpoint.call_tool(caller.clone(), call, peer).await;
        finish(&*endpoint, &caller, (&own, era), answered, |server, answer, meta| match answer {
            CallAnswer::Result(result) => print_tool_result(&own, era, server, &result, meta),
            CallAnswer::InputRequired(required) => {
                print_input_required(&own, era, server, &required, meta)
            }
        })
    });
    RunningCall { id, era, future }
}

fn run_method<E: Endpoint>(
    endpoint: Arc<E>,
    caller: E::Caller,
    call: MethodCall,
    peer: Peer,
) -> RunningCall {
    let (id, era) = (call.context.id.clone(), call.context.era());
    let own = id.clone();
    let cacheable = cacheable(&call.method);
    let future = Box::pin(async move {
        let answered = endpoint.call_method(caller.clone(), call, peer).await;
        finish(&*endpoint, &caller, (&own, era), answered, |server, value: Value, meta| {
            print_raw_result(&own, era, server, cacheable, value, meta)
        })
    });
    RunningCall { id, era, future }
}

/// The results that modern clients may keep.
fn cacheable(method: &str) -> bool {
    matches!(
        method,
        "prompts/list" | "resources/list" | "resources/templates/list" | "resources/read"
    )
}

fn finish<E: Endpoint, T>(
    endpoint: &E,
    caller: &E::Caller,
    (id, era): (&Id, Era),
    answered: Result<Reply<T>, Fault>,
    print: impl FnOnce(&ServerInfo, T, Meta) -> Vec<u8>,
) -> Answer {
    match answered {
        Ok(Reply { body, meta: own, headers, status }) => {
            let meta = if own.is_empty() { endpoint.meta(caller) } else { own };
            let message = print(endpoint.server(caller), body, meta);
            Answer { status: status.unwrap_or(StatusCode::OK), headers, message }
        }
        Err(fault) => fault_answer(Some(id), era, &fault),
    }
}

fn fault_answer(id: Option<&Id>, era: Era, fault: &Fault) -> Answer {
    Answer::new(fault.status(era), print_fault(id, era, fault))
}

fn envelope_answer(error: &EnvelopeError) -> Answer {
    let text = error.to_string();
    let object = ErrorObject::<()> { code: error.code(), message: &text, data: None };
    Answer::new(400, print_error(error.id.as_ref(), object).unwrap_or_default())
}

/// An answer in one piece; the endpoint's headers for this caller are added where it has none.
fn whole<E: Endpoint>(endpoint: &E, caller: &E::Caller, answer: Answer) -> Response<AnswerBody> {
    if answer.headers.is_empty() { decorate(endpoint, caller, json(answer)) } else { json(answer) }
}

/// Adds the endpoint's headers for this caller.
fn decorate<E: Endpoint>(
    endpoint: &E,
    caller: &E::Caller,
    mut response: Response<AnswerBody>,
) -> Response<AnswerBody> {
    add(&mut response, endpoint.headers(caller));
    response
}

fn routing(headers: &HeaderMap) -> RoutingHeaders<'_> {
    let field = |name: &str| {
        let mut values = headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (None, _) => Field::Absent,
            (Some(one), None) => Field::One(one.as_bytes()),
            (Some(_), Some(_)) => Field::Many,
        }
    };
    RoutingHeaders {
        version: field("mcp-protocol-version"),
        method: field("mcp-method"),
        name: field("mcp-name"),
    }
}

fn context(call: &Call, head: &Head<'_>) -> RequestContext {
    let traceparent = head.headers.get("traceparent").and_then(|value| value.to_str().ok());
    RequestContext {
        id: call.id.clone(),
        revision: call.revision,
        meta: call.meta.clone(),
        path: head.path.to_owned(),
        peer: head.peer,
        http_traceparent: traceparent.filter(|text| text.len() <= 64).map(str::to_owned),
    }
}
