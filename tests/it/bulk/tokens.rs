//! Tokens that outlive the process that gave them: under a key that is kept they are good at any
//! replica, for what is permitted when they are used, and for as long as they say.

use std::fs;

use fieldgate::csv::Dialect;
use fieldgate::salesforce::bulk::{
    Columns, Download, Ingest, IngestOperation, Job, Outcomes, Upload, Work,
};
use fieldgate::salesforce::{ObjectName, RecordId};
use fieldgate::seal::{Binding, Purpose, Sealer};
use fieldgate::telemetry::Clock;
use secrecy::SecretBox;
use serde_json::json;

use super::{ended, get, path, put, steps, tasks};
use crate::harness::{Product, SALES, Setup, Site};

const KEY: [u8; 32] = *b"a key of thirty-two bytes, exact";

/// Sales may read tasks, and create none.
const READS: &str = r#"
@id("reads") permit (principal in Role::"sales-operations", action in Action::"read", resource in Object::"Task");
"#;

/// A product whose tokens are good after its end.
fn start(site: &Site, arguments: &[&str]) -> Product {
    fs::write(site.path("seal.key"), KEY).unwrap();
    let rest = "seal_key_file: seal.key\n";
    site.start_with(&Setup { rest, arguments, ..Setup::default() })
}

fn stop(mut product: Product) {
    product.terminate();
    assert!(product.wait().success());
}

/// The path of an address that another process gave.
fn token(url: &serde_json::Value) -> String {
    let (_, path) = url.as_str().unwrap().split_once("/bulk/").unwrap();
    format!("/bulk/{path}")
}

#[test]
fn a_file_that_came_at_one_replica_is_not_taken_at_another() {
    let site = Site::new();
    let first = start(&site, &[]);
    let job = tasks(&first, SALES, &["Subject"]);
    let upload = path(&first, &job["uploadUrl"]);
    assert_eq!(put(&first, SALES, &upload, b"Subject\na\n").status, 200);
    stop(first);

    let second = start(&site, &[]);
    let again = put(&second, SALES, &upload, b"Subject\nb\n");
    assert_eq!((again.status, again.code().as_str()), (409, "job_closed"), "{again:?}");
    assert_eq!(steps(&site), ["GET /jobs/ingest/JOB"]);
    let seen = ended(&second, SALES, &job);
    assert_eq!(
        (&seen["state"], &seen["numberRecordsProcessed"]),
        (&json!("JobComplete"), &json!(1))
    );
}

#[test]
fn a_token_is_judged_by_the_policies_of_its_use() {
    let site = Site::new();
    let first = start(&site, &[]);
    let job = tasks(&first, SALES, &["Subject"]);
    let done = tasks(&first, SALES, &["Subject"]);
    put(&first, SALES, &path(&first, &done["uploadUrl"]), b"Subject\na\n");
    ended(&first, SALES, &done);
    let asked = json!({ "id": done["id"], "which": "successful" });
    let results = first.call(SALES, "getBulkJobResults", &asked).data()["downloadUrl"].clone();
    stop(first);

    let policies = site.path("policies");
    fs::create_dir(&policies).unwrap();
    fs::write(policies.join("reads.cedar"), READS).unwrap();
    let second = start(&site, &["--policies", policies.to_str().unwrap()]);
    let reply = put(&second, SALES, &token(&job["uploadUrl"]), b"Subject\na\n");
    assert_eq!((reply.status, reply.code().as_str()), (403, "policy_denied"), "{reply:?}");
    assert!(reply.body.contains("Task.Subject"), "{reply:?}");
    let reply = get(&second, SALES, &token(&results));
    assert_eq!((reply.status, reply.code().as_str()), (403, "policy_denied"), "{reply:?}");
    for tool in ["getBulkJob", "abortBulkJob"] {
        let answer = second.call(SALES, tool, &json!({ "id": job["id"] }));
        assert_eq!(answer.code(), "policy_denied", "{answer:?}");
    }
    assert!(site.received().is_empty(), "{:?}", site.received());
}

/// What lets agents send and fetch the file of a job, made under the key itself.
struct Forge {
    sealer: Sealer,
    job: Job,
    now: u64,
}

impl Forge {
    fn new() -> Self {
        let ingest = Ingest {
            object: ObjectName::parse("Task").unwrap(),
            operation: IngestOperation::Insert,
            columns: Columns::parse(["Subject"]).unwrap(),
        };
        let id = RecordId::parse("750Dm0000000001IAA").unwrap();
        let now = Clock::system().wall().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let sealer = Sealer::new(SecretBox::new(Box::new(KEY)));
        Self { sealer, job: Job { id, work: Work::Ingest(ingest) }, now }
    }

    /// A token of that purpose, agent and server, that ends so many seconds from now.
    fn token(&self, purpose: Purpose, agent: &str, server: &str, seconds: i64) -> String {
        let job = self.job.clone();
        let payload = match purpose {
            Purpose::Upload => Upload { job, dialect: Dialect::default(), max_rows: 5 }.print(),
            Purpose::Download => Download { job, which: Some(Outcomes::Successful) }.print(),
            Purpose::Job | Purpose::Cursor => job.print(),
        };
        let binding = Binding { agent, server };
        let expires = self.now.strict_add_signed(seconds);
        self.sealer.seal(purpose, &binding, expires, &payload).unwrap()
    }
}

#[test]
fn a_token_ends_at_its_time_and_is_bound_to_agent_server_and_purpose() {
    let site = Site::new();
    let product = start(&site, &[]);
    let forge = Forge::new();
    let file = b"Subject\na\n";
    for (purpose, agent, server, seconds, status, code) in [
        (Purpose::Upload, "agent-sales", "/mcp", -1, 410, "token_expired"),
        (Purpose::Upload, "agent-sales", "/mcp", -9_999, 410, "token_expired"),
        (Purpose::Upload, "agent-support", "/mcp", 600, 404, "token_invalid"),
        (Purpose::Upload, "agent-support", "/mcp", -1, 404, "token_invalid"),
        (Purpose::Upload, "agent-sales", "/other", 600, 404, "token_invalid"),
        (Purpose::Download, "agent-sales", "/mcp", 600, 404, "token_invalid"),
        (Purpose::Job, "agent-sales", "/mcp", 600, 404, "token_invalid"),
    ] {
        let token = forge.token(purpose, agent, server, seconds);
        let reply = put(&product, SALES, &format!("/bulk/upload/{token}"), file);
        assert_eq!((reply.status, reply.code().as_str()), (status, code), "{reply:?}");
    }
    for (purpose, seconds, status) in
        [(Purpose::Download, -1, 410), (Purpose::Upload, 600, 404), (Purpose::Job, 600, 404)]
    {
        let token = forge.token(purpose, "agent-sales", "/mcp", seconds);
        let reply = get(&product, SALES, &format!("/bulk/results/{token}"));
        assert_eq!(reply.status, status, "{reply:?}");
    }
    let expired = forge.token(Purpose::Job, "agent-sales", "/mcp", -1);
    let answer = product.call(SALES, "getBulkJob", &json!({ "id": expired }));
    assert!(answer.text().contains("has expired"), "{answer:?}");
    assert!(site.received().is_empty(), "{:?}", site.received());
    // The same, where all is right, gets as far as the org, which doesn't know the job.
    let good = forge.token(Purpose::Upload, "agent-sales", "/mcp", 600);
    let reply = put(&product, SALES, &format!("/bulk/upload/{good}"), file);
    assert_eq!(steps(&site), ["GET /jobs/ingest/JOB"], "{reply:?}");
}
