//! What a server may do with a forbidden field in a SELECT list, and what is said of a name that
//! there is not.

use serde_json::json;

use crate::harness::{ADMIN, SUPPORT, Setup, Site, decode, line};

#[test]
fn forbidden_fields_are_left_out_of_select_lists_where_a_server_is_set_to() {
    let site = Site::new();
    let setup = Setup { rest: "on_forbidden_select: drop\n", ..Setup::default() };
    let product = site.start_with(&setup);
    for (query, dropped, sent) in [
        (
            "SELECT Name, SSN__c, ssn_last4__C FROM Contact LIMIT 2",
            json!(["SSN__c", "SSN_Last4__c"]),
            "SELECT Name FROM Contact LIMIT 2",
        ),
        (
            "SELECT Name, (SELECT LastName, Salary__c FROM Contacts LIMIT 1) FROM Account LIMIT 2",
            json!(["Contacts.Salary__c"]),
            "SELECT Name, (SELECT LastName FROM Contacts LIMIT 1) FROM Account LIMIT 2",
        ),
        (
            "SELECT CaseNumber, Contact.SSN__c FROM Case LIMIT 2",
            json!(["Contact.SSN__c"]),
            "SELECT CaseNumber FROM Case LIMIT 2",
        ),
    ] {
        site.org.forget_requests();
        let answer = product.query(SUPPORT, query);
        assert!(!answer.refused(), "{query}: {}", answer.body);
        let result = &answer.json["result"];
        assert_eq!(result["_meta"]["fieldgate/dropped"], dropped, "{query}");
        assert!(result["content"][1]["text"].as_str().unwrap().contains("left out"), "{query}");
        let text = result["content"][0]["text"].as_str().unwrap();
        assert!(!text.contains("SSN") && !text.contains("Salary"), "{text}");
        let requests: Vec<String> = site.received().iter().map(|r| decode(&line(r))).collect();
        assert_eq!(requests.len(), 1, "{query}: {requests:?}");
        assert!(requests[0].contains(sent), "{query}: {requests:?}");
    }
}

#[test]
fn what_chooses_rows_is_never_left_out() {
    let site = Site::new();
    let setup = Setup { rest: "on_forbidden_select: drop\n", ..Setup::default() };
    let product = site.start_with(&setup);
    site.org.forget_requests();
    for query in [
        "SELECT SSN__c FROM Contact LIMIT 2",
        "SELECT Name FROM Contact WHERE SSN__c = '1' LIMIT 2",
        "SELECT Name, SSN__c FROM Contact ORDER BY SSN__c LIMIT 2",
        "SELECT MAX(Salary__c) FROM Contact",
        "SELECT Department, MAX(Salary__c) FROM Contact GROUP BY Department",
        "SELECT Name, SSN__c FROM Contact WHERE Salary__c > 5 LIMIT 2",
        "SELECT Name, (SELECT Salary__c FROM Contacts) FROM Account LIMIT 2",
    ] {
        let answer = product.query(SUPPORT, query);
        assert!(answer.refused(), "{query}: {}", answer.body);
    }
    assert!(site.received().is_empty());
}

#[test]
fn a_misspelt_name_is_answered_with_the_nearest_that_the_agent_may_read() {
    let site = Site::new();
    let product = site.start();
    for (token, query, says) in [
        (SUPPORT, "SELECT Emial FROM Contact LIMIT 1", Some("did you mean `Email`?")),
        (SUPPORT, "SELECT Ownr.Name FROM Contact LIMIT 1", Some("did you mean `Owner`?")),
        (SUPPORT, "SELECT Id FROM Contcat LIMIT 1", Some("did you mean `Contact`?")),
        (SUPPORT, "SELECT (SELECT Id FROM Contcts) FROM Account", Some("did you mean `Contacts`?")),
        (ADMIN, "SELECT SSN_c FROM Contact LIMIT 1", Some("did you mean `SSN__c`?")),
        (SUPPORT, "SELECT SSN_c FROM Contact LIMIT 1", None),
        (SUPPORT, "SELECT Id FROM Opportunty LIMIT 1", None),
    ] {
        let answer = product.query(token, query);
        assert!(answer.refused(), "{query}");
        match says {
            Some(says) => assert!(answer.body.contains(says), "{query}: {}", answer.body),
            None => assert!(!answer.body.contains("did you mean"), "{query}: {}", answer.body),
        }
    }
}
