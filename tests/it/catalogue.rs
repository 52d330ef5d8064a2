//! What is said of the tools is true of the product.

use fieldgate::tools::{CATALOG, Effect};

use crate::harness::{ADMIN, SUPPORT, Site};

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
    let reads = CATALOG.iter().filter(|tool| tool.effect == Effect::Reads);
    let read: Vec<&str> = reads.map(|tool| tool.name).collect();
    assert_eq!(names(SUPPORT), read);
    let writes = |name: &str| name.ends_with("Record") && name != "getRecord";
    let read = all.iter().filter(|name| !writes(name) && !name.contains("Custom"));
    assert_eq!(names(SUPPORT), read.copied().collect::<Vec<_>>());
}
