//! Silence, slowness, pipelining, hanging up, shutting down, and limits on all connections.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::atomic::Ordering;
use std::time::Duration;

use fieldgate::proxy::transport::{Timeouts, TransportSettings};

use super::{Answer, PING, Server, call, header, post};

fn impatient() -> TransportSettings {
    let short = Duration::from_millis(200);
    let timeouts = Timeouts { head: short, body: short, idle: short, ..Timeouts::default() };
    TransportSettings { timeouts, ..TransportSettings::default() }
}

/// Whether the server closes the connection; the socket's own limit bounds the wait.
fn is_closed(socket: &mut TcpStream) -> bool {
    match socket.read(&mut [0]) {
        Ok(read) => read == 0,
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    }
}

#[test]
fn silent_and_slow_connections_are_closed() {
    let server = Server::start(impatient());
    for sent in ["", "P", "POST /mcp HTTP/1.1\r\nHost: x\r\n"] {
        let mut socket = server.connect();
        socket.write_all(sent.as_bytes()).unwrap();
        assert!(is_closed(&mut socket), "{sent:?}");
    }
    let mut slow = server.connect();
    let request = post(server.address, &[], PING);
    slow.write_all(request.split_last().unwrap().1).unwrap();
    assert_eq!(Answer::read(&mut slow).unwrap().status, 408);
    assert!(is_closed(&mut slow));
    let mut idle = server.connect();
    idle.write_all(&request).unwrap();
    assert_eq!(Answer::read(&mut idle).unwrap().status, 200);
    assert!(is_closed(&mut idle));
}

#[test]
fn a_long_call_outlives_the_deadlines_of_its_connection() {
    let server = Server::start(impatient());
    let mut socket = server.connect();
    socket.write_all(&post(server.address, &[], &call("wait", "{}"))).unwrap();
    server.runtime.block_on(async {
        server.echo.started.notified().await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        server.echo.go_on.notify_one();
    });
    assert_eq!(Answer::read(&mut socket).unwrap().status, 200);
}

#[test]
fn pipelined_requests_are_answered_in_turn_up_to_the_first_bad_one() {
    let server = Server::start(TransportSettings::default());
    let good = post(server.address, &[], PING);
    let bad = b"POST /mcp HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n";
    let mut socket = server.connect();
    socket.write_all(&[&good[..], &good, bad, &good].concat()).unwrap();
    let statuses: Vec<u16> =
        std::iter::from_fn(|| Answer::read(&mut socket)).map(|answer| answer.status).collect();
    assert_eq!(statuses, [200, 200, 400]);
}

#[test]
fn nothing_is_read_after_a_chunked_request() {
    let server = Server::start(TransportSettings::default());
    let chunked = format!(
        "POST /mcp HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
         Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{PING}\r\n0\r\n\r\n",
        server.address,
        PING.len()
    );
    let mut socket = server.connect();
    socket.write_all(&[chunked.as_bytes(), &post(server.address, &[], PING)].concat()).unwrap();
    assert_eq!(Answer::read(&mut socket).unwrap().status, 200);
    assert!(is_closed(&mut socket));
}

#[test]
fn a_call_goes_on_when_its_client_hangs_up() {
    let server = Server::start(TransportSettings::default());
    let mut socket = server.connect();
    socket.write_all(&post(server.address, &[], &call("wait", "{}"))).unwrap();
    server.runtime.block_on(server.echo.started.notified());
    drop(socket);
    assert_eq!(server.ask(&post(server.address, &[], PING)).status, 200);
    server.echo.go_on.notify_one();
    // Shutting down waits for the call.
    server.shutdown.send(true).unwrap();
    server.runtime.block_on(server.serving).unwrap().unwrap();
    assert_eq!(server.echo.finished.load(Ordering::SeqCst), 1);
}

#[test]
fn shutting_down_lets_a_call_end_and_closes_its_connection() {
    let server = Server::start(TransportSettings::default());
    let mut socket = server.connect();
    socket.write_all(&post(server.address, &[], &call("wait", "{}"))).unwrap();
    server.runtime.block_on(server.echo.started.notified());
    server.shutdown.send(true).unwrap();
    server.echo.go_on.notify_one();
    assert_eq!(Answer::read(&mut socket).unwrap().status, 200);
    assert!(is_closed(&mut socket));
    // With this the listener is gone too.
    server.runtime.block_on(server.serving).unwrap().unwrap();
}

#[test]
fn a_client_is_asked_over_the_stream_and_answers_in_another_request() {
    let server = Server::start(TransportSettings::default());
    let mut socket = server.connect();
    let accept = "Accept: application/json, text/event-stream";
    socket.write_all(&post(server.address, &[accept], &call("ask", "{}"))).unwrap();
    let mut text = String::new();
    let mut read_until = |part: &str| {
        while !text.contains(part) {
            let mut bytes = [0; 1024];
            let read = socket.read(&mut bytes).unwrap();
            assert_ne!(read, 0, "the stream ended before {part:?}: {text}");
            text.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
        text.clone()
    };
    let asked = read_until("roots/list");
    assert!(asked.contains("content-type: text/event-stream"), "{asked}");
    assert!(asked.contains("ratelimit-limit: 7"), "{asked}");
    let id = asked.split("\"id\":\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(id.len(), 32);
    let answer = format!(r#"{{"jsonrpc":"2.0","id":"{id}","result":{{"roots":[]}}}}"#);
    assert_eq!(server.ask(&post(server.address, &[], &answer)).status, 202);
    read_until("roots\\\\\\\":[]");
    // Who takes no events can't be asked, and hears so.
    let json_only = post(server.address, &["Accept: application/json"], &call("ask", "{}"));
    let refused = server.ask(&json_only);
    assert!(refused.body.to_string().contains("Unreachable"), "{refused:?}");
}

#[test]
fn connections_and_bodies_are_limited_together() {
    let settings = TransportSettings { max_connections: 1, ..TransportSettings::default() };
    let server = Server::start(settings);
    let mut first = server.connect();
    let ping = post(server.address, &[], PING);
    first.write_all(&ping).unwrap();
    assert_eq!(Answer::read(&mut first).unwrap().status, 200);
    assert_eq!(Answer::read(&mut server.connect()).unwrap().status, 503);
    let settings = TransportSettings { max_bodies: 1000, ..TransportSettings::default() };
    let server = Server::start(settings);
    let mut holding = server.connect();
    let large = call("wait", &format!("\"{}\"", "x".repeat(800)));
    holding.write_all(&post(server.address, &[], &large)).unwrap();
    server.runtime.block_on(server.echo.started.notified());
    let refused = server.ask(&post(server.address, &[], &large));
    assert_eq!((refused.status, header(&refused.head, "retry-after")), (503, Some("1")));
    assert_eq!(server.ask(&post(server.address, &[], PING)).status, 200);
    server.echo.go_on.notify_one();
    assert_eq!(Answer::read(&mut holding).unwrap().status, 200);
    server.echo.go_on.notify_one();
    assert_eq!(server.ask(&post(server.address, &[], &large)).status, 200);
}

#[test]
fn connections_that_are_gone_when_they_are_handed_over_give_their_places_back() {
    let server = Server::start(TransportSettings { max_connections: 4, ..Default::default() });
    let ping = post(server.address, &[], PING);
    for nth in 0..300 {
        // Nothing, a part or a whole request; where there is an answer, it is never read.
        let part = &ping[..nth * 7 % (ping.len() + 1)];
        let _refused = server.connect().write_all(part);
    }
    let served = |_| loop {
        let mut socket = server.connect();
        let sent = socket.write_all(&ping);
        if sent.is_ok() && Answer::read(&mut socket).is_some_and(|answer| answer.status == 200) {
            break socket;
        }
    };
    let held: Vec<_> = (0..4).map(served).collect();
    assert_eq!(Answer::read(&mut server.connect()).unwrap().status, 503);
    drop(held);
}

#[test]
fn a_client_that_does_not_read_is_cut_off() {
    let short = Duration::from_millis(200);
    let timeouts = Timeouts { write: short, linger: short, ..Timeouts::default() };
    let server = Server::start(TransportSettings { timeouts, ..TransportSettings::default() });
    let mut deaf = server.connect();
    deaf.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
    let large = post(server.address, &[], &call("echo", &format!("\"{}\"", "x".repeat(900_000))));
    let error = loop {
        if let Err(error) = deaf.write_all(&large) {
            break error;
        }
    };
    assert!(matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{error}");
}

#[test]
fn a_client_may_wait_for_leave_to_send_its_body() {
    let server = Server::start(TransportSettings::default());
    let request = String::from_utf8(post(server.address, &["Expect: 100-continue"], PING)).unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut socket = server.connect();
    socket.write_all(format!("{head}\r\n\r\n").as_bytes()).unwrap();
    assert_eq!(Answer::read(&mut socket).unwrap().status, 100);
    socket.write_all(body.as_bytes()).unwrap();
    assert_eq!(Answer::read(&mut socket).unwrap().status, 200);
    // A body over the limit gets no leave.
    let too_large =
        head.replace(&format!("Content-Length: {}", PING.len()), "Content-Length: 9999999");
    let mut socket = server.connect();
    socket.write_all(format!("{too_large}\r\n\r\n").as_bytes()).unwrap();
    assert_eq!(Answer::read(&mut socket).unwrap().status, 413);
}
