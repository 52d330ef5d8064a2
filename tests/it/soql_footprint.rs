//! The queries of `tests/soql/footprint`: what each is sent as and touches, or why it is refused.

use std::fmt::Write as _;
use std::path::Path;

use fieldgate::footprint::{self, Action, Footprint, Target, Unresolved};
use fieldgate::org::Schema;
use fieldgate::salesforce::Operation;
use fieldgate::soql;

use crate::soql::{cases, snapshot};

fn demo() -> Schema {
    Schema::from_json(&fieldgate::demo_org::schema_json()).unwrap()
}

fn small() -> Schema {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/soql/footprint/schema.json");
    Schema::from_json(&std::fs::read(file).unwrap()).unwrap()
}

/// The canonical query and its footprint, or the refusal as it is shown.
fn explain(text: &str, schema: &Schema) -> Result<(String, Footprint), String> {
    let query = soql::parse(text).map_err(|error| error.render(text))?;
    match footprint::resolve(Operation::query(query), schema) {
        Ok(resolved) => {
            let query = resolved.operation().as_query().expect("a query");
            Ok((query.to_string(), resolved.footprint().clone()))
        }
        Err(error) => {
            let shown = soql::render(&error, error.span.expect("a place"), text);
            let near = error.suggestions(schema, &|_| true);
            Err(near.map_or(shown.clone(), |near| format!("{shown}\n  near: {near}")))
        }
    }
}

/// One line an action, its targets in the order of their names; the rows at the end.
fn show(footprint: &Footprint) -> String {
    let mut out = String::new();
    for action in Action::ALL {
        let accesses = footprint.accesses.iter().filter(|access| access.action == action);
        let mut targets: Vec<String> = accesses
            .map(|access| {
                let opaque = if access.opaque { " (opaque)" } else { "" };
                format!("{}{opaque}", access.target)
            })
            .collect();
        targets.sort();
        if !targets.is_empty() {
            writeln!(out, "   {} {}", action.name(), targets.join(", ")).unwrap();
        }
    }
    assert!(footprint.pruned.is_empty());
    if let Some(rows) = footprint.rows {
        writeln!(out, "   rows {rows}").unwrap();
    }
    out
}

fn check(name: &str, schema: &Schema) {
    let mut out = String::new();
    for case in cases("soql", &format!("footprint/{name}.soql")) {
        writeln!(out, "# {}", case.title).unwrap();
        match explain(&case.text, schema) {
            Ok((canonical, found)) => {
                // What is sent is a query, touches the same, and doesn't change any more.
                let (again, same) = explain(&canonical, schema).expect(&canonical);
                assert_eq!(again, canonical, "{}", case.title);
                assert_eq!(show(&same), show(&found), "{}", case.title);
                writeln!(out, "{canonical}\n{}", show(&found)).unwrap();
            }
            Err(refusal) => writeln!(out, "refused: {refusal}\n").unwrap(),
        }
    }
    snapshot("soql", &format!("footprint_{name}"), &out);
}

macro_rules! corpus {
    ($($test:ident: $file:literal of $schema:ident,)*) => {
        $(#[test] fn $test() { check($file, &$schema()); })*
    };
}

corpus! {
    what_is_selected_is_touched: "select" of demo,
    what_is_filtered_or_sorted_on_is_touched: "filter" of demo,
    a_path_touches_every_lookup_on_the_way: "relationships" of demo,
    a_path_to_several_objects_touches_each_of_them: "polymorphic" of demo,
    fields_are_written_out_and_touched: "fields" of demo,
    groups_and_aggregates_filter: "groups" of demo,
    functions_touch_their_field: "functions" of demo,
    aliases_never_rename_what_is_touched: "aliases" of demo,
    semi_joins_filter_on_everything_inside: "semi_joins" of demo,
    children_touch_their_lookup: "children" of demo,
    clauses_travel_or_are_refused_with_their_reason: "clauses" of demo,
    unknown_names_are_refused: "names" of demo,
    geolocations_formulas_and_odd_schemas: "small" of small,
}

#[test]
fn the_corpus_has_hundreds_of_queries() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/soql");
    let mut count = 0;
    for folder in ["accepted", "refused", "footprint"] {
        for file in std::fs::read_dir(dir.join(folder)).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "soql") {
                let text = std::fs::read_to_string(path).unwrap();
                count += text.lines().filter(|line| line.starts_with("# ")).count();
            }
        }
    }
    assert!(count >= 400, "{count}");
}

/// The error of a query against the demo org's schema.
fn refusal(text: &str) -> footprint::FootprintError {
    let query = soql::parse(text).unwrap();
    footprint::resolve(Operation::query(query), &demo()).unwrap_err()
}

#[test]
fn a_suggestion_is_always_visible_and_never_forbidden() {
    let schema = demo();
    let hidden = |target: &Target| {
        ["Contact.SSN__c", "Contact.Salary__c", "Contact.AccountId", "Lead", "Case"]
            .contains(&target.to_string().as_str())
    };
    let cases = [
        ("SELECT SNS__c FROM Contact", Some("SSN__c"), None),
        ("SELECT Emial FROM Contact", Some("Email"), Some("Email")),
        ("SELECT Id FROM Leed", Some("Lead"), None),
        ("SELECT Acount.Name FROM Contact", Some("Account"), None),
        ("SELECT Ownr.Name FROM Contact", Some("Owner"), Some("Owner")),
        ("SELECT Id, (SELECT Id FROM Casses) FROM Account", Some("Cases"), None),
        ("SELECT Id, (SELECT Id FROM Contcts) FROM Account", Some("Contacts"), None),
        (
            "SELECT Id, (SELECT Id FROM Oportunities) FROM Account",
            Some("Opportunities"),
            Some("Opportunities"),
        ),
        ("SELECT Qwertyuiop FROM Contact", None, None),
        ("SELECT Id FROM Account FOR VIEW", None, None),
    ];
    for (text, all, permitted) in cases {
        let error = refusal(text);
        assert_eq!(error.suggestions(&schema, &|_| true).as_deref(), all, "{text}");
        let shown = error.suggestions(&schema, &|target| !hidden(target));
        assert_eq!(shown.as_deref(), permitted, "{text}");
        assert_eq!(error.suggestions(&schema, &|_| false), None, "{text}");
    }
}

#[test]
fn a_clause_that_may_not_travel_is_refused_wherever_it_stands() {
    let clauses = [
        "USING SCOPE team",
        "USING SCOPE everything",
        "USING LOOKUP Case.AccountId",
        "WITH SYSTEM_MODE",
        "WITH DATA CATEGORY G AT x",
        "WITH UserId = 'x'",
        "WITH Other (a = 1)",
    ];
    let endings = [
        "BIND a = 'x'",
        "ALL ROWS",
        "FOR VIEW",
        "FOR REFERENCE",
        "FOR UPDATE",
        "UPDATE TRACKING",
        "UPDATE VIEWSTAT",
        "SET OPTIONS (a = 'x')",
    ];
    for clause in clauses.iter().chain(&endings) {
        let outer = format!("SELECT Id FROM Account {clause}");
        let child = format!("SELECT Id, (SELECT Id FROM Contacts {clause}) FROM Account");
        let join =
            format!("SELECT Id FROM Account WHERE Id IN (SELECT AccountId FROM Contact {clause})");
        let in_join = clauses.contains(clause).then_some(join);
        for text in [outer, child].into_iter().chain(in_join) {
            let error = refusal(&text);
            assert!(matches!(error.kind, Unresolved::Refused { .. }), "{text}: {error}");
            assert!(error.to_string().contains(" is refused: "), "{error}");
            let span = error.span.unwrap();
            assert!(span.start >= text.find(clause).unwrap() && span.end > span.start, "{text}");
        }
    }
}
