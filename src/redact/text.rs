//! Text of records, written as JSON without the characters that hide or reorder what is read.
//!
//! Records are written by anyone; escape sequences, bidirectional overrides and invisible characters
//! in them are a way to show a person one thing and a model another (CVE-2021-42574 is the same
//! trick on source code). They are dropped; tabs and line breaks stay.

/// Appends `value` as a JSON string.
pub(super) fn write(json: &mut String, value: &str) {
    let printed = if value.chars().any(is_hidden) {
        let shown: String = value.chars().filter(|c| !is_hidden(*c)).collect();
        serde_json::Value::String(shown).to_string()
    } else {
        serde_json::Value::from(value).to_string()
    };
    json.push_str(&printed);
}

fn is_hidden(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' => false,
        '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{00ad}' => true,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => true,
        '\u{e0000}'..='\u{e007f}' => true,
        _ => c.is_control(),
    }
}
