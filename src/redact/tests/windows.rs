//! How much of an answer is shown.

use super::*;
use crate::salesforce::FieldName;
use crate::sosl;

fn within(text: &str, window: Window, body: &str) -> Pruned {
    let resolved = resolved(text);
    let all = |_: Action, _: &Target| true;
    prune_within(
        resolved.operation(),
        resolved.footprint(),
        &all,
        &Masks::default(),
        window,
        body.as_bytes(),
    )
    .unwrap()
}

fn answer(names: &[&str]) -> String {
    let records: Vec<String> = names.iter().map(|name| format!(r#"{{"Name":"{name}"}}"#)).collect();
    let records = records.join(",");
    format!(
        r#"{{"totalSize":9,"done":true,"nextRecordsUrl":"/services/data/v68.0/query/01g-4","records":[{records}]}}"#
    )
}

const QUERY: &str = "SELECT Name FROM Contact";

#[test]
fn an_answer_is_cut_at_whole_rows_and_says_so() {
    let body = answer(&["a", "b", "c", "d"]);
    let whole = within(QUERY, Window::default(), &body);
    assert_eq!((whole.shown, whole.cut, whole.rows), (4, 0, 4));
    assert_eq!(whole.cut_note(), None);
    assert!(whole.next.is_some());
    for (skip, most_bytes, shown, cut, names) in [
        (0, whole.json.len(), 4, 0, "a b c d"),
        (0, 63, 2, 2, "a b"),
        (0, 1, 0, 4, ""),
        (1, 63, 2, 1, "b c"),
        (3, 63, 1, 0, "d"),
        (9, 63, 0, 0, ""),
    ] {
        let out = within(QUERY, Window { skip, most_bytes }, &body);
        assert_eq!((out.shown, out.cut, out.rows), (shown, cut, shown), "{skip} {most_bytes}");
        let json = tree(&out);
        let found: Vec<&str> = json["records"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r["Name"].as_str().unwrap())
            .collect();
        assert_eq!(found.join(" "), names, "{skip} {most_bytes}");
        // An answer that was cut isn't done, and the next page would leave out what was cut.
        assert_eq!(json["done"], cut == 0);
        assert_eq!(out.next.is_some(), cut == 0);
        assert_eq!(out.cut_note().is_some(), cut > 0);
    }
    let note = within(QUERY, Window { skip: 0, most_bytes: 63 }, &body).cut_note().unwrap();
    assert!(note.contains("2 of 4 are shown") && note.contains("LIMIT"), "{note}");
    let note = within(QUERY, Window { skip: 0, most_bytes: 1 }, &body).cut_note().unwrap();
    assert!(note.contains("nothing is shown"), "{note}");
}

#[test]
fn what_is_cut_is_read_all_the_same() {
    let body = answer(&["a", "b", "c"]).replace(r#"{"Name":"c"}"#, r#"{"Name":["c"]}"#);
    let resolved = resolved(QUERY);
    let window = Window { skip: 0, most_bytes: 1 };
    let out = prune_within(
        resolved.operation(),
        resolved.footprint(),
        &|_, _| true,
        &Masks::default(),
        window,
        body.as_bytes(),
    );
    assert!(out.is_err());
}

#[test]
fn children_stay_with_their_parent() {
    let child = r#"{"totalSize":1,"done":true,"records":[{"Title":"t"}]}"#;
    let row = format!(r#"{{"Name":"a","Contacts":{child}}}"#);
    let body = rows(&[row.as_str(); 3].join(","));
    let out = within(CHILD, Window { skip: 0, most_bytes: 200 }, &body);
    assert_eq!((out.shown, out.cut, out.rows), (2, 1, 4));
    let json = tree(&out);
    assert_eq!(json["records"][1]["Contacts"]["done"], true);
    assert_eq!(json["done"], false);
    // `done` behind the rows, and false before: neither is lost.
    let late = format!(r#"{{"totalSize":3,"records":[{row},{row},{row}],"done":true}}"#);
    assert_eq!(tree(&within(CHILD, Window { skip: 0, most_bytes: 200 }, &late))["done"], false);
}

#[test]
fn searches_lists_describes_and_record_lists_are_cut_too() {
    let window = Window { skip: 0, most_bytes: 150 };
    let all = |_: Action, _: &Target| true;
    let search = sosl::parse("FIND {x} IN NAME FIELDS RETURNING Account(Name) LIMIT 5").unwrap();
    let search = resolve(Operation::Search(Box::new(search)), &SCHEMA).unwrap();
    let found = [r#"{"attributes":{"type":"Account"},"Name":"abcdefghij"}"#; 4].join(",");
    let found = format!(r#"{{"searchRecords":[{found}]}}"#);
    let out = prune_within(
        search.operation(),
        search.footprint(),
        &all,
        &Masks::default(),
        window,
        found.as_bytes(),
    )
    .unwrap();
    assert_eq!((out.shown, out.cut), (2, 2));
    assert_eq!(tree(&out)["searchRecords"].as_array().unwrap().len(), 2);

    let none = Footprint::default();
    let objects: Vec<Value> = (0..5).map(|n| json!({"name": format!("A{n}")})).collect();
    let body = json!({ "sobjects": objects }).to_string();
    let window = Window { skip: 1, most_bytes: 300 };
    let out = prune_within(
        &Operation::ListObjects,
        &none,
        &all,
        &Masks::default(),
        window,
        body.as_bytes(),
    )
    .unwrap();
    assert_eq!((out.shown + out.cut, out.rows), (4, out.shown));
    assert!(out.cut > 0 && out.shown > 0, "{out:?}");
    assert_eq!(tree(&out)["sobjects"][0]["name"], "A1");

    let object = ObjectName::parse("Contact").unwrap();
    let fields: Vec<Value> =
        (0..5).map(|n| json!({"name": format!("F{n}"), "type": "string"})).collect();
    let child = json!({"relationshipName": "Cases", "childSObject": "Case", "field": "ContactId"});
    let body = json!({"name": "Contact", "fields": fields, "childRelationships": [child]});
    let describe = Operation::DescribeObject { object };
    let window = Window { skip: 0, most_bytes: 400 };
    let out = prune_within(
        &describe,
        &none,
        &all,
        &Masks::default(),
        window,
        body.to_string().as_bytes(),
    )
    .unwrap();
    let json = tree(&out);
    let shown = json["fields"].as_array().unwrap().len();
    assert!(shown > 0 && shown < 5, "{json}");
    assert_eq!(out.shown + out.cut, 5 + u64::from(json["childRelationships"] == json!([])));
    assert!(FieldName::parse(json["fields"][0]["name"].as_str().unwrap()).is_ok());
}
