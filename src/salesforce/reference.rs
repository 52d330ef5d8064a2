//! References of a composite's parts to the answers of earlier parts: `@{ref.member[0].member}`.
//!
//! REST API Developer Guide, "Composite": the name is that of a part's `referenceId`, members and
//! indices walk through the JSON of its answer, and case counts. What a reference can lead to, and
//! so where it may stand, is for `footprint` to say.

use std::fmt;

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
        let mut members = inside.split('.');
        let part = members.next().filter(|name| is_name(name))?.into();
        let mut steps = Vec::new();
        for member in members {
            let (name, indices) = match member.split_once('[') {
                Some((name, indices)) => (name, Some(indices)),
                None => (member, None),
            };
            steps.push(Step::Member(Some(name).filter(|name| is_name(name))?.into()));
            if let Some(index) = indices {
                let digits = index.strip_suffix(']')?;
                let plain = digits.bytes().all(|b| b.is_ascii_digit());
                let canonical = digits == "0" || !digits.starts_with('0');
                let index = digits.parse().ok().filter(|_| plain && canonical)?;
                steps.push(Step::Element(index));
            }
        }
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
