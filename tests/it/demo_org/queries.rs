//! Queries: their rows, their pages and their refusals.

use serde_json::{Value, json};

use super::{Got, Org, bare, encode};

#[tokio::test]
async fn rows_are_shaped_as_salesforce_shapes_them() {
    let org = Org::start().await;
    let account = org.family().await;
    let soql = format!(
        "select account.name, lastname, account.owner.id from contact where accountid = '{account}' and firstname = 'BO'"
    );
    let response = org.request("GET", &format!("/query?q={}", encode(&soql))).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/json;charset=UTF-8");
    let text = response.text().await.unwrap();
    let (head, tail) = text.split_once("{\"attributes\":{\"type\":\"Contact\"").unwrap();
    assert_eq!(head, "{\"totalSize\":1,\"done\":true,\"records\":[");
    let after = tail.split_once("},").unwrap().1;
    assert_eq!(
        after,
        format!(
            "\"Account\":{{\"attributes\":{{\"type\":\"Account\",\"url\":\"/services/data/v68.0/\
             sobjects/Account/{account}\"}},\"Name\":\"Zz Test\",\"Owner\":{{\"attributes\":{{\
             \"type\":\"User\",\"url\":\"/services/data/v68.0/sobjects/User/005Dm0000000001IAA\"}},\
             \"Id\":\"005Dm0000000001IAA\"}}}},\"LastName\":\"Aa\"}}]}}"
        )
    );
}

/// Queries and their rows; `$` stands for the condition on the account that the test made, `@` for
/// its id.
const ROWS: &[(&str, &str)] = &[
    (
        "SELECT LastName FROM Contact WHERE $ ORDER BY LastName DESC",
        r#"[{"LastName": "CC"}, {"LastName": "bb"}, {"LastName": "Aa"}]"#,
    ),
    (
        "SELECT Name, SSN_Last4__c FROM Contact WHERE $ AND SSN__c != NULL",
        r#"[{"Name": "Bo Aa", "SSN_Last4__c": "1234"}]"#,
    ),
    ("SELECT LastName FROM Contact WHERE $ AND Email LIKE '100\\%\\_%'", r#"[{"LastName": "Aa"}]"#),
    ("SELECT LastName FROM Contact WHERE $ AND Email LIKE '1\\%%'", "[]"),
    ("SELECT LastName FROM Contact WHERE $ AND LastName LIKE '_B'", r#"[{"LastName": "bb"}]"#),
    (
        "SELECT LastName FROM Contact WHERE $ AND Salary__c > 50.4 ORDER BY Salary__c",
        r#"[{"LastName": "bb"}, {"LastName": "Aa"}]"#,
    ),
    (
        "SELECT LastName FROM Contact WHERE $ AND Salary__c != 100 ORDER BY LastName",
        r#"[{"LastName": "bb"}, {"LastName": "CC"}]"#,
    ),
    (
        "SELECT LastName FROM Contact WHERE $ AND (NOT LastName = 'BB') ORDER BY LastName",
        r#"[{"LastName": "Aa"}, {"LastName": "CC"}]"#,
    ),
    (
        "SELECT LastName FROM Contact WHERE $ AND (LastName = 'aa' OR Salary__c = NULL) ORDER BY LastName",
        r#"[{"LastName": "Aa"}, {"LastName": "CC"}]"#,
    ),
    (
        "SELECT LastName FROM Contact WHERE $ AND LastName NOT IN ('AA', 'x') ORDER BY LastName LIMIT 1 OFFSET 1",
        r#"[{"LastName": "CC"}]"#,
    ),
    (
        "SELECT LastName, Salary__c FROM Contact WHERE $ ORDER BY Salary__c NULLS LAST",
        r#"[{"LastName": "bb", "Salary__c": 50.5}, {"LastName": "Aa", "Salary__c": 100.0}, {"LastName": "CC", "Salary__c": null}]"#,
    ),
    ("SELECT LastName FROM Contact WHERE $ ORDER BY Salary__c LIMIT 1", r#"[{"LastName": "CC"}]"#),
    (
        "SELECT LastName, ReportsTo.Name FROM Contact WHERE $ AND ReportsTo.LastName = 'AA' ORDER BY LastName LIMIT 1",
        r#"[{"LastName": "bb", "ReportsTo": {"Name": "Bo Aa"}}]"#,
    ),
    (
        "SELECT ReportsTo.Name, ReportsTo.Account.Name FROM Contact WHERE $ AND FirstName = 'Bo'",
        r#"[{"ReportsTo": null}]"#,
    ),
    (
        "SELECT c.LastName, a.Name FROM Contact c, c.Account a WHERE c.AccountId = '@' AND a.Name = 'ZZ TEST' AND c.FirstName = 'bo'",
        r#"[{"LastName": "Aa", "Account": {"Name": "Zz Test"}}]"#,
    ),
    (
        "SELECT Contact.LastName FROM Contact WHERE $ AND Birthdate < 1980-05-07",
        r#"[{"LastName": "Aa"}]"#,
    ),
    (
        "SELECT LastName FROM Contact WHERE $ AND CreatedDate = TODAY AND FirstName = 'Bo'",
        r#"[{"LastName": "Aa"}]"#,
    ),
    (
        "SELECT Name, (SELECT LastName FROM Contacts WHERE Salary__c != NULL ORDER BY LastName), (SELECT Id FROM Cases) FROM Account WHERE Id = '@'",
        r#"[{"Name": "Zz Test", "Contacts": {"totalSize": 2, "done": true, "records": [{"LastName": "Aa"}, {"LastName": "bb"}]}, "Cases": null}]"#,
    ),
    (
        "SELECT Total_Won_Amount__c, NumberOfEmployees FROM Account WHERE Id = '@'",
        r#"[{"Total_Won_Amount__c": 200.0, "NumberOfEmployees": 12}]"#,
    ),
    (
        "SELECT Name FROM Account WHERE Name LIKE 'Zz%' AND Regions__c INCLUDES ('East;North', 'West')",
        r#"[{"Name": "Zz Test"}]"#,
    ),
    ("SELECT Name FROM Account WHERE Name LIKE 'Zz%' AND Regions__c EXCLUDES ('East')", "[]"),
    (
        "SELECT Name, Commission__c, ExpectedRevenue, IsWon FROM Opportunity WHERE $ ORDER BY Amount DESC",
        r#"[{"Name": "Won", "Commission__c": 4.0, "ExpectedRevenue": 200.0, "IsWon": true}, {"Name": "Open", "Commission__c": 0.8, "ExpectedRevenue": 4.0, "IsWon": false}]"#,
    ),
    (
        "SELECT Name FROM Account WHERE Id IN (SELECT AccountId FROM Contact WHERE SSN__c = '900-00-1234')",
        r#"[{"Name": "Zz Test"}]"#,
    ),
    (
        "SELECT Name FROM Account WHERE Id = '@' AND Id NOT IN (SELECT AccountId FROM Opportunity)",
        "[]",
    ),
    (
        "SELECT COUNT(Id), COUNT(Salary__c) paid, SUM(Salary__c), AVG(Salary__c), MIN(LastName) least, MAX(Salary__c) FROM Contact WHERE $",
        r#"[{"expr0": 3, "paid": 2, "expr1": 150.5, "expr2": 75.25, "least": "Aa", "expr3": 100.0}]"#,
    ),
    (
        "SELECT IsWon, COUNT_DISTINCT(Name) FROM Opportunity WHERE $ GROUP BY IsWon ORDER BY IsWon DESC",
        r#"[{"IsWon": true, "expr0": 1}, {"IsWon": false, "expr0": 1}]"#,
    ),
    (
        "SELECT Account.Name who, COUNT(Id) FROM Contact WHERE $ GROUP BY Account.Name HAVING COUNT(Id) > 2",
        r#"[{"who": "Zz Test", "expr0": 3}]"#,
    ),
    ("SELECT Account.Name FROM Contact WHERE $ GROUP BY Account.Name HAVING COUNT(Id) > 3", "[]"),
    (
        "SELECT FISCAL_QUARTER(CloseDate) q, CALENDAR_YEAR(CloseDate), SUM(Amount) FROM Opportunity WHERE $ GROUP BY FISCAL_QUARTER(CloseDate), CALENDAR_YEAR(CloseDate)",
        r#"[{"q": 4, "expr0": 2026, "expr1": 240.0}]"#,
    ),
    (
        "SELECT toLabel(StageName), FORMAT(Amount) text FROM Opportunity WHERE $ AND IsWon = true",
        r#"[{"StageName": "Closed Won", "text": "200.00"}]"#,
    ),
    ("SELECT COUNT(Id) FROM Contact WHERE $ AND LastName = 'nobody'", r#"[{"expr0": 0}]"#),
    (
        "SELECT MAX(Amount) FROM Opportunity WHERE $ GROUP BY Name HAVING Name = 'won'",
        r#"[{"expr0": 200.0}]"#,
    ),
];

#[tokio::test]
async fn queries_give_what_the_records_hold() {
    let org = Org::start().await;
    let account = org.family().await;
    for (soql, expected) in ROWS {
        let soql = soql.replace('$', "AccountId = '@'").replace('@', &account);
        let rows = Value::Array(org.rows(&soql).await);
        let expected: Value = serde_json::from_str(expected).unwrap();
        assert_eq!(bare(&rows), expected, "{soql}");
    }
}

#[tokio::test]
async fn polymorphic_lookups_read_the_name_of_whatever_they_point_to() {
    let org = Org::start().await;
    let rows = org.rows("SELECT Owner.Name, Owner.Type, OwnerId FROM Case").await;
    for kind in ["User", "Group"] {
        assert!(rows.iter().any(|row| row["Owner"]["Type"] == kind), "{kind}");
    }
    assert!(rows.iter().all(|row| row["Owner"]["attributes"]["type"] == "Name"));
    let groups = org.count("SELECT COUNT() FROM Case WHERE Owner.Type = 'Group'").await;
    let queues =
        org.count("SELECT COUNT() FROM Case WHERE OwnerId IN (SELECT Id FROM Group)").await;
    assert_eq!(groups, queues);
    assert!(
        org.count("SELECT COUNT() FROM Task WHERE Who.Type = 'Lead' AND What.Name != NULL").await
            == 0
    );
}

#[tokio::test]
async fn date_literals_count_from_the_orgs_clock() {
    let org = Org::start().await;
    let account = org.create("Account", json!({"Name": "Dates"})).await;
    // Friday 20 November 2026 is today.
    for day in [
        "2026-11-13",
        "2026-11-15",
        "2026-11-19",
        "2026-11-20",
        "2026-11-21",
        "2026-10-21",
        "2026-12-01",
        "2026-07-01",
        "2025-11-20",
        "2027-01-01",
    ] {
        org.create(
            "Opportunity",
            json!({"Name": day, "StageName": "Prospecting",
            "CloseDate": day, "AccountId": account}),
        )
        .await;
    }
    for (condition, count) in [
        ("= TODAY", 1),
        ("= YESTERDAY", 1),
        ("= TOMORROW", 1),
        ("= THIS_WEEK", 4),
        ("= LAST_WEEK", 1),
        ("= THIS_MONTH", 5),
        ("= LAST_MONTH", 1),
        ("= NEXT_MONTH", 1),
        ("= THIS_QUARTER", 7),
        ("= LAST_QUARTER", 1),
        ("= NEXT_QUARTER", 1),
        ("= THIS_YEAR", 8),
        ("= LAST_YEAR", 1),
        ("= NEXT_FISCAL_YEAR", 1),
        ("= LAST_N_DAYS:7", 4),
        ("= LAST_N_DAYS:30", 5),
        ("= NEXT_N_DAYS:11", 2),
        ("= LAST_N_MONTHS:1", 1),
        ("= N_DAYS_AGO:5", 1),
        ("= LAST_N_YEARS:1", 1),
        ("> TODAY", 3),
        ("<= TODAY", 7),
        ("!= THIS_YEAR", 2),
        ("< LAST_90_DAYS", 2),
        ("IN (TODAY, TOMORROW)", 2),
    ] {
        let soql = format!(
            "SELECT COUNT() FROM Opportunity WHERE AccountId = '{account}' AND CloseDate {condition}"
        );
        assert_eq!(org.count(&soql).await, count, "{condition}");
    }
}

/// Queries, the code and a part of the message that they are refused with.
const REFUSED_QUERIES: &[(&str, &str, &str)] = &[
    (
        "SELECT Nme FROM Account",
        "INVALID_FIELD",
        "ERROR at Row:1:Column:8\nNo such column 'Nme' on entity 'Account'",
    ),
    ("SELECT Id FROM Acount", "INVALID_TYPE", "sObject type 'Acount' is not supported"),
    ("SELECT Id FROM", "MALFORMED_QUERY", "ERROR at Row:1:Column:15"),
    ("", "MALFORMED_QUERY", "empty"),
    (
        "SELECT Ownr.Name FROM Account",
        "INVALID_FIELD",
        "Didn't understand relationship 'Ownr' in field path",
    ),
    (
        "SELECT Id, (SELECT Id FROM Kids) FROM Account",
        "INVALID_TYPE",
        "relationship 'Kids' in FROM part",
    ),
    ("SELECT Id FROM Contact WHERE Description = 'x'", "INVALID_FIELD", "can not be filtered"),
    (
        "SELECT Id FROM Case WHERE Internal_Notes__c LIKE 'x%'",
        "INVALID_FIELD",
        "can not be filtered",
    ),
    ("SELECT Id FROM Contact ORDER BY Description", "INVALID_FIELD", "can not be sorted"),
    ("SELECT COUNT(Id) FROM Contact GROUP BY Salary__c", "INVALID_FIELD", "can not be grouped"),
    (
        "SELECT Name, COUNT(Id) FROM Contact",
        "MALFORMED_QUERY",
        "must be grouped or aggregated: Name",
    ),
    ("SELECT SUM(Name) FROM Contact", "MALFORMED_QUERY", "SUM"),
    ("SELECT Id, Id FROM Contact", "INVALID_FIELD", "duplicate field selected: Id"),
    ("SELECT Name n FROM Contact", "MALFORMED_QUERY", "aliasing"),
    (
        "SELECT Id FROM Contact WHERE Salary__c = '5'",
        "INVALID_FIELD",
        "must be of type double and should not be enclosed",
    ),
    (
        "SELECT Id FROM Contact WHERE Birthdate = '2020-01-01'",
        "INVALID_FIELD",
        "must be of type date",
    ),
    (
        "SELECT Id FROM Contact WHERE CreatedDate > 2020-01-01",
        "INVALID_FIELD",
        "must be of type dateTime",
    ),
    (
        "SELECT Id FROM Contact WHERE AccountId = 'x'",
        "INVALID_QUERY_FILTER_OPERATOR",
        "invalid ID field: x",
    ),
    (
        "SELECT Id FROM Case WHERE IsClosed > true",
        "INVALID_QUERY_FILTER_OPERATOR",
        "invalid operator",
    ),
    ("SELECT Id FROM Account OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "2000"),
    (
        "SELECT Name, COUNT(Id) FROM Account GROUP BY ROLLUP(Name)",
        "MALFORMED_QUERY",
        "not supported in this org",
    ),
    (
        "SELECT Id FROM Account WHERE Name IN (SELECT Name FROM Contact)",
        "INVALID_QUERY_FILTER_OPERATOR",
        "invalid operator",
    ),
    (
        "SELECT Id FROM Account WHERE Id IN (SELECT Name FROM Contact)",
        "MALFORMED_QUERY",
        "can only query id fields",
    ),
    (
        "SELECT Id FROM Account WHERE Name = 'a' OR Id IN (SELECT AccountId FROM Contact)",
        "MALFORMED_QUERY",
        "top level",
    ),
    ("SELECT Id FROM Task WHERE What.Industry = 'x'", "INVALID_FIELD", "on entity 'Name'"),
    ("SELECT Id\nFROM Contact\nWHERE Nope = 1", "INVALID_FIELD", "ERROR at Row:3:Column:7"),
];

#[tokio::test]
async fn a_wrong_query_is_refused_in_salesforces_words() {
    let org = Org::start().await;
    for (soql, code, text) in REFUSED_QUERIES {
        let got = org.query(soql).await;
        assert_eq!((got.status, got.code()), (400, *code), "{soql}: {}", got.body);
        let message = got.body[0]["message"].as_str().unwrap();
        assert!(message.contains(text), "{soql}: {message}");
    }
}

#[tokio::test]
async fn long_results_come_in_pages() {
    let org = Org::start().await;
    let total = org.count("SELECT COUNT() FROM Contact").await;
    let path = format!("/query?q={}", encode("SELECT Id FROM Contact"));
    let request = org.request("GET", &path).header("Sforce-Query-Options", "batchSize=200");
    let first = Got::read(request.send().await.unwrap()).await.body;
    assert_eq!((&first["totalSize"], &first["done"]), (&json!(total), &json!(false)));
    assert_eq!(first["records"].as_array().unwrap().len(), 200);
    let next = first["nextRecordsUrl"].as_str().unwrap();
    let path = next.strip_prefix("/services/data/v68.0").unwrap();
    assert!(path.starts_with("/query/01g") && path.ends_with("-200"), "{path}");
    let last = org.get(path).await.body;
    assert_eq!((&last["done"], last.get("nextRecordsUrl")), (&json!(true), None));
    assert_eq!(json!(last["records"].as_array().unwrap().len() + 200), json!(total));
    assert_ne!(first["records"][199], last["records"][0]);
    for locator in ["01gDm0000000009IAA-200", "x", "x-y", "01gDm0000000001IAA-99999"] {
        let got = org.get(&format!("/query/{locator}")).await;
        assert_eq!((got.status, got.code()), (400, "INVALID_QUERY_LOCATOR"), "{locator}");
    }
}
