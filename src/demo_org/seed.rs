//! The demo org's records: invented people and companies, the same at every start.
//!
//! Dates lie around the clock that is passed in; nothing else depends on it. Social security
//! numbers are of the form 9xx-00, which is never given out, telephone numbers of the 555-01xx
//! range, and addresses of mail end in the domains reserved for examples.

use std::sync::Arc;

use jiff::{SignedDuration, Span, Timestamp};

use super::catalog::Catalog;
use super::compute::STAGES;
use super::store::{Full, Store};
use super::value::{Value, float, utc};
use crate::salesforce::RecordId;

const FIRST: [&str; 32] = [
    "Adela", "Bastian", "Corin", "Delphine", "Edda", "Farid", "Greta", "Hanno", "Ilse", "Jorik",
    "Kamala", "Leander", "Mirela", "Nandor", "Odile", "Piers", "Quilla", "Rasmus", "Sunniva",
    "Tamsin", "Ulrik", "Vesna", "Wanda", "Xenia", "Yusra", "Zeno", "Amrit", "Bronwen", "Chike",
    "Dariya", "Esben", "Fumiko",
];
const LAST: [&str; 32] = [
    "Abernorth",
    "Brackwater",
    "Cindervale",
    "Dunmarrow",
    "Elderfen",
    "Foxglade",
    "Grimsholt",
    "Harrowmere",
    "Inkpen",
    "Juniperson",
    "Kestrelby",
    "Larkspire",
    "Mossgrave",
    "Nettlecombe",
    "Oakhaven",
    "Pellworth",
    "Quillfeather",
    "Ravensby",
    "Silverthwaite",
    "Thistlewick",
    "Underhale",
    "Vantongeren",
    "Windlesham",
    "Yarrowby",
    "Zellenberg",
    "Ashgrove",
    "Birchall",
    "Copperfield",
    "Drakensund",
    "Emberly",
    "Fennimore",
    "O'Hollow",
];
const COMPANY: [&str; 24] = [
    "Northwind Ledger",
    "Bluefin Optics",
    "Cobalt Harbour",
    "Driftwood Energy",
    "Everfield Foods",
    "Falconer Logistics",
    "Granite Peak",
    "Hollow Oak",
    "Ironbridge Tools",
    "Juniper Analytics",
    "Kingfisher Labs",
    "Lumen Textiles",
    "Mariner Freight",
    "Nimbus Health",
    "Orchard Robotics",
    "Pinecrest Bank",
    "Quarry Materials",
    "Riverstone Media",
    "Saltmarsh Biotech",
    "Tidewater Retail",
    "Umber Ceramics",
    "Vellum Press",
    "Westerly Air",
    "Yellowwood Homes",
];
const SUFFIX: [&str; 4] = ["Ltd", "Inc", "GmbH", "Group"];
const PLACE: [(&str, &str, &str, &str); 8] = [
    ("Zurich", "ZH", "8001", "Switzerland"),
    ("Bristol", "Avon", "BS1 4ST", "United Kingdom"),
    ("Portland", "OR", "97201", "United States"),
    ("Austin", "TX", "78701", "United States"),
    ("Lyon", "Rhone", "69002", "France"),
    ("Leipzig", "Sachsen", "04109", "Germany"),
    ("Osaka", "Osaka", "530-0001", "Japan"),
    ("Bergen", "Vestland", "5003", "Norway"),
];
const TITLE: [&str; 8] = [
    "Chief Executive",
    "Head of Finance",
    "Buyer",
    "IT Director",
    "Engineer",
    "Legal Counsel",
    "Operations Lead",
    "Analyst",
];
const SUBJECT: [&str; 6] = [
    "Machine stops after update",
    "Invoice shows the wrong address",
    "Cannot sign in",
    "Delivery is late",
    "Question about warranty",
    "Export is 100% empty",
];

/// The records of a new org.
pub(super) fn store(now: Timestamp) -> Store {
    let mut seeder =
        Seeder { store: Store::new(Catalog::new()), random: 0x5eed_f1e1_d9a7_e000, now };
    // The tables hold far more than is put there, so this can't fail; if it did, the org would
    // hold what fitted.
    let _full: Result<(), Full> = seeder.fill();
    seeder.store
}

struct Seeder {
    store: Store,
    random: u64,
    now: Timestamp,
}

type Row = Vec<(&'static str, Value)>;

fn text(text: impl Into<String>) -> Value {
    Value::Text(text.into())
}

fn reference(id: &RecordId) -> Value {
    text(id.as_str())
}

impl Seeder {
    fn fill(&mut self) -> Result<(), Full> {
        let users = self.users()?;
        let queues = self.groups(&users)?;
        let campaigns = self.campaigns(&users)?;
        let accounts = self.accounts(&users)?;
        let contacts = self.contacts(&users, &accounts)?;
        let leads = self.leads(&users, &queues)?;
        let opportunities = self.opportunities(&users, &accounts, &campaigns)?;
        let cases = self.cases(&users, &queues, &accounts, &contacts)?;
        self.tasks(&users, [&contacts, &leads], [&accounts, &campaigns, &cases, &opportunities])?;
        self.reports(&users)
    }

    /// Splitmix64: small, and the same everywhere.
    fn next(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ z.wrapping_shr(30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z.wrapping_shr(27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z.wrapping_shr(31)
    }

    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).unwrap_or(1);
        usize::try_from(self.next().checked_rem(bound).unwrap_or_default()).unwrap_or_default()
    }

    fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = usize::try_from(high.saturating_sub(low)).unwrap_or_default();
        low.saturating_add(i64::try_from(self.below(width)).unwrap_or_default())
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        let place = self.below(from.len());
        from.get(place).cloned()
    }

    fn word(&mut self, from: &[&str]) -> Value {
        self.pick(from).map_or(Value::Null, text)
    }

    fn one_of(&mut self, ids: &[RecordId]) -> Value {
        self.pick(ids).map_or(Value::Null, |id| reference(&id))
    }

    /// One of a picklist's values.
    fn choice(&mut self, object: &str, field: &str) -> Value {
        let field = self.store.catalog().object(object).and_then(|o| o.field(field));
        let values = field.map(|(_, field)| field.values.clone());
        values.and_then(|values| self.pick(&values)).map_or(Value::Null, text)
    }

    /// A day so many days from now.
    fn day(&self, days: i64) -> Value {
        let today = utc(self.now).date();
        Span::new()
            .try_days(days)
            .and_then(|span| today.checked_add(span))
            .map_or(Value::Null, Value::Date)
    }

    /// A time in the past, to the second.
    fn past(&self, seconds: i64) -> Value {
        let time = self.now.checked_sub(SignedDuration::from_secs(seconds));
        time.map_or(Value::Null, Value::DateTime)
    }

    fn phone(&mut self) -> Value {
        text(format!("+1 555 01{:02}", self.below(100)))
    }

    fn money(&mut self, low: i64, high: i64) -> Value {
        Value::Number(float(self.between(low, high).saturating_mul(100)))
    }

    fn address(&mut self, parts: [&'static str; 5]) -> Row {
        let number = self.between(1, 200);
        let (city, state, code, country) = self.pick(&PLACE).unwrap_or_default();
        let [p_street, p_city, p_state, p_code, p_country] = parts;
        vec![
            (p_street, text(format!("{number} Mill Lane"))),
            (p_city, text(city)),
            (p_state, text(state)),
            (p_code, text(code)),
            (p_country, text(country)),
        ]
    }

    /// Puts a record in, with its system fields and the defaults of what isn't given.
    fn put(&mut self, object: &str, row: &Row) -> Result<RecordId, Full> {
        let object = Arc::clone(self.store.catalog().object(object).ok_or(Full)?);
        let age = self.between(86_400, 400 * 86_400);
        let touched = self.between(3_600, age);
        let admin = super::store::new_id("005", 0).map_or(Value::Null, |id| reference(&id));
        let mut values: Vec<(usize, Value)> = Vec::new();
        for (index, field) in object.fields.iter().enumerate() {
            let given = row.iter().find(|(name, _)| *name == field.name).map(|(_, v)| v.clone());
            let value = match field.name.as_str() {
                "CreatedDate" => self.past(age),
                "LastModifiedDate" | "SystemModstamp" => self.past(touched),
                "CreatedById" | "LastModifiedById" => admin.clone(),
                "Id" => continue,
                _other => given.unwrap_or_else(|| super::records::default(field)),
            };
            values.push((index, value));
        }
        self.store.insert(&object, values)
    }

    fn users(&mut self) -> Result<Vec<RecordId>, Full> {
        let mut users = Vec::new();
        for (n, (first, last)) in FIRST.iter().zip(LAST.iter().rev()).take(12).enumerate() {
            let mut row = vec![
                ("Username", text(format!("{first}.{last}@demo.example").replace('\'', ""))),
                ("FirstName", text(*first)),
                ("LastName", text(*last)),
                ("Email", text(format!("{first}.{last}@demo.example").replace('\'', ""))),
                (
                    "Alias",
                    text(last.to_lowercase().replace('\'', "").chars().take(5).collect::<String>()),
                ),
                ("CompanyName", text("Fieldgate Demo")),
                ("Department", self.word(&["Sales", "Service", "Finance"])),
                ("Title", self.word(&TITLE)),
                ("IsActive", Value::Bool(n != 11)),
                ("ManagerId", users.first().map_or(Value::Null, reference)),
                ("EmployeeNumber", text(format!("E{n:04}"))),
                ("LastLoginDate", self.past(7_200)),
                ("Phone", self.phone()),
                ("Cost_Rate__c", self.money(1, 4)),
            ];
            row.extend(self.address(["Street", "City", "State", "PostalCode", "Country"]));
            users.push(self.put("User", &row)?);
        }
        Ok(users)
    }

    fn groups(&mut self, users: &[RecordId]) -> Result<Vec<RecordId>, Full> {
        let names = [
            ("Tier 1 Support", "Queue"),
            ("Tier 2 Support", "Queue"),
            ("Inbound Leads", "Queue"),
            ("All Staff", "Regular"),
        ];
        let mut queues = Vec::new();
        for (name, kind) in names {
            let row = vec![
                ("Name", text(name)),
                ("DeveloperName", text(name.replace(' ', "_"))),
                ("Type", text(kind)),
                ("OwnerId", users.first().map_or(Value::Null, reference)),
            ];
            let id = self.put("Group", &row)?;
            if kind == "Queue" {
                queues.push(id);
            }
        }
        Ok(queues)
    }

    fn campaigns(&mut self, users: &[RecordId]) -> Result<Vec<RecordId>, Full> {
        let mut campaigns = Vec::new();
        for (n, season) in
            ["Spring Fair", "Summer Webinar", "Autumn Mailing", "Winter Summit"].iter().enumerate()
        {
            for (m, region) in ["North", "South"].iter().enumerate() {
                let start = self.between(-300, 60);
                let row = vec![
                    ("Name", text(format!("{season} {region}"))),
                    (
                        "ParentId",
                        if m == 0 {
                            Value::Null
                        } else {
                            campaigns.last().map_or(Value::Null, reference)
                        },
                    ),
                    ("Type", self.choice("Campaign", "Type")),
                    ("Status", self.choice("Campaign", "Status")),
                    ("StartDate", self.day(start)),
                    ("EndDate", self.day(start.saturating_add(30))),
                    ("ExpectedRevenue", self.money(100, 2_000)),
                    ("BudgetedCost", self.money(20, 200)),
                    ("IsActive", Value::Bool(n % 2 == 0)),
                    ("NumberSent", Value::Number(float(self.between(100, 5_000)))),
                    ("OwnerId", self.one_of(users)),
                ];
                campaigns.push(self.put("Campaign", &row)?);
            }
        }
        Ok(campaigns)
    }

    fn accounts(&mut self, users: &[RecordId]) -> Result<Vec<RecordId>, Full> {
        let mut accounts: Vec<RecordId> = Vec::new();
        let names = COMPANY.iter().flat_map(|name| SUFFIX.iter().map(move |s| (name, s)));
        for (n, (name, suffix)) in names.take(60).enumerate() {
            let parent = if n % 4 == 0 {
                Value::Null
            } else {
                accounts.get(n.saturating_sub(n % 4)).map_or(Value::Null, reference)
            };
            let regions = match self.below(4) {
                0 => Value::Null,
                1 => text("North"),
                2 => text("North;East"),
                _more => text("South;West"),
            };
            let mut row = vec![
                ("Name", text(format!("{name} {suffix}"))),
                ("Type", self.choice("Account", "Type")),
                ("ParentId", if n % 8 == 1 { parent.clone() } else { Value::Null }),
                ("Parent_Group__c", parent),
                ("Phone", self.phone()),
                ("AccountNumber", text(format!("AC-{:05}", n.saturating_add(1)))),
                (
                    "Website",
                    text(format!("https://{}.example", name.to_lowercase().replace(' ', "-"))),
                ),
                ("Industry", self.choice("Account", "Industry")),
                ("AnnualRevenue", self.money(5_000, 900_000)),
                ("NumberOfEmployees", Value::Int(self.between(5, 9_000))),
                ("Ownership", self.choice("Account", "Ownership")),
                ("Rating", if n % 5 == 0 { Value::Null } else { self.choice("Account", "Rating") }),
                ("Description", text(format!("{name} buys in {suffix} quantities."))),
                ("AccountSource", self.choice("Account", "AccountSource")),
                ("OwnerId", self.one_of(users)),
                ("Credit_Limit__c", self.money(100, 9_000)),
                ("Regions__c", regions),
                ("ExternalKey__c", text(format!("A-{:04}", n.saturating_add(1)))),
            ];
            row.extend(self.address([
                "BillingStreet",
                "BillingCity",
                "BillingState",
                "BillingPostalCode",
                "BillingCountry",
            ]));
            accounts.push(self.put("Account", &row)?);
        }
        Ok(accounts)
    }

    fn person(&mut self) -> (&'static str, &'static str, Row) {
        let first = self.pick(&FIRST).unwrap_or_default();
        let last = self.pick(&LAST).unwrap_or_default();
        let mail = format!("{first}.{last}@mail.example").to_lowercase().replace('\'', "");
        let row = vec![
            ("FirstName", text(first)),
            ("LastName", text(last)),
            ("Salutation", self.word(&["Mr.", "Ms.", "Dr.", "Mx."])),
            ("Email", text(mail)),
            ("Title", self.word(&TITLE)),
            ("Phone", self.phone()),
            ("MobilePhone", self.phone()),
        ];
        (first, last, row)
    }

    fn contacts(
        &mut self,
        users: &[RecordId],
        accounts: &[RecordId],
    ) -> Result<Vec<RecordId>, Full> {
        let mut contacts: Vec<RecordId> = Vec::new();
        for n in 0..240_usize {
            let (first, last, mut row) = self.person();
            let boss = contacts.get(n.saturating_sub(n % 10)).map_or(Value::Null, reference);
            row.extend([
                ("AccountId", if n % 16 == 15 { Value::Null } else { self.one_of(accounts) }),
                ("ReportsToId", boss),
                ("Department", self.word(&["Purchasing", "Finance", "IT", "Board"])),
                ("LeadSource", self.choice("Contact", "LeadSource")),
                (
                    "Birthdate",
                    self.day(
                        self.random
                            .wrapping_rem(12_000)
                            .try_into()
                            .map_or(-9_000, |d: i64| d.saturating_neg().saturating_sub(7_500)),
                    ),
                ),
                ("Description", text(format!("{first} {last} prefers calls in the morning."))),
                ("OwnerId", self.one_of(users)),
                ("ExternalKey__c", text(format!("C-{:04}", n.saturating_add(1)))),
            ]);
            if n % 7 != 6 {
                let ssn = format!("9{:02}-00-{:04}", self.below(100), self.below(10_000));
                row.push(("SSN__c", text(ssn)));
                row.push(("Salary__c", self.money(300, 2_500)));
            }
            row.extend(self.address([
                "MailingStreet",
                "MailingCity",
                "MailingState",
                "MailingPostalCode",
                "MailingCountry",
            ]));
            contacts.push(self.put("Contact", &row)?);
        }
        Ok(contacts)
    }

    fn leads(&mut self, users: &[RecordId], queues: &[RecordId]) -> Result<Vec<RecordId>, Full> {
        let mut leads = Vec::new();
        for n in 0..80_usize {
            let (_, _, mut row) = self.person();
            row.extend([
                ("Company", self.word(&COMPANY)),
                ("LeadSource", self.choice("Lead", "LeadSource")),
                ("Status", self.choice("Lead", "Status")),
                ("Industry", self.choice("Lead", "Industry")),
                ("Rating", if n % 4 == 3 { Value::Null } else { self.choice("Lead", "Rating") }),
                ("AnnualRevenue", self.money(500, 50_000)),
                ("NumberOfEmployees", Value::Int(self.between(1, 900))),
                ("OwnerId", if n % 3 == 0 { self.one_of(queues) } else { self.one_of(users) }),
                ("Credit_Score__c", Value::Number(float(self.between(300, 850)))),
            ]);
            row.extend(self.address(["Street", "City", "State", "PostalCode", "Country"]));
            leads.push(self.put("Lead", &row)?);
        }
        Ok(leads)
    }

    fn opportunities(
        &mut self,
        users: &[RecordId],
        accounts: &[RecordId],
        campaigns: &[RecordId],
    ) -> Result<Vec<RecordId>, Full> {
        let mut opportunities = Vec::new();
        for n in 0..150_usize {
            let (stage, probability, _) = self.pick(&STAGES).unwrap_or_default();
            let close = if stage.starts_with("Closed") {
                self.between(-360, 0)
            } else {
                self.between(-10, 200)
            };
            let thing = self.pick(&["Licence", "Renewal", "Pilot", "Rollout"]).unwrap_or_default();
            let row = vec![
                ("AccountId", self.one_of(accounts)),
                ("Name", text(format!("{thing} {:03}", n.saturating_add(1)))),
                ("StageName", text(stage)),
                ("Amount", if n % 12 == 11 { Value::Null } else { self.money(10, 5_000) }),
                ("Probability", Value::Number(probability)),
                ("CloseDate", self.day(close)),
                ("Type", self.choice("Opportunity", "Type")),
                ("NextStep", text("Call back")),
                ("LeadSource", self.choice("Opportunity", "LeadSource")),
                ("CampaignId", if n % 3 == 0 { self.one_of(campaigns) } else { Value::Null }),
                ("OwnerId", self.one_of(users)),
                ("Margin__c", Value::Number(float(self.between(5, 60)))),
            ];
            opportunities.push(self.put("Opportunity", &row)?);
        }
        Ok(opportunities)
    }

    fn cases(
        &mut self,
        users: &[RecordId],
        queues: &[RecordId],
        accounts: &[RecordId],
        contacts: &[RecordId],
    ) -> Result<Vec<RecordId>, Full> {
        let mut cases: Vec<RecordId> = Vec::new();
        for n in 0..100_usize {
            let status = self.choice("Case", "Status");
            let closed = status.as_text() == Some("Closed");
            let row = vec![
                ("CaseNumber", text(super::records::case_number(n))),
                ("ContactId", self.one_of(contacts)),
                ("AccountId", self.one_of(accounts)),
                (
                    "ParentId",
                    if n % 20 == 19 {
                        cases.last().map_or(Value::Null, reference)
                    } else {
                        Value::Null
                    },
                ),
                ("Type", self.choice("Case", "Type")),
                ("Status", status),
                ("Reason", self.choice("Case", "Reason")),
                ("Origin", self.choice("Case", "Origin")),
                ("Subject", self.word(&SUBJECT)),
                ("Priority", self.choice("Case", "Priority")),
                ("Description", text("The customer described the matter by telephone.")),
                ("ClosedDate", if closed { self.past(40_000) } else { Value::Null }),
                ("IsEscalated", Value::Bool(n % 9 == 0)),
                ("OwnerId", if n % 2 == 0 { self.one_of(queues) } else { self.one_of(users) }),
                ("Internal_Notes__c", text("Not for the customer: goodwill credit is possible.")),
            ];
            cases.push(self.put("Case", &row)?);
        }
        Ok(cases)
    }

    fn reports(&mut self, users: &[RecordId]) -> Result<(), Full> {
        for mut row in super::reports::rows() {
            row.push(("OwnerId", users.first().map_or(Value::Null, reference)));
            row.push(("LastRunDate", self.past(5_400)));
            self.put("Report", &row)?;
        }
        Ok(())
    }

    fn tasks(
        &mut self,
        users: &[RecordId],
        people: [&Vec<RecordId>; 2],
        things: [&Vec<RecordId>; 4],
    ) -> Result<(), Full> {
        for n in 0..200_usize {
            let who = self.pick(&people).map_or(Value::Null, |ids| self.one_of(ids));
            let what = self.pick(&things).map_or(Value::Null, |ids| self.one_of(ids));
            let due = self.between(-60, 60);
            let is_lead = who.as_text().is_some_and(|id| id.starts_with("00Q"));
            let row = vec![
                ("WhoId", if n % 6 == 5 { Value::Null } else { who }),
                ("WhatId", if is_lead { Value::Null } else { what }),
                ("Subject", self.choice("Task", "Subject")),
                ("ActivityDate", self.day(due)),
                ("Status", self.choice("Task", "Status")),
                ("Priority", self.choice("Task", "Priority")),
                ("OwnerId", self.one_of(users)),
                ("Description", text("Follow up as agreed.")),
            ];
            self.put("Task", &row)?;
        }
        Ok(())
    }
}
