//! What is said of the tools is true of the product.

use std::fs;
use std::path::Path;

use fieldgate::tools::CATALOG;

use crate::harness::{ADMIN, SALES, SUPPORT, Site};

#[test]
fn every_tools_example_works_in_the_demo_org() {
    let site = Site::new();
    let product = site.start();
    // Tokens come from earlier answers.
    for tool in CATALOG.iter().filter(|tool| !tool.example.contains("\":\"fg")) {
        let arguments = serde_json::from_str(tool.example).unwrap();
        let answer = product.call(ADMIN, tool.name, &arguments);
        assert_eq!(answer.status, 200, "{}", tool.name);
        assert!(!answer.refused(), "{}: {}", tool.name, answer.body);
    }
}

/// Those that read; a job, a composite and a batch may consist of reads.
const SUPPORTS: &str = "
    getOrganizationLimits getCurrentUser listAllObjects describeObject
    executeQuery executeQueryAll getNextPage executeSearch
    getRecord getRecords getRelatedRecords listRecentlyViewed listReports
    createBulkJob getBulkJob getBulkJobResults abortBulkJob
    executeComposite executeBatch executeCompositeGraph";

/// Reports too, and what moves a stage or makes a task.
const SALES_OPERATIONS: &str = "
    getOrganizationLimits getCurrentUser listAllObjects describeObject
    executeQuery executeQueryAll getNextPage executeSearch
    getRecord getRecords getRelatedRecords listRecentlyViewed listReports getReport
    createRecord createRecords createRecordTree updateRecord updateRecords upsertRecords
    createBulkJob getBulkJob getBulkJobResults abortBulkJob
    executeComposite executeBatch executeCompositeGraph";

#[test]
fn the_list_of_tools_has_hints_and_leaves_out_what_no_policy_permits() {
    let site = Site::new();
    let product = site.start();
    let names = |token: &str| -> Vec<String> {
        let list = product.method(token, "tools/list", &serde_json::json!({})).json;
        let tools = list["result"]["tools"].as_array().unwrap().clone();
        for tool in &tools {
            for hint in ["readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"] {
                assert!(tool["annotations"][hint].is_boolean(), "{tool}");
            }
            assert!(tool["title"].is_string() && tool["description"].is_string(), "{tool}");
        }
        tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
    };
    let all: Vec<&str> = CATALOG.iter().map(|tool| tool.name).collect();
    assert_eq!(names(ADMIN), all);
    let names_of = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(names(SUPPORT), names_of(SUPPORTS));
    assert_eq!(names(SALES), names_of(SALES_OPERATIONS));
}

/// The whole catalogue, as people read it.
fn table() -> String {
    let mut lines = vec![
        "| platform | unified | about | class | actions |".to_owned(),
        "|---|---|---|---|---|".to_owned(),
    ];
    lines.extend(CATALOG.iter().map(|tool| {
        let actions: Vec<&str> = tool.actions.iter().map(|action| action.name()).collect();
        format!(
            "| `{}` | `{}` | {} | {} | {} |",
            tool.name,
            tool.unified,
            tool.tag.name(),
            tool.effect.class().name(),
            actions.join(", ")
        )
    }));
    lines.join("\n") + "\n"
}

#[test]
fn the_readme_shows_the_whole_catalogue() {
    const START: &str = "<!-- catalogue: printed by tests/it/catalogue.rs -->\n";
    const END: &str = "<!-- end of the catalogue -->\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(START).expect("the README has no catalogue");
    let (shown, after) = rest.split_once(END).expect("the README's catalogue has no end");
    println!("{}", table());
    if std::env::var_os("FIELDGATE_BLESS").is_some() {
        fs::write(&path, [before, START, &table(), END, after].concat()).unwrap();
    } else {
        assert_eq!(shown, table(), "run this test with FIELDGATE_BLESS=1 to write it anew");
    }
}
