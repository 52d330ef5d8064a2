//! The footprint of what concerns the Salesforce user that all agents act as.

use std::collections::BTreeSet;

use super::error::{FootprintError, Unresolved};
use super::path::Walk;
use super::{Access, Action, Target, Walked};
use crate::salesforce::{FieldName, ObjectName, Operation};

type Result<T> = std::result::Result<T, FootprintError>;

/// The parts of a person's name, which whoever sees the whole sees too.
pub const NAME_PARTS: [&str; 5] = ["Salutation", "FirstName", "MiddleName", "LastName", "Suffix"];

/// The fields of `User` that `userinfo` tells besides `Id`, each with its member (OpenID Connect
/// and Salesforce, "UserInfo Endpoint").
pub const USER_INFO: [(&str, &str); 8] = [
    ("preferred_username", "Username"),
    ("name", "Name"),
    ("email", "Email"),
    ("given_name", "FirstName"),
    ("family_name", "LastName"),
    ("nickname", "CommunityNickname"),
    ("zoneinfo", "TimeZoneSidKey"),
    ("locale", "LocaleSidKey"),
];

impl Walk<'_> {
    /// Each object's id and name come back, and which records were seen.
    pub(super) fn recently_viewed(&mut self, objects: &[ObjectName], limit: u32) -> Result<Walked> {
        let mut names: Vec<ObjectName> = Vec::with_capacity(objects.len());
        for object in objects {
            let object = self.object(object.as_str())?;
            let no_name = || Unresolved::Nameless(object.name.clone());
            let name = object.name_field().ok_or_else(no_name)?;
            let id = FieldName::parse("Id").ok().and_then(|id| object.field(&id));
            self.field(Action::Select, &object, id.ok_or_else(no_name)?, "Id");
            self.field(Action::Select, &object, name, name.name.as_str());
            if !names.contains(&object.name) {
                names.push(object.name.clone());
            }
        }
        Ok((Operation::RecentlyViewed { objects: names, limit }, Some(limit)))
    }

    /// The id comes back, and as much more as may be seen.
    pub(super) fn current_user(&mut self) -> Result<Walked> {
        let user = self.object("User")?;
        let field = |name: &str| FieldName::parse(name).ok().and_then(|name| user.field(&name));
        let id = field("Id").ok_or_else(|| Unresolved::Nameless(user.name.clone()))?;
        self.field(Action::Select, &user, id, "Id");
        let told = USER_INFO.iter().map(|(_, name)| name).chain(&NAME_PARTS);
        let told: BTreeSet<&&str> = told.collect();
        for found in told.into_iter().filter_map(|name| field(name)) {
            let target = Target::Field(user.name.clone(), found.name.clone());
            self.prune(Access::plain(Action::Select, target));
        }
        Ok((Operation::CurrentUser, Some(1)))
    }
}
