//! The org when it is slow, broken or has forgotten us, as callers meet it.

use std::time::Duration;

use fieldgate::demo_org::Fault;
use fieldgate::telemetry::Clock;
use serde_json::json;

use crate::harness::{ADMIN, Setup, Site, line};

const QUERY: &str = "SELECT Name FROM Account LIMIT 1";

#[test]
fn an_org_that_hangs_is_given_up_on_in_time() {
    let site = Site::new();
    let product = site.start_with(&Setup { org: "  timeout: 400ms\n", ..Setup::default() });
    let clock = Clock::system();
    site.org.faults().next(2, Fault::Hang);
    let begun = clock.monotonic();
    let answer = product.query(ADMIN, QUERY);
    let took = clock.monotonic().saturating_sub(begun);
    assert!((Duration::from_millis(400)..Duration::from_secs(5)).contains(&took), "{took:?}");
    assert_eq!(answer.code(), "salesforce_timeout", "{answer:?}");
    let last = site.journal().pop().unwrap();
    assert_eq!((&last["event"], &last["result"]), (&json!("outcome"), &json!("unknown")));
    // A write that is not answered may have been carried out, and the caller is told.
    let task = json!({ "object": "Task", "fields": { "Subject": "Call back" } });
    let answer = product.call(ADMIN, "createRecord", &task);
    assert_eq!(answer.code(), "salesforce_timeout");
    assert!(answer.text().contains("may have been carried out"), "{}", answer.text());
    assert_eq!(site.received().len(), 2, "something was sent again");
    product.query(ADMIN, QUERY).data();
}

#[test]
fn an_expired_token_is_renewed_once() {
    let site = Site::new();
    let product = site.start();
    site.org.expire_token().unwrap();
    product.query(ADMIN, QUERY).data();
    let lines = || site.org.requests().iter().map(line).collect::<Vec<_>>();
    let query = format!("GET /services/data/v68.0/query?q={QUERY}");
    let token = "POST /services/oauth2/token";
    assert_eq!(lines(), [&query, token, &query]);
    site.org.forget_requests();
    // One that is refused again right away is told, not tried again.
    site.org.faults().next(2, Fault::SessionInvalid);
    let answer = product.query(ADMIN, QUERY);
    assert_eq!(answer.code(), "salesforce_credential", "{answer:?}");
    assert_eq!(lines(), [&query, token, &query]);
    product.query(ADMIN, QUERY).data();
    // A write is repeated only because it was not carried out.
    site.org.expire_token().unwrap();
    let task = json!({ "object": "Task", "fields": { "Subject": "Only once, please" } });
    product.call(ADMIN, "createRecord", &task).data();
    let count = "SELECT COUNT() FROM Task WHERE Subject = 'Only once, please'";
    assert_eq!(product.query(ADMIN, count).data()["totalSize"], 1);
}

#[test]
fn an_org_that_breaks_is_told_and_asked_once() {
    let site = Site::new();
    let product = site.start_with(&Setup { org: "  max_answer: 1MiB\n", ..Setup::default() });
    let html = Fault::Raw {
        status: 503,
        content_type: "text/html".to_owned(),
        body: "<html>maintenance</html>".to_owned(),
    };
    let elsewhere = Fault::Redirect(format!("{}/services/data/", site.org.base_url()));
    for (fault, code) in [
        (Fault::ServerError, "salesforce_failed"),
        (Fault::Truncated, "salesforce_unreachable"),
        (Fault::Giant { bytes: 20_000_000 }, "answer_too_large"),
        (html, "salesforce_failed"),
        (elsewhere, "salesforce_failed"),
    ] {
        site.org.forget_requests();
        let shown = format!("{fault:?}");
        site.org.faults().next(1, fault);
        let answer = product.query(ADMIN, QUERY);
        assert!(answer.status == 200 && answer.refused(), "{shown}: {answer:?}");
        assert_eq!(answer.code(), code, "{shown}: {answer:?}");
        assert_eq!(site.org.requests().len(), 1, "{shown}");
        assert!(!answer.body.contains("maintenance"), "{answer:?}");
    }
    product.query(ADMIN, QUERY).data();
}

#[test]
fn an_org_that_can_not_be_reached_stops_the_start() {
    let site = Site::new();
    site.org.faults().next_token(1, Fault::ServerError);
    let Err(failed) = site.try_start(&Setup::default()) else { panic!("started") };
    assert_eq!(failed.status.code(), Some(1));
    assert!(failed.stderr.contains("the org's schema cannot be read"), "{failed:?}");
    // With the schema in a file it starts, and calls are told.
    let schema = site.path("schema.json");
    std::fs::write(&schema, fieldgate::demo_org::schema_json()).unwrap();
    let arguments = ["--org-schema", schema.to_str().unwrap()];
    let product = site.start_with(&Setup { arguments: &arguments, ..Setup::default() });
    site.org.faults().next_token(1, Fault::ServerError);
    let answer = product.query(ADMIN, QUERY);
    assert_eq!(answer.code(), "salesforce_credential", "{answer:?}");
    let last = site.journal().pop().unwrap();
    assert_eq!((&last["event"], &last["result"]), (&json!("outcome"), &json!("abandoned")));
    product.query(ADMIN, QUERY).data();
}
