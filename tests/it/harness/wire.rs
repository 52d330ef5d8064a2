//! HTTP and MCP over a socket, and what comes back.

use std::fmt::{self, Write as _};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use serde_json::{Value, json};

use super::PATIENCE;

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
