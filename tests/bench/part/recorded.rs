//! What a permitted call is charged and recorded as: bucket, journal and span.

use std::num::NonZeroU32;
use std::rc::Rc;
use std::time::Duration;

use fieldgate::audit::{
    AccessGroup, Admission, Call, Decision, Journal, JournalSettings, Outcome, OutcomeResult, Start,
};
use fieldgate::limits::{LimitSettings, Limits, Printed, Rate};
use fieldgate::salesforce::rest::ApiVersion;
use fieldgate::telemetry::{CallEnd, CallStart, Clock, OtlpSettings, SpanDecision, Spans};

use super::Part;
use super::policies::{decide, query, schema, set};

pub(super) fn bucket() -> Vec<Part> {
    let many = NonZeroU32::new(1_000_000_000).unwrap();
    let rate = Rate::per_second(many, many).unwrap();
    let clock = Clock::system();
    let limits = Limits::new(&LimitSettings::new(rate), move || clock.monotonic());
    let schema = Rc::new(schema());
    let set = set(&schema, 10, "");
    let version = ApiVersion::parse("68.0").unwrap();
    let bucket = Part::with(
        "bucket",
        "1 agent",
        move || Printed::of(decide(&set, &schema, query(&schema, 3)), &version),
        move |printed| limits.admit(printed, "agent", "executeQuery", NonZeroU32::MIN).unwrap(),
    );
    vec![bucket]
}

/// Two lines, written as those of calls are.
pub(super) fn journal() -> Vec<Part> {
    let folder = tempfile::tempdir().unwrap();
    let settings = JournalSettings::new(folder.path().join("bench.jsonl"));
    let start = Start { version: "bench", policy_set: "0", catalogue: "0", digest_key: None };
    let clock = Clock::system();
    let journal = Journal::open(&settings, &start, move || clock.wall()).unwrap();
    let journal = journal.written_by_callers(true);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let decision = Decision {
        operation: "query".into(),
        objects: vec!["Object00".into()],
        accesses: vec![AccessGroup {
            action: "select".into(),
            object: "Object00".into(),
            fields: (0..20).map(|field| format!("Object00.Field{field:03}__c").into()).collect(),
        }],
        row_bound: Some(100),
        policies: vec!["reads".into(), "filters".into()],
        policy_set: "0123456789abcdef".repeat(4),
        ..Decision::default()
    };
    let recorded = Part::of("journal: admission and outcome", "20 fields", move || {
        // The file goes when the part does.
        let _kept = &folder;
        let call = Call {
            agent: Some("agent".to_owned()),
            tool: Some("executeQuery".to_owned()),
            ..Call::new(journal.new_id())
        };
        let admission = Admission { call, decision: decision.clone() };
        runtime.block_on(async {
            let entry = journal.admit(&admission).await.unwrap();
            entry.close(&Outcome::new(OutcomeResult::Ok)).await.unwrap()
        })
    });
    vec![recorded]
}

/// What a caller pays: spans are sent by a thread of their own, here to nobody.
pub(super) fn span() -> Vec<Part> {
    let spans = Spans::otlp(&OtlpSettings {
        endpoint: "http://127.0.0.1:9".to_owned(),
        timeout: Duration::from_millis(50),
        service: "bench".to_owned(),
        version: "0".to_owned(),
    })
    .unwrap();
    let names = ["Object00".into()];
    let span = Part::of("span", "14 attributes", move || {
        let mut span = spans.start_call(&CallStart {
            method: "tools/call",
            tool: Some("executeQuery"),
            protocol_version: Some("2026-07-28"),
            request_id: Some("7"),
            server: Some("/mcp"),
            audit_id: Some("019a0000-0000-7000-8000-000000000000"),
            ..CallStart::default()
        });
        span.decided(&SpanDecision {
            decision: "allow",
            agent: Some("agent"),
            operation: Some("query"),
            objects: &names,
            policies: &names,
            policy_set: Some("0123456789abcdef"),
            ..SpanDecision::default()
        });
        span.finish(&CallEnd::default());
    });
    vec![span]
}
