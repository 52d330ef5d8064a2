//! From what the tables say to what is sent.

use serde_json::{Value, json};

use super::Front;
use super::table::Part;

impl Front {
    /// The path of an address of the product's.
    pub(super) fn path(&self, url: &str) -> String {
        let url = self.filled(url);
        let path = url.strip_prefix(&format!("http://{}", self.product.address));
        path.map_or_else(|| url.clone(), str::to_owned)
    }

    /// A text of the tables, as their README says what stands for what.
    pub(super) fn filled(&self, text: &str) -> String {
        let mut text = text.replace("\"~/", "\"/services/data/v68.0/");
        for (mark, stands_for) in [('␣', " "), ('␉', "\t"), ('␊', "\n"), ('␍', "\r")] {
            text = text.replace(mark, stands_for);
        }
        // The longer names first, as one may begin like another.
        let mut names: Vec<_> = self.names.iter().collect();
        names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        for (name, value) in names {
            text = text.replace(&format!("${name}"), value);
        }
        text
    }

    fn url(&self, url: &str) -> String {
        let url = self.filled(url);
        url.strip_prefix('~').map_or(url.clone(), |rest| format!("/services/data/v68.0{rest}"))
    }

    /// The request itself, for `explain`.
    pub(super) fn request(&self, part: &Part<'_>, body_name: &str) -> String {
        let (method, url) = (self.filled(part.method), self.url(part.url));
        let mut request = format!("{{\"method\":{},\"url\":{}", json!(method), json!(url));
        if let Some(body) = part.body {
            request.push_str(&format!(",\"{body_name}\":{}", self.filled(body)));
        }
        request + "}"
    }

    /// The call of an envelope; bodies stay as they are written.
    pub(super) fn envelope(&self, envelope: &str, parts: &[Part<'_>]) -> (&'static str, String) {
        let referred = |part: &Part<'_>| {
            let request = self.request(part, "body");
            let open = request.strip_suffix('}').unwrap();
            format!("{open},\"referenceId\":{}}}", json!(part.reference))
        };
        let several = |one: &dyn Fn(&Part<'_>) -> String| -> String {
            parts.iter().map(one).collect::<Vec<_>>().join(",")
        };
        match envelope {
            "composite" => {
                let parts = several(&referred);
                ("executeComposite", format!("{{\"compositeRequest\":[{parts}]}}"))
            }
            "batch" => {
                let parts = several(&|part| self.request(part, "richInput"));
                ("executeBatch", format!("{{\"batchRequests\":[{parts}]}}"))
            }
            "graph" => {
                let parts = several(&referred);
                let graph = format!("{{\"graphId\":\"g\",\"compositeRequest\":[{parts}]}}");
                ("executeCompositeGraph", format!("{{\"graphs\":[{graph}]}}"))
            }
            // Only a batch takes the org's own resources.
            "alone"
                if ["/limits", "/search"].iter().any(|of_org| parts[0].url.contains(of_org)) =>
            {
                self.envelope("batch", parts)
            }
            "alone" => self.envelope("composite", parts),
            other => panic!("`{other}` is no envelope"),
        }
    }
}

/// What the org says of a saved report: plain metadata with what `report` lays over it, and what is
/// behind its columns.
pub(super) fn saved(answer: &str) -> Option<String> {
    let mut parts = serde_json::Deserializer::from_str(answer.strip_prefix("report ")?).into_iter();
    let mut next = || parts.next().transpose().unwrap();
    let over: serde_json::Map<String, Value> = next().map(serde_json::from_value).unwrap().unwrap();
    let behind: Value = next().unwrap_or_else(|| json!({}));
    let mut metadata = json!({
        "name": "Saved", "reportFormat": "TABULAR", "reportType": { "type": "ContactList" },
        "detailColumns": ["FIRST_NAME"], "aggregates": ["RowCount"], "groupingsDown": [],
        "reportFilters": [], "sortBy": [],
    });
    for (name, value) in over {
        metadata[name] = value;
    }
    let described = json!({ "reportMetadata": metadata, "reportExtendedMetadata": behind });
    Some(described.to_string())
}
