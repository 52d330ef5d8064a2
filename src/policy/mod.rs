//! Cedar decides on every access: schema, requests, decisions, denials and the store of policy sets.
//!
//! An object or a field is a Cedar entity, an access is one Cedar request, and every access of a
//! footprint must be permitted. Cedar fails open where a policy errors, where an entity is missing
//! and where letter case differs; each of these is a denial here, or a policy set that doesn't load.
//! Who the agent is, is left to `identity`; what a call touches, to `footprint`.

mod again;
mod agent;
mod bench;
mod canary;
mod check;
mod circumstances;
mod context;
mod decide;
mod denial;
mod hollow;
mod labels;
mod model;
mod names;
mod narrow;
mod nesting;
mod problem;
mod rights;
mod rulings;
mod scope;
mod set;
mod shadow;
mod shift;
mod slice;
mod snapshot;
mod source;
mod stamp;
mod store;
pub mod testing;
mod watch;
mod yaml;

pub use again::{Again, Past, Untold};
pub use agent::Agent;
pub use check::Review;
pub use context::{CallContext, Channel, Environment, Facts, QueryFacts, time_zone};
pub use decide::Permitted;
pub use denial::{Allowed, Denial, Refused, Why};
pub use labels::{LabelMembers, LabelSource};
pub use names::{Kind, Lint, Names};
pub use narrow::{Granted, OnForbidden};
pub use problem::{Excerpt, LoadError, Problem};
pub use rights::{Extent, Matrix, ObjectRights};
pub use rulings::Ruling;
pub use set::{Changes, PolicySet};
pub use shadow::{Comparison, Difference, ShadowCounts, Trial, Verdict, Would};
pub use shift::{Shift, Shifts};
pub use snapshot::{Against, Checked, ShadowMode, ShadowSource, Snapshot, Sources};
pub use source::Source;
pub use store::{Refusal, ReloadState, Sets, Store};
pub use watch::Watch;

/// The Cedar schema that policies are validated against, for editors and for `fieldgate policy`.
pub const SCHEMA: &str = include_str!("schema.cedarschema");

#[cfg(test)]
mod tests;
