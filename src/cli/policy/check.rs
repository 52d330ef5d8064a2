//! `fieldgate policy check`: from the command line to the names that policies are held against.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use super::report;
use crate::cli::org::{connect, org_schema};
use crate::cli::{REFUSED, schema_file, serve};
use crate::config::{Config, ForPolicies};
use crate::org::Schema;
use crate::policy::{Lint, Review, Source};
use crate::tools::NAMES;

const AFTER_HELP: &str = "\
Examples:
  fieldgate policy check
  fieldgate policy check policies --org-schema org-schema.json
  fieldgate policy check --config fieldgate.yaml --json

Names of objects and fields are checked against the org's schema: that of --org-schema, else the one
that the configuration says (a file, or the org itself, which takes its credential). Roles are checked
against the agents of the configuration. What could not be checked is said.

Exit codes:
  0   nothing is wrong
  1   could not be checked: a file, the org
  2   something is wrong";

/// Checks policies and labels as `serve` does when it loads them, and says everything that is wrong:
/// syntax, strict validation with warnings as errors, ids, annotations, and every name.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Check {
    /// Directories of policies, and single files; by default those of the configuration, else
    /// `policies`. All of them are one set.
    #[arg(value_name = "PATHS")]
    paths: Vec<PathBuf>,
    /// The configuration, for the roles of its agents, and where policies and schema are.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A file with the org's schema, as `fieldgate org snapshot` makes it.
    #[arg(long, value_name = "FILE")]
    org_schema: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// Also say what stands under each label.
    #[arg(long)]
    verbose: bool,
}

impl Check {
    pub(super) fn run(&self, out: &mut impl Write) -> io::Result<u8> {
        let config = self.config.as_deref().map(ForPolicies::load).transpose();
        let config = config.map_err(io::Error::other)?;
        let schema = self.schema(config.as_ref())?;
        let roles: Option<Vec<&str>> =
            config.as_ref().map(|config| config.roles.iter().map(String::as_str).collect());
        let lint = Lint { schema: schema.as_ref(), tools: Some(&NAMES), roles: roles.as_deref() };
        let review = Review::of(&self.source(config.as_ref()), lint).map_err(io::Error::other)?;
        let notes = notes(schema.as_ref(), &review);
        if self.json {
            report::json(out, &review, &notes, self.verbose)?;
        } else {
            report::text(out, &review, &notes, self.verbose)?;
        }
        Ok(if review.problems.is_empty() { 0 } else { REFUSED })
    }

    fn source(&self, config: Option<&ForPolicies>) -> Source {
        let labels = config.and_then(|config| config.policies.labels.clone());
        let configured = config.map(|config| config.policies.directory.clone());
        let paths = if self.paths.is_empty() {
            vec![configured.unwrap_or_else(|| PathBuf::from("policies"))]
        } else {
            self.paths.clone()
        };
        Source { paths, labels }
    }

    /// `None` where neither a file nor an org is at hand.
    fn schema(&self, config: Option<&ForPolicies>) -> io::Result<Option<Schema>> {
        let configured = || config.and_then(|config| config.schema_file.clone());
        if let Some(file) = self.org_schema.clone().or_else(configured) {
            return schema_file::read(Some(&file)).map(Some);
        }
        let Some(file) = &self.config else { return Ok(None) };
        let whole = Config::load(file).map_err(|error| without(&error))?;
        crate::telemetry::install_crypto_provider();
        crate::telemetry::logging::init(whole.telemetry.log.as_deref())
            .map_err(io::Error::other)?;
        let asked = serve::runtime()?.block_on(async {
            let upstream = connect(&whole.org)?;
            org_schema(&whole.org, &upstream).await
        });
        asked.map(Some).map_err(|error| without(&error))
    }
}

/// How to do without what failed.
fn without(error: &dyn std::fmt::Display) -> io::Error {
    io::Error::other(format!(
        "{error}\n(with --org-schema FILE neither org nor credential is needed)"
    ))
}

fn notes(schema: Option<&Schema>, review: &Review) -> Vec<String> {
    let mut notes = Vec::new();
    if schema.is_some_and(|schema| !schema.classified()) && !review.labels.is_empty() {
        notes.push(
            "the org's schema does not say how the org classifies its fields: labels have what \
             labels.yaml puts under them, and nothing else"
                .to_owned(),
        );
    }
    notes
}
