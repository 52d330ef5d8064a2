//! The one integration binary: each file is a subject, each test name a sentence.
#![expect(
    clippy::unwrap_used,
    clippy::unwrap_in_result,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop loudly"
)]

mod attacks;
mod soql;
mod soql_answers;
mod soql_footprint;
mod soql_gold;
mod sosl;
mod edge;
mod envelopes;
#[cfg(feature = "demo-org")]
mod explain_as;
mod journal;
#[cfg(feature = "demo-org")]
mod demo_org;
mod decisions;
mod inference;
mod harness;
#[cfg(feature = "demo-org")]
mod hostile;
mod invariants;
mod layers;
mod limits;
mod parts;
mod masking;
mod metadata;
#[cfg(feature = "demo-org")]
mod policy_check;
#[cfg(feature = "demo-org")]
mod policy_diff;
#[cfg(feature = "demo-org")]
mod policy_replay;
#[cfg(feature = "demo-org")]
mod policy_test;
mod upstream;
mod tools;
#[cfg(feature = "demo-org")]
mod tool_matrix;
mod serve;
mod command_line;
mod catalogue;
#[cfg(feature = "demo-org")]
mod bulk;
mod forbidden_select;
mod records;
mod reload;
mod shadow;
mod reports;
#[cfg(feature = "demo-org")]
mod time_zone;
