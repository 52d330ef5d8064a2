//! Strings that came from a caller, made safe to stand in a line that people and SIEMs read.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The longest string that a line carries, in bytes after escaping.
pub(super) const TEXT_CAP: usize = 256;

/// `text` with everything invisible spelled out as `\u{…}`, cut to [`TEXT_CAP`] bytes.
///
/// The escape stands in the string itself, so that it survives a JSON parser: a SIEM never gets
/// to show a line feed, a terminal sequence or a reversed run of text.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    // Nearly everything is a short name.
    if text.len() <= TEXT_CAP && text.bytes().all(|byte| (0x20..=0x7e).contains(&byte)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len().min(TEXT_CAP));
    let mut fits = 0;
    for c in text.chars() {
        if is_hidden(c) {
            // Writing to a string can't fail.
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        } else {
            out.push(c);
        }
        if out.len() > TEXT_CAP {
            out.truncate(fits);
            out.push('…');
            break;
        }
        if out.len() <= TEXT_CAP.saturating_sub('…'.len_utf8()) {
            fits = out.len();
        }
    }
    Cow::Owned(out)
}

/// Control, bidirectional, zero-width, line-breaking and tag characters.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}
