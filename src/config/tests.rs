//! A configuration that is right, and tables of what can be wrong with one.

use super::*;
use crate::policy::ShadowMode;
use crate::upstream::Credential;

/// A directory with the files that configurations name.
fn base() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, content) in [
        ("a.token", "token-of-the-agent-a\n"),
        ("a2.token", "token-of-the-agent-a"),
        ("b.token", "token-of-the-agent-b"),
        ("short.token", "hunter2"),
        ("empty.token", "\n"),
        ("two-lines.token", "token-of-the-agent-a\nmore"),
        ("sf.secret", "secret"),
    ] {
        std::fs::write(dir.path().join(name), content).unwrap();
    }
    std::fs::write(dir.path().join("large.token"), vec![b'x'; 20_000]).unwrap();
    dir
}

const GOOD: &str = "\
listen: 127.0.0.1:9000
policies: policies
journal:
  file: /var/lib/fieldgate/journal.jsonl
  mode: durable
  deadline: 250ms
org:
  base_url: https://acme.my.salesforce.com
  environment: production
  api_version: 68.0
  objects: [Account, Contact]
  timeout: 20s
  max_answer: 4MiB
  credential:
    client_id: 3MVG9
    client_secret_file: sf.secret
agents:
  - id: support-bot
    roles: [support, on-call]
    team: emea
    token_file: a.token
  - id: reports
    roles: []
    token_file: b.token
limits:
  agent: 600/minute burst 60
  refuse_with: status
  tools:
    executeQuery: 5/second
max_rows: 500
http:
  allowed_hosts: [fieldgate.internal]
  max_body: 64KiB
telemetry:
  log: info
";

#[test]
fn a_whole_configuration_is_read_as_meant() {
    let dir = base();
    let config = Config::read(GOOD, dir.path()).unwrap();
    assert_eq!(config.listen.port(), 9000);
    assert_eq!(config.policies.directory, dir.path().join("policies"));
    assert_eq!(config.journal.path, Path::new("/var/lib/fieldgate/journal.jsonl"));
    assert_eq!(config.journal.deadline, Duration::from_millis(250));
    assert_eq!(config.org.version.as_str(), "68.0");
    assert_eq!(config.org.connection.most_bytes, 4 * 1024 * 1024);
    assert!(matches!(config.org.credential, Credential::ClientCredentials { .. }));
    assert!(matches!(&config.org.schema, SchemaSource::Org(only) if only.len() == 2));
    let ids: Vec<&str> = config.agents.iter().map(|agent| agent.agent.id()).collect();
    assert_eq!(ids, ["support-bot", "reports"]);
    assert_eq!(config.agents[0].token.as_ref().unwrap().expose_secret(), "token-of-the-agent-a");
    assert!(config.throttle_status);
    assert_eq!(config.max_rows, 500);
    assert_eq!(config.http.max_body, Some(65_536));
    assert!(!format!("{config:?}").contains("token-of-the-agent"));
}

#[test]
fn hours_are_told_in_utc_unless_a_zone_is_configured() {
    let dir = base();
    for (section, zone) in [
        ("policies: policies", "UTC"),
        ("policies: {directory: policies}", "UTC"),
        ("policies: {directory: policies, time_zone: Europe/Berlin}", "Europe/Berlin"),
        ("policies: {directory: policies, time_zone: asia/kolkata}", "Asia/Kolkata"),
    ] {
        let text = GOOD.replace("policies: policies", section);
        let config = Config::read(&text, dir.path()).unwrap();
        assert_eq!(config.policies.time_zone.iana_name(), Some(zone), "{section}");
    }
}

#[test]
fn a_shadow_set_goes_by_the_labels_of_the_set_that_it_is_added_to() {
    let dir = base();
    for (mode, meant, labels) in [
        ("", ShadowMode::Add, None),
        (", mode: add", ShadowMode::Add, None),
        (", mode: replace", ShadowMode::Replace, Some("l.yaml")),
    ] {
        let section = format!(
            "policies: {{directory: policies, labels: l.yaml, shadow: {{directory: next{mode}}}}}"
        );
        let config = Config::read(&GOOD.replace("policies: policies", &section), dir.path());
        let sources = config.unwrap().policies.sources();
        assert_eq!(sources.policies.labels, Some(dir.path().join("l.yaml")), "{mode}");
        let shadow = sources.shadow.unwrap();
        assert_eq!((shadow.mode, shadow.source.paths), (meant, vec![dir.path().join("next")]));
        assert_eq!(shadow.source.labels, labels.map(|file| dir.path().join(file)), "{mode}");
    }
}

/// A change to `GOOD`, and the one problem that it makes as it is shown.
const MISTAKES: &[(&str, &str, &str)] = &[
    (
        "listen: 127.0.0.1:9000",
        "listen: localhost",
        "line 1: `listen`: `localhost` is not an address; write 127.0.0.1:8484",
    ),
    (
        "policies: policies",
        "policie: policies",
        "line 2: `policie`: is not a key here; did you mean `policies`?",
    ),
    (
        "policies: policies",
        "policies: {labels: labels.yaml}",
        "line 2: `policies.directory`: is missing",
    ),
    (
        "policies: policies",
        "policies: {directory: policies, lables: labels.yaml}",
        "line 2: `policies.lables`: is not a key here; did you mean `labels`?",
    ),
    (
        "policies: policies",
        "policies: {directory: policies, shadow: {mode: add}}",
        "line 2: `policies.shadow.directory`: is missing",
    ),
    (
        "policies: policies",
        "policies: {directory: policies, shadow: {directory: next, mode: instead}}",
        "line 2: `policies.shadow.mode`: `instead` is not a mode; write add or replace",
    ),
    ("policies: policies", "policies: \"\"", "line 2: `policies`: is empty"),
    (
        "policies: policies",
        "policies:\n  directory: policies\n  time_zone: Europe/Berln",
        "line 4: `policies.time_zone`: `Europe/Berln` is not a time zone; did you mean `Europe/Berlin`?",
    ),
    (
        "policies: policies",
        "policies: {directory: policies, time_zone: CEST (Germany)}",
        "line 2: `policies.time_zone`: `CEST (Germany)` is not a time zone; write an IANA name such as \
         Europe/Berlin",
    ),
    (
        "policies: policies",
        "policies: {directory: policies, time_zone: Etc/Unknown}",
        "line 2: `policies.time_zone`: `Etc/Unknown` is not a time zone",
    ),
    (
        "policies: policies",
        "policies: {directory: policies, time_zone: [UTC]}",
        "line 2: `policies.time_zone`: expected a value, found a list",
    ),
    (
        "policies: policies",
        "policies: {directory: policies, timezone: UTC}",
        "line 2: `policies.timezone`: is not a key here; did you mean `time_zone`?",
    ),
    (
        "timeout: 20s",
        "classification: maybe",
        "line 12: `org.classification`: `maybe` is not one of optional, required, off",
    ),
    (
        "mode: durable",
        "mode: fast",
        "line 5: `journal.mode`: `fast` is not a mode; write strict or durable",
    ),
    ("deadline: 250ms", "deadline: 250", "line 6: `journal.deadline`: `250` is not a duration"),
    ("deadline: 250ms", "deadline: 0s", "`0s` is not a duration"),
    ("deadline: 250ms", "deadline: 18446744073709551615h", "is not a duration"),
    ("timeout: 20s", "timeout: 25h", "line 12: `org.timeout`: is longer than 24h"),
    ("https://acme", "http://acme", "line 8: `org.base_url`: its address must start with https://"),
    (
        "salesforce.com",
        "salesforce.com/services",
        "line 8: `org.base_url`: its address must be a scheme and a host",
    ),
    (
        "https://acme",
        "https://u:hunter2@acme",
        "line 8: `org.base_url`: its address must be a scheme and a host",
    ),
    ("https://acme", "https://u:hunter2@ac me", "line 8: `org.base_url`: is not an address"),
    (
        "environment: production",
        "environment: prod",
        "line 9: `org.environment`: `prod` is not one of production, sandbox",
    ),
    (
        "api_version: 68.0",
        "api_version: 30.0",
        "line 10: `org.api_version`: `30.0` is not a version",
    ),
    ("api_version: 68.0", "api_version: latest", "`latest` is not a version"),
    (
        "[Account, Contact]",
        "[Account, 'Con tact']",
        "line 11: `org.objects[1]`: `Con tact` is not an API name",
    ),
    (
        "timeout: 20s",
        "schema_file: s.json",
        "line 8: `org`: takes either `schema_file`, or `objects`",
    ),
    ("max_answer: 4MiB", "max_answer: 4GiB", "line 13: `org.max_answer`: `4GiB` is not a size"),
    ("max_answer: 4MiB", "max_answer: 65MiB", "is more than 64MiB"),
    (
        "client_id: 3MVG9",
        "client_id: 'a:b'",
        "line 15: `org.credential.client_id`: is empty, or has spaces or colons",
    ),
    ("    client_id: 3MVG9\n", "", "`org.credential`: takes either `bearer_token_file`, or"),
    ("sf.secret", "gone.secret", "line 16: `org.credential.client_secret_file`: "),
    ("id: reports", "id: support-bot", "the agent `support-bot` is there twice"),
    ("id: reports", "id: 're ports'", "line 22: `agents[1].id`: expected 1 to 64 letters"),
    ("    token_file: b.token\n", "", "the agent `reports` needs a `token_file`"),
    ("b.token", "a2.token", "the agents `support-bot` and `reports` have the same token"),
    ("b.token", "short.token", "the token of the agent `reports` is shorter than 16 characters"),
    ("b.token", "empty.token", "must hold one line of printable characters"),
    ("b.token", "two-lines.token", "must hold one line of printable characters"),
    ("b.token", "large.token", "is larger than 16384 bytes"),
    (
        "roles: []",
        "roles: admin",
        "line 23: `agents[1].roles`: expected a list, found a single value",
    ),
    ("600/minute burst 60", "600", "line 26: `limits.agent`: `600` is not a rate"),
    ("600/minute burst 60", "0/minute", "`0/minute` is not a rate"),
    ("600/minute burst 60", "1/hour burst 4294967295", "more than a year"),
    (
        "executeQuery:",
        "executequery:",
        "line 29: `limits.tools.executequery`: is not a tool; did you mean `executeQuery`?",
    ),
    (
        "refuse_with: status",
        "refuse_with: 429",
        "line 27: `limits.refuse_with`: `429` is not a way to refuse",
    ),
    (
        "max_rows: 500",
        "max_rows: 50001",
        "line 30: `max_rows`: `50001` is not a whole number from 1 to 50000",
    ),
    ("max_rows: 500", "max_rows: -1", "`-1` is not a whole number"),
    ("[fieldgate.internal]", "['a b']", "`http.allowed_hosts[0]`: is empty or has spaces"),
    (
        "max_rows: 500",
        "anonymous: nobody",
        "line 30: `anonymous`: `nobody` is not one of the agents",
    ),
    (
        "listen: 127.0.0.1:9000",
        "listen: 0.0.0.0:1\nanonymous: reports",
        "`anonymous` is for loopback addresses",
    ),
    ("log: info", "log: info\nmax_rows: 9", "duplicate"),
    ("log: info", "log: [", "line 3"),
];

#[test]
fn each_mistake_is_one_problem_with_its_line_and_key() {
    let dir = base();
    let mut failed = Vec::new();
    for (right, wrong, problem) in MISTAKES.iter().copied() {
        assert!(GOOD.contains(right), "{right}");
        let text = GOOD.replacen(right, wrong, 1);
        let problems = Config::read(&text, dir.path()).expect_err(wrong);
        let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
        let shown = shown.join("\n");
        let most = if wrong.starts_with("policie:") { 2 } else { 1 };
        let right = shown.to_lowercase().contains(&problem.to_lowercase());
        if !right || shown.contains("hunter2") || problems.len() > most {
            failed.push(format!("{wrong}: {shown}"));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}

#[test]
fn all_mistakes_are_reported_at_once_in_the_order_of_their_lines() {
    let dir = base();
    let text =
        "listen: nowhere\njournal:\n  mode: fast\norg:\n  base_url: x\nlimits:\n  agnt: 5/s\n";
    let problems = Config::read(text, dir.path()).unwrap_err();
    let shown: Vec<(u64, &str)> = problems.iter().map(|p| (p.line, p.path.as_str())).collect();
    for expected in [
        (1, "listen"),
        (1, "policies"),
        (3, "journal.mode"),
        (5, "org.base_url"),
        (7, "limits.agnt"),
    ] {
        assert!(shown.contains(&expected), "{expected:?} in {shown:?}");
    }
    assert!(shown.iter().any(|(_, path)| *path == "journal.file"), "{shown:?}");
    assert!(shown.iter().any(|(_, path)| *path == "org.environment"), "{shown:?}");
    assert!(shown.iter().any(|(_, path)| *path == "org.credential"), "{shown:?}");
    assert!(shown.is_sorted_by_key(|(line, _)| *line), "{shown:?}");
}

#[test]
fn a_file_that_is_no_configuration_is_refused_in_bounded_time() {
    let dir = base();
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned()
        + &('b'..='i')
            .zip('a'..='h')
            .map(|(name, before)| {
                format!("{name}: &{name} [{}]\n", vec![format!("*{before}"); 9].join(","))
            })
            .collect::<String>();
    let deep = format!("a: {}{}", "[".repeat(50_000), "]".repeat(50_000));
    for text in ["", "[]", "just text", "a: b: c", "\u{0}", "- a\n- b", &bomb, &deep] {
        assert!(Config::read(text, dir.path()).is_err());
    }
}

#[test]
fn a_file_that_is_missing_or_huge_says_so() {
    let dir = base();
    let error = Config::load(&dir.path().join("gone.yaml")).unwrap_err().to_string();
    assert!(error.contains("gone.yaml cannot be used") && error.contains("cannot be read"));
    let huge = dir.path().join("huge.yaml");
    std::fs::write(&huge, vec![b' '; 1024 * 1024 + 1]).unwrap();
    assert!(Config::load(&huge).unwrap_err().to_string().contains("larger than"));
}
