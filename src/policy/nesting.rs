//! How deep the expressions of a policy file can nest, told before Cedar parses it.
//!
//! Cedar's parser, validator and evaluator recurse: a condition nested a thousand deep ends the
//! process. The bound here needs no recursion and is never too low: each bracket is a level, and so is
//! each `&&`, `||` and `if` of a condition; to them comes the longest run of other operators between.

/// The deepest nesting that is accepted. A level takes Cedar's evaluator 4 to 5 KiB of stack in a
/// release build (and ten times that in a debug build), so this is within the 4 MiB of the threads
/// that decide. Where a stack is too small, Cedar says so and the access is denied.
pub(super) const DEEPEST: usize = 64;

/// Words that join conditions.
const JOINTS: [&str; 5] = ["if", "then", "else", "when", "unless"];

/// Words that are operators.
const WORDS: [&str; 4] = ["in", "has", "like", "is"];

/// Where the expressions of a file nest deeper than [`DEEPEST`]: the byte at which they do.
pub(super) fn too_deep(text: &str) -> Option<usize> {
    let mut groups = vec![Group::default()];
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        let group = groups.last_mut()?;
        match c {
            '"' => skip_string(&mut rest),
            '/' if rest.next_if(|(_, next)| *next == '/').is_some() => {
                while rest.next_if(|(_, c)| *c != '\n').is_some() {}
            }
            '(' | '{' => groups.push(Group::default()),
            '[' => {
                // An index, as in `context["a"]["b"]`, which can be chained.
                group.operator();
                groups.push(Group::default());
            }
            ')' | ']' | '}' => {
                let inner = groups.pop()?.depth().saturating_add(1);
                let Some(outer) = groups.last_mut() else { return Some(at) };
                outer.inner = outer.inner.max(inner);
            }
            ',' => group.end_of_item(),
            ';' => *group = Group::default(),
            '&' | '|' => {
                let _second = rest.next_if(|(_, next)| *next == c);
                group.joint();
            }
            '!' | '<' | '>' | '=' => {
                let _second = rest.next_if(|(_, next)| *next == '=');
                group.operator();
            }
            '-' | '+' | '*' | '.' => group.operator(),
            c if c.is_alphanumeric() || c == '_' => {
                let word = word(c, &mut rest);
                if JOINTS.contains(&word.as_str()) {
                    group.joint();
                } else if WORDS.contains(&word.as_str()) {
                    group.operator();
                }
            }
            _ => {}
        }
        let depth = groups.last().map_or(0, Group::depth);
        if groups.len().saturating_add(depth) > DEEPEST {
            return Some(at);
        }
    }
    None
}

type Chars<'a> = std::iter::Peekable<std::str::CharIndices<'a>>;

fn skip_string(rest: &mut Chars<'_>) {
    while let Some((_, c)) = rest.next() {
        match c {
            '\\' => drop(rest.next()),
            '"' => return,
            _ => {}
        }
    }
}

/// The word that starts with `first`; of a long one only as much as tells it from those we know.
fn word(first: char, rest: &mut Chars<'_>) -> String {
    let mut word = String::from(first);
    while let Some((_, c)) = rest.next_if(|(_, c)| c.is_alphanumeric() || *c == '_') {
        if word.len() < 8 {
            word.push(c);
        }
    }
    word
}

/// What stands between a pair of brackets so far, since the last comma or semicolon.
#[derive(Default)]
struct Group {
    joints: usize,
    /// Other operators since the last joint, and the most between two joints before.
    operators: usize,
    most_operators: usize,
    /// The deepest pair of brackets.
    inner: usize,
    /// The deepest of what ended with a comma.
    ended: usize,
}

impl Group {
    fn depth(&self) -> usize {
        let operators = self.operators.max(self.most_operators);
        self.ended.max(self.joints.saturating_add(operators).saturating_add(self.inner))
    }

    fn operator(&mut self) {
        self.operators = self.operators.saturating_add(1);
    }

    fn joint(&mut self) {
        self.joints = self.joints.saturating_add(1);
        self.most_operators = self.most_operators.max(self.operators);
        self.operators = 0;
    }

    fn end_of_item(&mut self) {
        *self = Self { ended: self.depth(), ..Self::default() };
    }
}
