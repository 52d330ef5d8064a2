use std::net::SocketAddr;
use std::sync::Arc;

use proptest::prelude::*;

use super::access::Access;
use super::framing::{Inspector, Step};
use super::head::{Framing, HeadFault, inspect, judge_byte};
use super::settings::TransportSettings;
use super::socket::{Conversation, HeadVerdict};

fn judged(head: &str) -> Result<Framing, HeadFault> {
    let mut before = 0;
    for byte in head.bytes() {
        judge_byte(before, byte)?;
        before = byte;
    }
    inspect(head.as_bytes())
}

#[test]
fn heads_are_taken_or_refused_for_what_they_say() {
    let many = format!("POST / HTTP/1.1\r\nHost: h\r\n{}\r\n", "a: b\r\n".repeat(64));
    let rows: [(&str, Result<Framing, HeadFault>); 41] = [
        ("POST /mcp HTTP/1.1\r\nHost: h\r\n\r\n", Ok(Framing::Length(0))),
        ("POST /mcp HTTP/1.0\r\nHost: h\r\n\r\n", Ok(Framing::Length(0))),
        ("POST /mcp HTTP/1.1\r\nhOST:h\r\ncontent-LENGTH:  7 \r\n\r\n", Ok(Framing::Length(7))),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n", Ok(Framing::Chunked)),
        ("POST http://h/mcp HTTP/1.1\r\nHost: h\r\n\r\n", Ok(Framing::Length(0))),
        ("POST http://H:1?q HTTP/1.1\r\nHost: h:1\r\n\r\n", Ok(Framing::Length(0))),
        ("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", Ok(Framing::Length(0))),
        ("POST / HTTP/1.1\r\nHost: h\r\nX: caf\u{e9}\r\n\r\n", Ok(Framing::Length(0))),
        ("POST /mcp HTTP/1.1\r\n\r\n", Err(HeadFault::NoHost)),
        ("POST /mcp HTTP/1.0\r\n\r\n", Err(HeadFault::NoHost)),
        ("POST / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n", Err(HeadFault::ManyHosts)),
        ("POST / HTTP/1.1\r\nHost: h\r\nhost: e\r\n\r\n", Err(HeadFault::ManyHosts)),
        ("POST http://e/ HTTP/1.1\r\nHost: h\r\n\r\n", Err(HeadFault::OtherAuthority)),
        ("POST http://h@e/ HTTP/1.1\r\nHost: h\r\n\r\n", Err(HeadFault::OtherAuthority)),
        ("POST http:/// HTTP/1.1\r\nHost: h\r\n\r\n", Err(HeadFault::OtherAuthority)),
        ("CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\n", Err(HeadFault::RequestLine)),
        ("POST file:///etc HTTP/1.1\r\nHost: h\r\n\r\n", Err(HeadFault::RequestLine)),
        ("POST /#f HTTP/1.1\r\nHost: h\r\n\r\n", Err(HeadFault::RequestLine)),
        ("POST  / HTTP/1.1\r\nHost: h\r\n\r\n", Err(HeadFault::RequestLine)),
        ("POST / x HTTP/1.1\r\nHost: h\r\n\r\n", Err(HeadFault::RequestLine)),
        ("POST\t/ HTTP/1.1\r\nHost: h\r\n\r\n", Err(HeadFault::RequestLine)),
        ("P(ST / HTTP/1.1\r\nHost: h\r\n\r\n", Err(HeadFault::RequestLine)),
        ("POST /\u{e9} HTTP/1.1\r\nHost: h\r\n\r\n", Err(HeadFault::RequestLine)),
        ("\r\n\r\n", Err(HeadFault::RequestLine)),
        ("PRI * HTTP/2.0\r\n\r\n", Err(HeadFault::Version)),
        ("POST / HTTP/1.2\r\nHost: h\r\n\r\n", Err(HeadFault::Version)),
        ("POST / http/1.1\r\nHost: h\r\n\r\n", Err(HeadFault::Version)),
        ("POST / HTTP/1.1\nHost: h\n\n", Err(HeadFault::BareLineEnd)),
        ("POST / HTTP/1.1\r\nHost: h\r\rX: y\r\n\r\n", Err(HeadFault::BareLineEnd)),
        ("POST / HTTP/1.1\r\nHost: h\r\nX: \u{0}\r\n\r\n", Err(HeadFault::ControlCharacter)),
        ("\u{16}\u{3}\u{1}", Err(HeadFault::ControlCharacter)),
        ("POST / HTTP/1.1\r\nHost: h\r\n folded: x\r\n\r\n", Err(HeadFault::Field)),
        ("POST / HTTP/1.1\r\nHost: h\r\nX : y\r\n\r\n", Err(HeadFault::Field)),
        ("POST / HTTP/1.1\r\nHost: h\r\nnothing\r\n\r\n", Err(HeadFault::Field)),
        (
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            Err(HeadFault::LengthAndEncoding),
        ),
        (
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
            Err(HeadFault::Length),
        ),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\n", Err(HeadFault::Length)),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1, 1\r\n\r\n", Err(HeadFault::Length)),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", Err(HeadFault::Encoding)),
        (
            "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n",
            Err(HeadFault::Encoding),
        ),
        (&many, Err(HeadFault::TooLarge)),
    ];
    for (head, expected) in rows {
        assert_eq!(judged(head), expected, "{}", head.escape_debug());
    }
}

/// What is let go, in order, when the bytes arrive in pieces of `piece`.
fn let_go(bytes: &[u8], piece: usize) -> (Vec<(char, Vec<u8>)>, Option<HeadFault>) {
    let (mut inspector, mut waiting, mut gone) = (Inspector::default(), Vec::new(), Vec::new());
    for part in bytes.chunks(piece) {
        waiting.extend_from_slice(part);
        while !waiting.is_empty() {
            let (kind, length) = match inspector.advance(&waiting) {
                Step::Head(length) => ('h', length),
                Step::Body(length) => ('b', length),
                Step::More => break,
                Step::Refuse(fault) => return (gone, Some(fault)),
            };
            let passed: Vec<u8> = waiting.drain(..length).collect();
            match gone.last_mut() {
                Some(('b', body)) if kind == 'b' => body.extend(passed),
                Some(_) | None => gone.push((kind, passed)),
            }
        }
    }
    (gone, None)
}

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n";
const POST: &[u8] = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n";
const CHUNKED: &[u8] = b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";

#[test]
fn a_body_is_not_mistaken_for_a_head_nor_a_head_for_a_body() {
    let bytes = [POST, b"a\nb\0c", GET, POST, b"GET /", GET].concat();
    let expected = vec![
        ('h', POST.to_vec()),
        ('b', b"a\nb\0c".to_vec()),
        ('h', GET.to_vec()),
        ('h', POST.to_vec()),
        ('b', b"GET /".to_vec()),
        ('h', GET.to_vec()),
    ];
    assert_eq!(let_go(&bytes, bytes.len()), (expected, None));
}

#[test]
fn nothing_is_judged_after_a_chunked_head() {
    let bytes = [CHUNKED, b"0\r\n\r\n", b"no head\n"].concat();
    let (gone, fault) = let_go(&bytes, 7);
    assert_eq!((gone.len(), fault), (2, None));
}

#[test]
fn a_wrong_byte_is_refused_before_the_head_is_complete() {
    assert_eq!(let_go(b"POST / HTTP/1.1\n", 1), (vec![], Some(HeadFault::BareLineEnd)));
    let endless = [b"GET /", vec![b'a'; 20_000].as_slice()].concat();
    assert_eq!(let_go(&endless, 1000), (vec![], Some(HeadFault::TooLarge)));
}

proptest! {
    #[test]
    fn how_bytes_are_cut_into_pieces_changes_nothing(
        parts in prop::collection::vec(0_usize..5, 1..6),
        piece in 1_usize..40,
    ) {
        let wrong: &[u8] = b"GET / HTTP/1.1\r\n\r\n";
        let kinds = [GET.to_vec(), [POST, b"\r\n\r\n1"].concat(), CHUNKED.to_vec(),
            wrong.to_vec(), b"junk\n".to_vec()];
        let bytes: Vec<u8> = parts.iter().flat_map(|at| kinds[*at].clone()).collect();
        prop_assert_eq!(let_go(&bytes, piece), let_go(&bytes, bytes.len()));
    }

    #[test]
    fn no_bytes_make_the_inspector_panic_or_let_go_of_more_than_came(
        bytes in prop::collection::vec(any::<u8>(), 0..300), piece in 1_usize..50,
    ) {
        let (gone, _fault) = let_go(&bytes, piece);
        prop_assert!(gone.iter().map(|(_, part)| part.len()).sum::<usize>() <= bytes.len());
    }
}

#[test]
fn hosts_and_origins_are_exact() {
    let settings = TransportSettings {
        allowed_hosts: vec!["gate.Example".to_owned(), "other:9".to_owned()],
        allowed_origins: vec!["https://app.example".to_owned()],
        ..TransportSettings::default()
    };
    let local: SocketAddr = "127.0.0.1:8080".parse().unwrap();
    let open: SocketAddr = "0.0.0.0:8080".parse().unwrap();
    let access = Access::new(local, &settings);
    for (host, admitted) in [
        ("localhost:8080", true),
        ("LOCALHOST:8080", true),
        ("127.0.0.1:8080", true),
        ("[::1]:8080", true),
        ("gate.example", true),
        ("gate.example:1", true),
        ("other:9", true),
        ("other:8", false),
        ("other", false),
        ("localhost", false),
        ("localhost:80", false),
        ("localhost.:8080", false),
        ("localhost.evil:8080", false),
        ("evil.gate.example", false),
        ("127.0.0.1.evil:8080", false),
        ("127.1:8080", false),
        ("", false),
        (":8080", false),
        ("gate.example:x", false),
    ] {
        assert_eq!(access.admits_host(host.as_bytes()), admitted, "{host}");
    }
    for (origins, on_loopback, everywhere) in [
        (vec![], true, true),
        (vec!["http://localhost:8080"], true, false),
        (vec!["http://127.0.0.1:8080"], true, false),
        (vec!["http://[::1]:8080"], true, false),
        (vec!["https://app.example"], true, true),
        (vec!["https://app.example", "https://app.example"], false, false),
        (vec!["https://APP.example"], false, false),
        (vec!["https://app.example."], false, false),
        (vec!["https://app.example:443"], false, false),
        (vec!["http://app.example"], false, false),
        (vec!["https://localhost:8080"], false, false),
        (vec!["http://localhost:8081"], false, false),
        (vec!["http://localhost"], false, false),
        (vec!["http://localhost.evil:8080"], false, false),
        (vec!["null"], false, false),
        (vec![""], false, false),
        (vec!["http://evil.example.com"], false, false),
    ] {
        let bytes = || origins.iter().map(|origin| origin.as_bytes());
        assert_eq!(access.admits_origins(bytes()), on_loopback, "{origins:?}");
        let open = Access::new(open, &settings);
        assert_eq!(open.admits_origins(bytes()), everywhere, "{origins:?} on all interfaces");
    }
}

#[test]
fn a_request_that_no_cleared_head_accounts_for_is_unseen() {
    let conversation = Arc::new(Conversation::default());
    assert_eq!(conversation.next(), HeadVerdict::Unseen);
}
