//! Heads: what is refused before any body is read.

use std::io::{Read, Write};
use std::sync::atomic::Ordering;
use std::time::Duration;

use fieldgate::proxy::transport::{Timeouts, TransportSettings};
use proptest::collection::vec;
use proptest::prelude::{Strategy, any};
use proptest::test_runner::{Config, TestRunner};

use super::{PING, Server, header, post};

/// A name, a request in which `AT` stands for our address, `LEN` and `PING` for a good body and its
/// length, and the status.
const HEADS: &[(&str, &str, u16)] = &[
    (
        "a good one",
        "POST /mcp HTTP/1.1\r\nHost: AT\r\nTYPE\r\nContent-Length: LEN\r\n\r\nPING",
        200,
    ),
    ("HTTP/1.0", "POST /mcp HTTP/1.0\r\nHost: AT\r\nTYPE\r\nContent-Length: LEN\r\n\r\nPING", 200),
    (
        "chunked",
        "POST /mcp HTTP/1.1\r\nHost: AT\r\nTYPE\r\nTransfer-Encoding: chunked\r\n\r\nHEX\r\nPING\r\n0\r\n\r\n",
        200,
    ),
    (
        "absolute form",
        "POST http://AT/mcp HTTP/1.1\r\nHost: AT\r\nTYPE\r\nContent-Length: LEN\r\n\r\nPING",
        200,
    ),
    ("no Host", "POST /mcp HTTP/1.1\r\nTYPE\r\nContent-Length: LEN\r\n\r\nPING", 400),
    (
        "two Hosts",
        "POST /mcp HTTP/1.1\r\nHost: AT\r\nHost: AT\r\nTYPE\r\nContent-Length: LEN\r\n\r\nPING",
        400,
    ),
    (
        "other authority",
        "POST http://evil/mcp HTTP/1.1\r\nHost: AT\r\nTYPE\r\nContent-Length: LEN\r\n\r\nPING",
        400,
    ),
    (
        "length and encoding",
        "POST /mcp HTTP/1.1\r\nHost: AT\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    (
        "two lengths",
        "POST /mcp HTTP/1.1\r\nHost: AT\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n1",
        400,
    ),
    ("bare LF", "POST /mcp HTTP/1.1\nHost: AT\nTYPE\nContent-Length: LEN\n\nPING", 400),
    ("obs-fold", "POST /mcp HTTP/1.1\r\nHost: AT\r\nX: a\r\n b\r\n\r\n", 400),
    ("TLS", "\u{16}\u{3}\u{1}\u{2}", 400),
    ("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    ("CONNECT", "CONNECT AT HTTP/1.1\r\nHost: AT\r\n\r\n", 400),
    ("other Host", "POST /mcp HTTP/1.1\r\nHost: evil:80\r\nContent-Length: LEN\r\n\r\nPING", 403),
    ("GET", "GET /mcp HTTP/1.1\r\nHost: AT\r\n\r\n", 405),
    ("DELETE", "DELETE /mcp HTTP/1.1\r\nHost: AT\r\n\r\n", 405),
    ("elsewhere", "GET /nowhere HTTP/1.1\r\nHost: AT\r\n\r\n", 404),
    ("well-known", "GET /.well-known/oauth-protected-resource HTTP/1.1\r\nHost: AT\r\n\r\n", 404),
];

#[test]
fn odd_and_hostile_heads_are_answered_before_anything_else() {
    let server = Server::start(TransportSettings::default());
    for (what, template, status) in HEADS {
        let bytes = template
            .replace("AT", &server.address.to_string())
            .replace("TYPE", "Content-Type: application/json")
            .replace("LEN", &PING.len().to_string())
            .replace("HEX", &format!("{:x}", PING.len()))
            .replace("PING", PING);
        let answer = server.ask(bytes.as_bytes());
        assert_eq!(answer.status, *status, "{what}: {answer:?}");
        assert_eq!(header(&answer.head, "content-type"), Some("application/json"), "{what}");
        assert_eq!(header(&answer.head, "x-content-type-options"), Some("nosniff"), "{what}");
        assert_eq!(header(&answer.head, "cache-control"), Some("no-store"), "{what}");
        if *status != 200 {
            assert_eq!((answer.code(), answer.body.get("id")), (Some(-32600), None), "{what}");
        }
        assert_eq!(header(&answer.head, "allow"), (*status == 405).then_some("post"), "{what}");
    }
}

#[test]
fn an_endless_head_is_refused_at_its_limit() {
    let server = Server::start(TransportSettings::default());
    let long = format!("GET /{} HTTP/1.1\r\n", "a".repeat(20_000));
    assert_eq!(server.ask(long.as_bytes()).status, 431);
    let many = format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "a: b\r\n".repeat(100));
    assert_eq!(server.ask(many.as_bytes()).status, 431);
}

#[test]
fn only_listed_origins_may_speak() {
    let settings = TransportSettings {
        allowed_origins: vec!["https://app.example".to_owned()],
        ..TransportSettings::default()
    };
    let server = Server::start(settings);
    let port = server.address.port().to_string();
    for (origin, status) in [
        ("http://localhost:PORT", 200),
        ("http://127.0.0.1:PORT", 200),
        ("http://[::1]:PORT", 200),
        ("https://app.example", 200),
        ("null", 403),
        ("http://evil.example.com", 403),
        ("HTTP://LOCALHOST:PORT", 403),
        ("http://localhost:1", 403),
        ("http://localhost", 403),
        ("http://localhost.:PORT", 403),
        ("http://localhost.evil:PORT", 403),
        ("https://localhost:PORT", 403),
        ("https://app.example.", 403),
        ("", 403),
    ] {
        let line = format!("Origin: {}", origin.replace("PORT", &port));
        let answer = server.ask(&post(server.address, &[&line], PING));
        assert_eq!(answer.status, status, "{line}");
    }
    let twice = "Origin: https://app.example";
    assert_eq!(server.ask(&post(server.address, &[twice, twice], PING)).status, 403);
}

/// Pieces that requests are made of, and some that they aren't.
const PIECES: &[&str] = &[
    "POST /mcp HTTP/1.1\r\n",
    "GET / HTTP/1.1\r\n",
    "POST /mcp HTTP/1.0\r\n",
    "Host: AT\r\n",
    "Content-Length: 5\r\n",
    "Content-Length: 0\r\n",
    "Content-Length: 44\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Connection: close\r\n",
    "Connection: keep-alive\r\n",
    "Expect: 100-continue\r\n",
    "Upgrade: h2c\r\nConnection: upgrade\r\n",
    "Content-Type: application/json\r\n",
    "\r\n",
    "\r\n",
    "\n",
    "5\r\nhello\r\n",
    "0\r\n\r\n",
    "hello",
    PING,
];

#[test]
fn the_inspector_and_hyper_never_disagree_on_where_a_request_begins() {
    let short = Duration::from_millis(30);
    let timeouts =
        Timeouts { head: short, body: short, idle: short, linger: short, ..Timeouts::default() };
    let server = Server::start(TransportSettings { timeouts, ..TransportSettings::default() });
    let noise = vec((0..PIECES.len(), any::<u8>()), 1..24).prop_map(|parts| {
        // Now and then a piece is cut short.
        let piece = |(at, cut): (usize, u8)| {
            let piece = PIECES[at];
            let end = if cut < 16 { usize::from(cut).min(piece.len()) } else { piece.len() };
            piece.bytes().take(end).collect::<Vec<u8>>()
        };
        parts.into_iter().flat_map(piece).collect::<Vec<u8>>()
    });
    let good = "POST /mcp HTTP/1.1\r\nHost: AT\r\nContent-Length: 5\r\n\r\nhello";
    let mut runner = TestRunner::new(Config { cases: 500, ..Config::default() });
    let outcome = runner.run(&noise, |noise| {
        let text = format!("{good}{}", String::from_utf8_lossy(&noise));
        let bytes = text.replace("AT", &server.address.to_string());
        let mut socket = server.connect();
        // The last byte ends any head; a body is ended by its deadline.
        let _refused_early = socket.write_all(format!("{bytes}\n").as_bytes());
        let _reset = socket.read_to_end(&mut Vec::new());
        assert_eq!(server.echo.desyncs.load(Ordering::SeqCst), 0, "{}", bytes.escape_debug());
        Ok(())
    });
    outcome.unwrap();
}
