//! SOQL: the queries of `tests/soql` as they are read, printed and refused, and `soql parse`.

use std::fmt::Write as _;
use std::path::Path;

use fieldgate::cli::lines::ParseOutcome;
use fieldgate::cli::soql_parse::SoqlParse;
use fieldgate::soql::scopes::{Scope, scopes};
use fieldgate::soql::{self, SoqlError};

/// A title and the text under it.
pub(crate) struct Case {
    pub(crate) title: String,
    pub(crate) text: String,
}

/// The cases of a file below `tests/soql` or `tests/sosl`.
pub(crate) fn cases(language: &str, file: &str) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(language).join(file);
    let text = std::fs::read_to_string(path).unwrap();
    let blocks = text.trim_end().split("\n\n");
    let cases: Vec<Case> = blocks
        .map(|block| {
            let (title, text) = block.split_once('\n').unwrap_or((block, ""));
            let title = title.strip_prefix("# ").expect("a title").to_owned();
            Case { title, text: characters(text) }
        })
        .collect();
    assert!(cases.len() > 4, "{file}");
    cases
}

/// Puts characters in the place of `{U+XXXX}`.
fn characters(text: &str) -> String {
    let mut pieces = text.split("{U+");
    let mut out = pieces.next().unwrap().to_owned();
    for piece in pieces {
        let (code, rest) = piece.split_once('}').expect("a closing brace");
        out.push(char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap());
        out.push_str(rest);
    }
    out
}

fn refused(text: &str) -> SoqlError {
    match soql::parse(text) {
        Err(error) => error,
        Ok(query) => panic!("{text:?} was read as {query}"),
    }
}

fn flat(scope: &Scope<'_>, source: &str) -> String {
    let mut line = format!("   {} from {}:", scope.kind.name(), scope.from().join(", "));
    for reference in &scope.references {
        let path = reference.text(source);
        let functions = reference.functions(source).join(" ");
        let space = if functions.is_empty() { "" } else { " " };
        write!(line, " {} {functions}{space}{path};", reference.clause.name()).unwrap();
    }
    line
}

pub(crate) fn snapshot(language: &str, name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(format!("../{language}/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

fn check_accepted(name: &str) {
    let mut out = String::new();
    for Case { title, text } in cases("soql", &format!("accepted/{name}.soql")) {
        let query = soql::parse(&text).unwrap_or_else(|e| panic!("{title}: {}", e.render(&text)));
        let canonical = query.to_string();
        let again = soql::parse(&canonical).unwrap();
        assert_eq!(again, query, "{title}");
        assert_eq!(again.to_string(), canonical, "{title}");
        writeln!(out, "# {title}\n{canonical}").unwrap();
        for scope in scopes(&query) {
            writeln!(out, "{}", flat(&scope, &text)).unwrap();
        }
        out.push('\n');
    }
    snapshot("soql", name, &out);
}

fn check_refused(name: &str) {
    let mut out = String::new();
    for Case { title, text } in cases("soql", &format!("refused/{name}.soql")) {
        writeln!(out, "# {title}\n{}\n", refused(&text).render(&text)).unwrap();
    }
    assert!(out.chars().all(|c| c == '\n' || !c.is_control()));
    snapshot("soql", name, &out);
}

#[test]
fn select_lists_are_read_and_printed() {
    check_accepted("select");
}

#[test]
fn objects_and_aliases_are_read_and_printed() {
    check_accepted("from");
}

#[test]
fn conditions_are_read_and_printed() {
    check_accepted("where");
}

#[test]
fn groups_order_and_limits_are_read_and_printed() {
    check_accepted("group_order_limit");
}

#[test]
fn the_other_clauses_are_read_and_printed() {
    check_accepted("clauses");
}

#[test]
fn what_no_tree_can_hold_is_refused_by_name_with_its_reason() {
    check_refused("not_supported");
    for Case { title, text } in cases("soql", "refused/not_supported.soql") {
        let kind = refused(&text).kind;
        assert!(matches!(kind, soql::ErrorKind::NotSupported(_)), "{title}: {kind:?}");
    }
}

#[test]
fn mistakes_are_refused_with_their_place_and_what_would_be_right() {
    check_refused("syntax");
}

#[test]
fn attacks_on_the_parser_are_refused() {
    check_refused("attacks");
}

fn parse_lines(json: bool, input: &[u8]) -> (ParseOutcome, String) {
    let mut out = Vec::new();
    let outcome = SoqlParse { json }.run(&mut &input[..], &mut out).unwrap();
    (outcome, String::from_utf8(out).unwrap())
}

#[test]
fn soql_parse_answers_each_line_of_json() {
    let input = [
        r#""select Calendar_Year(CloseDate), (select Id from Contacts) from Opportunity o""#,
        r#""SELECT SSN__c $ FROM Contact""#,
        r#"{"query":"SELECT Id FROM A"}"#,
        "",
        r#""SELECT Id\nFROM A\nWHERE \u0000""#,
        r#""SELECT Id FROM A""#,
    ];
    let (outcome, out) = parse_lines(true, input.join("\r\n").as_bytes());
    assert_eq!(outcome, ParseOutcome::Refused);
    snapshot("soql", "parse_json", &out);
}

#[test]
fn soql_parse_prints_canonical_text_or_the_error_with_its_place() {
    let input = "select id from account\nSELECT Id FORM Account\nselect count() from Lead\n";
    let (outcome, out) = parse_lines(false, input.as_bytes());
    assert_eq!(outcome, ParseOutcome::Refused);
    snapshot("soql", "parse_text", &out);
    let (outcome, out) = parse_lines(false, b"select id from account");
    assert_eq!((outcome, out.as_str()), (ParseOutcome::Accepted, "SELECT id FROM account\n"));
}

#[test]
fn soql_parse_goes_on_after_lines_that_are_too_long_or_no_text() {
    let mut input = vec![b'x'; 5_000_000];
    input.extend(b"\n\xff\xfe\n\"SELECT Id FROM A\"\n");
    let (outcome, out) = parse_lines(true, &input);
    assert_eq!(outcome, ParseOutcome::Refused);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[0].contains("too long") && lines[1].contains("not UTF-8"), "{out}");
    assert!(lines[2].starts_with(r#"{"ok":true,"canonical":"SELECT Id FROM A""#), "{out}");
}

#[test]
fn the_longest_query_fits_a_line_of_json_with_every_character_escaped() {
    let padding = "\\u0020".repeat(soql::limits::TEXT_CHARS - 16);
    let (outcome, _) = parse_lines(true, format!("\"SELECT Id FROM A{padding}\"").as_bytes());
    assert_eq!(outcome, ParseOutcome::Accepted);
}
