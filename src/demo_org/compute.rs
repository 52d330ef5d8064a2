//! What the org computes: full names, addresses, formulas, roll-ups and the fields that follow
//! from a stage or a status.

use super::catalog::ObjectDef;
use super::json::Json;
use super::store::{Record, Store};
use super::value::{Value, float, whole};

/// The stages with their probability in percent and their forecast category.
pub(super) const STAGES: [(&str, f64, &str); 10] = [
    ("Prospecting", 10.0, "Pipeline"),
    ("Qualification", 10.0, "Pipeline"),
    ("Needs Analysis", 20.0, "Pipeline"),
    ("Value Proposition", 50.0, "Pipeline"),
    ("Id. Decision Makers", 60.0, "Pipeline"),
    ("Perception Analysis", 70.0, "Pipeline"),
    ("Proposal/Price Quote", 75.0, "BestCase"),
    ("Negotiation/Review", 90.0, "Forecast"),
    ("Closed Won", 100.0, "Closed"),
    ("Closed Lost", 0.0, "Omitted"),
];

/// The value of a field as a reader sees it.
pub(super) fn value(store: &Store, object: &ObjectDef, record: &Record, index: usize) -> Value {
    let Some(field) = object.fields.get(index) else { return Value::Null };
    let one = Row { store, object, record };
    match (object.name.as_str(), field.name.as_str()) {
        (_, "IsDeleted") => Value::Bool(record.deleted),
        ("Contact" | "Lead" | "User", "Name") => one.full_name(),
        (_, name) if name.ends_with("Address") => one.address(name.trim_end_matches("Address")),
        ("Contact", "SSN_Last4__c") => one.last_four("SSN__c"),
        ("Account", "Total_Won_Amount__c") => one.total_won(),
        ("Opportunity", name) => one.opportunity(name, index),
        ("Case", "IsClosed") => Value::Bool(one.text("Status").as_deref() == Some("Closed")),
        ("Case", "ContactPhone") => one.parent("ContactId", "Phone"),
        ("Case", "ContactEmail") => one.parent("ContactId", "Email"),
        ("Task", "IsClosed") => Value::Bool(one.text("Status").as_deref() == Some("Completed")),
        ("Task", "IsHighPriority") => Value::Bool(one.text("Priority").as_deref() == Some("High")),
        ("Task", "AccountId") => one.task_account(),
        _stored => record.stored(index).clone(),
    }
}

struct Row<'a> {
    store: &'a Store,
    object: &'a ObjectDef,
    record: &'a Record,
}

impl Row<'_> {
    fn stored(&self, name: &str) -> &Value {
        self.object.field(name).map_or(&Value::Null, |(index, _)| self.record.stored(index))
    }

    fn text(&self, name: &str) -> Option<String> {
        self.stored(name).as_text().map(str::to_owned)
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.stored(name).as_number()
    }

    fn full_name(&self) -> Value {
        let parts: Vec<String> =
            [self.text("FirstName"), self.text("LastName")].into_iter().flatten().collect();
        Value::text(&parts.join(" "))
    }

    /// `RIGHT(field, 4)`.
    fn last_four(&self, name: &str) -> Value {
        let Some(text) = self.text(name) else { return Value::Null };
        let from = text.chars().count().saturating_sub(4);
        Value::text(&text.chars().skip(from).collect::<String>())
    }

    /// The field of a parent.
    fn parent(&self, lookup: &str, name: &str) -> Value {
        let target = self.text(lookup).and_then(|id| self.store.target(&id));
        let field = target.and_then(|(object, record)| {
            object.field(name).map(|(index, _)| record.stored(index).clone())
        });
        field.unwrap_or(Value::Null)
    }

    fn task_account(&self) -> Value {
        let Some(what) = self.text("WhatId") else { return self.parent("WhoId", "AccountId") };
        match self.store.target(&what) {
            Some((object, record)) if object.name == "Account" => {
                Value::Text(record.id.as_str().to_owned())
            }
            Some(_) => self.parent("WhatId", "AccountId"),
            None => Value::Null,
        }
    }

    /// An address from its parts; null when all of them are empty.
    fn address(&self, prefix: &str) -> Value {
        let parts = [
            ("city", "City"),
            ("country", "Country"),
            ("geocodeAccuracy", "GeocodeAccuracy"),
            ("latitude", "Latitude"),
            ("longitude", "Longitude"),
            ("postalCode", "PostalCode"),
            ("state", "State"),
            ("street", "Street"),
        ];
        let members: Vec<(String, Json)> = parts
            .into_iter()
            .map(|(key, part)| (key.to_owned(), self.stored(&format!("{prefix}{part}")).json()))
            .collect();
        if members.iter().all(|(_, value)| *value == Json::Null) {
            Value::Null
        } else {
            Value::Compound(Json::Object(members))
        }
    }

    /// The sum of the account's won opportunities.
    fn total_won(&self) -> Value {
        let Some(opportunities) = self.store.catalog().object("Opportunity") else {
            return Value::Null;
        };
        let own = self.record.id.as_str();
        let won = self
            .store
            .records(opportunities)
            .iter()
            .filter(|record| !record.deleted)
            .map(|record| Row { store: self.store, object: opportunities, record })
            .filter(|row| row.stored("AccountId").as_text() == Some(own))
            .filter(|row| row.text("StageName").as_deref() == Some("Closed Won"))
            .filter_map(|row| row.number("Amount"));
        Value::Number(won.fold(0.0, |sum, amount| sum + amount))
    }

    fn opportunity(&self, name: &str, index: usize) -> Value {
        let stage = self.text("StageName");
        let close = self.stored("CloseDate").as_date();
        let quarter = |month: i8| i64::from(month).saturating_add(2).checked_div(3);
        match name {
            "IsClosed" => {
                Value::Bool(matches!(stage.as_deref(), Some("Closed Won" | "Closed Lost")))
            }
            "IsWon" => Value::Bool(stage.as_deref() == Some("Closed Won")),
            "ForecastCategory" => {
                let known = STAGES.iter().find(|(name, _, _)| Some(*name) == stage.as_deref());
                Value::text(known.map_or("Pipeline", |(_, _, category)| category))
            }
            "ExpectedRevenue" => match (self.number("Amount"), self.number("Probability")) {
                (Some(amount), Some(percent)) => Value::Number(cents(amount * percent / 100.0)),
                (None, _) | (_, None) => Value::Null,
            },
            // The formula as its text reads, the percentage taken as the number that is shown.
            "Commission__c" => match (self.number("Amount"), self.number("Margin__c")) {
                (Some(amount), Some(margin)) => Value::Number(cents(amount * margin / 100.0 * 0.1)),
                (None, _) | (_, None) => Value::Null,
            },
            "FiscalQuarter" => {
                close.and_then(|d| quarter(d.month())).map_or(Value::Null, Value::Int)
            }
            "FiscalYear" => close.map_or(Value::Null, |d| Value::Int(d.year().into())),
            "Fiscal" => close.map_or(Value::Null, |d| {
                let quarter = quarter(d.month()).unwrap_or_default();
                Value::Text(format!("{} {quarter}", d.year()))
            }),
            _stored => self.record.stored(index).clone(),
        }
    }
}

/// Rounded to cents.
fn cents(amount: f64) -> f64 {
    float(whole(amount * 100.0)) / 100.0
}
