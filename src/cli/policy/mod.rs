//! `fieldgate policy`: the workbench of those who write policies.

mod check;
mod diff;
mod journal;
mod matrix;
mod replay;
mod report;
mod shadow_report;
mod table;
mod test;

use std::io::{self, Write};

use clap::{Args, Subcommand};

use crate::policy::SCHEMA;

/// Check policies, and print what editors need to know of them.
#[derive(Debug, Args)]
pub struct Policy {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Say everything that is wrong with policies and labels.
    Check(check::Check),
    /// Say what a change of policies opens and closes.
    Diff(diff::Diff),
    /// Print what an agent may do, object by object.
    Matrix(matrix::Matrix),
    /// Ask the policies again about the decisions of an audit journal, and say which would change.
    Replay(replay::Replay),
    /// Sum up where the shadow policies would have decided otherwise, out of an audit journal.
    ShadowReport(shadow_report::ShadowReport),
    /// Run the tests that lie beside policies: calls, and what is to become of them.
    Test(test::Test),
    /// Print the Cedar schema that policies are validated against, as a `.cedarschema` file.
    Schema,
}

impl Policy {
    /// Runs the command, printing to `out`.
    ///
    /// # Errors
    /// When a file or the org can't be read, or `out` can't be written.
    pub fn run(&self, out: &mut impl Write) -> io::Result<u8> {
        match &self.action {
            Action::Check(check) => check.run(out),
            Action::Diff(diff) => diff.run(out),
            Action::Matrix(matrix) => matrix.run(out),
            Action::Replay(replay) => replay.run(out),
            Action::ShadowReport(report) => report.run(out),
            Action::Test(test) => test.run(out),
            Action::Schema => {
                out.write_all(SCHEMA.as_bytes())?;
                Ok(0)
            }
        }
    }
}
