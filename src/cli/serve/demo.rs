//! What `serve --demo` stands on: the embedded org, three agents and the starting set of policies.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;

use super::assemble::PolicySource;
use crate::audit::JournalSettings;
use crate::config::{
    AgentConfig, Config, DEFAULT_ANSWER_TEXT, DEFAULT_BULK_ROWS, DEFAULT_ROWS, HttpConfig,
    OrgConfig, PolicyConfig, SchemaSource, TelemetryConfig, default_rate,
};
use crate::demo_org::{DemoOrg, DemoSettings};
use crate::limits::LimitSettings;
use crate::policy::{Agent, Environment, OnForbidden};
use crate::salesforce::rest::ApiVersion;
use crate::tools::Offer;
use crate::upstream::{Classification, ConnectionSettings, Credential};

macro_rules! shipped {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../../policies/", $name)))),+]
    };
}

/// The starting set as it is shipped, for when there is no `policies/` at hand.
pub(in crate::cli) const STARTING_SET: &[(&str, &str)] = shipped![
    "00-guards.cedar",
    "00-guards_test.yaml",
    "05-production.cedar",
    "05-production_test.yaml",
    "10-everyone.cedar",
    "10-everyone_test.yaml",
    "20-support.cedar",
    "20-support_test.yaml",
    "30-sales-operations.cedar",
    "30-sales-operations_test.yaml",
    "40-administrator.cedar",
    "40-administrator_test.yaml",
    "50-metadata.cedar",
    "50-metadata_test.yaml",
    "60-labels.cedar",
    "60-labels_test.yaml",
    "65-bulk.cedar",
    "65-bulk_test.yaml",
    "70-contractor.cedar",
    "70-contractor_test.yaml",
    "72-methods.cedar",
    "72-methods_test.yaml",
    "75-business-hours.cedar",
    "75-business-hours_test.yaml",
    "80-masks.cedar",
    "80-masks_test.yaml",
    "labels.yaml",
];

/// The agents, each with a role of the same meaning; its token is its name.
pub(in crate::cli) const AGENTS: [(&str, &str); 3] = [
    ("demo-support", "support"),
    ("demo-sales-operations", "sales-operations"),
    ("demo-admin", "administrator"),
];

/// A running demo org. It ends when this is dropped.
pub(in crate::cli) struct Demo {
    org: DemoOrg,
}

pub(in crate::cli) async fn start() -> io::Result<Demo> {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    Ok(Demo { org: DemoOrg::bind(any, DemoSettings::default()).await? })
}

impl Demo {
    /// The policies of `--policies`, else of `policies/` where there is one, else those compiled in.
    pub(super) fn policies(&self, given: Option<PathBuf>) -> PolicySource {
        let here = PathBuf::from("policies");
        let files = |path: PathBuf| PolicySource::Files(PolicyConfig::of(path).sources());
        match given {
            Some(directory) => files(directory),
            None if here.is_dir() => files(here),
            None => PolicySource::BuiltIn(STARTING_SET),
        }
    }

    /// A configuration as a file could give it.
    pub(in crate::cli) fn config(&self, policies: Option<PathBuf>) -> io::Result<Config> {
        let fail = |what: &str| io::Error::other(format!("the demo org has no {what}"));
        let base_url = Url::parse(self.org.base_url()).map_err(|_no_url| fail("address"))?;
        let agents = AGENTS.map(|(id, role)| AgentConfig {
            agent: Agent::new(id, "demo", id, [role]),
            token: Some(SecretString::from(id)),
        });
        Ok(Config {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8484)),
            policies: PolicyConfig::of(policies.unwrap_or_else(|| PathBuf::from("policies"))),
            journal: JournalSettings::new("fieldgate-demo.journal.jsonl"),
            digest_key: None,
            seal_key: None,
            org: OrgConfig {
                connection: ConnectionSettings {
                    base_url,
                    authorities: None,
                    connect_timeout: Duration::from_secs(5),
                    timeout: Duration::from_secs(30),
                    most_bytes: 8 * 1024 * 1024,
                },
                credential: Credential::ClientCredentials {
                    client_id: self.org.client_id(),
                    client_secret: SecretString::from(self.org.client_secret()),
                },
                version: ApiVersion::parse(crate::demo_org::API_VERSION)
                    .ok_or_else(|| fail("API version"))?,
                environment: Environment::Developer,
                schema: SchemaSource::Org(Vec::new()),
                classification: Classification::Required,
            },
            agents: agents.into(),
            anonymous: Some("demo-support".to_owned()),
            limits: LimitSettings::new(default_rate().ok_or_else(|| fail("limits"))?),
            throttle_status: false,
            max_rows: DEFAULT_ROWS,
            max_answer_text: DEFAULT_ANSWER_TEXT,
            bulk_rows: DEFAULT_BULK_ROWS,
            on_forbidden: OnForbidden::default(),
            masks: Vec::new(),
            offer: Offer::default(),
            http: HttpConfig::default(),
            telemetry: TelemetryConfig::default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::STARTING_SET;

    #[test]
    fn the_starting_set_is_the_whole_folder() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/policies");
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut there: BTreeSet<String> = names.map(|name| name.into_string().unwrap()).collect();
        assert!(there.remove("README.md"));
        assert_eq!(
            STARTING_SET.iter().map(|(name, _)| (*name).to_owned()).collect::<BTreeSet<_>>(),
            there
        );
    }
}
