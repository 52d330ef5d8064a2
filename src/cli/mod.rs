//! The command line, one file a command.
//!
//! Exit codes: 0 done, 1 could not be done (or a test of policies failed), 2 the answer is no (a text refused, a policy
//! wrong, a chain broken), 3 policies open something, 64 the command itself is not understood.

pub mod asking;
pub mod audit;
#[cfg(feature = "demo-org")]
pub mod demo_org;
pub mod explain;
mod judged;
pub mod lines;
pub mod org;
pub mod policy;
mod rights;
pub mod schema_file;
pub mod serve;
pub mod soql_explain;
pub mod soql_parse;
pub mod sosl_explain;
pub mod sosl_parse;

use std::io::{self, BufWriter, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

const AFTER_HELP: &str = "\
Examples:
  fieldgate serve --demo
  fieldgate soql explain \"SELECT Name, Owner.Name FROM Contact WHERE SSN__c = '1' LIMIT 5\"
  fieldgate org snapshot --config fieldgate.yaml > org-schema.json
  fieldgate policy check policies --org-schema org-schema.json
  fieldgate audit verify fieldgate.journal.jsonl

Exit codes:
  0   done
  1   could not be done: a file, a port, the org; policy test: a test failed
  2   the answer is no: a query refused, a policy wrong, a journal broken
  3   policy diff, policy replay: something opens, or could
  64  the command line is not understood";

/// A gate between AI agents and Salesforce that decides on every object and field.
#[derive(Debug, Parser)]
#[command(name = "fieldgate", version, after_help = AFTER_HELP, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve MCP to agents.
    Serve(serve::Serve),
    /// Print the footprint of a tool call or a REST request.
    Explain(explain::Explain),
    /// Look at SOQL queries as Fieldgate understands them.
    #[command(subcommand)]
    Soql(Soql),
    /// Look at SOSL searches as Fieldgate understands them.
    #[command(subcommand)]
    Sosl(Sosl),
    /// Check policies, and print what editors need to know of them.
    Policy(policy::Policy),
    /// Ask the org.
    Org(org::Org),
    /// Look into an audit journal.
    Audit(audit::AuditCommand),
    /// Run the embedded demo org alone.
    #[cfg(feature = "demo-org")]
    DemoOrg(demo_org::DemoOrgArgs),
}

#[derive(Debug, Subcommand)]
enum Soql {
    /// Print a query's footprint: every object and field that it touches.
    Explain(soql_explain::SoqlExplain),
    /// Print queries from standard input in their canonical form.
    Parse(soql_parse::SoqlParse),
}

#[derive(Debug, Subcommand)]
enum Sosl {
    /// Print a search's footprint: every object and field that it touches.
    Explain(sosl_explain::SoslExplain),
    /// Print searches from standard input in their canonical form.
    Parse(sosl_parse::SoslParse),
}

/// Exit codes beside 0.
const FAILED: u8 = 1;
const REFUSED: u8 = 2;
const USAGE: u8 = 64;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _best_effort = error.print();
            return ExitCode::from(if error.use_stderr() { USAGE } else { 0 });
        }
    };
    match run(cli.command) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            // A reader that has seen enough (`| head`) is no failure to report.
            if error.kind() != io::ErrorKind::BrokenPipe {
                let _best_effort = writeln!(io::stderr(), "fieldgate: {error}");
            }
            ExitCode::from(FAILED)
        }
    }
}

fn run(command: Command) -> io::Result<u8> {
    let mut out = BufWriter::new(io::stdout().lock());
    let code = match command {
        Command::Serve(serve) => {
            drop(out);
            return serve.run();
        }
        Command::Explain(explain) => explain.run(&mut out)?,
        Command::Soql(Soql::Explain(explain)) => explain.run(&mut out)?,
        Command::Soql(Soql::Parse(parse)) => {
            parsed(parse.run(&mut io::stdin().lock(), &mut out)?, parse.json)
        }
        Command::Sosl(Sosl::Explain(explain)) => explain.run(&mut out)?,
        Command::Sosl(Sosl::Parse(parse)) => {
            parsed(parse.run(&mut io::stdin().lock(), &mut out)?, parse.json)
        }
        Command::Policy(policy) => policy.run(&mut out)?,
        Command::Org(org) => org.run(&mut out)?,
        Command::Audit(audit) => audit.run(&mut out)?.code(),
        #[cfg(feature = "demo-org")]
        Command::DemoOrg(demo) => {
            drop(out);
            serve::runtime()?.block_on(demo_org::run(&demo, &mut io::stdout()))?;
            return Ok(0);
        }
    };
    out.flush()?;
    Ok(code)
}

fn parsed(outcome: lines::ParseOutcome, json: bool) -> u8 {
    match outcome {
        lines::ParseOutcome::Accepted => 0,
        // With --json the output itself says which lines were refused.
        lines::ParseOutcome::Refused if json => 0,
        lines::ParseOutcome::Refused => REFUSED,
    }
}
