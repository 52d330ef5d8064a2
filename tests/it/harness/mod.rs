//! The product as agents and operators meet it: the real binary, before a demo org of this process
//! that records what it received and lies or fails on demand.

mod product;
mod wire;

pub(crate) use product::{Failed, Product};
pub(crate) use wire::{Answer, Connection, call};

use std::fs;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use fieldgate::demo_org::{DemoOrg, DemoSettings, Received};
use fieldgate::telemetry::Clock;
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The longest wait for anything.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The three agents by their tokens, which double as canaries.
pub(crate) const SUPPORT: &str = "canary-token-of-support-5d1f";
pub(crate) const SALES: &str = "canary-token-of-sales-operations-77ab";
pub(crate) const ADMIN: &str = "canary-token-of-the-administrator-c04e";
pub(crate) const AGENTS: [&str; 3] = [SUPPORT, SALES, ADMIN];

/// The connected app's secret.
pub(crate) const CLIENT_SECRET: &str = "canary-client-secret-91e7";

/// The binary under test.
pub(crate) fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fieldgate"));
    command.stdin(Stdio::null()).env_remove("FIELDGATE_LOG");
    command
}

/// Runs the binary to its end, with this on its standard input.
pub(crate) fn run(arguments: &[&str], input: &str) -> (i32, String, String) {
    let mut child = binary()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that doesn't read its input may be gone before it is written.
    let _unread = child.stdin.take().unwrap().write_all(input.as_bytes());
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().expect("an exit code"), text(stdout), text(stderr))
}

/// A demo org, and a directory with all the files that a configuration names.
pub(crate) struct Site {
    pub(crate) org: DemoOrg,
    pub(crate) directory: TempDir,
    _runtime: Runtime,
}

/// What differs from the plain configuration.
#[derive(Clone, Copy, Default)]
pub(crate) struct Setup<'a> {
    /// Lines of the section `journal`, each indented by two spaces.
    pub(crate) journal: &'a str,
    /// Lines of the section `org`, each indented by two spaces.
    pub(crate) org: &'a str,
    /// Further entries of the section `agents`.
    pub(crate) agents: &'a str,
    /// Sections at the end; with `limits`, the plain ones are left out.
    pub(crate) rest: &'a str,
    /// Arguments behind `serve --config FILE`.
    pub(crate) arguments: &'a [&'a str],
    /// A shell command that ends in `exec "$@"`.
    pub(crate) wrapper: Option<&'a str>,
}

impl Site {
    pub(crate) fn new() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.unwrap();
        let settings = DemoSettings {
            client_secret: Some(CLIENT_SECRET.to_owned()),
            daily_limit: 900_000,
            ..DemoSettings::default()
        };
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let org = runtime.block_on(DemoOrg::bind(any, settings)).unwrap();
        let directory = tempfile::tempdir().unwrap();
        for (name, content) in [
            ("secret", CLIENT_SECRET),
            ("support.token", SUPPORT),
            ("sales.token", SALES),
            ("admin.token", ADMIN),
        ] {
            fs::write(directory.path().join(name), format!("{content}\n")).unwrap();
        }
        Self { org, directory, _runtime: runtime }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The configuration as it is written.
    pub(crate) fn yaml(&self, setup: &Setup<'_>) -> String {
        let policies = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
        let mut yaml = format!(
            "listen: 127.0.0.1:0\npolicies: {}\njournal:\n  file: journal.jsonl\n  deadline: 10s\n{}\
             org:\n  base_url: {}\n  environment: sandbox\n  credential:\n    client_id: {}\n    \
             client_secret_file: secret\n{}agents:\n",
            policies.display(),
            setup.journal,
            self.org.base_url(),
            self.org.client_id(),
            setup.org,
        );
        for (name, role) in
            [("support", "support"), ("sales", "sales-operations"), ("admin", "administrator")]
        {
            let agent = format!(
                "  - id: agent-{name}\n    roles: [{role}]\n    token_file: {name}.token\n"
            );
            yaml.push_str(&agent);
        }
        yaml.push_str(setup.agents);
        if !setup.rest.contains("limits:") {
            yaml.push_str("limits:\n  agent: 1000/second burst 10000\n");
        }
        yaml.push_str(setup.rest);
        yaml
    }

    /// Starts the product, which has to come up.
    pub(crate) fn start(&self) -> Product {
        self.start_with(&Setup::default())
    }

    pub(crate) fn start_with(&self, setup: &Setup<'_>) -> Product {
        let started = self.try_start(setup);
        started.unwrap_or_else(|failed| panic!("did not start: {failed:?}"))
    }

    /// Starts the product and forgets what the org received while it did.
    pub(crate) fn try_start(&self, setup: &Setup<'_>) -> Result<Product, Failed> {
        fs::write(self.path("fieldgate.yaml"), self.yaml(setup)).unwrap();
        let file = self.path("fieldgate.yaml");
        let mut command = match setup.wrapper {
            None => binary(),
            Some(script) => {
                let mut shell = Command::new("sh");
                shell.args(["-c", script, "sh", env!("CARGO_BIN_EXE_fieldgate")]);
                shell.stdin(Stdio::null()).env_remove("FIELDGATE_LOG");
                shell
            }
        };
        command.args(["serve", "--config"]).arg(file).args(setup.arguments);
        let product = Product::spawn(command)?;
        self.org.forget_requests();
        Ok(product)
    }

    /// The lines of the journal; a torn last one is left out.
    pub(crate) fn journal(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.path("journal.jsonl")).unwrap();
        let whole = text.rsplit_once('\n').map_or("", |(whole, _torn)| whole);
        whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// What the org received since the start, without requests for tokens.
    pub(crate) fn received(&self) -> Vec<Received> {
        let mut all = self.org.requests();
        all.retain(|request| !request.path_and_query.starts_with("/services/oauth2/token"));
        all
    }

    /// What was received, once it is `count` requests.
    pub(crate) fn await_received(&self, count: usize) -> Vec<Received> {
        let clock = Clock::system();
        let begun = clock.monotonic();
        loop {
            let received = self.received();
            if received.len() >= count {
                return received;
            }
            assert!(clock.monotonic().saturating_sub(begun) < PATIENCE, "only {received:?}");
            thread::yield_now();
        }
    }
}

/// A request as text: method, path and the decoded query.
pub(crate) fn line(request: &Received) -> String {
    format!("{} {}", request.method, decode(&request.path_and_query))
}

/// Percent-decodes.
pub(crate) fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        let hex = if *byte == b'%' { after.get(..2) } else { None };
        match hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()) {
            Some(decoded) => {
                bytes.push(decoded);
                rest = &after[2..];
            }
            None => bytes.push(*byte),
        }
    }
    String::from_utf8(bytes).unwrap()
}
