//! `--org-schema FILE`, wherever a command needs an org's schema without an org.

use std::io;
use std::path::Path;

use crate::org::Schema;

/// The largest file that is read, in bytes: a thousand large describes.
const MOST_BYTES: u64 = 512 * 1024 * 1024;

/// Reads `{"apiVersion":"68.0","sobjects":[…]}`, or takes the demo org's schema where no file is
/// given.
///
/// # Errors
/// With the file's name and what is wrong with it.
pub fn read(file: Option<&Path>) -> io::Result<Schema> {
    let Some(file) = file else { return demo() };
    let fail = |why: String| io::Error::other(format!("{}: {why}", file.display()));
    let size = std::fs::metadata(file).map_err(|error| fail(error.to_string()))?.len();
    if size > MOST_BYTES {
        return Err(fail(format!("is larger than {MOST_BYTES} bytes")));
    }
    let bytes = std::fs::read(file).map_err(|error| fail(error.to_string()))?;
    Schema::from_json(&bytes).map_err(|error| {
        let cause = std::error::Error::source(&error).map(|c| format!(": {c}"));
        fail(format!("{error}{}", cause.unwrap_or_default()))
    })
}

#[cfg(feature = "demo-org")]
fn demo() -> io::Result<Schema> {
    Schema::from_json(&crate::demo_org::schema_json()).map_err(io::Error::other)
}

#[cfg(not(feature = "demo-org"))]
fn demo() -> io::Result<Schema> {
    Err(io::Error::other("this build has no demo org: give --org-schema FILE"))
}
