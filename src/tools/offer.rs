//! Which tools a server offers, and under which names.

use std::borrow::Cow;

use super::{CATALOG, Class, Dialect, Tag, Tool};

impl Dialect {
    /// A text of ours, which names tools in the platform dialect, with the names that agents can call.
    pub fn spell(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Platform => return Cow::Borrowed(text),
            Self::Unified => {}
        }
        let apart = |c: char| !c.is_ascii_alphanumeric() && c != '_';
        let mut spelled = String::with_capacity(text.len());
        for piece in text.split_inclusive(apart) {
            let word = piece.trim_end_matches(apart);
            match CATALOG.iter().find(|tool| tool.name == word) {
                Some(tool) => {
                    spelled.push_str(tool.name_in(self));
                    spelled.push_str(piece.strip_prefix(word).unwrap_or_default());
                }
                None => spelled.push_str(piece),
            }
        }
        Cow::Owned(spelled)
    }
}

/// A server's choice from the catalogue.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The names that agents see.
    pub dialect: Dialect,
    /// Tools about anything else are left out.
    pub tags: Vec<Tag>,
    /// Tools of any other class are left out.
    pub classes: Vec<Class>,
}

impl Default for Offer {
    /// All tools, in the platform dialect.
    fn default() -> Self {
        Self { dialect: Dialect::default(), tags: Tag::ALL.into(), classes: Class::ALL.into() }
    }
}

impl Offer {
    /// The tools, in the order of the catalogue.
    pub fn tools(&self) -> impl Iterator<Item = &'static Tool> {
        CATALOG.iter().filter(|tool| {
            self.tags.contains(&tool.tag) && self.classes.contains(&tool.effect.class())
        })
    }

    /// The tool that agents call by that name; names are case-sensitive, as in MCP.
    pub fn named(&self, name: &str) -> Option<&'static Tool> {
        self.tools().find(|tool| tool.name_in(self.dialect) == name)
    }
}
