//! `composite/batch`.

use serde_json::{Value, json};

use super::super::{Org, bare};

#[tokio::test]
async fn a_batch_answers_each_subrequest_on_its_own() {
    let org = Org::start().await;
    let batch = json!({"batchRequests": [
        {"method": "POST", "url": "v68.0/sobjects/Account", "richInput": {"Name": "Zz Batch"}},
        {"method": "POST", "url": "v68.0/sobjects/Account", "richInput": {"Name": ""}},
        {"method": "GET", "url": "v34.0/query?q=SELECT+Name+FROM+Account+WHERE+Name='Zz+Batch'"},
        {"method": "GET", "url": "v68.0/limits"},
        {"method": "GET", "url": "v33.0/limits"},
        {"method": "POST", "url": "v68.0/composite/tree/Account", "richInput": {}},
    ]});
    let got = org.post("/composite/batch", &batch).await;
    let results = got.body["results"].as_array().unwrap();
    let statuses: Vec<&Value> = results.iter().map(|one| &one["statusCode"]).collect();
    assert_eq!((got.status, &got.body["hasErrors"]), (200, &json!(true)));
    assert_eq!(statuses, [201, 400, 200, 200, 400, 400]);
    assert_eq!(results[1]["result"][0]["errorCode"], "REQUIRED_FIELD_MISSING");
    assert_eq!(bare(&results[2]["result"]["records"]), json!([{"Name": "Zz Batch"}]));
    assert!(results[3]["result"]["DailyApiRequests"].is_object());
    assert_eq!(org.named("Account", "Zz Batch").await, 1);

    let delete = format!("v68.0/sobjects/Account/{}", results[0]["result"]["id"].as_str().unwrap());
    let batch = json!({"batchRequests": [{"method": "DELETE", "url": delete}]});
    let got = org.post("/composite/batch", &batch).await.body;
    assert_eq!(got, json!({"hasErrors": false, "results": [{"statusCode": 204, "result": null}]}));
}

#[tokio::test]
async fn a_batch_halts_on_an_error_when_it_is_told_to() {
    let org = Org::start().await;
    let batch = json!({"haltOnError": true, "batchRequests": [
        {"method": "POST", "url": "v68.0/sobjects/Account", "richInput": {"Name": "Zz Stays"}},
        {"method": "GET", "url": "v68.0/sobjects/Nope"},
        {"method": "POST", "url": "v68.0/sobjects/Account", "richInput": {"Name": "Zz Never"}},
    ]});
    let results = org.post("/composite/batch", &batch).await.body["results"].clone();
    assert_eq!((&results[1]["statusCode"], &results[2]["statusCode"]), (&json!(404), &json!(412)));
    assert_eq!(results[2]["result"][0]["errorCode"], "BATCH_PROCESSING_HALTED");
    assert_eq!(
        (org.named("Account", "Zz Stays").await, org.named("Account", "Zz Never").await),
        (1, 0)
    );
}

#[tokio::test]
async fn a_batch_that_is_not_well_formed_is_refused_whole() {
    let org = Org::start().await;
    let one = json!({"method": "GET", "url": "v68.0/limits"});
    for (body, code) in [
        (json!({}), "JSON_PARSER_ERROR"),
        (json!({"batchRequests": [{"method": "GET"}]}), "JSON_PARSER_ERROR"),
        (json!({"batchRequests": [{"url": "v68.0/limits"}]}), "JSON_PARSER_ERROR"),
        (
            json!({"batchRequests": [{"method": "GET", "url": "/services/data/v68.0/limits"}]}),
            "JSON_PARSER_ERROR",
        ),
        (json!({"batchRequests": vec![&one; 26]}), "LIMIT_EXCEEDED"),
    ] {
        let got = org.post("/composite/batch", &body).await;
        assert_eq!((got.status, got.code()), (400, code), "{body}");
    }
}
