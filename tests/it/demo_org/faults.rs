//! Tokens, the daily limit, faults on demand and the recorder.

use fieldgate::demo_org::{DemoSettings, Fault};
use serde_json::json;

use super::{Got, Org};

#[tokio::test]
async fn a_token_is_given_for_the_right_credentials_alone() {
    let org = Org::start().await;
    let url = format!("{}/services/oauth2/token", org.org.base_url());
    let (id, secret) = (org.org.client_id(), org.org.client_secret());
    let ask = |body: String| {
        org.client.post(&url).header("content-type", "application/x-www-form-urlencoded").body(body)
    };
    let basic = ask("grant_type=client_credentials".to_owned()).basic_auth(&id, Some(&secret));
    let form = ask(format!("grant_type=client_credentials&client_id={id}&client_secret={secret}"));
    for request in [basic, form] {
        let got = Got::read(request.send().await.unwrap()).await;
        assert_eq!((got.status, &got.body["token_type"]), (200, &json!("Bearer")), "{}", got.body);
        assert_eq!(got.body["access_token"], org.org.access_token());
        assert_eq!(got.body["instance_url"], org.org.base_url());
        assert_eq!(got.body["issued_at"], "1795176000000");
        assert_eq!(got.usage, None);
    }
    for (body, error) in [
        ("grant_type=password".to_owned(), "unsupported_grant_type"),
        ("grant_type=client_credentials".to_owned(), "invalid_client_id"),
        (format!("grant_type=client_credentials&client_id={id}&client_secret=x"), "invalid_client"),
    ] {
        let got = Got::read(ask(body).send().await.unwrap()).await;
        assert_eq!((got.status, &got.body["error"]), (400, &json!(error)));
    }
    let old = org.org.access_token();
    org.org.expire_token().unwrap();
    let url = format!("{}/services/data/v68.0/limits", org.org.base_url());
    let got = Got::read(org.client.get(&url).bearer_auth(old).send().await.unwrap()).await;
    assert_eq!((got.status, got.code()), (401, "INVALID_SESSION_ID"));
    assert_eq!(org.get("/limits").await.status, 200);
}

#[tokio::test]
async fn an_org_calls_itself_what_the_settings_say() {
    let org = Org::with(DemoSettings {
        client_secret: Some("given".to_owned()),
        public_url: Some("http://demo-org:8790".to_owned()),
        ..DemoSettings::default()
    })
    .await;
    let url = format!("{}/services/oauth2/token", org.org.base_url());
    let request = org.client.post(url).basic_auth(org.org.client_id(), Some("given"));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let got = request.body("grant_type=client_credentials").send().await.unwrap();
    assert_eq!(Got::read(got).await.body["instance_url"], "http://demo-org:8790");
}

#[tokio::test]
async fn calls_are_counted_and_refused_when_the_day_is_used_up() {
    let org = Org::with(DemoSettings { daily_limit: 3, ..DemoSettings::default() }).await;
    let versions = format!("{}/services/data", org.org.base_url());
    let got = Got::read(org.client.get(versions).send().await.unwrap()).await;
    let last = got.body.as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        last,
        json!({"label": "Winter '27", "url": "/services/data/v68.0", "version": "68.0"})
    );
    assert_eq!(got.usage, None);
    assert_eq!(org.get("").await.body["query"], "/services/data/v68.0/query");
    let limits = org.get("/limits").await;
    assert_eq!(limits.usage.unwrap(), "api-usage=2/3");
    assert_eq!(limits.body["DailyApiRequests"], json!({"Max": 3, "Remaining": 1}));
    assert_eq!(org.get("/nowhere").await.usage.unwrap(), "api-usage=3/3");
    let got = org.get("/limits").await;
    assert_eq!((got.status, got.usage.as_deref()), (403, Some("api-usage=3/3")));
    assert_eq!(
        got.body,
        json!([{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}])
    );
    assert_eq!(org.org.calls_used(), 3);
}

#[tokio::test]
async fn faults_come_in_the_order_that_they_were_asked_for() {
    let org = Org::start().await;
    let faults = org.org.faults();
    faults.next(1, Fault::LimitExceeded);
    faults.next(2, Fault::TooManyRequests { retry_after_s: 7 });
    faults.next(1, Fault::ServerError);
    faults.next(1, Fault::Redirect("http://127.0.0.1:9/".to_owned()));
    faults.next(1, Fault::SessionInvalid);
    let mut seen = Vec::new();
    for _ in 0..6 {
        let no_redirects = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let url = format!("{}/services/data/v68.0/limits", org.org.base_url());
        let got = no_redirects.get(url).bearer_auth(org.org.access_token()).send().await.unwrap();
        let retry = got.headers().get("retry-after").map(|v| v.to_str().unwrap().to_owned());
        seen.push((got.status().as_u16(), retry));
    }
    let seven = || Some("7".to_owned());
    assert_eq!(
        seen,
        [(403, None), (429, seven()), (429, seven()), (500, None), (302, None), (401, None)]
    );
    assert_eq!(org.get("/limits").await.status, 200);
}

#[tokio::test]
async fn answers_can_be_cut_padded_mislabelled_and_held_back() {
    let org = Org::start().await;
    let faults = org.org.faults();
    faults.next(1, Fault::Truncated);
    let cut = org.request("GET", "/sobjects").send().await.unwrap();
    assert!(cut.bytes().await.is_err());
    faults.next(1, Fault::Giant { bytes: 300_000 });
    let giant = org.request("GET", "/limits").send().await.unwrap();
    assert_eq!(giant.bytes().await.unwrap().len(), 300_000);
    faults.next(1, Fault::ContentType("text/html".to_owned()));
    let html = org.request("GET", "/limits").send().await.unwrap();
    assert_eq!(html.headers()["content-type"], "text/html");
    faults.next(
        1,
        Fault::Raw { status: 503, content_type: "text/plain".into(), body: "down".into() },
    );
    let raw = org.request("GET", "/limits").send().await.unwrap();
    assert_eq!((raw.status().as_u16(), raw.text().await.unwrap()), (503, "down".to_owned()));
    faults.next(1, Fault::Hang);
    let before = org.org.calls_used();
    let release = async {
        // Released again and again, since the request may not have come to hang yet.
        while org.org.calls_used() == before {
            faults.release();
            tokio::task::yield_now().await;
        }
    };
    let (held, ()) = tokio::join!(org.request("GET", "/limits").send(), release);
    assert_eq!(held.unwrap().status(), 200);
}

#[tokio::test]
async fn a_lying_org_adds_what_nobody_asked_for() {
    let org = Org::start().await;
    org.org.faults().lie(true);
    let got = org.query("SELECT Id, Account.Name FROM Contact LIMIT 1").await.body;
    for place in [&got, &got["records"][0], &got["records"][0]["Account"]] {
        assert_eq!(place["SSN__c"], "987-00-4321", "{place}");
        assert!(place.get("Unasked__c").is_some() && place.get("Unasked__r").is_some());
    }
    org.org.faults().lie(false);
    let got = org.query("SELECT Id FROM Contact LIMIT 1").await.body;
    assert_eq!(got.get("SSN__c"), None);
}

#[tokio::test]
async fn the_recorder_holds_what_was_received() {
    let org = Org::start().await;
    assert!(org.org.requests().is_empty());
    org.send("POST", "/sobjects/Account/?a=%41", Some(&json!({"Name": "R"}))).await;
    let all = org.org.requests();
    let [one] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!(one.method, "POST");
    assert_eq!(one.path_and_query, "/services/data/v68.0/sobjects/Account/?a=%41");
    assert_eq!(
        one.authorization.as_deref(),
        Some(format!("Bearer {}", org.org.access_token()).as_str())
    );
    assert_eq!(one.body, br#"{"Name":"R"}"#);
    assert!(one.header_names.iter().any(|name| name == "host"));
    org.org.forget_requests();
    assert!(org.org.requests().is_empty());
}

#[tokio::test]
async fn an_org_that_is_dropped_answers_no_more() {
    let org = Org::start().await;
    let url = org.org.base_url().to_owned();
    assert_eq!(org.get("/limits").await.status, 200);
    drop(org.org);
    let mut gone = false;
    for _ in 0..1_000 {
        let fresh = reqwest::Client::builder().no_proxy().build().unwrap();
        gone = fresh.get(format!("{url}/services/data")).send().await.is_err();
        if gone {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert!(gone);
}
