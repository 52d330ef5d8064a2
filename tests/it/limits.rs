//! Limits as callers meet them: our own buckets, and the org's limits passed on as what they are.

use std::time::Duration;

use fieldgate::demo_org::Fault;
use fieldgate::telemetry::Clock;
use serde_json::json;

use crate::harness::{ADMIN, Answer, SALES, SUPPORT, Setup, Site};

const QUERY: &str = "SELECT Name FROM Account LIMIT 1";
const THREE_AN_HOUR: &str = "limits:\n  agent: 1/hour burst 3\n";

/// Every authenticated answer says what is left.
#[track_caller]
fn bears_fields(answer: &Answer) {
    for name in ["limit", "remaining", "reset"] {
        let value = answer.header(&format!("ratelimit-{name}"));
        let number = value.and_then(|value| value.parse::<u64>().ok());
        assert!(number.is_some(), "{name}: {answer:?}");
    }
    assert!(answer.header("ratelimit-policy").unwrap().contains("\"agent\";q=3"), "{answer:?}");
    assert!(answer.header("ratelimit").unwrap().contains("\"agent\";r="), "{answer:?}");
}

#[test]
fn the_call_after_a_bucket_of_three_is_throttled() {
    let site = Site::new();
    let product = site.start_with(&Setup { rest: THREE_AN_HOUR, ..Setup::default() });
    for left in ["2", "1", "0"] {
        let answer = product.query(SUPPORT, QUERY);
        answer.data();
        bears_fields(&answer);
        assert_eq!(answer.header("ratelimit-remaining"), Some(left));
        assert_eq!(answer.header("retry-after"), None);
    }
    let answer = product.query(SUPPORT, QUERY);
    assert!(answer.status == 200 && answer.refused(), "{answer:?}");
    assert_eq!(answer.code(), "throttled");
    bears_fields(&answer);
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((3_000..=3_600).contains(&wait), "{wait}");
    assert_eq!(answer.meta("fieldgate/ratelimit")["retryAfterSeconds"], wait);
    assert_eq!(answer.meta("fieldgate/ratelimit")["limits"][0]["limit"], 3);
    assert_eq!(site.received().len(), 3, "a throttled call was sent");
    let last = site.journal().pop().unwrap();
    assert_eq!((&last["event"], &last["bucket"]), (&json!("throttled"), &json!("agent")));
    assert_eq!(last["id"], answer.decision());
    // What is denied, and another agent, are no worse off for it.
    assert_eq!(product.query(SUPPORT, "SELECT SSN__c FROM Contact").code(), "policy_denied");
    product.query(SALES, QUERY).data();
}

#[test]
fn every_answer_says_what_is_left() {
    let site = Site::new();
    let product = site.start_with(&Setup { rest: THREE_AN_HOUR, ..Setup::default() });
    let version = json!({ "protocolVersion": "2025-11-25", "capabilities": {} });
    bears_fields(&product.method(SUPPORT, "initialize", &version));
    let list = product.method(SUPPORT, "tools/list", &json!({}));
    bears_fields(&list);
    assert_eq!(list.meta("fieldgate/ratelimit")["limits"][0]["remaining"], 3);
    bears_fields(&product.method(SUPPORT, "ping", &json!({})));
    bears_fields(&product.method(SUPPORT, "nope", &json!({})));
    bears_fields(&product.call(SUPPORT, "nope", &json!({})));
    bears_fields(&product.call(SUPPORT, "executeQuery", &json!({})));
    bears_fields(&product.query(SUPPORT, "SELECT SSN__c FROM Contact"));
    bears_fields(&product.post(SUPPORT, "{"));
    bears_fields(
        &product.post(SUPPORT, r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#),
    );
    for _ in 0..5 {
        bears_fields(&product.query(SUPPORT, QUERY));
    }
}

#[test]
fn a_server_may_be_set_to_answer_limits_with_429() {
    let site = Site::new();
    let rest = format!("{THREE_AN_HOUR}  refuse_with: status\n");
    let product = site.start_with(&Setup { rest: &rest, ..Setup::default() });
    for _ in 0..3 {
        product.query(SUPPORT, QUERY).data();
    }
    let answer = product.query(SUPPORT, QUERY);
    assert_eq!((answer.status, answer.code()), (429, "throttled"), "{answer:?}");
    assert!(answer.refused() && answer.header("retry-after").is_some());
    site.org.faults().next(1, Fault::LimitExceeded);
    let answer = product.query(ADMIN, QUERY);
    assert_eq!((answer.status, answer.code()), (429, "salesforce_limit"), "{answer:?}");
    // A denial is not a limit.
    assert_eq!(product.query(SUPPORT, "SELECT SSN__c FROM Contact").status, 200);
}

#[test]
fn a_tool_can_have_a_bucket_of_its_own() {
    let site = Site::new();
    let rest =
        "limits:\n  agent: 100/second burst 100\n  tools:\n    describeObject: 1/hour burst 1\n";
    let product = site.start_with(&Setup { rest, ..Setup::default() });
    let describe = || product.call(SUPPORT, "describeObject", &json!({ "object": "Account" }));
    describe().data();
    let answer = describe();
    assert_eq!(answer.code(), "throttled", "{answer:?}");
    assert!(answer.header("ratelimit-policy").unwrap().contains("\"tool:describeObject\";q=1"));
    assert_eq!(site.received().len(), 1);
    product.query(SUPPORT, QUERY).data();
}

#[test]
fn the_orgs_own_limit_is_passed_on_at_once_and_asked_for_once() {
    let site = Site::new();
    let product = site.start();
    let clock = Clock::system();
    for (fault, status) in
        [(Fault::LimitExceeded, 403), (Fault::TooManyRequests { retry_after_s: 30 }, 429)]
    {
        site.org.forget_requests();
        site.org.faults().next(1, fault);
        let begun = clock.monotonic();
        let answer = product.query(ADMIN, QUERY);
        assert!(clock.monotonic().saturating_sub(begun) < Duration::from_secs(5));
        assert!(answer.status == 200 && answer.refused(), "{answer:?}");
        assert_eq!(answer.code(), "salesforce_limit");
        assert_eq!(answer.meta("fieldgate/salesforceCode"), "REQUEST_LIMIT_EXCEEDED");
        assert!(answer.header("ratelimit").unwrap().contains("\"sf-daily\""), "{answer:?}");
        assert_eq!(site.org.requests().len(), 1);
        let last = site.journal().pop().unwrap();
        assert_eq!(last["event"], "outcome");
        assert_eq!(
            (&last["result"], &last["reason"]),
            (&json!("fault"), &json!("salesforce_limit"))
        );
        assert_eq!(last["upstream_status"], status);
    }
}
