//! The `org` section: where the org is, who Fieldgate is there, and where its schema comes from.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::Url;

use super::section::Section;
use super::{UPSTREAM_TIMEOUT, value};
use crate::policy::Environment;
use crate::salesforce::ObjectName;
use crate::salesforce::rest::ApiVersion;
use crate::upstream::{Classification, ConnectionSettings, Credential};

/// The API version that this release was made for.
const API_VERSION: &str = "68.0";

/// The org.
#[derive(Debug)]
pub struct OrgConfig {
    /// How it is reached.
    pub connection: ConnectionSettings,
    /// Who Fieldgate is there.
    pub credential: Credential,
    /// The API version that requests are made at.
    pub version: ApiVersion,
    /// What policies know it as.
    pub environment: Environment,
    /// Where its schema comes from.
    pub schema: SchemaSource,
    /// Whether it is asked how it classifies its fields.
    pub classification: Classification,
}

/// Where the org's schema comes from.
#[derive(Clone, Debug)]
pub enum SchemaSource {
    /// A file of describe results.
    File(PathBuf),
    /// The org itself, at start; only these objects, or all where the list is empty.
    Org(Vec<ObjectName>),
}

pub(super) fn read(mut section: Section<'_>, base: &Path) -> Option<OrgConfig> {
    // The text isn't shown: it may hold a password.
    let base_url = section.required("base_url", |text| {
        let url = Url::parse(text).map_err(|_not_a_url| {
            "is not an address; write https://yourdomain.my.salesforce.com".to_owned()
        })?;
        ConnectionSettings::check_address(&url).map_err(str::to_owned)?;
        Ok(url)
    });
    let version = section
        .value("api_version", |text| {
            ApiVersion::parse(text).ok_or_else(|| {
                format!("`{}` is not a version that can be used; write 68.0", value::cut(text))
            })
        })
        .or_else(|| ApiVersion::parse(API_VERSION));
    let environment = section.required("environment", |text| {
        Environment::named(text).ok_or_else(|| {
            let shown = value::cut(text);
            format!("`{shown}` is not one of production, sandbox, scratch, developer")
        })
    });
    let schema_file = section.value("schema_file", |text| value::path(base, text));
    let objects =
        section.list("objects", |text| ObjectName::parse(text).map_err(|error| error.to_string()));
    if schema_file.is_some() && !objects.is_empty() {
        section.problem("takes either `schema_file`, or `objects` to read from the org");
    }
    let classification = section.value("classification", |text| match text {
        "optional" => Ok(Classification::Optional),
        "required" => Ok(Classification::Required),
        // What YAML makes of a bare `off`, too.
        "off" | "false" => Ok(Classification::Off),
        _ => Err(format!("`{}` is not one of optional, required, off", value::cut(text))),
    });
    let authorities = section.value("ca_file", |text| {
        let path = value::path(base, text)?;
        value::file(&path, 4 * 1024 * 1024)
    });
    let connect_timeout = section.value("connect_timeout", value::duration);
    let timeout = section.value("timeout", value::duration);
    let most_bytes = section.value("max_answer", |text| value::bytes(text, 64));
    let credential = credential(section.section("credential"), base);
    section.finish();
    Some(OrgConfig {
        connection: ConnectionSettings {
            base_url: base_url?,
            authorities,
            connect_timeout: connect_timeout.unwrap_or(Duration::from_secs(5)),
            timeout: timeout.unwrap_or(UPSTREAM_TIMEOUT),
            most_bytes: most_bytes.unwrap_or(DEFAULT_ANSWER),
        },
        credential: credential?,
        version: version?,
        environment: environment?,
        classification: classification.unwrap_or_default(),
        schema: schema_file.map_or(SchemaSource::Org(objects), SchemaSource::File),
    })
}

/// The largest answer of Salesforce that is taken, in bytes.
pub(crate) const DEFAULT_ANSWER: usize = 8 * 1024 * 1024;

fn credential(mut section: Section<'_>, base: &Path) -> Option<Credential> {
    if section.is_empty() {
        section.problem(
            "is missing: give `bearer_token_file`, or `client_id` and `client_secret_file`",
        );
        return None;
    }
    let bearer = section.value("bearer_token_file", |text| value::secret(base, text));
    let client_id = section.value("client_id", |text| {
        // It is sent before a colon and the secret.
        let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && b != b':');
        plain.then(|| text.to_owned()).ok_or_else(|| "is empty, or has spaces or colons".to_owned())
    });
    let client_secret = section.value("client_secret_file", |text| value::secret(base, text));
    let found = section.found_problem();
    let credential = match (bearer, client_id, client_secret) {
        (Some(token), None, None) => Some(Credential::Bearer(token)),
        (None, Some(client_id), Some(client_secret)) => {
            Some(Credential::ClientCredentials { client_id, client_secret })
        }
        _ if found => None,
        _ => {
            section.problem(
                "takes either `bearer_token_file`, or `client_id` with `client_secret_file`",
            );
            None
        }
    };
    section.finish();
    credential
}
