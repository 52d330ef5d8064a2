//! The one integration binary: each file is a subject, each test name a sentence.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop loudly"
)]

mod soql;
mod sosl;
mod edge;
mod journal;
mod demo_org;
