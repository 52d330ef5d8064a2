//! Fieldgate with everything on: its configuration, its policies, its process.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::call::TOKEN;
use crate::ground;
use crate::org::SCHEMA;
use crate::process::Process;

/// Which policies decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policies {
    /// The set that is shipped.
    Shipped,
    /// The set that is shipped, and others up to so many.
    ShippedAmong(usize),
    /// Ten that speak of the query or look as if they might, and others up to so many.
    TenAmong(usize),
}

/// The binary that is measured.
pub(crate) fn binary() -> Result<PathBuf, String> {
    ground::given("FIELDGATE_BIN")
}

/// The journal's file beside the configuration.
pub(crate) const JOURNAL: &str = "journal.jsonl";

/// What Fieldgate is started with.
pub(crate) struct Setup {
    pub(crate) policies: Policies,
    pub(crate) upstream: SocketAddr,
    pub(crate) sink: SocketAddr,
}

impl Setup {
    /// Writes all the files into a folder, with the schema that stands in `ground`; the configuration's path.
    pub(crate) fn write(&self, folder: &Path, ground: &Path) -> io::Result<PathBuf> {
        let policies = folder.join("policies");
        fs::create_dir_all(&policies)?;
        write_policies(self.policies, &policies)?;
        fs::write(folder.join("agent.token"), TOKEN)?;
        fs::write(folder.join("secret"), "secret-of-the-benchmark")?;
        fs::copy(ground.join(SCHEMA), folder.join(SCHEMA))?;
        let config = folder.join("fieldgate.yaml");
        fs::write(&config, self.text())?;
        Ok(config)
    }

    fn text(&self) -> String {
        let (upstream, sink) = (self.upstream, self.sink);
        format!(
            "policies: policies
journal: {{file: {JOURNAL}, mode: strict}}
org:
  base_url: http://{upstream}
  environment: production
  credential: {{client_id: benchmark, client_secret_file: secret}}
  schema_file: {SCHEMA}
agents: [{{id: agent, roles: [support], token_file: agent.token}}]
limits:
  agent: 1000000/second burst 1000000
  tools: {{executeQuery: 1000000/second burst 1000000}}
max_answer_text: 8MiB
http: {{max_connections: 2048, workers: 2}}
telemetry: {{log: warn, otlp_endpoint: 'http://{sink}'}}
"
        )
    }
}

/// Starts it on two threads; the others have one.
pub(crate) fn start(
    binary: &Path,
    config: &Path,
    address: SocketAddr,
    log: &Path,
) -> io::Result<Process> {
    let mut command = Command::new(binary);
    command.arg("serve").arg("--config").arg(config).args(["--listen", &address.to_string()]);
    Process::start(&mut command, log)
}

fn write_policies(policies: Policies, folder: &Path) -> io::Result<()> {
    let (own, count) = match policies {
        Policies::Shipped => (copy_shipped(folder)?, 0),
        Policies::ShippedAmong(count) => (copy_shipped(folder)?, count),
        Policies::TenAmong(count) => {
            fs::write(folder.join("00-ten.cedar"), TEN)?;
            (10, count)
        }
    };
    let others: Vec<String> = (own..count).map(other).collect();
    for (nth, some) in others.chunks(500).enumerate() {
        fs::write(folder.join(format!("others-{nth:02}.cedar")), some.concat())?;
    }
    Ok(())
}

/// Copies the shipped set; how many policies it has.
fn copy_shipped(folder: &Path) -> io::Result<usize> {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../policies");
    let mut count = 0;
    for entry in fs::read_dir(shipped)? {
        let from = entry?.path();
        if from.extension().is_some_and(|kind| kind == "cedar" || kind == "yaml") {
            let text = fs::read_to_string(&from)?;
            count += text.lines().filter(|line| line.starts_with("@id(")).count();
            fs::write(folder.join(from.file_name().unwrap_or_default()), text)?;
        }
    }
    Ok(count)
}

const TEN: &str = r#"
@id("reads") permit (principal in Role::"support", action in Action::"read", resource in Object::"Contact");
@id("reads-cases") permit (principal in Role::"support", action in Action::"read", resource in Object::"Case");
@id("standard") permit (principal, action == Action::"select", resource is Field) when { !resource.custom };
@id("ssn") forbid (principal, action, resource == Field::"Contact.SSN__c");
@id("salary") forbid (principal, action, resource) when { resource in [Field::"Contact.Salary__c"] };
@id("one") permit (principal in Role::"support", action in Action::"write", resource == Field::"Contact.Title");
@id("early") forbid (principal, action in Action::"write", resource) unless { context.hour < 8 };
@id("delete") forbid (principal, action == Action::"delete", resource);
@id("bulk") forbid (principal, action in Action::"read", resource) when { context.via == Channel::"bulk" };
@id("lists") permit (principal, action == Action::"listObjects", resource);
"#;

/// One of another role or object.
fn other(nth: usize) -> String {
    let objects = ["Account", "Campaign", "Case", "Lead", "Opportunity", "Task"];
    let object = objects[nth % objects.len()];
    let mut text = format!("@id(\"other-{nth}\") ");
    let _infallible = match nth % 4 {
        0 => writeln!(
            text,
            "permit (principal in Role::\"role-{nth}\", action in Action::\"read\", resource in \
             Object::\"{object}\");"
        ),
        1 => writeln!(
            text,
            "permit (principal in Role::\"role-{nth}\", action in Action::\"read\", resource in \
             Object::\"Contact\");"
        ),
        2 => writeln!(
            text,
            "forbid (principal in Role::\"role-{nth}\", action, resource == Field::\"{object}.Id\");"
        ),
        _ => writeln!(
            text,
            "permit (principal in Role::\"role-{nth}\", action == Action::\"update\", resource) \
             when {{ context.hour > 8 }};"
        ),
    };
    text
}
