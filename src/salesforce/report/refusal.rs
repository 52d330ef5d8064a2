//! Why a saved report can't be run: it shows or goes by what can't be traced to fields.

/// Something in a report's metadata that is not supported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReportRefusal {
    /// A joined report, or a format that isn't known.
    #[error(
        "the report's format is {0}: only TABULAR, SUMMARY and MATRIX reports are supported, so \
         query its objects with executeQuery instead"
    )]
    Format(String),
    /// Values that are computed by the report itself.
    #[error(
        "the report has `{name}` in its {member}, which is computed from fields in a way that no \
         policy can see: query its objects with executeQuery instead"
    )]
    Computed {
        /// Where in the metadata.
        member: &'static str,
        /// What it is called there.
        name: String,
    },
    /// Rows are chosen by something that is no column.
    #[error(
        "the report's {member} is {value}, which chooses rows by what no policy covers: only \
         reports without it are supported"
    )]
    Chooses {
        /// Where in the metadata.
        member: &'static str,
        /// What it says.
        value: String,
    },
    /// Something stands where a column must.
    #[error("the report has `{name}` in its {member}, which is not a column of the report")]
    NoColumn {
        /// Where in the metadata.
        member: &'static str,
        /// What stands there.
        name: String,
    },
    /// A member that isn't known, or doesn't have its form.
    #[error("the report's `{0}` is not understood, and could show or choose by any field")]
    Member(String),
    /// More of something than a report has.
    #[error("the report has more than {most} {member}")]
    TooMany {
        /// Of what.
        member: &'static str,
        /// How many are supported.
        most: usize,
    },
}

/// A text of the report as a refusal shows it.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(80).flat_map(char::escape_debug).collect()
}
