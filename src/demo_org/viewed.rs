//! Who the caller is, and which records were read or written last.

use std::collections::VecDeque;

use super::answer::{Answer, Refusal, attributes};
use super::compute;
use super::json::{Json, object};
use super::rest::{Org, Request, only};
use super::session::ORG_ID;
use crate::salesforce::RecordId;

/// Most records that are remembered.
const MOST: usize = 200;

/// Records that were read or written, the last one first.
#[derive(Debug, Default)]
pub(super) struct Viewed(VecDeque<RecordId>);

impl Viewed {
    /// Notes a record.
    pub(super) fn note(&mut self, id: &RecordId) {
        self.0.retain(|other| other != id);
        self.0.push_front(id.clone());
        self.0.truncate(MOST);
    }
}

impl Org {
    /// The answer of `recent`.
    pub(super) fn recent(&self, request: &Request, version: &str) -> Result<Answer, Refusal> {
        only(request, "GET")?;
        let most = match request.parameter("limit") {
            None => MOST,
            Some(text) => {
                let number = text.parse().ok().filter(|n| (1..=MOST).contains(n));
                number.ok_or_else(|| {
                    let message = format!("limit must be a number from 1 to {MOST}");
                    Refusal::new(400, "INVALID_QUERY_LIMIT", message)
                })?
            }
        };
        let items = self.viewed.0.iter().filter_map(|id| {
            let (object, record) = self.store.target(id.as_str())?;
            let (name, _) = object.name_field()?;
            let value = compute::value(&self.store, object, record, name);
            Some(object! {
                "attributes" => attributes(&object.name, &object.name, id.as_str(), version),
                "Id" => id.as_str(),
                "Name" => value.json(),
            })
        });
        Ok(Answer::ok(Json::List(items.take(most).collect())))
    }

    /// The answer of `userinfo`, for a caller with the token.
    pub(super) fn user_info(&self, request: &Request) -> Result<Answer, Refusal> {
        if !self.session.admits(request.header("authorization")) {
            return Err(Refusal::new(403, "Bad_OAuth_Token", "Bad_OAuth_Token"));
        }
        if !matches!(request.method.as_str(), "GET" | "POST") {
            return Err(Refusal::method(&request.method, "GET, POST"));
        }
        let user = self.user.as_str();
        let (object, record) = self.store.target(user).ok_or_else(Refusal::not_found)?;
        let text = |name: &str| {
            let value = object
                .field(name)
                .map(|(index, _)| compute::value(&self.store, object, record, index).json());
            value.unwrap_or(Json::Null)
        };
        let url = &self.public_url;
        Ok(Answer::ok(object! {
            "sub" => format!("{url}/id/{ORG_ID}/{user}"),
            "user_id" => user,
            "organization_id" => ORG_ID,
            "preferred_username" => text("Username"),
            "nickname" => text("Alias"),
            "name" => text("Name"),
            "email" => text("Email"),
            "email_verified" => true,
            "given_name" => text("FirstName"),
            "family_name" => text("LastName"),
            "zoneinfo" => text("TimeZoneSidKey"),
            "locale" => "en_GB",
            "language" => "en_US",
            "user_type" => "STANDARD",
            "active" => text("IsActive"),
            "urls" => object! {
                "rest" => format!("{url}/services/data/v{{version}}/"),
                "sobjects" => format!("{url}/services/data/v{{version}}/sobjects/"),
                "query" => format!("{url}/services/data/v{{version}}/query/"),
            },
        }))
    }
}
