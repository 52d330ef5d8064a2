//! The transport with the fixtures that the official conformance suite asks for: tools, prompts,
//! resources, completion, logging, sampling, elicitation and calls that need input first. It shows
//! that the protocol layer can do all of MCP, though the product uses tools only.
//!
//! Prints its URL and serves until it is killed. No authentication: loopback only.

mod methods;
mod rounds;
mod tools;

use std::io::Write as _;
use std::sync::Arc;

use fieldgate::mcp::{Fault, ServerInfo, ToolList};
use fieldgate::proxy::transport::{
    CallAnswer, CallerHead, Endpoint, MethodCall, Peer, Reply, RequestContext, ToolCall,
    TransportSettings, Unauthorized, serve,
};
use serde_json::{Value, json};

struct Fixtures {
    info: ServerInfo,
    key: [u8; 32],
}

impl Endpoint for Fixtures {
    type Caller = ();

    fn authenticate(&self, _head: &CallerHead<'_>) -> Result<(), Unauthorized> {
        Ok(())
    }

    fn server(&self, (): &()) -> &ServerInfo {
        &self.info
    }

    async fn list_tools(&self, (): (), _context: RequestContext) -> Result<Reply<ToolList>, Fault> {
        Ok(Reply::new(ToolList { tools: tools::catalogue() }))
    }

    async fn call_tool(
        &self,
        (): (),
        call: ToolCall,
        peer: Peer,
    ) -> Result<Reply<CallAnswer>, Fault> {
        if call.name.starts_with("test_input_required_result_") {
            return rounds::call(&call, &self.key).map(Reply::new);
        }
        tools::call(&call, &peer).await.map(Reply::new)
    }

    async fn call_method(
        &self,
        (): (),
        call: MethodCall,
        _peer: Peer,
    ) -> Result<Reply<Value>, Fault> {
        methods::call(&call).map(Reply::new)
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut info = ServerInfo::tools_only("fieldgate-conformance", env!("CARGO_PKG_VERSION"));
        info.capabilities =
            json!({ "tools": {}, "prompts": {}, "resources": {}, "completions": {}, "logging": {} });
        let mut key = [0; 32];
        getrandom::fill(&mut key)?;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        writeln!(std::io::stdout(), "listening on http://{}/mcp", listener.local_addr()?)?;
        // The sender lives as long as the process, which is killed.
        let (_running, shutdown) = tokio::sync::watch::channel(false);
        let fixtures = Arc::new(Fixtures { info, key });
        serve(listener, TransportSettings::default(), fixtures, shutdown).await?;
        Ok(())
    })
}
