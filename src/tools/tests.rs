use super::*;

#[test]
fn every_example_is_read_into_an_operation() {
    for tool in CATALOG.iter().filter(|tool| !tool.example.contains("\":\"fg")) {
        let operation = tool.operation(tool.example, &Seals::none());
        assert!(operation.is_ok(), "{}: {operation:?}", tool.name);
        assert_eq!(operation.unwrap().writes(), tool.effect != Effect::Reads, "{}", tool.name);
    }
}

#[test]
fn names_are_short_unique_and_start_with_the_harmless_tool() {
    assert_eq!(CATALOG.first().unwrap().name, "getOrganizationLimits");
    for (at, tool) in CATALOG.iter().enumerate() {
        assert!(tool.name.len() <= 32 && tool.name.bytes().all(|b| b.is_ascii_alphanumeric()));
        let snake = |b: u8| b.is_ascii_lowercase() || b == b'_';
        assert!(tool.unified.len() <= 64 && tool.unified.bytes().all(snake));
        let others = || CATALOG.iter().take(at);
        assert!(others().all(|earlier| earlier.name != tool.name));
        assert!(others().all(|earlier| earlier.unified != tool.unified));
        assert!(!tool.description.is_empty() && !tool.title.is_empty());
    }
}

#[test]
fn schemas_stay_within_the_subset_that_every_host_accepts() {
    fn check(schema: &serde_json::Value, tool: &str) {
        let allowed = ["type", "properties", "required", "items", "description"];
        let members = schema.as_object().unwrap();
        for key in members.keys() {
            assert!(allowed.contains(&key.as_str()), "{tool}: `{key}`");
        }
        assert!(members["type"].is_string(), "{tool}");
        match members["type"].as_str().unwrap() {
            "object" => members["properties"].as_object().unwrap().values().for_each(|property| {
                check(property, tool);
            }),
            "array" => check(&members["items"], tool),
            _ => {}
        }
    }
    for tool in CATALOG {
        let schema: serde_json::Value = serde_json::from_str(&tool.input_schema()).unwrap();
        assert_eq!(schema["type"], "object");
        assert!(schema["required"].is_array());
        check(&schema, tool.name);
    }
}

#[test]
fn arguments_that_are_wrong_say_what_would_be_right() {
    for (tool, arguments, says) in [
        ("executeQuery", "{}", "missing field `query`"),
        (
            "executeQuery",
            r#"{"query":"SELECT Id FROM Account","limit":5}"#,
            "unknown field `limit`",
        ),
        ("executeQuery", r#"{"query":5}"#, "`query`: invalid type: integer `5`, expected a string"),
        (
            "getRecord",
            "{\n  \"object\": \"Account\",\n  \"id\": \"1\",\n  \"fields\": []\n}",
            "`id`: ",
        ),
        (
            "getRecords",
            r#"{"object":"Account","ids":["001000000000001","1"],"fields":["Id"]}"#,
            "`ids`: a record id has 15 or 18",
        ),
        (
            "executeBatch",
            r#"{"batchRequests":[{"method":"GET","url":"v68.0/limits","body":{}}]}"#,
            "`batchRequests`: unknown field `body`",
        ),
        ("getReport", r#"{"id":"1"}"#, "`id`: a record id has 15 or 18"),
        ("describeObject", r#"{ "object": "A b" }"#, "takes: `object`: `A b`"),
        ("createRecord", r#"{"object":"Task"}"#, "takes: missing field `fields`"),
        ("getReport", r#"{"x":1,"id":"00O000000000001"}"#, "takes: unknown field `x`"),
        ("getReport", r#"{"id":"00O000000000001" , "x":1}"#, "takes: unknown field `x`"),
        ("getReport", r#"{"id":"00ODm0000000001MAA","includeDetails":"no"}"#, "`includeDetails`: "),
        ("executeQuery", r#"{"query":"SELEC Id FROM Account"}"#, "cannot be read"),
        ("executeQuery", "[]", "not what this tool takes"),
        ("getRecord", r#"{"object":"A b","id":"001000000000001","fields":["Id"]}"#, "`A b`"),
        ("getRecord", r#"{"object":"Account","id":"1","fields":["Id"]}"#, "15 or 18"),
        ("getRecord", r#"{"object":"Account","id":"001000000000001","fields":[]}"#, "empty"),
        ("getRecord", r#"{"object":"Account","id":"001000000000001","fields":["a..b"]}"#, "a..b"),
        ("createRecord", r#"{"object":"Account","fields":[]}"#, "field names to values"),
        ("createRecord", r#"{"object":"Account","fields":"x"}"#, "not a JSON object"),
        ("createRecord", r#"{"object":"Account","fields":{"A.b":1}}"#, "`A.b`"),
        ("createRecord", r#"{"object":"Account","fields":"\"{}\""}"#, "not a JSON object"),
    ] {
        let error =
            known_as(tool).unwrap().operation(arguments, &Seals::none()).unwrap_err().to_string();
        assert!(error.contains(says), "{tool} {arguments}: {error}");
    }
}

#[test]
fn values_may_come_as_a_json_text() {
    let tool = known_as("createRecord").unwrap();
    let open =
        tool.operation(r#"{"object":"Task","fields":{"Subject":"a"}}"#, &Seals::none()).unwrap();
    let text = tool
        .operation(r#"{"object":"Task","fields":"{\"Subject\":\"a\"}"}"#, &Seals::none())
        .unwrap();
    assert_eq!(open, text);
}

#[test]
fn a_text_names_tools_as_its_readers_call_them() {
    let text = "executeQuery, `executeQueryAll`; not executeQueryAlles: describeObject";
    assert_eq!(Dialect::Platform.spell(text), text);
    assert_eq!(
        Dialect::Unified.spell(text),
        "list_all_salesforce_query, `list_all_salesforce_query_all`; not executeQueryAlles: \
         get_single_salesforce_object_describe_by_id"
    );
}
