//! I5: the decision is in the journal before the request leaves, every answered call has its
//! records whatever happens to the process, and without a journal nothing is called.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use fieldgate::audit::DigestKey;
use fieldgate::demo_org::Fault;
use serde_json::{Value, json};

use crate::harness::{ADMIN, Connection, PATIENCE, SUPPORT, Setup, Site, call, decode, run};

/// The events of each call.
fn by_call(journal: &[Value]) -> BTreeMap<String, Vec<String>> {
    let mut calls: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for event in journal {
        if let Some(id) = event["id"].as_str() {
            calls
                .entry(id.to_owned())
                .or_default()
                .push(event["event"].as_str().unwrap().to_owned());
        }
    }
    calls
}

/// Calls until the connection breaks, and tells each answered call's decision id and code.
fn call_on(mut connection: Connection, caller: &str, tell: &Sender<(String, String)>) {
    for nth in 0..10_000 {
        let allowed = format!("SELECT Name FROM Account WHERE Name != '{caller}-{nth}' LIMIT 3");
        let denied = "SELECT SSN__c FROM Contact LIMIT 1".to_owned();
        let unknown = "SELECT Nope__c FROM Contact LIMIT 1".to_owned();
        let soql = [&allowed, &allowed, &denied, &allowed, &unknown][nth % 5];
        let body = call("executeQuery", &json!({ "query": soql }));
        let Ok(answer) = connection.post(SUPPORT, &body) else { return };
        let said = (answer.decision().to_owned(), answer.code().to_owned());
        if tell.send(said).is_err() {
            return;
        }
    }
}

/// What a call with this code must have in the journal.
fn must_have(code: &str) -> &'static [&'static str] {
    match code {
        "" => &["admission", "outcome"],
        "policy_denied" => &["denial"],
        "unknown_name" => &["rejected"],
        other => panic!("an answer with {other}"),
    }
}

#[test]
fn a_kill_under_load_loses_no_record_of_an_answered_call() {
    let site = Site::new();
    fs::write(site.path("digest.key"), [7; 64]).unwrap();
    let key = DigestKey::from_file(&site.path("digest.key")).unwrap();
    let mut answered = Vec::new();
    let mut sent = Vec::new();
    for (round, enough) in [1, 40, 90, 170, 333].into_iter().enumerate() {
        let mut product = site
            .start_with(&Setup { journal: "  digest_key_file: digest.key\n", ..Setup::default() });
        let (tell, told) = channel();
        let callers: Vec<_> = (0..8)
            .map(|caller| {
                let (connection, tell) = (product.connect(), tell.clone());
                let caller = format!("{round}-{caller}");
                thread::spawn(move || call_on(connection, &caller, &tell))
            })
            .collect();
        drop(tell);
        for _ in 0..enough {
            answered.push(told.recv_timeout(PATIENCE).unwrap());
        }
        product.kill();
        answered.extend(told.iter());
        for caller in callers {
            caller.join().unwrap();
        }
        sent.extend(site.received());
    }
    let journal = site.journal();
    let calls = by_call(&journal);
    for (id, code) in &answered {
        let events = calls.get(id).unwrap_or_else(|| panic!("{id} {code} is not recorded"));
        assert_eq!(events, must_have(code), "{id}");
    }
    // Every request that left, told by the keyed digest of its query, was admitted.
    let admitted: BTreeSet<&str> = journal
        .iter()
        .filter(|event| event["event"] == "admission")
        .filter_map(|event| event["digests"][0].as_str())
        .collect();
    assert!(sent.len() > 300, "{}", sent.len());
    for request in &sent {
        let path = decode(&request.path_and_query);
        let query = path.split_once("?q=").unwrap().1;
        let digest = format!("query={}", key.digest("query", query.as_bytes()));
        assert!(admitted.contains(digest.as_str()), "sent without an admission: {query}");
    }
    // Started once more, what was cut off has an ending, and the chain verifies.
    site.start().kill();
    let file = site.path("journal.jsonl");
    let (code, out, _) = run(&["audit", "verify", file.to_str().unwrap()], "");
    assert_eq!(code, 0, "{out}");
    assert!(!out.contains("have no outcome"), "{out}");
    let ends = ["outcome", "outcome_unknown"];
    for (id, events) in by_call(&site.journal()) {
        let ended = events.iter().filter(|event| ends.contains(&event.as_str())).count();
        assert_eq!(ended, usize::from(events[0] == "admission"), "{id}: {events:?}");
    }
    one_flipped_bit_is_seen(&site);
}

fn one_flipped_bit_is_seen(site: &Site) {
    let file = site.path("journal.jsonl");
    let whole = fs::read(&file).unwrap();
    for at in (17..whole.len()).step_by(whole.len().div_ceil(10)) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        fs::write(&file, &bytes).unwrap();
        let (code, out, _) = run(&["audit", "verify", file.to_str().unwrap()], "");
        assert_eq!(code, 2, "byte {at}: {out}");
        assert!(out.starts_with("broken: line "), "{out}");
    }
    // Nor does anything start on such a journal.
    let Err(failed) = site.try_start(&Setup::default()) else { panic!("started") };
    assert_eq!(failed.status.code(), Some(1));
    assert!(failed.stderr.contains("does not verify"), "{failed:?}");
    fs::write(&file, &whole).unwrap();
}

#[test]
fn an_admission_is_written_before_its_request_leaves() {
    let site = Site::new();
    let product = site.start();
    site.org.faults().next(1, Fault::Hang);
    let mut connection = product.connect();
    connection
        .send(
            SUPPORT,
            &call("executeQuery", &json!({ "query": "SELECT Name FROM Account LIMIT 1" })),
        )
        .unwrap();
    // At this moment the request has arrived and is not answered.
    site.await_received(1);
    let names = |journal: &[Value]| -> Vec<String> {
        journal.iter().map(|event| event["event"].as_str().unwrap().to_owned()).collect()
    };
    let journal = site.journal();
    assert_eq!(names(&journal), ["genesis", "admission"]);
    let admission = &journal[1];
    assert_eq!(admission["agent"], "agent-support");
    assert_eq!(admission["tool"], "executeQuery");
    assert_eq!(admission["objects"], json!(["Account"]));
    assert_eq!(admission["policies"], json!(["support-reads-accounts"]));
    assert_eq!(admission["row_bound"], 1);
    site.org.faults().release();
    let answer = connection.answer().unwrap();
    answer.data();
    assert_eq!(answer.decision(), admission["id"]);
    let journal = site.journal();
    assert_eq!(names(&journal), ["genesis", "admission", "outcome"]);
    assert_eq!((&journal[2]["result"], &journal[2]["rows"]), (&json!("ok"), &json!(1)));
}

#[test]
fn a_caller_who_hangs_up_leaves_a_whole_record() {
    let site = Site::new();
    let mut product = site.start();
    site.org.faults().next(1, Fault::Hang);
    let mut connection = product.connect();
    let body = call("executeQuery", &json!({ "query": "SELECT Name FROM Account LIMIT 1" }));
    connection.send(SUPPORT, &body).unwrap();
    site.await_received(1);
    drop(connection);
    site.org.faults().release();
    product.terminate();
    assert_eq!(product.wait().code(), Some(0), "{}", product.said());
    let journal = site.journal();
    let events: Vec<&str> = journal.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["genesis", "admission", "outcome", "shutdown"]);
}

#[test]
fn without_room_for_a_record_nothing_is_called() {
    let site = Site::new();
    // A file size limit stands for a full disk; its signal is ignored, so that writes fail.
    let mut product = site.start_with(&Setup {
        wrapper: Some("trap '' XFSZ; ulimit -f 16; exec \"$@\""),
        ..Setup::default()
    });
    let (mut done, mut refused) = (0, 0);
    for nth in 0..400 {
        let answer = product.query(ADMIN, "SELECT Name FROM Account LIMIT 1");
        assert_eq!(answer.status, 200, "{answer:?}");
        match answer.code() {
            "" => done += 1,
            // The admission was the last event that fitted: its request had left.
            "outcome_unrecorded" if refused == 0 => done += 1,
            "audit_unavailable" => refused += 1,
            other => panic!("{nth}: {other}"),
        }
        assert_eq!(site.received().len(), done, "{nth}");
        if refused == 20 {
            break;
        }
    }
    assert!(done > 3 && refused == 20, "{done} {refused}");
    // Nor is a denial told that is not recorded, or a tool that there is not.
    let denied = product.query(SUPPORT, "SELECT SSN__c FROM Contact LIMIT 1");
    assert_eq!(denied.code(), "audit_unavailable", "{denied:?}");
    let unknown = product.call(SUPPORT, "nope", &json!({}));
    assert_eq!(unknown.json["error"]["code"], -32603, "{unknown:?}");
    assert_eq!(site.received().len(), done);
    // It still answers what calls nothing, and says why in its log.
    assert_eq!(product.method(SUPPORT, "ping", &json!({})).status, 200);
    product.kill();
    assert!(product.said().contains("could not be recorded"), "{}", product.said());
    let file = site.path("journal.jsonl");
    let (code, out, _) = run(&["audit", "verify", file.to_str().unwrap()], "");
    assert_eq!(code, 0, "{out}");
}

#[test]
fn a_journal_that_can_not_be_opened_stops_the_start() {
    let site = Site::new();
    let locked = site.start();
    let Err(failed) = site.try_start(&Setup::default()) else { panic!("two on one journal") };
    assert_eq!(failed.status.code(), Some(1));
    assert!(failed.stderr.contains("locked by another process"), "{failed:?}");
    drop(locked);
    for (path, says) in [
        ("missing/journal.jsonl", "could not be opened"),
        (".", "could not be opened"),
        ("/dev/null", "not a regular file"),
        ("secret", "does not verify"),
    ] {
        let path = site.path(path);
        let arguments = ["--journal", path.to_str().unwrap()];
        let Err(failed) = site.try_start(&Setup { arguments: &arguments, ..Setup::default() })
        else {
            panic!("{path:?} is a journal")
        };
        assert_eq!(failed.status.code(), Some(1), "{path:?}: {failed:?}");
        assert!(failed.stderr.contains(says), "{path:?}: {failed:?}");
    }
}
