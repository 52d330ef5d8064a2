//! Text of records, written as JSON without the characters that hide or reorder what is read.
//!
//! Records are written by anyone; escape sequences, bidirectional overrides and invisible characters
//! in them are a way to show a person one thing and a model another (CVE-2021-42574 is the same
//! trick on source code). They are dropped; tabs and line breaks stay.

use std::borrow::Cow;

/// A key or a text, borrowed from the answer where it has no escapes.
#[derive(serde::Deserialize)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// Appends `value` as a JSON string.
pub(super) fn write(json: &mut String, value: &str) {
    if is_plain(value) {
        json.push('"');
        json.push_str(value);
        json.push('"');
    } else {
        json.push_str(&serde_json::Value::from(shown(value)).to_string());
    }
}

/// Appends a JSON string that stands in an answer.
pub(super) fn write_again(json: &mut String, string: &str) -> serde_json::Result<()> {
    let inner = string.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    if inner.is_some_and(is_plain) {
        json.push_str(string);
        return Ok(());
    }
    let Text(value) = serde_json::from_str(string)?;
    write(json, &value);
    Ok(())
}

/// Whether a text stands in JSON as it is, and hides nothing: printable ASCII without quotes and
/// backslashes, as most are. Every byte is looked at, which goes by many at a time.
fn is_plain(text: &str) -> bool {
    let plain = |byte: u8| (0x20..=0x7e).contains(&byte) && byte != b'"' && byte != b'\\';
    text.bytes().fold(true, |all, byte| all & plain(byte))
}

/// `value` without the characters that hide or reorder.
pub(super) fn shown(value: &str) -> Cow<'_, str> {
    if value.chars().any(is_hidden) {
        value.chars().filter(|c| !is_hidden(*c)).collect::<String>().into()
    } else {
        value.into()
    }
}

/// For texts that serde prints.
pub(super) fn serialize<S: serde::Serializer>(value: &str, into: S) -> Result<S::Ok, S::Error> {
    into.serialize_str(&shown(value))
}

fn is_hidden(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' => false,
        // Invisible: joiners and spaces without width, fillers, annotation marks. U+200C and U+200D
        // stay, which scripts and emoji need.
        '\u{00ad}' | '\u{034f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' => true,
        '\u{180b}'..='\u{180f}' | '\u{200b}' | '\u{2028}' | '\u{2029}' => true,
        '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}' | '\u{3164}' => true,
        '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' => true,
        // Direction.
        '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' => true,
        '\u{2066}'..='\u{2069}' => true,
        // Tags and variation selectors, which can spell whole texts; the two of emoji stay.
        '\u{fe00}'..='\u{fe0d}' | '\u{e0000}'..='\u{e0fff}' => true,
        _ => c.is_control(),
    }
}
