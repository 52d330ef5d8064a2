//! `serve` as operators meet it: what it refuses to start with, what it says, and how it ends.

use std::net::TcpStream;

use fieldgate::demo_org::Fault;
use serde_json::{Value, json};

use crate::harness::{ADMIN, Connection, Product, SALES, SUPPORT, Setup, Site, binary, call, run};

/// A change to a configuration that works: the text that is replaced, the new text, the key's path
/// that the error has to name, and what it says. The line is that of the change, plus so many.
type Row = (&'static str, &'static str, usize, &'static str, &'static str);

const BROKEN: &[Row] = &[
    ("listen: 127.0.0.1:0", "listen: localhost", 0, "`listen`", "`localhost` is not an address"),
    ("listen: 127.0.0.1:0", "listne: 127.0.0.1:0", 0, "`listne`", "did you mean `listen`?"),
    ("listen: 127.0.0.1:0", "listen: [1, 2]", 0, "`listen`", "expected a value"),
    ("listen: 127.0.0.1:0", "listen: 127.0.0.1:0\nlisten: 127.0.0.1:0", 1, "", "listen"),
    (
        "journal:\n  file: journal.jsonl",
        "journal:\n  fil: journal.jsonl",
        1,
        "`journal.fil`",
        "did you mean `file`?",
    ),
    (
        "journal:\n  file: journal.jsonl",
        "journal:\n  file: j\n  mode: fast",
        2,
        "`journal.mode`",
        "write strict or durable",
    ),
    ("  deadline: 10s", "  deadline: soon", 0, "`journal.deadline`", "`soon` is not a duration"),
    ("  environment: sandbox", "  environment: prod", 0, "`org.environment`", "production"),
    (
        "  environment: sandbox",
        "  environment: sandbox\n  api_version: v68",
        1,
        "`org.api_version`",
        "write 68.0",
    ),
    (
        "    client_secret_file: secret",
        "    client_secret_file: nothing",
        0,
        "`org.credential.client_secret_file`",
        "cannot be read",
    ),
    (
        "    client_secret_file: secret",
        "    client_secret: abc",
        0,
        "`org.credential.client_secret`",
        "client_secret_file",
    ),
    (
        "  - id: agent-sales\n    roles: [sales-operations]",
        "  - id: agent sales\n    roles: [sales-operations]",
        0,
        "`agents[1].id`",
        "letters",
    ),
    (
        "  - id: agent-sales\n    roles: [sales-operations]",
        "  - id: agent-sales\n    roles: sales",
        1,
        "`agents[1].roles`",
        "expected a list",
    ),
    (
        "    token_file: admin.token",
        "    token_file: nothing",
        0,
        "`agents[2].token_file`",
        "cannot be read",
    ),
    (
        "limits:\n  agent: 1000/second burst 10000",
        "limits:\n  agent: 10",
        1,
        "`limits.agent`",
        "is not a rate",
    ),
    (
        "limits:\n  agent: 1000/second burst 10000",
        "limits:\n  agent: 0/second",
        1,
        "`limits.agent`",
        "is not a rate",
    ),
    (
        "limits:\n  agent: 1000/second burst 10000",
        "limits:\n  tools:\n    executeQeury: 1/second",
        2,
        "`limits.tools.executeQeury`",
        "did you mean `executeQuery`?",
    ),
    (
        "limits:\n  agent: 1000/second burst 10000",
        "limits:\n  refuse_with: 429",
        1,
        "`limits.refuse_with`",
        "write result or status",
    ),
    (
        "limits:\n  agent: 1000/second burst 10000",
        "max_rows: 0",
        0,
        "`max_rows`",
        "from 1 to 50000",
    ),
    (
        "limits:\n  agent: 1000/second burst 10000",
        "anonymous: nobody",
        0,
        "`anonymous`",
        "not one of the agents",
    ),
    (
        "limits:\n  agent: 1000/second burst 10000",
        "http:\n  max_body: big",
        1,
        "`http.max_body`",
        "is not a size",
    ),
    (
        "limits:\n  agent: 1000/second burst 10000",
        "telemetry:\n  log: loud",
        1,
        "`telemetry.log`",
        "error, warn, info, debug, trace, off",
    ),
    (
        "limits:\n  agent: 1000/second burst 10000",
        "telemetry:\n  otlp_endpoint: collector",
        1,
        "`telemetry.otlp_endpoint`",
        "expected a URL",
    ),
    ("agents:\n", "agents: [\n", 1, "", ""),
    ("agents:\n", "agents: *nothing\n", 0, "", ""),
];

#[test]
fn a_configuration_that_is_wrong_names_the_key_and_the_line() {
    let site = Site::new();
    let yaml = site.yaml(&Setup::default());
    let file = site.path("broken.yaml");
    for (old, new, more, key, says) in BROKEN {
        assert_eq!(yaml.matches(old).count(), 1, "{old}");
        std::fs::write(&file, yaml.replace(old, new)).unwrap();
        let before = yaml.split(old).next().unwrap().lines().count();
        let (code, out, err) = run(&["serve", "--config", file.to_str().unwrap()], "");
        assert_eq!((code, out.as_str()), (1, ""), "{new}: {err}");
        assert!(err.contains("broken.yaml"), "{new}: {err}");
        let line = before.saturating_add(1).saturating_add(*more);
        let place =
            if key.is_empty() { format!("line {line}:") } else { format!("line {line}: {key}") };
        assert!(err.contains(&place), "{new}: `{place}` is not in {err}");
        assert!(err.contains(says), "{new}: `{says}` is not in {err}");
    }
    assert_eq!(site.org.requests(), [], "the org was asked");
    assert!(!site.path("journal.jsonl").exists());
}

#[test]
fn all_that_is_wrong_is_told_together() {
    let site = Site::new();
    let yaml = site.yaml(&Setup::default());
    let yaml =
        yaml.replace("10s", "soon").replace("sandbox", "prod").replace("burst 10000", "bust 1");
    let file = site.path("broken.yaml");
    std::fs::write(&file, yaml).unwrap();
    let (code, _, err) = run(&["serve", "--config", file.to_str().unwrap()], "");
    assert_eq!(code, 1);
    for key in ["`journal.deadline`", "`org.environment`", "`limits.agent`"] {
        assert!(err.contains(key), "{err}");
    }
    let (code, _, err) = run(&["serve", "--config", "/nothing.yaml"], "");
    assert!(code == 1 && err.contains("/nothing.yaml") && err.contains("cannot be read"), "{err}");
}

#[test]
fn an_open_address_needs_a_token_of_everyone() {
    let site = Site::new();
    let rest = "anonymous: agent-support\n";
    for arguments in [&["--listen", "0.0.0.0:0"], &["--listen", "[::]:0"]] {
        let Err(failed) = site.try_start(&Setup { rest, arguments, ..Setup::default() }) else {
            panic!("{arguments:?} started")
        };
        assert_eq!(failed.status.code(), Some(1));
        assert!(failed.stderr.contains("not a loopback address"), "{failed:?}");
    }
    let product = site.start_with(&Setup { rest, ..Setup::default() });
    product.query("", "SELECT Name FROM Account LIMIT 1").data();
    assert_eq!(product.query("", "SELECT SSN__c FROM Contact LIMIT 1").code(), "policy_denied");
    assert_eq!(product.query("wrong", "SELECT Name FROM Account LIMIT 1").status, 401);
}

#[test]
fn it_says_where_it_listens_what_decides_and_what_to_try() {
    let site = Site::new();
    let mut product = site.start();
    product.terminate();
    assert_eq!(product.wait().code(), Some(0));
    let said = product.said();
    for part in [
        &format!("http://{}/mcp", product.address),
        site.org.base_url(),
        "(14 files, ",
        site.path("journal.jsonl").to_str().unwrap(),
        "What agent-support may do",
        "all but Salary__c, SSN__c, SSN_Last4__c",
        "nothing with ",
        "curl -s http://",
        "mcpServers",
        "fieldgate audit verify",
    ] {
        assert!(said.contains(part), "`{part}` is not in {said}");
    }
}

#[test]
fn the_calls_that_it_shows_work_and_show_no_token_but_the_demos() {
    let site = Site::new();
    let headers = |product: &mut Product| {
        product.terminate();
        product.wait();
        let said = product.said();
        let line = |name: &str| {
            said.lines().find_map(|line| line.trim_start().strip_prefix(name)).unwrap().to_owned()
        };
        let (curl, client) = (line("call "), line("client "));
        let client: Value = serde_json::from_str(&client).unwrap();
        let client = &client["mcpServers"]["fieldgate"];
        assert_eq!(client["url"], format!("http://{}/mcp", product.address));
        let in_client = client["headers"]["Authorization"].as_str().map(str::to_owned);
        let in_curl = curl.split("'Authorization: ").nth(1);
        let in_curl = in_curl.map(|rest| rest.split('\'').next().unwrap().to_owned());
        assert_eq!(in_curl, in_client, "{said}");
        for token in [SUPPORT, SALES, ADMIN] {
            assert!(!said.contains(token), "{said}");
        }
        in_client
    };
    assert_eq!(headers(&mut site.start()).as_deref(), Some("Bearer TOKEN"));
    let rest = "anonymous: agent-support\n";
    let mut product = site.start_with(&Setup { rest, ..Setup::default() });
    assert_eq!(headers(&mut product), None);

    let directory = tempfile::tempdir().unwrap();
    let mut command = binary();
    command.current_dir(&directory).args(["serve", "--demo", "--listen", "127.0.0.1:0"]);
    let mut product = Product::spawn(command).unwrap_or_else(|failed| panic!("{failed:?}"));
    product.query("demo-support", "SELECT Name FROM Account LIMIT 1").data();
    assert_eq!(headers(&mut product).as_deref(), Some("Bearer demo-support"));
}

#[test]
fn told_to_end_it_lets_a_call_finish_and_closes_its_journal() {
    let site = Site::new();
    let mut product = site.start();
    site.org.faults().next(1, Fault::Hang);
    let mut connection: Connection = product.connect();
    let query = json!({ "query": "SELECT Name FROM Account LIMIT 1" });
    connection.send(ADMIN, &call("executeQuery", &query)).unwrap();
    site.await_received(1);
    product.terminate();
    // Nobody new is let in, while the call goes on.
    while TcpStream::connect(product.address).is_ok() {
        std::thread::yield_now();
    }
    site.org.faults().release();
    connection.answer().unwrap().data();
    assert_eq!(product.wait().code(), Some(0), "{}", product.said());
    let journal = site.journal();
    let events: Vec<&str> = journal.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["genesis", "admission", "outcome", "shutdown"]);
    let file = site.path("journal.jsonl");
    assert_eq!(run(&["audit", "verify", file.to_str().unwrap()], "").0, 0);
}

#[test]
fn a_taken_address_stops_the_start() {
    let site = Site::new();
    let product = site.start();
    let address = product.address.to_string();
    let other = Site::new();
    let arguments = ["--listen", address.as_str()];
    let Err(failed) = other.try_start(&Setup { arguments: &arguments, ..Setup::default() }) else {
        panic!("two on one address")
    };
    assert_eq!(failed.status.code(), Some(1));
    assert!(failed.stderr.contains(&format!("cannot listen on {address}")), "{failed:?}");
}

#[test]
fn the_demo_needs_nothing_and_knows_three_agents() {
    let directory = tempfile::tempdir().unwrap();
    let mut command = binary();
    command.current_dir(&directory).args(["serve", "--demo", "--listen", "127.0.0.1:0"]);
    let mut product = Product::spawn(command).unwrap_or_else(|failed| panic!("{failed:?}"));
    let ssn = "SELECT SSN__c FROM Contact WHERE SSN__c != NULL LIMIT 1";
    for agent in ["", "demo-support", "demo-sales-operations"] {
        product.query(agent, "SELECT Name FROM Account LIMIT 1").data();
        assert_eq!(product.query(agent, ssn).code(), "policy_denied", "{agent}");
    }
    let found = product.query("demo-admin", ssn).data();
    assert!(found["records"][0]["SSN__c"].as_str().unwrap().contains("-00-"));
    assert_eq!(product.query("demo-nobody", ssn).status, 401);
    product.kill();
    assert!(product.said().contains("built-in starting set"), "{}", product.said());
    assert!(directory.path().join("fieldgate-demo.journal.jsonl").exists());
}
