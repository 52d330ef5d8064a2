//! Several records in one call, external ids and related records, from the tool to the org.

use serde_json::{Value, json};

use crate::harness::{ADMIN, Answer, SALES, SUPPORT, Setup, Site, line};

/// The text of a result as JSON.
fn result(answer: &Answer) -> Value {
    assert!(!answer.refused(), "{}", answer.body);
    let text = answer.json["result"]["content"][0]["text"].as_str().unwrap();
    serde_json::from_str(text).unwrap()
}

fn refusal(answer: &Answer) -> String {
    assert!(answer.refused(), "{}", answer.body);
    answer.json["result"]["content"][0]["text"].as_str().unwrap().to_owned()
}

#[test]
fn records_are_made_read_changed_and_deleted_together() {
    let site = Site::new();
    let product = site.start();
    let call = |tool: &str, arguments: Value| product.call(ADMIN, tool, &arguments);
    let made = result(&call(
        "createRecords",
        json!({"records": [
            {"attributes": {"type": "Task"}, "Subject": "a", "Status": "Not Started", "Priority": "High"},
            {"attributes": {"type": "Account"}, "Name": "b"},
            {"attributes": {"type": "Contact"}, "FirstName": "no last name"},
        ]}),
    ));
    let results = made["results"].as_array().unwrap();
    let succeeded: Vec<&Value> = results.iter().map(|one| &one["success"]).collect();
    assert_eq!(succeeded, [true, true, false]);
    assert_eq!(results[2]["errors"][0]["statusCode"], "REQUIRED_FIELD_MISSING");
    assert_eq!(results[2]["errors"][0]["message"], "a required field has no value");
    let ids: Vec<&str> = results[..2].iter().map(|one| one["id"].as_str().unwrap()).collect();
    let changed = result(&call(
        "updateRecords",
        json!({"object": "Task", "records": [{"id": ids[0], "Subject": "c"}], "allOrNone": true}),
    ));
    assert_eq!(changed, json!({"results": [{"id": ids[0], "success": true}]}));
    let read = result(&call(
        "getRecords",
        json!({"object": "Task", "ids": [ids[0], "00T000000000000"], "fields": ["Subject"]}),
    ));
    assert_eq!(read["records"][0]["Subject"], "c");
    assert_eq!(read["records"][1], Value::Null);
    let deleted = result(&call("deleteRecords", json!({"ids": ids})));
    assert_eq!(deleted["results"][1], json!({"id": ids[1], "success": true}));
    let query = json!({"query": format!("SELECT Id FROM Task WHERE Id = '{}' LIMIT 1", ids[0])});
    assert_eq!(result(&call("executeQuery", query.clone()))["totalSize"], 0);
    assert_eq!(result(&call("executeQueryAll", query))["totalSize"], 1);
}

#[test]
fn one_forbidden_record_refuses_all_and_nothing_is_sent() {
    let site = Site::new();
    let product = site.start();
    for (tool, arguments, why) in [
        (
            "createRecords",
            json!({"records": [
                {"attributes": {"type": "Task"}, "Subject": "a"},
                {"attributes": {"type": "Contact"}, "LastName": "b", "SSN__c": "900-00-0000"},
            ]}),
            "Contact.SSN__c",
        ),
        (
            "updateRecords",
            json!({"object": "Opportunity", "records": [
                {"id": "006Dm0000000001IAA", "StageName": "Prospecting"},
                {"id": "006Dm0000000002IAA", "amount": 5},
            ]}),
            "Opportunity.Amount",
        ),
        ("deleteRecords", json!({"ids": ["00TDm0000000002MAA"]}), "delete"),
        ("deleteRecords", json!({"ids": ["zzzDm0000000002MAA"]}), "suffix"),
        ("deleteRecords", json!({"ids": ["zzzDm0000000002"]}), "does not say which object"),
        (
            "getRecords",
            json!({"object": "Contact", "ids": ["003Dm0000000001IAA"], "fields": ["Name", "Salary__c"]}),
            "Contact.Salary__c",
        ),
        (
            "upsertRecords",
            json!({"object": "Account", "externalIdField": "ExternalKey__c", "records": [{"ExternalKey__c": "A-0001", "Name": "x"}]}),
            "Account.Name",
        ),
        (
            "createRecordTree",
            json!({"object": "Account", "records": [{"attributes": {"type": "Account", "referenceId": "a"}, "Name": "x",
            "Contacts": {"records": [{"attributes": {"type": "Contact", "referenceId": "b"}, "LastName": "x"}]}}]}),
            "Contact.AccountId",
        ),
        (
            "getRelatedRecords",
            json!({"object": "Account", "id": "001Dm0000000001IAA", "path": ["Contacts"], "fields": ["SSN__c"]}),
            "Contact.SSN__c",
        ),
        (
            "updateRecord",
            json!({"object": "Account", "externalIdField": "ExternalKey__c", "externalId": "A-0001", "fields": {"Name": "x"}}),
            "Account.Name",
        ),
        (
            "updateRecord",
            json!({"object": "Account", "id": "001Dm0000000001IAA", "externalId": "A-0001", "fields": {"Name": "x"}}),
            "name the record by `id`",
        ),
    ] {
        let said = refusal(&product.call(SALES, tool, &arguments));
        assert!(said.contains(why), "{tool}: {said}");
        assert_eq!(site.received().len(), 0, "{tool}");
    }
}

#[test]
fn a_tree_is_made_whole_or_its_failed_record_is_named() {
    let site = Site::new();
    let product = site.start();
    let tree = |contact: Value| {
        json!({"object": "Account", "records": [{"attributes": {"type": "Account", "referenceId": "acme"},
            "Name": "Acme", "Contacts": {"records": [contact]}}]})
    };
    let good =
        tree(json!({"attributes": {"type": "Contact", "referenceId": "ray"}, "LastName": "Ray"}));
    let made = result(&product.call(ADMIN, "createRecordTree", &good));
    assert_eq!(made["results"][1]["referenceId"], "ray");
    let account = made["results"][0]["id"].as_str().unwrap();
    let query = format!(
        "SELECT AccountId FROM Contact WHERE LastName = 'Ray' AND AccountId = '{account}' LIMIT 5"
    );
    assert_eq!(result(&product.query(ADMIN, &query))["totalSize"], 1);
    let bad =
        tree(json!({"attributes": {"type": "Contact", "referenceId": "nameless"}, "Title": "x"}));
    let answer = product.call(ADMIN, "createRecordTree", &bad);
    let said = refusal(&answer);
    assert!(said.contains("nameless") && said.contains("REQUIRED_FIELD_MISSING"), "{said}");
    let failed = &answer.json["result"]["_meta"]["fieldgate/failedRecords"];
    assert_eq!(failed[0]["referenceId"], "nameless");
    assert_eq!(failed[0]["error"]["statusCode"], "REQUIRED_FIELD_MISSING");
}

#[test]
fn an_external_id_names_records_and_makes_them_only_where_it_is_asked_to() {
    let site = Site::new();
    let product = site.start();
    let call = |tool: &str, arguments: Value| product.call(ADMIN, tool, &arguments);
    let key = |value: &str| json!({"object": "Account", "externalIdField": "externalKEY__c", "externalId": value});
    let with = |value: &str, more: Value| {
        let mut arguments = key(value);
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        arguments
    };
    let read =
        result(&call("getRecord", with("A-0001", json!({"fields": ["Id", "ExternalKey__c"]}))));
    assert_eq!(read["ExternalKey__c"], "A-0001");
    let changed = result(&call("updateRecord", with("A-0001", json!({"fields": {"Name": "x"}}))));
    assert_eq!((&changed["id"], &changed["created"]), (&read["Id"], &json!(false)));
    let made = result(&call(
        "updateRecord",
        with("New 1?/".trim_end_matches('/'), json!({"fields": {"Name": "y"}})),
    ));
    assert_eq!(made["created"], true);
    let refused =
        call("updateRecord", with("Nobody", json!({"fields": {"Name": "z"}, "updateOnly": true})));
    refusal(&refused);
    let several = result(&call(
        "upsertRecords",
        json!({"object": "Account", "externalIdField": "ExternalKey__c", "records": [
            {"ExternalKey__c": "A-0001", "Name": "x"}, {"ExternalKey__c": "New 2", "Name": "z"},
        ]}),
    ));
    let created: Vec<&Value> =
        several["results"].as_array().unwrap().iter().map(|one| &one["created"]).collect();
    assert_eq!(created, [false, true]);
    let contact = result(&call(
        "createRecord",
        json!({"object": "Contact", "fields": {"LastName": "Ray", "Account": {"ExternalKey__c": "New 2"}}}),
    ));
    let parent = result(&call(
        "getRelatedRecords",
        json!({"object": "Contact", "id": contact["id"], "path": ["Account"], "fields": ["ExternalKey__c"]}),
    ));
    assert_eq!(parent["Account"]["ExternalKey__c"], "New 2");
    result(&call("deleteRecord", key("New 1?")));
}

#[test]
fn related_records_are_found_from_one_record() {
    let site = Site::new();
    let product = site.start();
    let call = |path: Value, object: &str, id: &str| {
        let arguments =
            json!({"object": object, "id": id, "path": path, "fields": ["Id", "Name"], "limit": 3});
        result(&product.call(SUPPORT, "getRelatedRecords", &arguments))
    };
    let query = "SELECT Id, AccountId FROM Contact WHERE AccountId != null LIMIT 1";
    let contact = result(&product.query(SUPPORT, query))["records"][0].clone();
    let (id, account) = (contact["Id"].as_str().unwrap(), contact["AccountId"].as_str().unwrap());
    let contacts = call(json!(["Contacts"]), "Account", account);
    assert!(!contacts["records"].as_array().unwrap().is_empty());
    let siblings = call(json!("Account.Contacts"), "Contact", id);
    assert_eq!(siblings["records"][0]["Contacts"]["records"], contacts["records"]);
    let sent = site.received().last().map(line).unwrap();
    assert!(
        sent.contains("FROM Account WHERE Id IN (SELECT AccountId FROM Contact WHERE Id = "),
        "{sent}"
    );
}

#[test]
fn recently_viewed_records_and_the_user_are_shown_as_far_as_permitted() {
    let site = Site::new();
    let product = site.start();
    let user = result(&product.call(ADMIN, "getCurrentUser", &json!({})));
    assert!(user["Username"].is_string() && user["Id"].is_string(), "{user}");
    let seen = result(&product.call(SUPPORT, "getCurrentUser", &json!({})));
    assert!(seen["Name"].is_string() && seen.get("Username").is_none(), "{seen}");
    let recent = result(&product.call(
        SUPPORT,
        "listRecentlyViewed",
        &json!({"objects": ["Account", "Contact"], "limit": 5}),
    ));
    for record in recent["records"].as_array().unwrap() {
        let object = record["attributes"]["type"].as_str().unwrap();
        assert!(["Account", "Contact"].contains(&object), "{record}");
    }
    let refused = product.call(
        SUPPORT,
        "listRecentlyViewed",
        &json!({"objects": ["Account", "Opportunity"]}),
    );
    assert!(refusal(&refused).contains("Opportunity"));
}

#[test]
fn a_long_answer_is_cut_at_whole_rows_with_a_note() {
    let site = Site::new();
    let setup = Setup { rest: "max_answer_text: 2KiB\n", ..Setup::default() };
    let product = site.start_with(&setup);
    let answer = product.query(ADMIN, "SELECT Id, Name, Email FROM Contact ORDER BY Id LIMIT 100");
    let rows = result(&answer);
    let shown = rows["records"].as_array().unwrap().len();
    assert!(shown > 5 && shown < 100, "{shown}");
    assert_eq!(rows["done"], false);
    let note = answer.json["result"]["content"][1]["text"].as_str().unwrap();
    assert!(note.contains(&format!("{shown} of 100 are shown")), "{note}");
    assert!(answer.json["result"]["content"][0]["text"].as_str().unwrap().len() < 2100);
    let described = product.call(ADMIN, "describeObject", &json!({"object": "Contact"}));
    assert!(described.json["result"]["content"][1]["text"].as_str().unwrap().contains("are shown"));
}
