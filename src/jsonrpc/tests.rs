use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn limits() -> Limits {
    Limits { max_depth: 8, max_nodes: 40 }
}

#[track_caller]
fn refused(body: &[u8]) -> (Fault, Option<Id>) {
    match parse(body, limits()) {
        Err(EnvelopeError { fault, id }) => (fault, id),
        Ok(message) => panic!("accepted as {message:?}"),
    }
}

#[test]
fn a_request_keeps_its_params_as_they_were_sent() {
    let body =
        br#"{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"n": 1.50, "x":null}}"#;
    let Ok(Message::Request(request)) = parse(body, limits()) else { panic!("not a request") };
    assert_eq!(request.id, Id::Text("a".to_owned()));
    assert_eq!(request.method, "tools/call");
    assert_eq!(request.params.unwrap().get(), r#"{"n": 1.50, "x":null}"#);
}

#[test]
fn kinds_are_told_apart_by_method_and_id() {
    let cases: [(&str, &str); 4] = [
        (r#"{"jsonrpc":"2.0","id":-7,"method":"m"}"#, "request"),
        (r#"{"jsonrpc":"2.0","method":"m"}"#, "notification"),
        (r#"{"jsonrpc":"2.0","id":"x","result":null}"#, "response"),
        (r#"{"jsonrpc":"2.0","id":"x","error":{"code":1,"message":"no"}}"#, "response"),
    ];
    for (body, expected) in cases {
        let kind = match parse(body.as_bytes(), limits()).unwrap() {
            Message::Request(_) => "request",
            Message::Notification(_) => "notification",
            Message::Response(_) => "response",
        };
        assert_eq!(kind, expected, "{body}");
    }
}

#[test]
fn hostile_envelopes_are_refused_for_the_reason_they_are_hostile() {
    let one = Some(Id::Number(1));
    let dup = |key: &str| Fault::DuplicateKey(key.to_owned());
    let variant = |found: &str, meant| Fault::KeyVariant { found: found.to_owned(), meant };
    let deep = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"m","params":{{"a":{}{}}}}}"#,
        "[".repeat(100),
        "]".repeat(100)
    );
    let wide = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"m","params":{{"a":[{}0]}}}}"#,
        "0,".repeat(100)
    );
    let long_id = format!(r#"{{"jsonrpc":"2.0","id":"{}","method":"m"}}"#, "i".repeat(257));
    let cases: Vec<(&str, Fault, Option<Id>)> = vec![
        (r#"{"jsonrpc":"2.0","id":1,"method":"a","method":"b"}"#, dup("method"), one.clone()),
        (r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"a"}"#, dup("id"), None),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"a","params":{"name":"x","name":"y"}}"#,
            dup("name"),
            one.clone(),
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"a","params":{"name":"x","n\u0061me":"y"}}"#,
            dup("name"),
            one.clone(),
        ),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"a","params":{"l":[{"k":[{"z":1,"z":1}]}]}}"#,
            dup("z"),
            one.clone(),
        ),
        (r#"{"jsonrpc":"2.0","id":1,"Method":"a"}"#, variant("Method", "method"), one.clone()),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"a","PARAMS":{}}"#,
            variant("PARAMS", "params"),
            one.clone(),
        ),
        (r#"{"jsonrpc":"2.0","ID":1,"method":"a"}"#, variant("ID", "id"), None),
        (r#"{"jsonrpc":"2.0","id ":1,"method":"a"}"#, variant("id ", "id"), None),
        (&deep, Fault::TooDeep(8), one.clone()),
        (&wide, Fault::TooManyNodes(40), one.clone()),
        (r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, Fault::Batch, None),
        ("[]", Fault::Batch, None),
        ("7", Fault::NotAnObject, None),
        (r#"{"jsonrpc":"2.0","id":null,"method":"a"}"#, Fault::BadId, None),
        (r#"{"jsonrpc":"2.0","id":1.0,"method":"a"}"#, Fault::BadId, None),
        (r#"{"jsonrpc":"2.0","id":1e3,"method":"a"}"#, Fault::BadId, None),
        (r#"{"jsonrpc":"2.0","id":true,"method":"a"}"#, Fault::BadId, None),
        (r#"{"jsonrpc":"2.0","id":{},"method":"a"}"#, Fault::BadId, None),
        (r#"{"jsonrpc":"2.0","id":[1],"method":"a"}"#, Fault::BadId, None),
        (r#"{"jsonrpc":"2.0","id":18446744073709551615,"method":"a"}"#, Fault::BadId, None),
        (&long_id, Fault::BadId, None),
        (r#"{"id":1,"method":"a"}"#, Fault::BadVersion, one.clone()),
        (r#"{"jsonrpc":"1.0","id":1,"method":"a"}"#, Fault::BadVersion, one.clone()),
        (r#"{"jsonrpc":2.0,"id":1,"method":"a"}"#, Fault::BadVersion, one.clone()),
        (r#"{"jsonrpc":"2.0","id":1,"method":7}"#, Fault::BadMethod, one.clone()),
        (r#"{"jsonrpc":"2.0","id":1,"method":""}"#, Fault::BadMethod, one.clone()),
        (r#"{"jsonrpc":"2.0","id":1,"method":"a\u0000b"}"#, Fault::BadMethod, one.clone()),
        (r#"{"jsonrpc":"2.0","id":1,"method":"a","params":[1]}"#, Fault::BadParams, one.clone()),
        (r#"{"jsonrpc":"2.0","id":1,"method":"a","params":null}"#, Fault::BadParams, one.clone()),
        (r#"{"jsonrpc":"2.0","id":1,"method":"a","params":"x"}"#, Fault::BadParams, one.clone()),
        (r#"{"jsonrpc":"2.0","id":1,"method":"a","result":{}}"#, Fault::NoKind, one.clone()),
        (r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{}}"#, Fault::NoKind, one.clone()),
        (r#"{"jsonrpc":"2.0","id":1}"#, Fault::NoKind, one),
        (r#"{"jsonrpc":"2.0","result":{}}"#, Fault::NoKind, None),
        ("\u{feff}{}", Fault::ByteOrderMark, None),
    ];
    for (body, fault, id) in cases {
        assert_eq!(refused(body.as_bytes()), (fault, id), "{body}");
    }
}

#[test]
fn what_is_not_json_is_a_parse_error_without_an_id() {
    let bodies: [&[u8]; 12] = [
        b"",
        b" ",
        b"{",
        br#"{"jsonrpc":"2.0","id":1,"method":"m"}x"#,
        br#"{"jsonrpc":"2.0","id":1,"method":"m"}{}"#,
        br#"{"jsonrpc":"2.0","id":1,"method":"m",}"#,
        br#"{'jsonrpc':'2.0'}"#,
        br#"{"jsonrpc":"2.0","id":1,"method":"\ud800"}"#,
        br#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":1e999}}"#,
        br#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":NaN}}"#,
        b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\"}",
        b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\nb\"}",
    ];
    for body in bodies {
        let error = parse(body, limits()).expect_err("accepted");
        assert_eq!((error.code(), error.id), (PARSE_ERROR, None), "{}", body.escape_ascii());
    }
}

#[test]
fn data_may_hold_nul_and_any_depth_up_to_the_limit() {
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":[[[[[["\u0000"]]]]]]}}"#;
    parse(body.as_bytes(), limits()).unwrap();
    let deeper = r#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":[[[[[[[]]]]]]]}}"#;
    assert_eq!(refused(deeper.as_bytes()).0, Fault::TooDeep(8));
}

#[test]
fn an_error_without_a_readable_id_has_no_id_member() {
    let object = || ErrorObject::<()> { code: PARSE_ERROR, message: "no", data: None };
    let bare = print_error(None, object()).unwrap();
    assert_eq!(bare, br#"{"jsonrpc":"2.0","error":{"code":-32700,"message":"no"}}"#);
    let with_id = print_error(Some(&Id::Number(3)), object()).unwrap();
    assert_eq!(with_id, br#"{"jsonrpc":"2.0","id":3,"error":{"code":-32700,"message":"no"}}"#);
}

#[test]
fn a_preview_is_short_and_has_no_control_characters() {
    assert_eq!(preview("a\u{1b}[31mb"), "a\u{fffd}[31mb");
    assert_eq!(preview(&"x".repeat(200)).chars().count(), 81);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|n| json!(n)),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 30, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".*", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn any_id() -> impl Strategy<Value = Id> {
    prop_oneof![any::<i64>().prop_map(Id::Number), "\\PC{0,20}".prop_map(Id::Text)]
}

proptest! {
    #[test]
    fn what_is_printed_parses_to_the_same_message(
        id in any_id(),
        method in "[a-z/]{1,20}",
        params in prop::collection::btree_map(".*", any_json(), 0..4),
    ) {
        let limits = Limits::default();
        let printed = print_request(&id, &method, &params).unwrap();
        let Ok(Message::Request(first)) = parse(&printed, limits) else {
            panic!("not a request: {}", printed.escape_ascii())
        };
        prop_assert_eq!(&first.id, &id);
        prop_assert_eq!(&first.method, &method);
        let again = print_request(&first.id, &first.method, first.params.unwrap()).unwrap();
        prop_assert_eq!(again, printed);
    }

    #[test]
    fn no_bytes_make_the_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _outcome = parse(&bytes, limits()).is_ok();
    }

    #[test]
    fn a_doubled_key_is_refused_wherever_it_is(value in any_json(), key in ".{0,8}") {
        let key = Value::from(key).to_string();
        let body = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"m","params":{{"p":[{{{key}:{value},{key}:0}}]}}}}"#
        );
        let error = parse(body.as_bytes(), Limits::default()).expect_err("accepted");
        prop_assert!(matches!(error.fault, Fault::DuplicateKey(_)), "{:?}", error);
    }
}
