//! Result sets that are read page by page, kept under a locator until newer ones need the room.

use std::collections::VecDeque;

use super::answer::Refusal;
use super::json::Json;
use super::store::new_id;

/// Most rows kept for further pages, of all result sets.
const MOST_ROWS: usize = 20_000;
/// Most result sets kept.
const MOST_SETS: usize = 64;

/// The result sets.
#[derive(Debug, Default)]
pub(super) struct Pages {
    made: usize,
    sets: VecDeque<ResultSet>,
}

#[derive(Debug)]
struct ResultSet {
    locator: String,
    rows: Vec<Json>,
    batch: usize,
}

impl Pages {
    /// The first page of rows; keeps them where there are more.
    pub(super) fn first(&mut self, rows: Vec<Json>, batch: usize, version: &str) -> Json {
        if rows.len() <= batch {
            return page(rows.len(), rows, None);
        }
        let locator = new_id("01g", self.made).map_or_else(String::new, |id| id.to_string());
        self.made = self.made.saturating_add(1);
        let set = ResultSet { locator, rows, batch };
        let first = set.page(0, version);
        self.sets.push_back(set);
        while self.sets.len() > MOST_SETS || (self.sets.len() > 1 && self.rows() > MOST_ROWS) {
            self.sets.pop_front();
        }
        first
    }

    /// The page that a locator of the form `01g…-2000` names.
    pub(super) fn next(&self, locator: &str, version: &str) -> Result<Json, Refusal> {
        let invalid = || Refusal::new(400, "INVALID_QUERY_LOCATOR", "invalid query locator");
        let (id, from) = locator.rsplit_once('-').ok_or_else(invalid)?;
        let from: usize = from.parse().map_err(|_not_a_number| invalid())?;
        let set = self.sets.iter().find(|set| set.locator == id).ok_or_else(invalid)?;
        if from >= set.rows.len() {
            return Err(invalid());
        }
        Ok(set.page(from, version))
    }

    fn rows(&self) -> usize {
        self.sets.iter().map(|set| set.rows.len()).sum()
    }
}

impl ResultSet {
    fn page(&self, from: usize, version: &str) -> Json {
        let end = from.saturating_add(self.batch);
        let rows = self.rows.iter().skip(from).take(self.batch).cloned().collect();
        let next = (end < self.rows.len())
            .then(|| format!("/services/data/v{version}/query/{}-{end}", self.locator));
        page(self.rows.len(), rows, next)
    }
}

fn page(total: usize, rows: Vec<Json>, next: Option<String>) -> Json {
    let mut members = vec![
        ("totalSize".to_owned(), Json::from(total)),
        ("done".to_owned(), Json::Bool(next.is_none())),
    ];
    if let Some(next) = next {
        members.push(("nextRecordsUrl".to_owned(), Json::Text(next)));
    }
    members.push(("records".to_owned(), Json::List(rows)));
    Json::Object(members)
}
