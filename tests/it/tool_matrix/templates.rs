//! How each tool is called: `tests/decisions/templates.txt`, filled for an object and a field.

use std::fs;

use fieldgate::footprint::{self, Access};
use fieldgate::org::{Field, Object, Schema};
use fieldgate::salesforce::bulk::{BulkQuery, Columns, Ingest, IngestOperation, Job, Work};
use fieldgate::salesforce::{Locator, Operation, QueryCall, RecordId};
use fieldgate::seal::{Binding, Purpose, Sealer};
use fieldgate::soql;
use fieldgate::tools::{Seals, Tool, known_as, query_cursor};

use super::file;

/// One of the ways to call a tool.
pub(super) struct Way {
    pub(super) tool: &'static Tool,
    pub(super) name: String,
    pub(super) arguments: String,
    /// What the org says to what is looked up first.
    pub(super) answers: Vec<String>,
}

pub(super) fn ways() -> Vec<Way> {
    let text = fs::read_to_string(file("templates.txt")).unwrap();
    let mut ways: Vec<Way> = Vec::new();
    let (mut tool, mut name) = (None, String::new());
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        match (line.strip_prefix("  "), tool) {
            (None, _) => {
                tool = Some(known_as(line).unwrap_or_else(|| panic!("there is no tool `{line}`")));
                line.clone_into(&mut name);
            }
            (Some(line), Some(tool)) => match line.split_once(' ') {
                Some(("called", how)) => name = format!("{}, {how}", tool.name),
                Some(("answer", answer)) => {
                    ways.last_mut().unwrap().answers.push(answer.to_owned());
                }
                _ => ways.push(Way {
                    tool,
                    name: name.clone(),
                    arguments: line.to_owned(),
                    answers: Vec::new(),
                }),
            },
            (Some(line), None) => panic!("`{line}` stands below no tool"),
        }
    }
    ways
}

/// What a call is about.
#[derive(Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) schema: &'a Schema,
    pub(super) sealer: &'a Sealer,
    pub(super) object: Option<&'a Object>,
    pub(super) field: Option<&'a Field>,
}

impl Way {
    fn names(&self, placeholders: &[&str]) -> bool {
        let texts = self.answers.iter().chain([&self.arguments]);
        texts.into_iter().any(|text| placeholders.iter().any(|name| text.contains(name)))
    }

    /// All that it is asked about.
    pub(super) fn about<'a>(&self, schema: &'a Schema, sealer: &'a Sealer) -> Vec<About<'a>> {
        let once = About { schema, sealer, object: None, field: None };
        let of_fields =
            self.names(&["$field", "$page", "$queryJob", "$insertJob", "$developerName"]);
        if !of_fields && !self.names(&["$object", "$id", "$parent"]) {
            return vec![once];
        }
        let mut about = Vec::new();
        for object in schema.objects() {
            let whole = About { object: Some(object), ..once };
            if of_fields {
                about.extend(object.fields().map(|field| About { field: Some(field), ..whole }));
            } else {
                about.push(whole);
            }
        }
        about
    }

    /// What has to be looked up first, and then the call itself; or why it can't be asked.
    pub(super) fn operations(&self, about: About<'_>) -> Result<Vec<Operation>, String> {
        let seals = Seals { sealer: Some(about.sealer), ..Seals::none() };
        let arguments = about.filled(&self.arguments)?;
        let mut operation = self.tool.operation(&arguments, &seals).map_err(|e| e.to_string())?;
        let mut steps = Vec::new();
        let known = |operation: &Operation| {
            let resolved = footprint::resolve(operation.clone(), about.schema);
            let resolved = resolved.map_err(|error| error.to_string())?;
            let footprint = resolved.footprint();
            for Access { action, target, .. } in footprint.accesses.iter().chain(&footprint.pruned)
            {
                if !action.asked_about().contains(&target.kind()) {
                    return Err(format!("{action:?} of {target} is not told in `asked_about`"));
                }
            }
            Ok::<_, String>(())
        };
        let mut answers = self.answers.iter();
        while let Some(lookup) = operation.lookup() {
            known(&lookup)?;
            steps.push(lookup);
            let answer = answers.next().ok_or("there is no answer to the lookup")?;
            let answer = about.filled(answer)?;
            let operation_then = operation.with_lookup(answer.as_bytes());
            operation = operation_then.ok_or("it is not one of a custom object or field")?;
        }
        known(&operation)?;
        steps.push(operation);
        Ok(steps)
    }
}

impl About<'_> {
    /// A template with the names in it.
    fn filled(&self, template: &str) -> Result<String, String> {
        let Some(object) = self.object else { return Ok(template.to_owned()) };
        let developer = |name: &str| name.trim_end_matches("__c").to_owned();
        let id = |object: &Object| {
            let prefix = object.key_prefix.as_deref().ok_or("it has no ids")?;
            Ok::<_, String>(format!("{prefix}Dm0000000001"))
        };
        let name = object.name.as_str();
        let mut text = template.to_owned();
        let mut put = |place: &str, value: &dyn Fn() -> Result<String, String>| {
            if text.contains(place) {
                text = text.replace(place, &value()?);
            }
            Ok::<_, String>(())
        };
        let parent = || {
            let children = |parent: &Object| {
                let mut children = parent.children().filter(|child| child.object == object.name);
                children.next().map(|child| child.relationship.to_string())
            };
            let mut parents = self.schema.objects().filter(|parent| parent.name != object.name);
            let parent = parents.find_map(|parent| Some((parent, children(parent)?)));
            parent.ok_or("no relationship leads to its records".to_owned())
        };
        put("$parentId", &|| id(parent()?.0))?;
        put("$parent", &|| Ok(parent()?.0.name.to_string()))?;
        put("$children", &|| Ok(parent()?.1))?;
        put("$objectDeveloperName", &|| Ok(developer(name)))?;
        put("$object", &|| Ok(name.to_owned()))?;
        put("$id", &|| id(object))?;
        if let Some(field) = self.field {
            put("$field", &|| Ok(field.name.to_string()))?;
            put("$developerName", &|| Ok(developer(field.name.as_str())))?;
            put("$page", &|| Ok(self.page(name, field)))?;
            put("$queryJob", &|| Ok(self.job(query_job(name, field))))?;
            put("$insertJob", &|| Ok(self.job(insert_job(object, field))))?;
        }
        Ok(text)
    }

    fn seal(&self, purpose: Purpose, payload: &[u8]) -> String {
        self.sealer.seal(purpose, &Binding { agent: "", server: "" }, 1, payload).unwrap()
    }

    fn page(&self, object: &str, field: &Field) -> String {
        let query = soql::parse(&format!("SELECT {} FROM {object}", field.name)).unwrap();
        let next = Locator::parse("01gDm0000000001-200").unwrap();
        let call = QueryCall { query, all_rows: false, page: None };
        self.seal(Purpose::Cursor, &query_cursor(&call, &next).unwrap())
    }

    fn job(&self, work: Work) -> String {
        let id = RecordId::parse("750Dm0000000001").unwrap();
        self.seal(Purpose::Job, &Job { id, work }.print())
    }
}

fn query_job(object: &str, field: &Field) -> Work {
    let text = format!("SELECT {} FROM {object} LIMIT 100", field.name);
    let query = soql::parse(&text).unwrap();
    Work::Query(Box::new(BulkQuery { query, all_rows: false }))
}

fn insert_job(object: &Object, field: &Field) -> Work {
    let columns = Columns::parse([field.name.as_str()]).unwrap();
    let object = object.name.clone();
    Work::Ingest(Ingest { object, operation: IngestOperation::Insert, columns })
}
