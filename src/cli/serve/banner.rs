//! What `serve` prints when it is ready: where it listens, what decides, what an agent may do, and
//! what to try.

use std::io::{self, Write};
use std::net::SocketAddr;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::assemble::Facts;
use crate::policy::{Agent, CallContext, Extent, ObjectRights};
use crate::proxy::Server;

pub(super) fn print(
    out: &mut impl Write,
    server: &Server,
    facts: &Facts,
    address: SocketAddr,
    shown: &str,
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
    if let Some(agent) = server.agents().find(|agent| agent.id() == shown) {
        may_do(out, server, agent)?;
    }
    try_it(out, &url, facts)
}

/// One line an object: each action with its fields, where it doesn't hold for all.
fn may_do(out: &mut impl Write, server: &Server, agent: &Agent) -> io::Result<()> {
    let gate = server.gate();
    let context = CallContext {
        tool: "",
        environment: gate.environment,
        now: Timestamp::try_from(gate.clock.wall()).unwrap_or(Timestamp::UNIX_EPOCH),
        zone: &TimeZone::UTC,
    };
    let matrix = gate.policies.current().matrix(agent, &gate.schema.current(), &context);
    writeln!(out, "\nWhat {} may do:\n", agent.id())?;
    let mut nothing = Vec::new();
    for object in &matrix.objects {
        let lines = rights(object);
        if lines.is_empty() {
            nothing.push(object.object.as_str());
        }
        for (at, line) in lines.iter().enumerate() {
            let name = if at == 0 { object.object.as_str() } else { "" };
            writeln!(out, "  {name:<12} {line}")?;
        }
    }
    if !nothing.is_empty() {
        writeln!(out, "  nothing with {}", nothing.join(", "))?;
    }
    Ok(())
}

/// Actions that go equally far stand together: `describe, select, filter  all fields but SSN__c`.
fn rights(object: &ObjectRights) -> Vec<String> {
    let mut groups: Vec<(&Extent, Vec<&str>)> = Vec::new();
    for (action, extent) in &object.rights {
        match extent {
            Extent::Nothing => {}
            Extent::All | Extent::Except(_) | Extent::Only(_) => {
                match groups.iter_mut().find(|(known, _)| *known == extent) {
                    Some((_, actions)) => actions.push(action.name()),
                    None => groups.push((extent, vec![action.name()])),
                }
            }
        }
    }
    let line = |(extent, actions): (&Extent, Vec<&str>)| {
        let extent = match extent {
            Extent::Nothing => String::new(),
            Extent::All => "everything".to_owned(),
            Extent::Except(fields) => format!("all but {}", listed(fields)),
            Extent::Only(fields) if fields.is_empty() => "the object alone".to_owned(),
            Extent::Only(fields) => format!("only {}", listed(fields)),
        };
        format!("{:<24} {extent}", actions.join(", "))
    };
    groups.into_iter().map(line).collect()
}

fn listed(fields: &[crate::salesforce::FieldName]) -> String {
    const SHOWN: usize = 8;
    let names: Vec<&str> = fields.iter().take(SHOWN).map(|field| field.as_str()).collect();
    let more = fields.len().saturating_sub(SHOWN);
    let names = names.join(", ");
    if more == 0 { names } else { format!("{names} and {more} more") }
}

fn try_it(out: &mut impl Write, url: &str, facts: &Facts) -> io::Result<()> {
    let token = facts.anonymous.as_deref().unwrap_or("TOKEN");
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"executeQuery","arguments":{"query":"SELECT Name, Email FROM Contact LIMIT 3"}}}"#;
    writeln!(out, "\nTry:\n")?;
    writeln!(
        out,
        "  call     curl -s {url} -H 'Content-Type: application/json' -H 'Authorization: Bearer \
         {token}' -d '{call}'"
    )?;
    writeln!(
        out,
        "  client   {{\"mcpServers\":{{\"fieldgate\":{{\"type\":\"http\",\"url\":\"{url}\",\
         \"headers\":{{\"Authorization\":\"Bearer {token}\"}}}}}}}}"
    )?;
    let journal = facts.journal.display();
    writeln!(out, "  journal  tail -f {journal}; fieldgate audit verify {journal}\n")
}
