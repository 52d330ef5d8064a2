//! `fieldgate org`, and how commands get at the org's schema.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};

use super::{schema_file, serve};
use crate::config::{Config, OrgConfig, SchemaSource};
use crate::org::{Schema, Snapshot};
use crate::salesforce::rest::ApiVersion;
use crate::upstream::{Classification, ReadSchemaError, Upstream};

/// Ask the org.
#[derive(Debug, Args)]
pub struct Org {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print the org's schema in the form that `--org-schema` and `org.schema_file` read.
    ///
    /// It has the names, types, relationships and formulas of objects and fields, and how the org
    /// classifies them; no record, and no credential.
    Snapshot(TakeSnapshot),
}

/// Give either --config or --demo.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("source").required(true).args(["config", "demo"]))]
struct TakeSnapshot {
    /// The configuration, whose org is asked for the objects that it names.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The schema of the embedded demo org.
    #[arg(long)]
    demo: bool,
}

impl Org {
    /// Runs the command, printing to `out`.
    ///
    /// # Errors
    /// When the org can't be asked or `out` can't be written.
    pub fn run(&self, out: &mut impl Write) -> io::Result<u8> {
        let Action::Snapshot(snapshot) = &self.action;
        let read = serve::runtime()?.block_on(snapshot.read())?;
        read.write(out)?;
        Ok(0)
    }
}

impl TakeSnapshot {
    async fn read(&self) -> io::Result<Snapshot> {
        crate::telemetry::install_crypto_provider();
        #[cfg(feature = "demo-org")]
        if self.demo {
            let demo = serve::demo::start().await?;
            return snapshot(&demo.config(None)?).await;
        }
        if self.demo {
            return Err(io::Error::other("this build has no demo org: give --config FILE"));
        }
        let file = self.config.clone().unwrap_or_default();
        snapshot(&Config::load(&file).map_err(io::Error::other)?).await
    }
}

async fn snapshot(config: &Config) -> io::Result<Snapshot> {
    crate::telemetry::logging::init(config.telemetry.log.as_deref()).map_err(io::Error::other)?;
    let only = match &config.org.schema {
        SchemaSource::File(_) => &[],
        SchemaSource::Org(only) => only.as_slice(),
    };
    let upstream = connect(&config.org)?;
    upstream.read_snapshot(only, config.org.classification).await.map_err(|e| unreadable(&e))
}

/// A client of the org.
pub(super) fn connect(org: &OrgConfig) -> io::Result<Arc<Upstream>> {
    let upstream = Upstream::new(&org.connection, org.credential.clone(), org.version.clone());
    upstream.map(Arc::new).map_err(io::Error::other)
}

/// The org's schema, from where the configuration says.
pub(super) async fn org_schema(org: &OrgConfig, upstream: &Arc<Upstream>) -> io::Result<Schema> {
    match &org.schema {
        SchemaSource::File(file) => read_file(file, &org.version, org.classification),
        SchemaSource::Org(only) => {
            tracing::info!(org = %org.connection.base_url, "reading the org's schema");
            let schema = upstream.read_schema(only, org.classification).await;
            schema.map_err(|error| unreadable(&error))
        }
    }
}

fn unreadable(error: &ReadSchemaError) -> io::Error {
    io::Error::other(format!("the org's schema cannot be read: {}", chain(error)))
}

/// A schema of another version could lack what this one can reach.
fn read_file(
    file: &Path,
    version: &ApiVersion,
    classification: Classification,
) -> io::Result<Schema> {
    let schema = schema_file::read(Some(file))?;
    let wrong = if schema.api_version() != version.as_str() {
        format!(
            "was read at API version {}, but the org is called at {}",
            schema.api_version(),
            version.as_str()
        )
    } else if classification == Classification::Required && !schema.classified() {
        "does not say how the org classifies its fields; fieldgate org snapshot makes one that does"
            .to_owned()
    } else {
        return Ok(schema);
    };
    Err(io::Error::other(format!("{}: {wrong}", file.display())))
}

/// An error with its causes, for people.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.contains(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    text
}
