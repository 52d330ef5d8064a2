//! The catalogue: one file and one line a tool.
//!
//! A tool translates its arguments into an [`Operation`] and decides nothing. Its arguments are a
//! type, from which the schema that hosts see and the validation of calls both come. What the
//! operation touches is left to `footprint`, and whether it may to `policy`.

mod abort_bulk_job;
mod argument;
mod create_custom_field;
mod create_custom_object;
mod bulk_rows;
mod create_bulk_job;
mod create_record;
mod create_record_tree;
mod create_records;
mod delete_custom_field;
mod delete_custom_object;
mod delete_record;
mod delete_records;
mod describe_object;
mod execute_batch;
mod execute_composite;
mod execute_composite_graph;
mod execute_query;
mod execute_query_all;
mod execute_search;
mod get_bulk_job;
mod get_bulk_job_results;
mod get_current_user;
mod get_custom_field;
mod get_organization_limits;
mod get_next_page;
mod get_record;
mod get_records;
mod get_related_records;
mod get_report;
mod list_all_objects;
mod list_recently_viewed;
mod list_custom_fields;
mod list_reports;
mod offer;
mod part;
mod schema;
mod sealed;
mod update_custom_field;
mod update_custom_object;
mod update_record;
mod update_records;
mod upsert_records;

pub use argument::ArgumentError;
pub use offer::Offer;
pub use sealed::{Seals, query_cursor};

use std::sync::LazyLock;

use serde::de::DeserializeOwned;

use crate::footprint::Action;
use crate::salesforce::Operation;

#[cfg(test)]
mod tests;

/// What a tool author writes: constants, the arguments as a type, and the way to an operation.
trait Definition: DeserializeOwned + schemars::JsonSchema {
    /// Its name in the platform dialect, at most 32 letters; policies, limits and records know it by
    /// this one.
    const NAME: &'static str;
    /// Its name in the unified dialect.
    const UNIFIED: &'static str;
    /// What people see.
    const TITLE: &'static str;
    /// What a model reads: when to use it and what to call first.
    const DESCRIPTION: &'static str;
    /// The actions that its operations consist of; an agent that may do none of them on anything
    /// doesn't see the tool.
    const ACTIONS: &'static [Action];
    /// How it changes the org.
    const EFFECT: Effect;
    /// What it is about.
    const TAG: Tag;
    /// Arguments that work in the demo org.
    const EXAMPLE: &'static str;

    /// The operation that the arguments ask for.
    fn operation(self, seals: &Seals<'_>) -> Result<Operation, ArgumentError>;
}

/// The names that a server gives its tools.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// Camel case, for example `getRecord`.
    #[default]
    Platform,
    /// Snake case, for example `get_single_salesforce_record_by_id`.
    Unified,
}

/// What a tool is about, for servers that offer only some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// Single records, and several in one request.
    Records,
    /// Queries and searches.
    Query,
    /// Bulk jobs.
    Bulk,
    /// Objects, fields and their definitions.
    Metadata,
    /// Reports.
    Analytics,
    /// The org as a whole.
    Org,
}

impl Tag {
    /// Every tag.
    pub const ALL: [Self; 6] =
        [Self::Records, Self::Query, Self::Bulk, Self::Metadata, Self::Analytics, Self::Org];

    /// Its name in configurations.
    pub fn name(self) -> &'static str {
        match self {
            Self::Records => "records",
            Self::Query => "query",
            Self::Bulk => "bulk",
            Self::Metadata => "metadata",
            Self::Analytics => "analytics",
            Self::Org => "org",
        }
    }
}

/// What a tool does, for servers that offer only some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// It reads.
    Read,
    /// It writes records.
    Write,
    /// It does what its arguments say: parts of several kinds.
    Custom,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Custom];

    /// Its name in configurations.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Custom => "custom",
        }
    }
}

/// How a tool changes the org; MCP's hints follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Not at all.
    Reads,
    /// It adds; the same call again adds again.
    Adds,
    /// It changes or removes; the same call again changes nothing more.
    Overwrites,
    /// Whatever its arguments say.
    Varies,
}

/// MCP's hints of a tool (`ToolAnnotations` in its schema).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hints {
    /// It changes nothing.
    pub read_only: bool,
    /// It can destroy what is there.
    pub destructive: bool,
    /// The same call again has no further effect.
    pub idempotent: bool,
    /// It reaches a world outside the host: an org that others change.
    pub open_world: bool,
}

impl Effect {
    /// The hints that hosts show and act on.
    pub fn hints(self) -> Hints {
        let (read_only, destructive, idempotent) = match self {
            Self::Reads => (true, false, true),
            Self::Adds => (false, false, false),
            Self::Overwrites => (false, true, true),
            Self::Varies => (false, true, false),
        };
        Hints { read_only, destructive, idempotent, open_world: true }
    }

    /// The class of tools with it.
    pub fn class(self) -> Class {
        match self {
            Self::Reads => Class::Read,
            Self::Adds | Self::Overwrites => Class::Write,
            Self::Varies => Class::Custom,
        }
    }
}

/// An entry of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    /// Its name in the platform dialect, and in policies, limits and records.
    pub name: &'static str,
    /// Its name in the unified dialect.
    pub unified: &'static str,
    /// What people see.
    pub title: &'static str,
    /// What a model reads.
    pub description: &'static str,
    /// The actions that its operations consist of.
    pub actions: &'static [Action],
    /// How it changes the org.
    pub effect: Effect,
    /// What it is about.
    pub tag: Tag,
    /// Arguments that work in the demo org, as JSON.
    pub example: &'static str,
    schema: fn() -> String,
    operation: fn(&str, &Seals<'_>) -> Result<Operation, ArgumentError>,
}

impl Tool {
    const fn of<T: Definition>() -> Self {
        Self {
            name: T::NAME,
            unified: T::UNIFIED,
            title: T::TITLE,
            description: T::DESCRIPTION,
            actions: T::ACTIONS,
            effect: T::EFFECT,
            tag: T::TAG,
            example: T::EXAMPLE,
            schema: schema::portable::<T>,
            operation: |arguments, seals| argument::read::<T>(arguments)?.operation(seals),
        }
    }

    /// The JSON schema of its arguments, in the subset that every host accepts.
    pub fn input_schema(&self) -> String {
        (self.schema)()
    }

    /// Reads the arguments, a JSON object, and translates them; tokens among them are opened.
    pub fn operation(
        &self,
        arguments: &str,
        seals: &Seals<'_>,
    ) -> Result<Operation, ArgumentError> {
        (self.operation)(arguments, seals)
    }

    /// Its name for agents.
    pub fn name_in(&self, dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Platform => self.name,
            Dialect::Unified => self.unified,
        }
    }
}

/// All tools, in the order in which agents see them.
pub const CATALOG: &[Tool] = &[
    Tool::of::<get_organization_limits::GetOrganizationLimits>(),
    Tool::of::<get_current_user::GetCurrentUser>(),
    Tool::of::<list_all_objects::ListAllObjects>(),
    Tool::of::<describe_object::DescribeObject>(),
    Tool::of::<execute_query::ExecuteQuery>(),
    Tool::of::<execute_query_all::ExecuteQueryAll>(),
    Tool::of::<get_next_page::GetNextPage>(),
    Tool::of::<execute_search::ExecuteSearch>(),
    Tool::of::<get_record::GetRecord>(),
    Tool::of::<get_records::GetRecords>(),
    Tool::of::<get_related_records::GetRelatedRecords>(),
    Tool::of::<list_recently_viewed::ListRecentlyViewed>(),
    Tool::of::<list_reports::ListReports>(),
    Tool::of::<get_report::GetReport>(),
    Tool::of::<create_record::CreateRecord>(),
    Tool::of::<create_records::CreateRecords>(),
    Tool::of::<create_record_tree::CreateRecordTree>(),
    Tool::of::<update_record::UpdateRecord>(),
    Tool::of::<update_records::UpdateRecords>(),
    Tool::of::<upsert_records::UpsertRecords>(),
    Tool::of::<delete_record::DeleteRecord>(),
    Tool::of::<delete_records::DeleteRecords>(),
    Tool::of::<create_bulk_job::CreateBulkJob>(),
    Tool::of::<get_bulk_job::GetBulkJob>(),
    Tool::of::<get_bulk_job_results::GetBulkJobResults>(),
    Tool::of::<abort_bulk_job::AbortBulkJob>(),
    Tool::of::<execute_composite::ExecuteComposite>(),
    Tool::of::<execute_batch::ExecuteBatch>(),
    Tool::of::<execute_composite_graph::ExecuteCompositeGraph>(),
    Tool::of::<create_custom_object::CreateCustomObject>(),
    Tool::of::<update_custom_object::UpdateCustomObject>(),
    Tool::of::<list_custom_fields::ListCustomFields>(),
    Tool::of::<get_custom_field::GetCustomField>(),
    Tool::of::<create_custom_field::CreateCustomField>(),
    Tool::of::<update_custom_field::UpdateCustomField>(),
    Tool::of::<delete_custom_field::DeleteCustomField>(),
    Tool::of::<delete_custom_object::DeleteCustomObject>(),
];

/// The names that policies, limits and records know tools by, in the catalogue's order.
pub static NAMES: LazyLock<Vec<&str>> =
    LazyLock::new(|| CATALOG.iter().map(|tool| tool.name).collect());

/// The tool of that name, in either dialect. Policies and limits know it by [`Tool::name`].
pub fn known_as(name: &str) -> Option<&'static Tool> {
    CATALOG.iter().find(|tool| tool.name == name || tool.unified == name)
}
