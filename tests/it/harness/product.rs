//! A process of the product.

use std::io::{self, BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

use super::{Answer, Connection, PATIENCE, call};

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
    /// Starts it and waits until it says where it listens.
    pub(crate) fn spawn(mut command: Command) -> Result<Self, Failed> {
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("spawns");
        let (stdout, lines, out) = listen(child.stdout.take().unwrap());
        let (stderr, _, err) = listen(child.stderr.take().unwrap());
        let address = loop {
            let line = match lines.recv_timeout(PATIENCE) {
                Ok(line) => line,
                // At the end of the stream the sender is gone, and so is the process.
                Err(RecvTimeoutError::Disconnected) => break None,
                Err(RecvTimeoutError::Timeout) => {
                    child.kill().unwrap();
                    break None;
                }
            };
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
        self.wait();
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

    /// All that it has printed on both streams; complete only after its end.
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
