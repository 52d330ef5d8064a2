//! The words of SOQL: which exist, which may still be names, and the closed list of date literals.

/// A word as one number, its letters in upper case, so that it is compared with all keywords at
/// once; `None` where it is longer than any of them.
const fn number(mut word: &[u8]) -> Option<u128> {
    if word.len() > size_of::<u128>() {
        return None;
    }
    let mut number: u128 = 0;
    while let Some((first, rest)) = word.split_first() {
        #[expect(clippy::as_conversions, reason = "`u128::from` is not yet a `const fn`")]
        let byte = first.to_ascii_uppercase() as u128;
        number = (number << 8) | byte;
        word = rest;
    }
    Some(number)
}

/// Declares the keywords once: variant, spelling, and whether the word is reserved.
macro_rules! keywords {
    ($($variant:ident $text:literal $reserved:ident,)*) => {
        /// A word that the grammar gives a meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Keyword { $($variant,)* }

        impl Keyword {
            /// All of them.
            #[cfg(test)]
            pub(super) const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The word in upper case.
            pub(super) fn text(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// Whether the word can never be the name of a field or an object.
            pub(super) fn is_reserved(self) -> bool {
                match self { $(Self::$variant => keywords!(@ $reserved),)* }
            }

            /// The keyword of that spelling, compared without case.
            pub(super) fn named(word: &str) -> Option<Self> {
                let word = number(word.as_bytes())?;
                $(if Some(word) == const { number($text.as_bytes()) } {
                    return Some(Self::$variant);
                })*
                None
            }
        }
    };
    (@ reserved) => { true };
    (@ name) => { false };
}

keywords! {
    Select "SELECT" reserved,
    From "FROM" reserved,
    Where "WHERE" reserved,
    Group "GROUP" name,
    By "BY" reserved,
    Rollup "ROLLUP" reserved,
    Cube "CUBE" reserved,
    Having "HAVING" reserved,
    Order "ORDER" name,
    Asc "ASC" reserved,
    Desc "DESC" reserved,
    Nulls "NULLS" reserved,
    First "FIRST" reserved,
    Last "LAST" reserved,
    Limit "LIMIT" reserved,
    Offset "OFFSET" name,
    And "AND" reserved,
    Or "OR" reserved,
    Not "NOT" reserved,
    In "IN" reserved,
    Like "LIKE" reserved,
    Includes "INCLUDES" reserved,
    Excludes "EXCLUDES" reserved,
    Null "NULL" reserved,
    True "TRUE" reserved,
    False "FALSE" reserved,
    As "AS" reserved,
    Using "USING" reserved,
    Scope "SCOPE" name,
    Lookup "LOOKUP" reserved,
    Bind "BIND" reserved,
    With "WITH" reserved,
    Data "DATA" name,
    Category "CATEGORY" name,
    At "AT" name,
    Above "ABOVE" name,
    Below "BELOW" name,
    AboveOrBelow "ABOVE_OR_BELOW" name,
    For "FOR" reserved,
    View "VIEW" name,
    Reference "REFERENCE" name,
    Update "UPDATE" reserved,
    Tracking "TRACKING" name,
    Viewstat "VIEWSTAT" name,
    All "ALL" name,
    Rows "ROWS" name,
    Set "SET" name,
    Options "OPTIONS" name,
    Typeof "TYPEOF" name,
    When "WHEN" name,
    Then "THEN" name,
    Else "ELSE" reserved,
    End "END" name,
    Fields "FIELDS" name,
    Formula "FORMULA" name,
    Distance "DISTANCE" name,
    Geolocation "GEOLOCATION" name,
    Case "CASE" name,
    Count "COUNT" name,
    Flat "FLAT" name,
    Hierarchical "HIERARCHICAL" name,
}

impl Keyword {
    /// Whether the word may be an alias. Nearly none may: a reader that doesn't know a newer
    /// clause would take its first word for an alias and miss the clause.
    pub(super) fn may_be_alias(self) -> bool {
        self == Self::Count
    }
}

/// The date literals without a count, in Salesforce's spelling.
pub(super) const DATE_RANGES: [&str; 23] = [
    "YESTERDAY",
    "TODAY",
    "TOMORROW",
    "LAST_WEEK",
    "THIS_WEEK",
    "NEXT_WEEK",
    "LAST_MONTH",
    "THIS_MONTH",
    "NEXT_MONTH",
    "LAST_90_DAYS",
    "NEXT_90_DAYS",
    "LAST_QUARTER",
    "THIS_QUARTER",
    "NEXT_QUARTER",
    "LAST_YEAR",
    "THIS_YEAR",
    "NEXT_YEAR",
    "LAST_FISCAL_QUARTER",
    "THIS_FISCAL_QUARTER",
    "NEXT_FISCAL_QUARTER",
    "LAST_FISCAL_YEAR",
    "THIS_FISCAL_YEAR",
    "NEXT_FISCAL_YEAR",
];

/// The date literals that are followed by `:n`.
pub(super) const COUNTED_DATE_RANGES: [&str; 21] = [
    "LAST_N_DAYS",
    "NEXT_N_DAYS",
    "N_DAYS_AGO",
    "LAST_N_WEEKS",
    "NEXT_N_WEEKS",
    "N_WEEKS_AGO",
    "LAST_N_MONTHS",
    "NEXT_N_MONTHS",
    "N_MONTHS_AGO",
    "LAST_N_QUARTERS",
    "NEXT_N_QUARTERS",
    "N_QUARTERS_AGO",
    "LAST_N_YEARS",
    "NEXT_N_YEARS",
    "N_YEARS_AGO",
    "LAST_N_FISCAL_QUARTERS",
    "NEXT_N_FISCAL_QUARTERS",
    "N_FISCAL_QUARTERS_AGO",
    "LAST_N_FISCAL_YEARS",
    "NEXT_N_FISCAL_YEARS",
    "N_FISCAL_YEARS_AGO",
];

/// The date literal of that name, compared without case, and whether it takes a count.
pub(super) fn date_range(word: &str) -> Option<(&'static str, bool)> {
    let find = |list: &[&'static str]| list.iter().copied().find(|n| n.eq_ignore_ascii_case(word));
    find(&DATE_RANGES)
        .map(|name| (name, false))
        .or_else(|| find(&COUNTED_DATE_RANGES).map(|name| (name, true)))
}

/// The candidate that `word` most likely meant: at most two edits away, and fewer than half of
/// its letters.
pub(super) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    if !(3..=24).contains(&word.len()) {
        return None;
    }
    let word = word.to_ascii_uppercase();
    candidates
        .into_iter()
        .map(|candidate| (edits(&word, &candidate.to_ascii_uppercase()), candidate))
        .filter(|(edits, _)| (1..=2).contains(edits) && edits.saturating_mul(2) < word.len())
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance, a row at a time. Both words are short.
fn edits(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = i;
        let mut left = i.saturating_add(1);
        for (cell, y) in row.iter_mut().skip(1).zip(b.bytes()) {
            let up = *cell;
            let replaced = diagonal.saturating_add(usize::from(x != y));
            left = replaced.min(up.saturating_add(1)).min(left.saturating_add(1));
            diagonal = up;
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i.saturating_add(1);
        }
    }
    row.last().copied().unwrap_or(0)
}
