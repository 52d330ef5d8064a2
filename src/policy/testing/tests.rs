//! Files of tests: what is read, what is refused with which words, and what fails.

use jiff::tz::TimeZone;

use crate::org::Schema;
use crate::policy::testing::{self, Case, Coverage};
use crate::policy::{Against, Environment, Names, PolicySet, time_zone};

const ORG: &str = r#"{"apiVersion":"68.0","sobjects":[
  {"name":"Account","fields":[{"name":"Id"},{"name":"Name"}]},
  {"name":"Contact","fields":[{"name":"Id"},{"name":"Name"},{"name":"Email"},
    {"name":"SSN__c","custom":true}]}]}"#;

const POLICIES: &str = r#"
@id("reads") permit (principal in Role::"clerk", action in Action::"read", resource in Object::"Contact");
@id("no-ssn") forbid (principal, action in Action::"read", resource == Field::"Contact.SSN__c");
@id("no-email") forbid (principal, action == Action::"select", resource == Field::"Contact.Email");
@id("masks") permit (principal in Role::"clerk", action == Action::"selectMasked", resource == Field::"Contact.Email");
@id("office") permit (principal in Team::"desk", action in Action::"read", resource in Object::"Account")
  when { context.hour >= 9 && context.hour < 17 && context.environment == Environment::"sandbox" };
@id("broken") forbid (principal in Role::"broken", action, resource)
  when { 9223372036854775807 + context.hour > 0 };
"#;

const HEAD: &str = "agents:
  clerk: { roles: [clerk] }
  desk: { team: desk }
  broken: { roles: [clerk, broken] }
tests:
";

fn schema() -> Schema {
    Schema::from_json(ORG.as_bytes()).unwrap()
}

fn cases(text: &str) -> Result<Vec<Case>, String> {
    testing::cases_in([("a_test.yaml", text)]).map_err(|error| error.to_string())
}

/// What fails, each case's failures on a line.
fn failures(text: &str) -> Vec<String> {
    failures_of(POLICIES, text)
}

fn failures_of(policies: &str, text: &str) -> Vec<String> {
    failures_in(&TimeZone::UTC, policies, text)
}

/// Those of a server that is configured with this zone.
fn failures_in(zone: &TimeZone, policies: &str, text: &str) -> Vec<String> {
    let schema = schema();
    let names = Names::new(&schema);
    let set = PolicySet::from_texts([("a.cedar", policies)], &names).unwrap();
    let now = "2026-11-20T03:00:00Z".parse().unwrap();
    let against = Against { names, environment: Environment::Production, now, zone };
    let cases = cases(text).unwrap();
    let line = |failures: &[testing::Failure]| {
        failures.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    };
    testing::run(&set, &against, &cases).iter().map(|result| line(&result.failures)).collect()
}

/// A case of the clerk's with these members.
fn case(members: &str) -> String {
    format!("{HEAD}  - {{ name: case, as: clerk, {members} }}\n")
}

fn query(soql: &str, rest: &str) -> String {
    case(&format!("call: {{ executeQuery: {{ query: \"{soql}\" }} }}, {rest}"))
}

#[test]
fn a_case_passes_or_says_what_is_not_so() {
    const NAME: &str = "SELECT Name FROM Contact LIMIT 1";
    const SSN: &str = "SELECT Name FROM Contact WHERE SSN__c = '1' LIMIT 1";
    const EMAIL: &str = "SELECT Name, Email FROM Contact LIMIT 1";
    for (soql, rest, says) in [
        (NAME, "expect: allow", ""),
        (NAME, "expect: allow, because: reads, fields: { Contact.Name: allow }", ""),
        (NAME, "expect: deny", "must be denied, and is permitted by reads"),
        (SSN, "expect: deny, because: [no-ssn]", ""),
        (SSN, "fields: { Contact.SSN__c: deny, select Contact.Name: allow }", ""),
        (
            SSN,
            "expect: allow",
            "must be permitted, and is denied: filter Contact.SSN__c, denied: forbidden by no-ssn",
        ),
        (
            SSN,
            "fields: { filter Contact.SSN__c: allow }",
            "filter Contact.SSN__c must be permitted, and is denied: forbidden by no-ssn",
        ),
        (
            SSN,
            "fields: { select Contact.SSN__c: deny }",
            "select Contact.SSN__c must be denied, and is no access of the call; those are select \
             Contact.Name, filter Contact.SSN__c",
        ),
        (
            SSN,
            "expect: deny, because: no-snn",
            "the policy `no-snn` must be one that decides, and is not in the set; did you mean \
             `no-ssn`?",
        ),
        (
            SSN,
            "expect: deny, because: [no-ssn, reads]",
            "the policy `reads` must be one that decides, and is not: that is no-ssn",
        ),
        // What comes back masked is permitted, and neither shown nor hidden.
        (EMAIL, "expect: allow, fields: { Contact.Email: masked, Contact.Name: allow }", ""),
        (
            EMAIL,
            "expect: deny",
            "must be denied, and is permitted by masks, reads, with fields masked",
        ),
        (
            EMAIL,
            "fields: { Contact.Email: deny }",
            "select Contact.Email must be denied, and is masked: permitted by masks",
        ),
        (
            EMAIL,
            "fields: { Contact.Email: allow }",
            "select Contact.Email must be permitted, and is masked: permitted by masks",
        ),
        (
            EMAIL,
            "fields: { Contact.Name: masked }",
            "select Contact.Name must be masked, and is permitted by reads",
        ),
        (
            "SELECT Nope FROM Contact LIMIT 1",
            "expect: deny",
            "must be understood, and is not: `Contact` has no field `Nope`; did you mean `Name`?",
        ),
    ] {
        assert_eq!(failures(&query(soql, rest)), [says], "{soql} {rest}");
    }
}

#[test]
fn a_policy_that_errs_fails_what_it_denies() {
    let text = query("SELECT Name FROM Contact LIMIT 1", "expect: deny");
    let text = text.replace("as: clerk", "as: broken");
    let says = "select Contact.Name must be evaluated, and is refused for an error in broken";
    assert_eq!(failures(&text), [says]);
}

#[test]
fn a_clock_a_zone_and_an_environment_are_those_of_the_case_of_the_file_or_of_now() {
    let text = |file: &str, case: &str| {
        format!(
            "{file}\n{HEAD}  - {{ name: case, as: desk, {case} expect: allow, \
             call: {{ executeQuery: \"SELECT Name FROM Account LIMIT 1\" }} }}\n"
        )
    };
    let sandbox = "environment: sandbox, ";
    for (file, case, passes) in [
        ("", sandbox, false),
        ("now: 2026-11-20T10:00:00Z", sandbox, true),
        ("now: 2026-11-20T10:00:00Z", "", false),
        ("now: 2026-11-20T10:00:00Z\nenvironment: sandbox", "", true),
        ("now: 2026-11-20T10:00:00Z", "environment: sandbox, now: 2026-11-20T18:00:00Z, ", false),
        ("", "environment: sandbox, now: 2026-11-20T12:00:00Z, ", true),
        // 09:30 in Berlin, in winter.
        ("now: 2026-11-20T08:30:00Z", sandbox, false),
        ("now: 2026-11-20T08:30:00Z\nzone: Europe/Berlin", sandbox, true),
        ("now: 2026-11-20T16:30:00Z\nzone: Europe/Berlin", sandbox, false),
        ("now: 2026-11-20T10:00:00-08:00\nzone: America/Los_Angeles", sandbox, true),
    ] {
        let found = failures(&text(file, case));
        assert_eq!(found == [""], passes, "{file} {case}: {found:?}");
    }
}

#[test]
fn the_zone_of_the_file_wins_over_the_configured_one() {
    let text = |file: &str| {
        format!(
            "{file}\n{HEAD}  - {{ name: case, as: desk, environment: sandbox, expect: allow, \
             call: {{ executeQuery: \"SELECT Name FROM Account LIMIT 1\" }} }}\n"
        )
    };
    let (winter, summer) = ("now: 2026-11-20T08:30:00Z", "now: 2026-07-03T07:30:00Z");
    // The desk works from nine; it is 09:30 in Berlin at both times.
    for (file, configured, passes) in [
        (winter.to_owned(), "Europe/Berlin", true),
        (summer.to_owned(), "Europe/Berlin", true),
        (winter.to_owned(), "UTC", false),
        (winter.to_owned(), "America/New_York", false),
        (format!("{winter}\nzone: UTC"), "Europe/Berlin", false),
        (format!("{winter}\nzone: Europe/Berlin"), "America/New_York", true),
    ] {
        let found = failures_in(&time_zone(configured).unwrap(), POLICIES, &text(&file));
        assert_eq!(found == [""], passes, "{file} {configured}: {found:?}");
    }
}

#[test]
fn what_a_call_asks_the_org_first_is_answered_by_the_case() {
    const FINDS: &str = "@id(\"finds\") permit (principal in Role::\"clerk\", action == \
                         Action::\"readMetadata\", resource == Org::\"org\");";
    const REMOVES: &str = "@id(\"removes\") permit (principal in Role::\"clerk\", action == \
                           Action::\"deleteMetadata\", resource in Object::\"Contact\");";
    const FOUND: &str = "{ totalSize: 1, done: true, records: [{ Id: 00N000000000001EAA, \
                         DeveloperName: SSN, TableEnumOrId: Contact, FullName: Contact.SSN__c }] }";
    let removal = "call: { deleteCustomField: { id: 00N000000000001EAA } }";
    let (finds, both) = (FINDS.to_owned(), format!("{FINDS}{REMOVES}"));
    for (policies, rest, says) in [
        (&finds, "expect: deny".to_owned(), "answers first, and to ask that is permitted by finds"),
        (&finds, format!("expect: deny, answers: [{FOUND}]"), ""),
        (&both, format!("expect: allow, because: removes, answers: [{FOUND}]"), ""),
        (
            &both,
            format!("fields: {{ deleteMetadata Contact.SSN__c: deny }}, answers: [{FOUND}]"),
            "deleteMetadata Contact.SSN__c must be denied, and is permitted by removes",
        ),
        // To ask is denied.
        (&REMOVES.to_owned(), format!("fields: {{ org: deny }}, answers: [{FOUND}]"), ""),
        (&both, "expect: deny, answers: [7]".to_owned(), "doesn't answer to that"),
        (&both, format!("expect: deny, answers: [{FOUND}, {FOUND}]"), "has more than what"),
    ] {
        let found = failures_of(policies, &case(&format!("{removal}, {rest}")));
        let [found] = found.as_slice() else { panic!("{rest}: {found:?}") };
        assert!(found.contains(says) && found.is_empty() == says.is_empty(), "{rest}: {found}");
    }
}

#[test]
fn a_list_of_agents_is_a_case_for_each() {
    let text = format!(
        "{HEAD}  - name: who reads\n    as: [clerk, desk]\n    call: {{ executeQuery: \"SELECT Name \
         FROM Contact LIMIT 1\" }}\n    expect: allow\n  - name: the org\n    as: clerk\n    call:\n      \
         listAllObjects:\n    fields: {{ listObjects org: deny }}\n"
    );
    let cases = cases(&text).unwrap();
    let told: Vec<_> = cases
        .iter()
        .map(|c| (c.name(), c.agent().id(), c.position(), c.tool(), c.expect().is_some()))
        .collect();
    let expected = [
        ("who reads", "clerk", (6, 11), "executeQuery", true),
        ("who reads", "desk", (6, 11), "executeQuery", true),
        ("the org", "clerk", (10, 11), "listAllObjects", false),
    ];
    assert_eq!(told, expected);
    let desk = "must be permitted, and is denied: select Contact.Name, denied: not permitted";
    assert_eq!(failures(&text), ["", desk, ""]);
}

/// What of a good file is put in another way, and what is said of it; nothing where it is read.
const WRONG: &[(&str, &str, &str)] = &[
    (
        "expect: deny",
        "expects: deny",
        "a_test.yaml:6:101: there is no key `expects`; did you mean `expect`?",
    ),
    ("agents:", "agent:", "a_test.yaml:1:1: there is no key `agent`; did you mean `agents`?"),
    ("team: desk", "teem: desk", "a_test.yaml:3:11: there is no key `teem`; did you mean `team`?"),
    ("name: case, ", "", "`name` is missing"),
    (
        "expect: deny",
        "expect: refuse",
        "a_test.yaml:6:109: `refuse` is not understood; write one of allow, deny",
    ),
    (
        ", expect: deny",
        "",
        "a_test.yaml:6:13: `case` expects nothing; write `expect: allow`, `expect: deny` or `fields`",
    ),
    (
        "as: clerk",
        "as: clark",
        "a_test.yaml:6:23: `clark` is not one of `agents`; did you mean `clerk`?",
    ),
    ("as: clerk", "as: []", "a_test.yaml:6:23: `as` names no agent; name one of `agents`"),
    (
        "executeQuery:",
        "excuteQuery:",
        "there is no tool `excuteQuery`; did you mean `executeQuery`?",
    ),
    (
        "call: {",
        "call: { listAllObjects: {}, ",
        "`call` has one tool with its arguments; write `call: {",
    ),
    ("{ query: \"SELECT Name FROM Contact LIMIT 1\" }", "[]", ""),
    (
        "agents:",
        "now: noon\nagents:",
        "a_test.yaml:1:6: `noon` is not a time; write one such as 2026-11-20T10:00:00Z",
    ),
    (
        "agents:",
        "now: 9999-12-31T23:59:59Z\nagents:",
        "a_test.yaml:1:6: `9999-12-31T23:59:59Z` is not a time; write one such as 2026-11-20T10:00:00Z",
    ),
    (
        "agents:",
        "zone: Europe/Berln\nagents:",
        "a_test.yaml:1:7: `Europe/Berln` is not a time zone; did you mean `Europe/Berlin`?",
    ),
    (
        "agents:",
        "environment: prod\nagents:",
        "a_test.yaml:1:14: `prod` is not understood; write one of production, sandbox, scratch, developer",
    ),
    (
        "expect: deny",
        "fields: { slect Contact.Name: deny }",
        "`slect` is not an action; did you mean `select`?",
    ),
    (
        "expect: deny",
        "fields: { a b c: deny }",
        "`a b c` names no access; write Object.Field, Object, or one of them behind an action",
    ),
    (
        "expect: deny",
        "fields: { filter Contact.Name: masked }",
        "`filter Contact.Name` can't be masked; only what is selected can",
    ),
    ("tests:", "tests: 1\nother:", "a_test.yaml:5:8: is not understood"),
    ("clerk: { roles: [clerk] }", "clerk: { roles: clerk }", "a_test.yaml:2:19: is not understood"),
    (
        "roles: [clerk] }",
        "roles: [clerk] }\n  clerk: {}",
        "a_test.yaml:3:3: is not understood: duplicate",
    ),
];

#[test]
fn what_is_not_understood_is_told_with_its_place_and_what_would_be_right() {
    let good = query("SELECT Name FROM Contact LIMIT 1", "expect: deny");
    assert_eq!(cases(&good).unwrap().len(), 1);
    let mut wrong = Vec::new();
    for (from, to, says) in WRONG {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good, "{from}");
        match cases(&text) {
            Err(error) if !says.is_empty() && error.contains(says) => {}
            Ok(_) if says.is_empty() => {}
            found => wrong.push(format!("{to}: {says}\n{found:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let long = format!("{good}# {}", "x".repeat(256 * 1024));
    assert_eq!(cases(&long).unwrap_err(), "a_test.yaml: longer than 262144 bytes: split it");
    // All that is wrong at once.
    let twice = good.replace("as: clerk", "as: x").replace("executeQuery", "y");
    assert_eq!(cases(&twice).unwrap_err().lines().count(), 2);
}

#[test]
fn a_bare_text_stands_for_the_one_argument_that_a_tool_must_have() {
    for (call, says) in [
        ("executeQuery: \"SELECT Name FROM Contact LIMIT 1\"", Ok(1)),
        ("describeObject: Contact", Ok(1)),
        ("createRecord: Contact", Err("`createRecord` takes its arguments by name")),
    ] {
        let found = cases(&case(&format!("call: {{ {call} }}, expect: deny"))).map(|c| c.len());
        match (found, says) {
            (Ok(found), Ok(count)) => assert_eq!(found, count, "{call}"),
            (Err(found), Err(says)) => assert!(found.contains(says), "{found}"),
            (found, _) => panic!("{call}: {found:?}"),
        }
    }
}

#[test]
fn only_what_must_be_denied_keeps_a_set_out() {
    let guards = |rest: &str| {
        let text = query("SELECT Name FROM Contact WHERE SSN__c = '1' LIMIT 1", rest);
        let guard = cases(&text).unwrap().first().unwrap().guard();
        guard.map(|guard| (guard.expect.is_some(), guard.claims.len(), guard.because.len()))
    };
    assert_eq!(guards("expect: allow, because: reads"), None);
    assert_eq!(guards("expect: deny, because: no-ssn"), Some((true, 0, 0)));
    let both = "expect: allow, fields: { Contact.Name: allow, Contact.SSN__c: deny }";
    assert_eq!(guards(both), Some((false, 1, 0)));
    assert_eq!(guards("fields: { Contact.Name: allow }"), None);
}

#[test]
fn coverage_names_what_no_test_looks_at() {
    let schema = schema();
    let names = Names::new(&schema);
    let set = PolicySet::from_texts([("a.cedar", POLICIES)], &names).unwrap();
    let now = "2026-11-20T03:00:00Z".parse().unwrap();
    let zone = &TimeZone::UTC;
    let against = Against { names, environment: Environment::Production, now, zone };
    let text = query("SELECT Email FROM Contact LIMIT 1", "expect: allow");
    let cases = cases(&text).unwrap();
    let results = testing::run(&set, &against, &cases);
    let coverage = Coverage::of(&set, &results);
    assert_eq!(coverage.undecided, ["broken", "no-ssn", "office", "reads"]);
    assert_eq!(coverage.unasked, ["Contact.SSN__c"]);
    assert_eq!((coverage.policies, coverage.percent()), (6, 33));
}
