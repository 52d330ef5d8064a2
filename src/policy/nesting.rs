//! How deep the expressions of a policy file can nest, told before Cedar parses it.
//!
//! Cedar's parser, validator and evaluator recurse: a condition nested a thousand deep ends the
//! process. The bound here needs no recursion and is never too low: within one pair of brackets
//! every operator can be one level, and each bracket is one more.

/// The deepest nesting that is accepted. The deepest policies of every kind are parsed, validated
/// and evaluated on a stack of 2 MiB in the tests.
pub(super) const DEEPEST: usize = 64;

/// Words that make an expression deeper.
const WORDS: [&str; 8] = ["in", "has", "like", "is", "if", "when", "unless", "else"];

/// Where the expressions of a file nest deeper than [`DEEPEST`]: the byte at which they do.
pub(super) fn too_deep(text: &str) -> Option<usize> {
    let mut groups = vec![Group::default()];
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        match c {
            '"' => {
                while let Some((_, c)) = rest.next() {
                    match c {
                        '\\' => drop(rest.next()),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            '/' if rest.peek().is_some_and(|(_, next)| *next == '/') => {
                while rest.next_if(|(_, c)| *c != '\n').is_some() {}
            }
            '(' | '[' | '{' => groups.push(Group::default()),
            ')' | ']' | '}' => {
                let inner = groups.pop().unwrap_or_default().depth().saturating_add(1);
                match groups.last_mut() {
                    Some(outer) => outer.deepest = outer.deepest.max(inner),
                    None => groups.push(Group::default()),
                }
            }
            ',' | ';' => {
                if let Some(group) = groups.last_mut() {
                    group.end_of_segment(c == ';');
                }
            }
            c if c.is_alphanumeric() || c == '_' => {
                let mut word = String::from(c);
                while let Some((_, c)) = rest.next_if(|(_, c)| c.is_alphanumeric() || *c == '_') {
                    if word.len() < 8 {
                        word.push(c);
                    }
                }
                if WORDS.contains(&word.as_str()) {
                    count(&mut groups);
                }
            }
            '!' | '-' | '+' | '*' | '.' | '<' | '>' | '=' | '&' | '|' => {
                count(&mut groups);
                // The second character of `&&`, `==` and the like.
                if matches!(c, '<' | '>' | '=' | '&' | '|' | '!') {
                    let _second = rest.next_if(|(_, next)| matches!(next, '=' | '&' | '|'));
                }
            }
            _ => {}
        }
        let open = groups.len();
        let depth = groups.last().map_or(0, Group::depth);
        if open.saturating_add(depth) > DEEPEST {
            return Some(at);
        }
    }
    None
}

fn count(groups: &mut [Group]) {
    if let Some(group) = groups.last_mut() {
        group.operators = group.operators.saturating_add(1);
    }
}

/// What stands between a pair of brackets so far.
#[derive(Default)]
struct Group {
    /// Operators since the last comma or semicolon.
    operators: usize,
    /// The deepest bracket since the last comma or semicolon.
    deepest: usize,
    /// The deepest of what ended with a comma.
    ended: usize,
}

impl Group {
    fn depth(&self) -> usize {
        self.ended.max(self.operators.saturating_add(self.deepest))
    }

    fn end_of_segment(&mut self, of_policy: bool) {
        let ended = if of_policy { 0 } else { self.depth() };
        *self = Self { ended, ..Self::default() };
    }
}
