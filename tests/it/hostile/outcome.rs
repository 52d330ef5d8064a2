//! What came of a call.

use serde_json::Value;

use crate::bulk::Reply;
use crate::harness::Answer;

/// What a call came to.
pub(super) struct Outcome {
    /// The code of a refusal; empty for a success.
    pub(super) code: String,
    /// What is said; of a refusal by policy the refused accesses.
    pub(super) text: String,
    /// Everything that reached the agent.
    pub(super) whole: String,
    pub(super) data: Value,
}

/// `select Contact.SSN__c`
pub(super) fn access(json: &Value) -> String {
    let text = |name: &str| json[name].as_str().unwrap_or_default();
    let dot = if text("field").is_empty() { "" } else { "." };
    format!("{} {}{dot}{}", text("action"), text("object"), text("field"))
}

pub(super) fn of_answer(answer: &Answer) -> Outcome {
    let whole = format!("{answer_head}\n{}", answer.body, answer_head = answer.head);
    let refused = answer.status != 200 || answer.refused() || answer.json.get("error").is_some();
    let data = serde_json::from_str(answer.text()).unwrap_or_default();
    let code = match answer.code() {
        "" if refused => answer.status.to_string(),
        code => code.to_owned(),
    };
    let text = match code.as_str() {
        "policy_denied" => {
            let denied = answer.meta("fieldgate/denied").as_array().into_iter().flatten();
            denied.map(access).collect::<Vec<_>>().join("\n")
        }
        _ if answer.text().is_empty() => answer.body.clone(),
        _ => answer.text().to_owned(),
    };
    Outcome { code, text, whole, data }
}

pub(super) fn of_reply(reply: &Reply) -> Outcome {
    let whole = format!("{}\n{}", reply.head, reply.body);
    let code = match reply.code() {
        _ if (200..=299).contains(&reply.status) => String::new(),
        code if code.is_empty() => reply.status.to_string(),
        code => code,
    };
    Outcome { code, text: reply.body.clone(), whole, data: reply.json() }
}
