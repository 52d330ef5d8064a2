//! What `serve` prints when it is ready: where it listens, what decides, what an agent may do, and
//! what to try. A configured token is never printed.

use std::io::{self, Write};
use std::net::SocketAddr;

use jiff::Timestamp;

use super::assemble::Facts;
use crate::cli::rights;
use crate::policy::{Agent, CallContext};
use crate::proxy::Server;

/// How many fields a line names.
const SHOWN: usize = 8;

/// The agent that is shown what it may do.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) agent: String,
    /// A token that may be printed; the demo's are the names of its agents.
    pub(super) token: Option<String>,
}

pub(super) fn print(
    out: &mut impl Write,
    server: &Server,
    facts: &Facts,
    address: SocketAddr,
    shown: &Shown,
) -> io::Result<()> {
    let url = format!("http://{address}/mcp");
    writeln!(out, "Fieldgate {}\n", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, "  listening  {url}")?;
    writeln!(out, "  org        {}", facts.org)?;
    writeln!(out, "  policies   {}", facts.policies)?;
    writeln!(out, "  journal    {} ({})", facts.journal.display(), facts.journal_mode)?;
    let names: Vec<&str> = server.agents().map(Agent::id).collect();
    writeln!(out, "  agents     {}", names.join(", "))?;
    if let Some(agent) = &facts.anonymous {
        writeln!(out, "             (a call without a token is {agent})")?;
    }
    if let Some(agent) = server.agents().find(|agent| agent.id() == shown.agent) {
        may_do(out, server, agent)?;
    }
    try_it(out, &url, facts, shown)
}

/// One line an object: each action with its fields, where it doesn't hold for all.
fn may_do(out: &mut impl Write, server: &Server, agent: &Agent) -> io::Result<()> {
    let gate = server.gate();
    let context = CallContext {
        tool: "",
        environment: gate.environment,
        now: Timestamp::try_from(gate.clock.wall()).unwrap_or(Timestamp::UNIX_EPOCH),
        zone: &gate.zone,
    };
    let matrix = gate.policies.current().matrix(agent, &gate.schema.current(), &context);
    writeln!(out, "\nWhat {} may do:\n", agent.id())?;
    rights::print(out, &matrix, SHOWN)
}

fn try_it(out: &mut impl Write, url: &str, facts: &Facts, shown: &Shown) -> io::Result<()> {
    let token = match (&shown.token, &facts.anonymous) {
        (Some(token), _) => Some(token.as_str()),
        (None, Some(_)) => None,
        (None, None) => Some("TOKEN"),
    };
    let header = token.map(|token| format!("-H 'Authorization: Bearer {token}' "));
    let header = header.unwrap_or_default();
    let headers = token
        .map(|token| format!(",\"headers\":{{\"Authorization\":\"Bearer {token}\"}}"))
        .unwrap_or_default();
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"executeQuery","arguments":{"query":"SELECT Name, Email FROM Contact LIMIT 3"}}}"#;
    writeln!(out, "\nTry:\n")?;
    writeln!(
        out,
        "  call     curl -s {url} -H 'Content-Type: application/json' {header}-d '{call}'"
    )?;
    writeln!(
        out,
        "  client   {{\"mcpServers\":{{\"fieldgate\":{{\"type\":\"http\",\"url\":\"{url}\"\
         {headers}}}}}}}"
    )?;
    let journal = facts.journal.display();
    writeln!(out, "  journal  tail -f {journal}; fieldgate audit verify {journal}\n")
}
