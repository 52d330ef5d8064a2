//! The org that stands behind every system: the demo org's schema and the describe of one object, both
//! asked of the binary that is measured, with custom fields added for the widest query.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::answers::{OBJECT, custom_field};
use crate::call::Call;
use crate::fieldgate::binary;
use crate::load;
use crate::process::{Process, free_address};
use crate::time::{PATIENCE, now};

/// Where the describe is kept, in the benchmark's folder.
pub(crate) const DESCRIBE: &str = "describe.json";
/// Where the schema is kept, in the benchmark's folder.
pub(crate) const SCHEMA: &str = "org-schema.json";

/// Writes the schema and the describe into a folder.
pub(crate) fn write(folder: &Path) -> Result<(), String> {
    let fail = |error: io::Error| error.to_string();
    fs::write(folder.join(SCHEMA), schema()?).map_err(fail)?;
    fs::write(folder.join(DESCRIBE), describe(folder)?).map_err(fail)
}

/// The demo org's schema, with as many custom fields on the object as any query names.
fn schema() -> Result<String, String> {
    let printed = Command::new(binary()?)
        .args(["org", "snapshot", "--demo"])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    if !printed.status.success() {
        let said = String::from_utf8_lossy(&printed.stderr);
        return Err(format!(
            "`fieldgate org snapshot --demo` ended with {}: {said}",
            printed.status
        ));
    }
    let schema = serde_json::from_slice(&printed.stdout).map_err(|error| error.to_string())?;
    widened(schema).ok_or_else(|| format!("the demo org has no {OBJECT}"))
}

fn widened(mut schema: Value) -> Option<String> {
    let objects = schema.get_mut("sobjects")?.as_array_mut()?;
    let object = objects.iter_mut().find(|object| object["name"] == OBJECT)?;
    let fields = object.get_mut("fields")?.as_array_mut()?;
    fields.extend((1..=180).map(|nth| {
        json!({ "name": custom_field(nth), "label": "Custom", "type": "string", "custom": true,
                "length": 80, "nillable": true, "filterable": true, "sortable": true })
    }));
    Some(schema.to_string())
}

/// What the demo org answers when it is asked to describe the object.
fn describe(folder: &Path) -> Result<String, String> {
    let log = folder.join("demo-org.log");
    let address = free_address();
    let mut command = Command::new(binary()?);
    command.args(["demo-org", "--listen", &address.to_string()]);
    let org = Process::start(&mut command, &log).map_err(|error| error.to_string())?;
    let call = asking(address, &token(&log)?);
    let answer = load::once(address, &call).map_err(|error| error.to_string());
    drop(org);
    match answer? {
        (200, body) => Ok(body),
        (status, body) => Err(format!("the demo org describes no {OBJECT}: {status} {body}")),
    }
}

/// The access token that the demo org says when it is ready.
fn token(log: &Path) -> Result<String, String> {
    let since = now();
    while now() - since < PATIENCE {
        let said = fs::read_to_string(log).unwrap_or_default();
        let whole = said.lines().take(said.matches('\n').count());
        let token = whole.filter_map(|line| line.strip_prefix("access token")).next();
        if let Some(token) = token {
            return Ok(token.trim().to_owned());
        }
        thread::sleep(Duration::from_millis(2));
    }
    let said = fs::read_to_string(log).unwrap_or_default();
    Err(format!("the demo org did not start: {said}"))
}

fn asking(address: SocketAddr, token: &str) -> Call {
    let path = format!("/services/data/v68.0/sobjects/{OBJECT}/describe");
    let bytes = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Accept-Encoding: identity\r\n\r\n"
    );
    Call { bytes: bytes.into_bytes(), status: 200, marker: OBJECT }
}
