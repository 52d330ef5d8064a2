use super::*;

#[test]
fn record_ids_carry_their_case_in_the_suffix() {
    for (fifteen, eighteen) in [
        ("001D000000IRFma", "001D000000IRFmaIAH"),
        ("001000000000001", "001000000000001AAA"),
        ("00QZZZZZZZZZZZZ", "00QZZZZZZZZZZZZ255"),
    ] {
        assert_eq!(RecordId::parse(fifteen).unwrap().as_str(), eighteen);
        assert_eq!(RecordId::parse(eighteen).unwrap().as_str(), eighteen);
    }
}

#[test]
fn what_is_not_a_record_id_is_refused() {
    for text in ["", "001", "001D000000IRFmaIAX", "001D000000IRFm/", "001D000000IRFmà"] {
        assert!(RecordId::parse(text).is_err(), "{text}");
    }
}

#[test]
fn names_are_compared_without_case_and_by_ascii_alone() {
    let name = |text| ObjectName::parse(text).unwrap();
    assert_eq!(name("Contact"), name("CONTACT"));
    assert_ne!(name("Contact"), name("Contacts"));
    for bad in ["", "Con tact", "Сontact", "\u{212a}ontact", "1x", "a.b", "a/b", "x\0", "_a"] {
        assert!(ObjectName::parse(bad).is_err(), "{bad:?}");
    }
}

mod bodies {
    use super::*;
    use crate::salesforce::body::{self, Rules};

    fn said(json: &str, rules: Rules) -> String {
        match body::read(json, rules) {
            Ok(record) => {
                let object = ObjectName::parse("Contact").unwrap();
                let create = Operation::CreateRecord { object, body: record.body };
                let version = rest::ApiVersion::parse("68.0").unwrap();
                let mut text = rest::request(&create, &version).body.unwrap().text;
                if let Some(object) = record.object {
                    text.push_str(&format!(" {object}"));
                }
                text
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_record_is_read_and_printed_as_it_was_written() {
        for (json, printed) in [
            ("{}", "{}"),
            (r#" {"LastName":"Ray"}"#, r#"{"LastName":"Ray"}"#),
            (r#"{"L\u0061stName":"R\u0061y"}"#, r#"{"LastName":"Ray"}"#),
            (
                r#"{"Amount":12.50,"Done":true,"Fax":null}"#,
                r#"{"Amount":12.5,"Done":true,"Fax":null}"#,
            ),
            (r#"{"attributes":{"type":"Contact","url":"/x"},"A":1}"#, r#"{"A":1} Contact"#),
            (
                r#"{"A":1,"Account":{"ExternalKey__c":"A-1"}}"#,
                r#"{"A":1,"Account":{"ExternalKey__c":"A-1"}}"#,
            ),
            (
                r#"{"Owner":{"attributes":{"type":"User"},"Key__c":7}}"#,
                r#"{"Owner":{"attributes":{"type":"User"},"Key__c":7}}"#,
            ),
            (r#"{"Text":"@{a.id} and more"}"#, r#"{"Text":"@{a.id} and more"}"#),
        ] {
            assert_eq!(said(json, Rules::default()), printed, "{json}");
        }
        let references = Rules { references: true, ..Rules::default() };
        let json = r#"{"AccountId":"@{a.id}","Account":{"Key__c":"@{b.records[0].Key__c}"}}"#;
        let record = body::read(json, references).unwrap().body;
        assert!(matches!(record.values[0].1, FieldValue::Reference(_)));
        assert!(matches!(record.parents[0].1.value, FieldValue::Reference(_)));
    }

    #[test]
    fn a_record_that_could_be_read_in_two_ways_is_refused() {
        for (json, says) in [
            ("[]", "a record is an object"),
            ("", "a record is an object"),
            (r#"{"A":1"#, "not JSON"),
            (r#"{"A":"\ud800"}"#, "not JSON"),
            (r#"{"A":1,"A":1}"#, "`A` stands twice"),
            (r#"{"SSN__c":1,"ssn__C":1}"#, "`ssn__C` stands twice"),
            (r#"{"A":1,"\u0061":1}"#, "`a` stands twice"),
            (r#"{"A.B":1}"#, "`A.B` is not the name"),
            (r#"{"":1}"#, "`` is not the name"),
            (r#"{"A ":1}"#, "`A ` is not the name"),
            ("{\"\u{410}\":1}", "is not the name"),
            (r#"{"A":9007199254740993.5}"#, "number in `A` would lose digits"),
            (r#"{"A":1e999}"#, "number in `A` would lose digits"),
            (r#"{"attributes":"Contact"}"#, "`attributes` may hold only `type`"),
            (r#"{"attributes":{"type":1}}"#, "`attributes` may hold only `type`"),
            (r#"{"attributes":{"type":"A b"}}"#, "`attributes` may hold only `type`"),
            (r#"{"attributes":{"type":"A","Type":"B"}}"#, "`Type` stands twice"),
            (r#"{"attributes":{"type":"A","referenceId":"b"}}"#, "`attributes` may hold only"),
            (r#"{"Attributes":{"type":"A"}}"#, "`Attributes` is not the name"),
            (r#"{"attributes":{},"ATTRIBUTES":{}}"#, "`ATTRIBUTES` stands twice"),
            (r#"{"Account":{}}"#, "`Account` must name a parent"),
            (r#"{"Account":{"A":1,"B":2}}"#, "`Account` must name a parent"),
            (r#"{"Account":{"A":{"B":1}}}"#, "`Account` must name a parent"),
            (r#"{"Account":{"A":1,"a":2}}"#, "`a` stands twice"),
            (r#"{"Account":{"A":123456789012345678901}}"#, "number in `Account.A`"),
            (r#"{"Account":{"attributes":{"type":"A"}}}"#, "`Account` must name a parent"),
            (r#"{"Account":{"attributes":{"id":"A"},"B":1}}"#, "`Account.attributes` may hold"),
            (r#"{"Contacts":[]}"#, "`Contacts` holds a list"),
            (r#"{"Contacts":{"records":[]}}"#, "`Contacts` holds a list"),
            (r#"{"Contacts":{"Records":[]}}"#, "`Contacts` holds a list"),
        ] {
            let text = said(json, Rules::default());
            assert!(text.contains(says), "{json}: {text}");
        }
        let references = Rules { references: true, ..Rules::default() };
        for value in
            ["@{a.id} ", "x@{a.id}", "@{a}", "@{", "@{a.id}@{b.id}", "\\u0040{a.id", "@{a .id}"]
        {
            let text = said(&format!(r#"{{"A":"{value}"}}"#), references);
            assert!(text.contains("`A` holds `@{`"), "{value}: {text}");
        }
        let many: Vec<String> = (0..1_001).map(|n| format!("\"A{n}\":1")).collect();
        let text = said(&format!("{{{}}}", many.join(",")), Rules::default());
        assert!(text.contains("more than 1000 members"), "{text}");
    }

    #[test]
    fn the_type_of_a_record_must_be_the_object_that_is_written_to() {
        let read = || body::read(r#"{"attributes":{"type":"contact"},"A":1}"#, Rules::default());
        let contact = ObjectName::parse("Contact").unwrap();
        let account = ObjectName::parse("Account").unwrap();
        assert_eq!(read().unwrap().of(&contact).unwrap().values.len(), 1);
        let error = read().unwrap().of(&account).unwrap_err().to_string();
        assert_eq!(error, "`attributes.type` is `contact`, but the record is written to `Account`");
    }

    #[test]
    fn only_a_node_of_a_tree_has_children_and_a_reference() {
        let node = Rules { node: true, ..Rules::default() };
        let json = r#"{"attributes":{"type":"Account","referenceId":"a1"},"Name":"x",
            "Contacts":{"records":[{"LastName":"y"}, {}]}}"#;
        let record = body::read(json, node).unwrap();
        assert_eq!(record.reference.as_deref(), Some("a1"));
        let (name, children) = &record.children[0];
        assert_eq!((name.as_str(), children.len()), ("Contacts", 2));
        assert_eq!(children[0].get(), r#"{"LastName":"y"}"#);
        for wrong in [
            r#"{"Contacts":{"records":[],"more":1}}"#,
            r#"{"Contacts":{"records":{}}}"#,
            r#"{"Contacts":[]}"#,
            r#"{"attributes":{"referenceId":"a.b"}}"#,
        ] {
            assert!(body::read(wrong, node).is_err(), "{wrong}");
        }
    }
}
