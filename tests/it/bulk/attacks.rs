//! Files that are not what their job declared, and tokens that are not good: not one byte of them
//! reaches Salesforce.

use serde_json::json;

use super::{await_event, create, ended, get, path, put, said, send, tasks};
use crate::harness::{ADMIN, SALES, SUPPORT, Site};

#[test]
fn a_file_with_another_header_sends_nothing() {
    let site = Site::new();
    let product = site.start();
    let job = tasks(&product, SALES, &["Subject", "Priority"]);
    let upload = path(&product, &job["uploadUrl"]);
    site.org.forget_requests();
    for (file, code) in [
        (&b""[..], "invalid_csv"),
        (b"\n", "invalid_csv"),
        (b"Subject\na\n", "other_columns"),
        (b"Subject,Priority,OwnerId\na,b,c\n", "other_columns"),
        (b"Subject,OwnerId\na,b\n", "other_columns"),
        (b"Subject,Priority,SUBJECT\na,b,c\n", "invalid_csv"),
        (b"Subject,Priority,priority\na,b,c\n", "invalid_csv"),
        (b"\"Subject,Priority\"\na\n", "invalid_csv"),
        (b"Subject,\"Priority,OwnerId\"\na,b\n", "invalid_csv"),
        (b"Subject,\"Priority\nOwnerId\"\na,b\n", "invalid_csv"),
        (b"Subject,\"Priority\",\"OwnerId\"\na,b,c\n", "other_columns"),
        (b"Subject,Pri\"\"ority\na,b\n", "invalid_csv"),
        (b"Subject,\"Pri\"ority\na,b\n", "invalid_csv"),
        (b"Subject;Priority\na;b\n", "invalid_csv"),
        (b"Subject\tPriority\na\tb\n", "invalid_csv"),
        (b"Subject|Priority\na|b\n", "invalid_csv"),
        (b"Subject,Priority\r\na,b\r\n", "invalid_csv"),
        (b"Subject,Priority\ra,b\r", "invalid_csv"),
        (b"\xef\xbb\xbfSubject,Priority\na,b\n", "invalid_csv"),
        (b"\xff\xfeS\0u\0", "invalid_csv"),
        (b"\xfe\xff\0S\0u", "invalid_csv"),
        (b"S\0u\0b\0", "invalid_csv"),
        (b"Subject,Priorit\xc3\na,b\n", "invalid_csv"),
        (b"Subject,Priority \na,b\n", "invalid_csv"),
        (b" Subject,Priority\na,b\n", "invalid_csv"),
        (b"Subject,Priority,\na,b,\n", "invalid_csv"),
        (b"Subject,Priorit\xd1\x83\na,b\n", "invalid_csv"),
        (b"Subject,Owner.Username\na,b\n", "other_columns"),
        (b"Subject,User:Owner.Username\na,b\n", "other_columns"),
        (b"Subject,Priority,Id\na,b,c\n", "other_columns"),
        (b"Id,Subject\na,b\n", "other_columns"),
        (b"Subject,Priority\n", "invalid_csv"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "invalid_csv"),
        (b"PK\x03\x04", "invalid_csv"),
        (b"{\"Subject\":\"a\"}\n", "invalid_csv"),
        (b"#N/A,Priority\na,b\n", "invalid_csv"),
        // A file that goes wrong in its first row has not begun either.
        (b"Subject,Priority\na,b,c\n", "invalid_csv"),
        (b"Subject,Priority\n\"a,b\nc,d\n", "invalid_csv"),
        (b"Subject,Priority\na,b\tc\n", "invalid_csv"),
        (b"Subject,Priority\na,b\xff\n", "invalid_csv"),
    ] {
        let reply = put(&product, SALES, &upload, file);
        let shown = String::from_utf8_lossy(file);
        assert_eq!((reply.status, reply.code().as_str()), (400, code), "{shown:?}: {reply:?}");
        assert!(site.received().is_empty(), "{shown:?}: {:?}", site.received());
    }
    // The right file may still come.
    let reply = put(&product, SALES, &upload, b"priority,subject\nHigh,a\n");
    assert_eq!(reply.status, 200, "{reply:?}");
}

#[test]
fn a_wrong_row_breaks_the_file_off_and_aborts_the_job() {
    let site = Site::new();
    let product = site.start();
    let rows = "ok,High\n".repeat(5_000);
    for (wrong, row, code) in [
        ("too,many,fields\n", 5_002, "invalid_csv"),
        ("few\n", 5_002, "invalid_csv"),
        ("a,\"never closed\n", 5_002, "invalid_csv"),
        ("a,\"b\"c\n", 5_002, "invalid_csv"),
        ("a,b\u{1}\n", 5_002, "invalid_csv"),
        ("a,b\r\n", 5_002, "invalid_csv"),
        ("\n", 5_002, "invalid_csv"),
    ] {
        let job = tasks(&product, SALES, &["Subject", "Priority"]);
        site.org.forget_requests();
        let file = format!("Subject,Priority\n{rows}{wrong}{rows}");
        let upload = path(&product, &job["uploadUrl"]);
        let reply = put(&product, SALES, &upload, file.as_bytes());
        assert_eq!((reply.status, reply.code().as_str()), (400, code), "{wrong:?}: {reply:?}");
        assert_eq!(reply.json()["row"], row, "{wrong:?}: {reply:?}");
        assert!(reply.json()["column"].is_u64(), "{wrong:?}: {reply:?}");
        assert_eq!(said(&site), [r#"{"state":"Aborted"}"#], "{wrong:?}");
        let seen = ended(&product, SALES, &job);
        assert_eq!(seen["state"], "Aborted", "{wrong:?}: {seen}");
        let again = put(&product, SALES, &upload, b"Subject,Priority\na,b\n");
        assert_eq!((again.status, again.code().as_str()), (410, "token_used"), "{again:?}");
    }
    let rows = product.query(SALES, "SELECT Id FROM Task WHERE Subject = 'ok' LIMIT 5").data();
    assert_eq!(rows["totalSize"], 0, "{rows}");
    await_event(&site, "outcome", "invalid_csv");
}

#[test]
fn more_rows_than_permitted_are_not_taken() {
    let site = Site::new();
    let setup = crate::harness::Setup { rest: "bulk:\n  max_rows: 5\n", ..Default::default() };
    let product = site.start_with(&setup);
    for max_rows in [json!(2), json!(5), json!(1_000), json!(null)] {
        let mut arguments =
            json!({ "operation": "insert", "object": "Task", "columns": ["Subject"] });
        if !max_rows.is_null() {
            arguments["maxRows"] = max_rows.clone();
        }
        let job = create(&product, SALES, &arguments);
        let most = max_rows.as_u64().unwrap_or(5).min(5);
        let rows = "a\n".repeat(usize::try_from(most).unwrap() + 1);
        let upload = path(&product, &job["uploadUrl"]);
        let reply = put(&product, SALES, &upload, format!("Subject\n{rows}").as_bytes());
        assert_eq!((reply.status, reply.code().as_str()), (400, "too_many_rows"), "{reply:?}");
        assert_eq!(reply.json()["row"], most + 2, "{reply:?}");
    }
    let rows: Vec<_> = (0..6).map(|_| json!({ "Subject": "a" })).collect();
    let arguments = json!({ "operation": "insert", "object": "Task", "rows": rows });
    let answer = product.call(SALES, "createBulkJob", &arguments);
    assert!(answer.text().contains("5 rows"), "{answer:?}");
}

/// Sales may create three tasks at once.
const THREE: &str = r#"
@id("three") permit (principal in Role::"sales-operations", action == Action::"create", resource in Object::"Task")
when { context has rows && context.rows <= 3 };
"#;

#[test]
fn the_bound_of_a_policy_holds_for_calls_and_files() {
    let site = Site::new();
    let policies = site.path("policies");
    std::fs::create_dir(&policies).unwrap();
    std::fs::write(policies.join("three.cedar"), THREE).unwrap();
    let arguments = ["--policies", policies.to_str().unwrap()];
    let setup = crate::harness::Setup { arguments: &arguments, ..Default::default() };
    let product = site.start_with(&setup);
    let rows = |count: usize| vec![json!({ "Subject": "a" }); count];
    for refused in [
        json!({ "operation": "insert", "object": "Task", "rows": rows(4) }),
        json!({ "operation": "insert", "object": "Task", "columns": ["Subject"] }),
        json!({ "operation": "insert", "object": "Task", "columns": ["Subject"], "maxRows": 4 }),
    ] {
        let answer = product.call(SALES, "createBulkJob", &refused);
        assert_eq!(answer.code(), "policy_denied", "{refused}: {answer:?}");
    }
    create(&product, SALES, &json!({ "operation": "insert", "object": "Task", "rows": rows(3) }));
    let file =
        json!({ "operation": "insert", "object": "Task", "columns": ["Subject"], "maxRows": 3 });
    let job = create(&product, SALES, &file);
    let reply = put(&product, SALES, &path(&product, &job["uploadUrl"]), b"Subject\na\nb\nc\nd\n");
    assert_eq!((reply.status, reply.code().as_str()), (400, "too_many_rows"), "{reply:?}");
    let job = create(&product, SALES, &file);
    let reply = put(&product, SALES, &path(&product, &job["uploadUrl"]), b"Subject\na\nb\nc\n");
    assert_eq!(reply.status, 200, "{reply:?}");
}

#[test]
fn a_token_is_good_for_its_agent_its_purpose_and_its_job_alone() {
    let site = Site::new();
    let product = site.start();
    let job = tasks(&product, SALES, &["Subject"]);
    let other = tasks(&product, SALES, &["Priority"]);
    let upload = path(&product, &job["uploadUrl"]);
    site.org.forget_requests();
    let file = b"Subject\na\n";
    let token = upload.rsplit_once('/').unwrap().1;
    let mut cut = upload.clone();
    cut.pop();
    let last = if upload.ends_with('A') { "B" } else { "A" };
    let id = job["id"].as_str().unwrap();
    for (agent, path, status) in [
        (SUPPORT, upload.clone(), 404),
        (ADMIN, upload.clone(), 404),
        ("nobody-has-this-token", upload.clone(), 401),
        (SALES, format!("/bulk/upload/{id}"), 404),
        (SALES, "/bulk/upload/".to_owned(), 404),
        (SALES, "/bulk/upload/fgu1.AAAA".to_owned(), 404),
        (SALES, cut.clone(), 404),
        (SALES, format!("{cut}{last}"), 404),
        (SALES, format!("{upload}A"), 404),
        (SALES, format!("{upload}/"), 404),
        (SALES, format!("{upload}?x=1"), 404),
        (SALES, format!("/bulk/upload/../upload/{token}"), 404),
        (SALES, format!("/bulk/results/{token}"), 405),
        (SALES, format!("/Bulk/upload/{token}"), 404),
        // Of another job of the same agent: its columns are others.
        (SALES, path(&product, &other["uploadUrl"]), 400),
    ] {
        let reply = put(&product, agent, &path, file);
        assert_eq!(reply.status, status, "{path}: {reply:?}");
    }
    assert_eq!(get(&product, SALES, &upload).status, 405);
    assert_eq!(get(&product, SALES, &format!("/bulk/results/{token}")).status, 404);
    assert!(site.received().is_empty(), "{:?}", site.received());
    assert_eq!(put(&product, SALES, &upload, file).status, 200);
}

#[test]
fn bodies_that_are_no_plain_csv_are_refused_by_their_heads() {
    let site = Site::new();
    let product = site.start();
    let job = tasks(&product, SALES, &["Subject"]);
    let upload = path(&product, &job["uploadUrl"]);
    site.org.forget_requests();
    let file = b"Subject\na\n";
    let length = file.len();
    for (headers, status) in [
        ("content-length: LEN".to_owned(), 415),
        ("content-type: application/json\r\ncontent-length: LEN".to_owned(), 415),
        ("content-type: text/csv; charset=utf-16\r\ncontent-length: LEN".to_owned(), 415),
        ("content-type: text/csv; charset=latin1\r\ncontent-length: LEN".to_owned(), 415),
        ("content-type: text/csv\r\ncontent-type: text/csv\r\ncontent-length: LEN".to_owned(), 415),
        ("content-type: text/csv\r\ncontent-encoding: gzip\r\ncontent-length: LEN".to_owned(), 415),
        ("content-type: text/csv\r\ncontent-length: 100000001".to_owned(), 413),
        ("content-type: text/csv\r\ncontent-length: LEN\r\ncontent-length: 3".to_owned(), 400),
        (
            "content-type: text/csv\r\ncontent-length: LEN\r\ntransfer-encoding: chunked"
                .to_owned(),
            400,
        ),
        ("content-type: text/csv\r\ntransfer-encoding: gzip, chunked".to_owned(), 400),
        (
            "content-type: text/csv\r\ncontent-length: LEN\r\norigin: https://evil.example"
                .to_owned(),
            403,
        ),
        ("content-type: text/csv\r\ntransfer-encoding: chunked".to_owned(), 400),
    ] {
        let headers = headers.replace("LEN", &length.to_string());
        let head = format!("PUT {upload} HTTP/1.1\r\n{headers}");
        let reply = send(&product, &head, SALES, file);
        assert_eq!(reply.status, status, "{headers}: {reply:?}");
        assert!(site.received().is_empty(), "{headers}");
    }
    let head = format!(
        "PUT {upload} HTTP/1.1\r\ncontent-type: Text/CSV; charset=\"UTF-8\"\r\ntransfer-encoding: chunked"
    );
    let reply = send(&product, &head, SALES, b"4\r\nSubj\r\n6\r\nect\na\n\r\n0\r\n\r\n");
    assert_eq!((reply.status, reply.json()["rows"].as_u64()), (200, Some(1)), "{reply:?}");
}

#[test]
fn a_client_that_hangs_up_leaves_an_aborted_job() {
    let site = Site::new();
    let product = site.start();
    let job = tasks(&product, SALES, &["Subject"]);
    let upload = path(&product, &job["uploadUrl"]);
    site.org.forget_requests();
    let rows = "a\n".repeat(50_000);
    {
        use std::io::Write as _;
        let mut stream = std::net::TcpStream::connect(product.address).unwrap();
        let head = format!(
            "PUT {upload} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {SALES}\r\ncontent-type: \
             text/csv\r\ncontent-length: 1000000\r\n\r\nSubject\n{rows}",
            product.address
        );
        stream.write_all(head.as_bytes()).unwrap();
        site.await_received(1);
    }
    await_event(&site, "outcome", "broken_body");
    assert_eq!(said(&site), [r#"{"state":"Aborted"}"#]);
    let seen = ended(&product, SALES, &job);
    assert_eq!(seen["state"], "Aborted", "{seen}");
}
