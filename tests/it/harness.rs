//! The product as agents and operators meet it: the real binary, before a demo org of this process
//! that records what it received and lies or fails on demand.

use std::fmt::{self, Write as _};
use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use fieldgate::demo_org::{DemoOrg, DemoSettings, Received};
use fieldgate::telemetry::Clock;
use serde_json::{Value, json};
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
        all.retain(|request| !request.path_and_query.starts_with("/services/oauth2/"));
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

/// A product that didn't come up.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A running product. It is killed when this is dropped.
pub(crate) struct Product {
    child: Child,
    pub(crate) address: SocketAddr,
    said: [Arc<Mutex<String>>; 2],
    readers: Vec<thread::JoinHandle<()>>,
}

impl Drop for Product {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _status = self.child.wait();
    }
}

/// Gathers all that comes, and tells each line.
fn listen(
    stream: impl io::Read + Send + 'static,
) -> (Arc<Mutex<String>>, Receiver<String>, thread::JoinHandle<()>) {
    let said = Arc::new(Mutex::new(String::new()));
    let (tell, lines) = channel();
    let gathered = Arc::clone(&said);
    let reader = thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        let mut line = Vec::new();
        while stream.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            let text = String::from_utf8_lossy(&line).into_owned();
            gathered.lock().unwrap().push_str(&text);
            let _nobody_listens = tell.send(text);
            line.clear();
        }
    });
    (said, lines, reader)
}

impl Product {
    fn spawn(mut command: Command) -> Result<Self, Failed> {
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("spawns");
        let (stdout, lines, out) = listen(child.stdout.take().unwrap());
        let (stderr, _, err) = listen(child.stderr.take().unwrap());
        let address = loop {
            // At the end of the stream the sender is gone, and so is the process.
            let Ok(line) = lines.recv_timeout(PATIENCE) else { break None };
            if let Some(url) = line.trim().strip_prefix("listening") {
                let url = url.trim().strip_prefix("http://").unwrap();
                break Some(url.strip_suffix("/mcp").unwrap().parse().unwrap());
            }
        };
        let said = [stdout, stderr];
        if let Some(address) = address {
            return Ok(Self { child, address, said, readers: vec![out, err] });
        }
        let status = child.wait().unwrap();
        out.join().unwrap();
        err.join().unwrap();
        let [stdout, stderr] = said.map(|said| said.lock().unwrap().clone());
        Err(Failed { status, stdout, stderr })
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it at once, as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end.
    pub(crate) fn terminate(&self) {
        let script = format!("kill -TERM {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &script]).status().unwrap().success());
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let status = self.child.wait().unwrap();
        for reader in self.readers.drain(..) {
            reader.join().unwrap();
        }
        status
    }

    /// All that it has printed on both streams.
    pub(crate) fn said(&self) -> String {
        self.said.iter().map(|said| said.lock().unwrap().clone()).collect()
    }

    pub(crate) fn connect(&self) -> Connection {
        Connection::open(self.address).unwrap()
    }

    /// Posts a body as an agent, on a connection of its own.
    pub(crate) fn post(&self, token: &str, body: &str) -> Answer {
        self.connect().post(token, body).expect("an answer")
    }

    pub(crate) fn method(&self, token: &str, method: &str, params: &Value) -> Answer {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        self.post(token, &body.to_string())
    }

    pub(crate) fn call(&self, token: &str, tool: &str, arguments: &Value) -> Answer {
        self.post(token, &call(tool, arguments))
    }

    pub(crate) fn query(&self, token: &str, soql: &str) -> Answer {
        self.call(token, "executeQuery", &json!({ "query": soql }))
    }
}

/// The body of a tool call.
pub(crate) fn call(tool: &str, arguments: &Value) -> String {
    json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": { "name": tool, "arguments": arguments } })
    .to_string()
}

/// A connection that is kept open.
pub(crate) struct Connection {
    stream: BufReader<TcpStream>,
    address: SocketAddr,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), address })
    }

    pub(crate) fn post(&mut self, token: &str, body: &str) -> io::Result<Answer> {
        self.send(token, body)?;
        self.answer()
    }

    pub(crate) fn send(&mut self, token: &str, body: &str) -> io::Result<()> {
        let mut head = format!(
            "POST /mcp HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
             Accept: application/json, text/event-stream\r\nContent-Length: {}\r\n",
            self.address,
            body.len()
        );
        if !token.is_empty() {
            write!(head, "Authorization: Bearer {token}\r\n").unwrap();
        }
        let stream = self.stream.get_mut();
        // A server that refuses early may close before it has read everything.
        let _refused_early = stream.write_all(format!("{head}\r\n{body}").as_bytes());
        Ok(())
    }

    pub(crate) fn answer(&mut self) -> io::Result<Answer> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.stream.read_line(&mut head)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let length = header(&head, "content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let body = String::from_utf8(body).unwrap();
        let json = serde_json::from_str(&body).unwrap_or_default();
        Ok(Answer { status, head, body, json })
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .filter_map(|line| line.split_once(": "))
        .find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value))
}

/// An answer of the product.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
    pub(crate) json: Value,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body: String = self.body.chars().take(1500).collect();
        write!(f, "{}\n{body}", self.head)
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(&self.head, name)
    }

    /// Whether it is a tool result that is an error.
    pub(crate) fn refused(&self) -> bool {
        self.json["result"]["isError"] == true
    }

    pub(crate) fn meta(&self, key: &str) -> &Value {
        &self.json["result"]["_meta"][key]
    }

    /// The stable code of a refusal.
    pub(crate) fn code(&self) -> &str {
        self.meta("fieldgate/code").as_str().unwrap_or_default()
    }

    pub(crate) fn decision(&self) -> &str {
        self.meta("fieldgate/decisionId").as_str().unwrap_or_default()
    }

    /// The first content of a tool result.
    pub(crate) fn text(&self) -> &str {
        self.json["result"]["content"][0]["text"].as_str().unwrap_or_default()
    }

    /// The first content, which has to be the JSON of a success.
    #[track_caller]
    pub(crate) fn data(&self) -> Value {
        assert!(self.status == 200 && !self.refused(), "{self:?}");
        serde_json::from_str(self.text()).unwrap_or_else(|_| panic!("{self:?}"))
    }
}
