//! References of a composite's parts to the answers of earlier parts: `@{ref.member[0].member}`, and
//! `@{ref[0].member}` where the answer is a list.
//!
//! REST API Developer Guide, "Composite": the name is that of a part's `referenceId`, members and
//! indices walk through the JSON of its answer, and case counts. What a reference can lead to, and
//! so where it may stand, is for `footprint` to say.

use std::fmt;
use std::ops::Range;

use smol_str::SmolStr;

/// A reference as a whole; a text that holds one beside other characters is none.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reference {
    part: SmolStr,
    steps: Vec<Step>,
}

/// One step into an answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// A member of an object.
    Member(SmolStr),
    /// An element of an array, from 0.
    Element(u16),
}

/// The most steps of one reference: five parents deep, with rows on the way.
const MOST_STEPS: usize = 16;

impl Reference {
    /// Reads `@{name.step…}`, at least one step; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let inside = text.strip_prefix("@{")?.strip_suffix('}')?;
        let mut members = inside.split('.').map(member);
        let (part, index) = members.next()??;
        let mut steps: Vec<Step> = index.into_iter().collect();
        for member in members {
            let (name, index) = member?;
            steps.push(Step::Member(name.into()));
            steps.extend(index);
        }
        let part = part.into();
        let bounded = !steps.is_empty() && steps.len() <= MOST_STEPS;
        bounded.then_some(Self { part, steps })
    }

    /// Whether a text could hold a reference, alone or beside other characters.
    pub fn is_in(text: &str) -> bool {
        text.contains("@{")
    }

    /// The `referenceId` of the part that is referred to.
    pub fn part(&self) -> &str {
        &self.part
    }

    /// The way into its answer; never empty.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

/// `name` or `name[0]`.
fn member(text: &str) -> Option<(&str, Option<Step>)> {
    let Some((name, index)) = text.split_once('[') else {
        return is_name(text).then_some((text, None));
    };
    let digits = index.strip_suffix(']')?;
    let plain = digits.bytes().all(|b| b.is_ascii_digit());
    let canonical = digits == "0" || !digits.starts_with('0');
    let index = digits.parse().ok().filter(|_| plain && canonical)?;
    is_name(name).then_some((name, Some(Step::Element(index))))
}

/// The references in the text of a query as it is printed, each a whole string literal, with the
/// places between their quotes; `None` where `@{` stands in any other way.
pub fn in_literals(query: &str) -> Option<Vec<(Range<usize>, Reference)>> {
    let mut found = Vec::new();
    for (start, _) in query.match_indices("@{") {
        let (before, rest) = query.split_at_checked(start)?;
        let (inside, after) = rest.split_at_checked(rest.find('}')?.checked_add(1)?)?;
        // A quote inside a string is printed with a backslash before it.
        let opens = before.ends_with('\'') && !before.ends_with("\\'");
        if !opens || !after.starts_with('\'') {
            return None;
        }
        found.push((start..start.checked_add(inside.len())?, Reference::parse(inside)?));
    }
    Some(found)
}

/// Whether a text can be a `referenceId`: letters, digits and underscores, the first no digit
/// (which Salesforce allows and no caller needs), at most 80.
pub fn is_name(text: &str) -> bool {
    text.len() <= 80
        && text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@{{{}", self.part)?;
        for step in &self.steps {
            match step {
                Step::Member(name) => write!(f, ".{name}")?,
                Step::Element(index) => write!(f, "[{index}]")?,
            }
        }
        f.write_str("}")
    }
}
