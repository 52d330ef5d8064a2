//! Bulk API 2.0: jobs that write files.

use serde_json::{Value, json};

use super::{Got, Org, bare};

const JOBS: &str = "/jobs/ingest";

impl Org {
    async fn job(&self, order: Value) -> String {
        let got = self.send("POST", JOBS, Some(&order)).await;
        assert_eq!(got.status, 200, "{order}: {}", got.body);
        assert_eq!(got.body["state"], "Open");
        let id = got.body["id"].as_str().unwrap().to_owned();
        let url = format!("services/data/v68.0/jobs/ingest/{id}/batches");
        assert_eq!(got.body["contentUrl"], url.as_str());
        id
    }

    async fn upload(&self, id: &str, csv: impl Into<reqwest::Body>) -> Got {
        let request = self.request("PUT", &format!("{JOBS}/{id}/batches")).body(csv);
        Got::read(request.header("content-type", "text/csv").send().await.unwrap()).await
    }

    async fn state(&self, id: &str, state: &str) -> Got {
        self.send("PATCH", &format!("{JOBS}/{id}"), Some(&json!({"state": state}))).await
    }

    async fn csv(&self, path: &str) -> String {
        let response = self.request("GET", path).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["content-type"], "text/csv; charset=UTF-8");
        response.text().await.unwrap()
    }

    async fn results(&self, id: &str) -> [String; 3] {
        let path = |which: &str| format!("{JOBS}/{id}/{which}");
        [
            self.csv(&path("successfulResults")).await,
            self.csv(&path("failedResults/")).await,
            self.csv(&path("unprocessedrecords")).await,
        ]
    }

    /// Uploads a file to a new job and looks at the job until it is done.
    async fn run(&self, order: Value, csv: &str) -> (String, Value) {
        let id = self.job(order).await;
        assert_eq!(self.upload(&id, csv.to_owned()).await.status, 201);
        assert_eq!(self.state(&id, "UploadComplete").await.body["state"], "UploadComplete");
        assert_eq!(self.get(&format!("{JOBS}/{id}")).await.body["state"], "InProgress");
        let done = self.get(&format!("{JOBS}/{id}")).await.body;
        (id, done)
    }

    /// An external id for accounts.
    async fn key(&self) {
        let field = json!({"FullName": "Account.Key__c", "Metadata": {"label": "Key",
            "type": "Text", "length": 20, "externalId": true, "unique": true}});
        let got = self.send("POST", "/tooling/sobjects/CustomField", Some(&field)).await;
        assert_eq!(got.status, 201, "{}", got.body);
    }
}

fn counts(job: &Value) -> (&str, u64, u64) {
    let count = |key: &str| job[key].as_u64().unwrap();
    let state = job["state"].as_str().unwrap();
    (state, count("numberRecordsProcessed"), count("numberRecordsFailed"))
}

#[tokio::test]
async fn rows_are_inserted_updated_upserted_and_deleted() {
    let org = Org::start().await;
    org.key().await;
    let order = |operation: &str| json!({"object": "Account", "operation": operation});
    let csv = "Name,Key__c,NumberOfEmployees,Regions__c\n\"Bulk, one\",k1,12,North;East\nBulk two,k2,#N/A,\n,k3,,\nBulk four,k1,,\n";
    let (id, job) = org.run(order("insert"), csv).await;
    assert_eq!(counts(&job), ("JobComplete", 4, 2));
    let [good, bad, left] = org.results(&id).await;
    let lines: Vec<&str> = good.lines().collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(
        lines[0],
        r#""sf__Id","sf__Created","Name","Key__c","NumberOfEmployees","Regions__c""#
    );
    assert!(lines[1].ends_with(r#"","true","Bulk, one","k1","12","North;East""#), "{good}");
    assert!(bad.contains(r#""","REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --","","k3","","""#), "{bad}");
    assert!(
        bad.contains(
            "DUPLICATE_VALUE:duplicate value found: Key__c duplicates value on record with id: 001"
        ),
        "{bad}"
    );
    assert_eq!(left.lines().count(), 1);
    let soql = "SELECT Name, NumberOfEmployees FROM Account WHERE Key__c != NULL ORDER BY Key__c";
    let rows = bare(&json!(org.rows(soql).await));
    assert_eq!(
        rows,
        json!([{"Name": "Bulk, one", "NumberOfEmployees": 12}, {"Name": "Bulk two", "NumberOfEmployees": null}])
    );

    let mut upsert = order("upsert");
    upsert["externalIdFieldName"] = json!("key__c");
    let (id, job) = org.run(upsert, "Key__c,Name\nK1,Changed\nk9,New\n,Nameless\n").await;
    assert_eq!(counts(&job), ("JobComplete", 3, 1));
    let [good, bad, _] = org.results(&id).await;
    assert!(
        good.contains(r#""false","K1","Changed""#) && good.contains(r#""true","k9","New""#),
        "{good}"
    );
    assert!(bad.contains("MISSING_ARGUMENT:Key__c not specified:--"), "{bad}");

    let contact = json!({"object": "Contact", "operation": "insert"});
    let csv = "LastName,Account.Key__c,Group:Owner.Email\nBulker,k9,#N/A\nLoner,nope,\n";
    assert_eq!(
        org.run(contact.clone(), csv).await.1["errorMessage"],
        "InvalidBatch : Field name not found : Group:Owner.Email"
    );
    let (id, job) = org
        .run(
            contact,
            "LastName,Account.Key__c,Owner.Id\nBulker,k9,005Dm0000000002IAA\nLoner,nope,\n",
        )
        .await;
    assert_eq!(counts(&job), ("JobComplete", 2, 1));
    assert!(org.results(&id).await[1].contains("INVALID_FIELD:Foreign key external ID: nope not found for field Key__c in entity Account:--"));
    let rows =
        org.rows("SELECT Account.Name, OwnerId FROM Contact WHERE LastName = 'Bulker'").await;
    assert_eq!(
        bare(&rows[0]),
        json!({"Account": {"Name": "New"}, "OwnerId": "005Dm0000000002IAA"})
    );

    let ids: Vec<Value> =
        org.rows("SELECT Id FROM Account WHERE Key__c != NULL ORDER BY Key__c").await;
    let one = ids[0]["Id"].as_str().unwrap();
    let (_, job) = org
        .run(order("update"), &format!("Id,Rating,Name\n{one},Hot,\n001Dm00000zzzzz,Hot,\n"))
        .await;
    assert_eq!(counts(&job), ("JobComplete", 2, 1));
    let rows = org.rows(&format!("SELECT Name, Rating FROM Account WHERE Id = '{one}'")).await;
    assert_eq!(bare(&rows[0]), json!({"Name": "Changed", "Rating": "Hot"}));
    let (_, job) = org.run(order("delete"), &format!("Id\n{one}\n{one}\n")).await;
    assert_eq!(counts(&job), ("JobComplete", 2, 1));
    assert_eq!(org.count("SELECT COUNT() FROM Account WHERE Key__c = 'k1'").await, 0);
}

#[tokio::test]
async fn every_delimiter_and_line_ending_is_read() {
    let org = Org::start().await;
    for (name, delimiter) in [
        ("COMMA", ","),
        ("TAB", "\t"),
        ("SEMICOLON", ";"),
        ("PIPE", "|"),
        ("CARET", "^"),
        ("BACKQUOTE", "`"),
    ] {
        for (ending, line) in [("LF", "\n"), ("CRLF", "\r\n")] {
            let order = json!({"object": "Account", "operation": "insert", "contentType": "CSV",
                "columnDelimiter": name, "lineEnding": ending});
            let csv = format!(
                "Name{delimiter}Site{line}\"{name}{delimiter}\n{ending}\"{delimiter}x{line}"
            );
            let (id, job) = org.run(order, &csv).await;
            assert_eq!(counts(&job), ("JobComplete", 1, 0), "{name} {ending}: {job}");
            assert!(org.results(&id).await[0].ends_with(&format!("\"x\"{line}")));
        }
    }
    assert_eq!(org.count("SELECT COUNT() FROM Account WHERE Site = 'x'").await, 12);
}

/// A file, and what the job says of it.
const FAILED: &[(&str, &str)] = &[
    ("Name,Foo\na,b\n", "InvalidBatch : Field name not found : Foo"),
    ("Name;Site\na;b\n", "InvalidBatch : Field name not found : Name;Site"),
    ("\u{feff}Name\na\n", "InvalidBatch : Field name not found : \u{feff}Name"),
    ("Name,name\na,b\n", "InvalidBatch : Duplicate column : name"),
    ("Parent.Name\na\n", "InvalidBatch : Field name not found : Parent.Name"),
    ("Name,Site\na\n", "InvalidBatch : Record 2: it has 1 cells, and the header has 2"),
    ("Name\na\"b\n", "InvalidBatch : Record 2: a quote stands inside a cell"),
    (
        "Name\r\na\r\n",
        "ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is LF",
    ),
];

#[tokio::test]
async fn a_file_that_is_wrong_fails_its_job_and_writes_nothing() {
    let org = Org::start().await;
    let before = org.count("SELECT COUNT() FROM Account").await;
    for (csv, message) in FAILED {
        let order = json!({"object": "Account", "operation": "insert"});
        let (_, job) = org.run(order, csv).await;
        assert_eq!(counts(&job), ("Failed", 0, 0), "{csv:?}");
        assert_eq!(job["errorMessage"], *message, "{csv:?}");
    }
    assert_eq!(org.count("SELECT COUNT() FROM Account").await, before);
}

#[tokio::test]
async fn a_job_goes_only_where_its_state_lets_it() {
    let org = Org::start().await;
    let order = json!({"object": "Account", "operation": "insert"});
    let id = org.job(order.clone()).await;
    let path = format!("{JOBS}/{id}");
    let of = |what: &str| format!("{path}/{what}");
    assert_eq!(org.get(&of("successfulResults")).await.code(), "INVALIDJOBSTATE");
    assert_eq!(org.send("DELETE", &path, None).await.code(), "INVALIDJOBSTATE");
    let plain = org.request("PUT", &of("batches")).body("Name\nx\n").send().await.unwrap();
    assert_eq!(Got::read(plain).await.status, 415);
    assert_eq!(org.upload(&id, "Name\nx\n").await.status, 201);
    assert_eq!(org.upload(&id, "Name\ny\n").await.code(), "INVALIDJOBSTATE");
    assert_eq!(org.state(&id, "JobComplete").await.code(), "INVALIDJOBSTATE");
    assert_eq!(org.state(&id, "UploadComplete").await.status, 200);
    assert_eq!(org.state(&id, "UploadComplete").await.code(), "INVALIDJOBSTATE");
    assert_eq!(org.state(&id, "Aborted").await.body["state"], "Aborted");
    assert_eq!(org.csv(&of("unprocessedrecords")).await, "\"Name\"\n\"x\"\n");
    assert_eq!(org.count("SELECT COUNT() FROM Account WHERE Name = 'x'").await, 0);
    let listed = org.get(JOBS).await.body;
    assert_eq!((&listed["done"], &listed["records"][0]["id"]), (&json!(true), &json!(id)));
    assert_eq!(org.send("DELETE", &path, None).await.status, 204);
    for method in ["GET", "PATCH", "DELETE"] {
        let got = org.send(method, &path, Some(&json!({"state": "Aborted"}))).await;
        assert_eq!((got.status, got.code()), (404, "NOT_FOUND"), "{method}");
    }
    assert_eq!(org.upload(&id, "Name\nx\n").await.status, 404);
    for (order, code) in [
        (json!({"object": "Nope", "operation": "insert"}), "INVALIDJOB"),
        (json!({"object": "Account", "operation": "upsert"}), "INVALIDJOB"),
        (
            json!({"object": "Account", "operation": "upsert", "externalIdFieldName": "Name"}),
            "INVALIDJOB",
        ),
        (json!({"object": "Account", "operation": "insert", "contentType": "XML"}), "INVALIDJOB"),
        (json!({"object": "Account", "operation": "hardDelete"}), "FEATURENOTENABLED"),
        (json!({"object": "Account", "operation": "erase"}), "JSON_PARSER_ERROR"),
        (
            json!({"object": "Account", "operation": "insert", "columnDelimiter": "DOT"}),
            "JSON_PARSER_ERROR",
        ),
        (json!({"object": "Account", "operation": "insert", "more": 1}), "JSON_PARSER_ERROR"),
    ] {
        let got = org.send("POST", JOBS, Some(&order)).await;
        assert_eq!((got.status, got.code()), (400, code), "{order}");
    }
}

#[tokio::test]
async fn a_job_and_its_file_come_in_one_request() {
    let org = Org::start().await;
    let post = |content: &str| {
        let body = format!(
            "--BOUND\r\nContent-Type: application/json\r\nContent-Disposition: form-data; name=\"job\"\r\n\r\n\
             {{\"object\":\"Account\",\"operation\":\"insert\",\"lineEnding\":\"LF\"}}\r\n--BOUND\r\n\
             Content-Disposition: form-data; name=\"content\"; filename=\"content\"\r\nContent-Type: text/csv\r\n\r\n\
             {content}\r\n--BOUND--\r\n"
        );
        org.request("POST", JOBS)
            .header("content-type", "multipart/form-data; boundary=BOUND")
            .body(body)
    };
    let got = Got::read(post("Name\nOne Shot\n").send().await.unwrap()).await;
    assert_eq!((got.status, &got.body["state"]), (200, &json!("UploadComplete")));
    let path = format!("{JOBS}/{}", got.body["id"].as_str().unwrap());
    org.get(&path).await;
    assert_eq!(counts(&org.get(&path).await.body), ("JobComplete", 1, 0));
    assert_eq!(org.count("SELECT COUNT() FROM Account WHERE Name = 'One Shot'").await, 1);
    let got = Got::read(post(&"x".repeat(100_001)).send().await.unwrap()).await;
    assert_eq!(got.code(), "INVALIDJOB");
}

#[tokio::test]
async fn a_large_file_fills_the_org_and_the_rest_fails() {
    let org = Org::start().await;
    let id = org.job(json!({"object": "Account", "operation": "insert"})).await;
    let mut csv = String::from("Name,Description\n");
    for n in 0..120_000 {
        csv.push_str(&format!("Many {n},{}\n", "x".repeat(60)));
    }
    let small: Vec<Vec<u8>> = csv.as_bytes().chunks(60_001).map(<[u8]>::to_vec).collect();
    let body = small.concat();
    assert_eq!(org.upload(&id, body).await.status, 201);
    let recorded = org.org.requests();
    assert_eq!(recorded.last().unwrap().body, csv.as_bytes()[..4_096]);
    org.state(&id, "UploadComplete").await;
    org.get(&format!("{JOBS}/{id}")).await;
    let job = org.get(&format!("{JOBS}/{id}")).await.body;
    let (state, processed, failed) = counts(&job);
    assert_eq!((state, processed), ("JobComplete", 120_000));
    let made = org.count("SELECT COUNT() FROM Account WHERE Name LIKE 'Many %'").await;
    assert_eq!(made + failed, 120_000);
    assert!((40_000..50_000).contains(&made), "{made}");
    let [_, bad, _] = org.results(&id).await;
    assert!(bad.contains("STORAGE_LIMIT_EXCEEDED:storage limit exceeded:--"));
}

#[tokio::test]
async fn a_fault_at_an_upload_leaves_the_job_open() {
    use fieldgate::demo_org::Fault;
    let org = Org::start().await;
    let id = org.job(json!({"object": "Account", "operation": "insert"})).await;
    for (fault, status) in
        [(Fault::LimitExceeded, 403), (Fault::SessionInvalid, 401), (Fault::ServerError, 500)]
    {
        org.org.faults().next(1, fault);
        assert_eq!(org.upload(&id, "Name\nx\n").await.status, status);
    }
    assert_eq!(org.upload(&id, "Name\nx\n").await.status, 201);
}

impl Org {
    async fn query_job(&self, operation: &str, soql: &str) -> (String, Value) {
        let order = json!({"operation": operation, "query": soql});
        let got = self.send("POST", "/jobs/query", Some(&order)).await;
        assert_eq!(
            (got.status, &got.body["state"]),
            (200, &json!("UploadComplete")),
            "{}",
            got.body
        );
        let path = format!("/jobs/query/{}", got.body["id"].as_str().unwrap());
        let results = self.get(&format!("{path}/results")).await;
        assert_eq!(results.code(), "INVALIDJOBSTATE");
        assert_eq!(self.get(&path).await.body["state"], "InProgress");
        let done = self.get(&path).await.body;
        assert_eq!(done["state"], "JobComplete");
        (path, done)
    }

    /// A page of results, its locator and its number of records.
    async fn page(&self, path: &str, query: &str) -> (String, String, String) {
        let response = self.request("GET", &format!("{path}/results{query}")).send().await.unwrap();
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        let (locator, records) = (header("sforce-locator"), header("sforce-numberofrecords"));
        (response.text().await.unwrap(), locator, records)
    }
}

#[tokio::test]
async fn a_query_job_gives_its_rows_page_by_page() {
    let org = Org::start().await;
    org.family().await;
    let soql = "SELECT lastname, Account.Name, Salary__c, Birthdate, Owner.IsActive FROM Contact WHERE Account.Name = 'Zz Test' ORDER BY LastName";
    let (path, job) = org.query_job("query", soql).await;
    assert_eq!(
        (&job["object"], &job["numberRecordsProcessed"], &job["jobType"]),
        (&json!("Contact"), &json!(3), &json!("V2Query"))
    );
    let header = "\"LastName\",\"Account.Name\",\"Salary__c\",\"Birthdate\",\"Owner.IsActive\"\n";
    let rows = [
        "\"Aa\",\"Zz Test\",\"100.0\",\"1980-05-06\",\"true\"\n",
        "\"bb\",\"Zz Test\",\"50.5\",\"\",\"true\"\n",
        "\"CC\",\"Zz Test\",\"\",\"\",\"true\"\n",
    ];
    let whole = format!("{header}{}", rows.concat());
    assert_eq!(org.page(&path, "").await, (whole, "null".into(), "3".into()));
    let (first, locator, records) = org.page(&path, "?maxRecords=2").await;
    assert_eq!((first, records), (format!("{header}{}{}", rows[0], rows[1]), "2".into()));
    let (last, end, records) = org.page(&path, &format!("?maxRecords=2&locator={locator}")).await;
    assert_eq!((last, end, records), (format!("{header}{}", rows[2]), "null".into(), "1".into()));
    for wrong in ["?locator=x", "?locator=MTA", "?maxRecords=0", "?maxRecords=x"] {
        assert_eq!(
            org.get(&format!("{path}/results{wrong}")).await.code(),
            "INVALIDJOB",
            "{wrong}"
        );
    }
    let other = format!("{}/services/data/v60.0{path}/results", org.org.base_url());
    let got = org.client.get(other).bearer_auth(org.org.access_token()).send().await.unwrap();
    assert_eq!(got.status(), 409);
    assert_eq!(
        org.send("PATCH", &path, Some(&json!({"state": "Aborted"}))).await.code(),
        "INVALIDJOBSTATE"
    );
    assert_eq!(org.send("DELETE", &path, None).await.status, 204);
    assert_eq!(org.get(&path).await.code(), "NOT_FOUND");
}

#[tokio::test]
async fn a_query_job_sees_deleted_records_where_it_is_asked_to() {
    let org = Org::start().await;
    let id = org.create("Lead", json!({"LastName": "Gone", "Company": "x"})).await;
    org.send("DELETE", &format!("/sobjects/Lead/{id}"), None).await;
    for (operation, rows) in [("query", 0), ("queryAll", 1)] {
        let (_, job) =
            org.query_job(operation, "SELECT Id FROM Lead WHERE LastName = 'Gone'").await;
        assert_eq!(job["numberRecordsProcessed"], rows, "{operation}");
    }
}

#[tokio::test]
async fn a_query_that_no_table_can_show_is_refused() {
    let org = Org::start().await;
    for (soql, code) in [
        ("SELECT COUNT() FROM Contact", "API_ERROR"),
        ("SELECT COUNT(Id) n FROM Contact", "API_ERROR"),
        ("SELECT LeadSource FROM Contact GROUP BY LeadSource", "API_ERROR"),
        ("SELECT Id FROM Contact LIMIT 1 OFFSET 1", "API_ERROR"),
        ("SELECT Id, (SELECT Id FROM Contacts) FROM Account", "API_ERROR"),
        ("SELECT MailingAddress FROM Contact", "API_ERROR"),
        ("SELECT Account.BillingAddress FROM Contact", "API_ERROR"),
        ("SELECT TYPEOF What WHEN Account THEN Name END FROM Task", "API_ERROR"),
        ("SELECT Nope FROM Contact", "INVALID_FIELD"),
        ("SELECT Id FROM Nope", "INVALID_TYPE"),
        ("SELECT", "MALFORMED_QUERY"),
    ] {
        let order = json!({"operation": "query", "query": soql});
        let got = org.send("POST", "/jobs/query", Some(&order)).await;
        assert_eq!((got.status, got.code()), (400, code), "{soql}: {}", got.body);
    }
    assert_eq!(org.get("/jobs/query").await.body["records"], json!([]));
}
