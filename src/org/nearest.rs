//! The name that a misspelt one was probably meant to be.

/// The candidate with the fewest edits from `name` (case does not count), if there is one within a
/// third of its length. Ties go to the first.
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = nearest_first(name, candidates.map(|candidate| (candidate, ())));
    near.into_iter().next().map(|(candidate, ())| candidate)
}

/// The candidates within a third of the length of `name`, those with the fewest edits first, each
/// with what it came with.
pub fn nearest_first<'a, T>(
    name: &str,
    candidates: impl Iterator<Item = (&'a str, T)>,
) -> Vec<(&'a str, T)> {
    let wanted: Vec<u8> = name.bytes().take(64).map(|b| b.to_ascii_lowercase()).collect();
    let most = wanted.len().div_ceil(3);
    let mut near: Vec<_> = candidates
        .filter(|(candidate, _)| candidate.len().abs_diff(wanted.len()) <= most)
        .map(|(candidate, with)| (distance(&wanted, candidate), (candidate, with)))
        .filter(|(edits, _)| *edits <= most)
        .collect();
    near.sort_by_key(|(edits, _)| *edits);
    near.into_iter().map(|(_, candidate)| candidate).collect()
}

/// Levenshtein's distance, one row at a time.
fn distance(wanted: &[u8], candidate: &str) -> usize {
    let mut row: Vec<usize> = (0..=wanted.len()).collect();
    for (i, byte) in candidate.bytes().map(|b| b.to_ascii_lowercase()).enumerate() {
        let mut diagonal = i;
        let mut left = i.saturating_add(1);
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, other) in row.iter_mut().skip(1).zip(wanted) {
            let substituted = diagonal.saturating_add(usize::from(*other != byte));
            diagonal = *cell;
            left = substituted.min(left.saturating_add(1)).min(diagonal.saturating_add(1));
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
}
