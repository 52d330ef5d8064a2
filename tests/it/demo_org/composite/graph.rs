//! `composite/graph`.

use serde_json::json;

use super::super::Org;
use super::{HALTED, create, get, statuses};

#[tokio::test]
async fn each_graph_takes_effect_whole_or_not_at_all() {
    let org = Org::start().await;
    let graph = |id: &str, last: &str| {
        json!({"graphId": id, "compositeRequest": [
            create("Account", "a", json!({"Name": format!("Zz Graph {id}")})),
            create("Contact", "c", json!({"LastName": last, "AccountId": "@{a.id}"})),
        ]})
    };
    let other = json!({"graphId": "3", "compositeRequest": [
        create("Account", "a", json!({"Name": "Zz Graph 3"})), get("/query?q=SELECT+Id+FROM+User", "q")]});
    let body = json!({"graphs": [graph("1", "Zz Ok"), graph("2", ""), other]});
    let got = org.post("/composite/graph", &body).await;
    assert_eq!(got.status, 200);
    let graphs = got.body["graphs"].as_array().unwrap();
    let seen: Vec<_> = graphs.iter().map(|one| (&one["graphId"], &one["isSuccessful"])).collect();
    let (yes, no) = (json!(true), json!(false));
    assert_eq!(seen, [(&json!("1"), &yes), (&json!("2"), &no), (&json!("3"), &no)]);
    let responses =
        |at: usize| graphs[at]["graphResponse"]["compositeResponse"].as_array().unwrap();
    assert_eq!(statuses(responses(0)), [201, 201]);
    assert_eq!(
        responses(1)[0]["body"],
        json!([{"errorCode": "PROCESSING_HALTED", "message": HALTED}])
    );
    assert_eq!(responses(1)[1]["body"][0]["errorCode"], "REQUIRED_FIELD_MISSING");
    assert_eq!(responses(2)[1]["body"][0]["errorCode"], "INVALID_INPUT");
    for (name, found) in [("Zz Graph 1", 1), ("Zz Graph 2", 0), ("Zz Graph 3", 0)] {
        assert_eq!(org.named("Account", name).await, found, "{name}");
    }
}

#[tokio::test]
async fn graphs_that_follow_fifteen_failed_ones_are_not_tried() {
    let org = Org::start().await;
    let graph = |n: usize| {
        let name = if n < 15 { "" } else { "Zz Late" };
        json!({"graphId": n.to_string(), "compositeRequest": [create("Account", "a", json!({"Name": name}))]})
    };
    let graphs = |from: usize| json!({"graphs": (from..16).map(graph).collect::<Vec<_>>()});
    let got = org.post("/composite/graph", &graphs(0)).await.body;
    let last = &got["graphs"][15]["graphResponse"]["compositeResponse"][0]["body"][0];
    assert_eq!(
        (&last["errorCode"], org.named("Account", "Zz Late").await),
        (&json!("PROCESSING_HALTED"), 0)
    );
    org.post("/composite/graph", &graphs(1)).await;
    assert_eq!(org.named("Account", "Zz Late").await, 1);
}

#[tokio::test]
async fn a_graph_request_that_is_not_well_formed_is_refused_whole() {
    let org = Org::start().await;
    let graph = |id: &str, nodes: usize| {
        let node = |n: usize| create("Account", &format!("n{n}"), json!({"Name": "Zz Graph"}));
        json!({"graphId": id, "compositeRequest": (0..nodes).map(node).collect::<Vec<_>>()})
    };
    for (graphs, code) in [
        (json!(null), "JSON_PARSER_ERROR"),
        (json!([graph("", 1)]), "JSON_PARSER_ERROR"),
        (json!([graph("a.b", 1)]), "JSON_PARSER_ERROR"),
        (json!([graph(&"a".repeat(40), 1)]), "JSON_PARSER_ERROR"),
        (json!([graph("a", 1), graph("a", 1)]), "JSON_PARSER_ERROR"),
        (json!([{"graphId": "a"}]), "JSON_PARSER_ERROR"),
        (json!([graph("a", 250), graph("b", 251)]), "LIMIT_EXCEEDED"),
        (json!((0..76).map(|n| graph(&n.to_string(), 1)).collect::<Vec<_>>()), "LIMIT_EXCEEDED"),
    ] {
        let got = org.post("/composite/graph", &json!({"graphs": graphs})).await;
        assert_eq!((got.status, got.code()), (400, code));
    }
    assert_eq!(org.named("Account", "Zz Graph").await, 0);
}
