//! What a report shows and goes by, and how it is printed.

use serde_json::{Value, json};

/// A report's metadata. Everything that decides what comes back, and in which rows, stands here;
/// what is left out (charts, descriptions, totals that are shown or not) decides neither.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportMetadata {
    /// What people call the report.
    pub name: String,
    /// How its rows are grouped.
    pub format: Format,
    /// The name of its report type, for example `ContactList`.
    pub report_type: String,
    /// The columns of its rows.
    pub details: Vec<Column>,
    /// What rows are grouped by, the outermost first.
    pub groupings_down: Vec<Grouping>,
    /// What columns are grouped by, in a matrix.
    pub groupings_across: Vec<Grouping>,
    /// What is computed over each group.
    pub aggregates: Vec<Aggregate>,
    /// Which rows are shown.
    pub filters: Vec<Filter>,
    /// How the filters go together, for example `1 AND (2 OR 3)`.
    pub boolean_filter: Option<String>,
    /// Of which days rows are shown.
    pub date_filter: Option<DateFilter>,
    /// The filters that the report type brings.
    pub standard_filters: Vec<StandardFilter>,
    /// Whose rows are shown.
    pub scope: Option<String>,
    /// The order of the rows.
    pub sort_by: Vec<Sort>,
    /// Only the first rows, or groups.
    pub top_rows: Option<TopRows>,
    /// The currency that amounts are converted to.
    pub currency: Option<String>,
}

/// How a report's rows are grouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Not at all.
    Tabular,
    /// By rows.
    Summary,
    /// By rows and columns.
    Matrix,
}

impl Format {
    /// Every format that is supported.
    pub const ALL: [Self; 3] = [Self::Tabular, Self::Summary, Self::Matrix];

    /// Its name in the metadata.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tabular => "TABULAR",
            Self::Summary => "SUMMARY",
            Self::Matrix => "MATRIX",
        }
    }
}

/// A column of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// What the metadata calls it, for example `FIRST_NAME` or `Contact.Level__c`.
    pub token: String,
    /// What the describe says is behind it; for `footprint` to make sense of.
    pub sources: Vec<String>,
}

/// What rows, or columns, are grouped by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grouping {
    /// The column.
    pub column: Column,
    /// `Asc` or `Desc`.
    pub order: Option<String>,
    /// How dates are grouped, for example `CalendarMonth`.
    pub granularity: Option<String>,
    /// What the groups are sorted by, where that isn't the column itself.
    pub sort: Option<Aggregate>,
}

/// Something that is computed over each group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Aggregate {
    /// `RowCount`.
    RowCount,
    /// `s!AMOUNT`: a sum, average, extreme or count of a column.
    Of {
        /// Which of them, one of [`Aggregate::KINDS`].
        kind: &'static str,
        /// Of which column.
        column: Column,
    },
}

impl Aggregate {
    /// Sum, average, least, greatest, median and number of different values, as the metadata writes
    /// them; the extremes have two spellings.
    pub const KINDS: [&'static str; 8] = ["s", "a", "m", "mn", "x", "mx", "med", "u"];

    /// How the metadata writes it.
    pub fn text(&self) -> String {
        match self {
            Self::RowCount => "RowCount".to_owned(),
            Self::Of { kind, column } => format!("{kind}!{}", column.token),
        }
    }

    fn column(&self) -> Option<&Column> {
        match self {
            Self::RowCount => None,
            Self::Of { column, .. } => Some(column),
        }
    }
}

/// A condition on rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// What is compared.
    pub column: Column,
    /// How, for example `greaterThan`.
    pub operator: String,
    /// With what.
    pub value: FilterValue,
    /// Whether the report's page lets people change it.
    pub editable: bool,
}

/// What a column is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilterValue {
    /// A value, or several with commas between them.
    Text(Option<String>),
    /// Another column.
    Column(Column),
}

/// Of which days rows are shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateFilter {
    /// The column with the day.
    pub column: Column,
    /// For example `CUSTOM` or `THIS_MONTH`.
    pub duration: Option<String>,
    /// The first day.
    pub start: Option<String>,
    /// The last day.
    pub end: Option<String>,
}

/// A filter that the report type brings, for example `open` of opportunities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandardFilter {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// What rows or groups are sorted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub key: SortKey,
    /// `Asc` or `Desc`.
    pub order: Option<String>,
}

/// A column or an aggregate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SortKey {
    /// A column.
    Column(Column),
    /// An aggregate.
    Aggregate(Aggregate),
}

impl SortKey {
    fn text(&self) -> String {
        match self {
            Self::Column(column) => column.token.clone(),
            Self::Aggregate(aggregate) => aggregate.text(),
        }
    }

    fn column(&self) -> Option<&Column> {
        match self {
            Self::Column(column) => Some(column),
            Self::Aggregate(aggregate) => aggregate.column(),
        }
    }
}

/// Only the first rows, or groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopRows {
    /// How many.
    pub rows: u64,
    /// `Asc` or `Desc`.
    pub direction: Option<String>,
}

/// What a report does with a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Its values come back, row by row.
    Detail,
    /// Its values come back, and rows are grouped by them.
    Group,
    /// Something that is computed of it comes back.
    Aggregate,
    /// Rows are chosen or sorted by it.
    Choose,
}

impl ReportMetadata {
    /// Every column that the report names, with what it does with it, in the order of the metadata.
    pub fn columns(&self) -> Vec<(Use, &Column)> {
        let groupings = || self.groupings_down.iter().chain(&self.groupings_across);
        let mut columns: Vec<(Use, &Column)> = Vec::new();
        columns.extend(self.details.iter().map(|column| (Use::Detail, column)));
        columns.extend(groupings().map(|grouping| (Use::Group, &grouping.column)));
        let aggregates = self.aggregates.iter().filter_map(Aggregate::column);
        columns.extend(aggregates.map(|column| (Use::Aggregate, column)));
        let sorts = groupings().filter_map(|grouping| grouping.sort.as_ref()?.column());
        let sorts = sorts.chain(self.sort_by.iter().filter_map(|sort| sort.key.column()));
        let filters = self.filters.iter().flat_map(|filter| {
            let other = match &filter.value {
                FilterValue::Text(_) => None,
                FilterValue::Column(column) => Some(column),
            };
            std::iter::once(&filter.column).chain(other)
        });
        let dates = self.date_filter.iter().map(|dates| &dates.column);
        columns.extend(sorts.chain(filters).chain(dates).map(|column| (Use::Choose, column)));
        columns
    }

    /// Whether another report shows the same and goes by the same columns, whatever it compares
    /// them with.
    pub fn is_like(&self, other: &Self) -> bool {
        let texts = |report: &Self| report.aggregates.iter().map(Aggregate::text).collect();
        let (own, others): (Vec<_>, Vec<_>) = (texts(self), texts(other));
        let groups = |report: &Self| (report.groupings_down.len(), report.groupings_across.len());
        let (columns, other_columns) = (self.columns(), other.columns());
        self.format == other.format
            && self.report_type == other.report_type
            && own == others
            && groups(self) == groups(other)
            && self.standard_filters == other.standard_filters
            && self.scope == other.scope
            && columns.len() == other_columns.len()
            && columns.iter().zip(other_columns).all(|((used, column), (other_use, other))| {
                *used == other_use && column.token == other.token
            })
    }

    /// As the API takes it. What the report must not have is said too, so that a saved report that
    /// has got it meanwhile runs without it.
    pub fn to_json(&self) -> Value {
        let tokens: Vec<&str> = self.details.iter().map(|column| column.token.as_str()).collect();
        let aggregates: Vec<String> = self.aggregates.iter().map(Aggregate::text).collect();
        json!({
            "reportFormat": self.format.name(),
            "reportType": { "type": self.report_type },
            "detailColumns": tokens,
            "groupingsDown": self.groupings_down.iter().map(Grouping::to_json).collect::<Vec<_>>(),
            "groupingsAcross":
                self.groupings_across.iter().map(Grouping::to_json).collect::<Vec<_>>(),
            "aggregates": aggregates,
            "reportFilters": self.filters.iter().map(Filter::to_json).collect::<Vec<_>>(),
            "reportBooleanFilter": self.boolean_filter,
            "standardDateFilter": self.date_filter.as_ref().map(|dates| json!({
                "column": dates.column.token,
                "durationValue": dates.duration,
                "startDate": dates.start,
                "endDate": dates.end,
            })),
            "standardFilters": self.standard_filters.iter().map(|filter| json!({
                "name": filter.name,
                "value": filter.value,
            })).collect::<Vec<_>>(),
            "scope": self.scope,
            "sortBy": self.sort_by.iter().map(|sort| json!({
                "sortColumn": sort.key.text(),
                "sortOrder": sort.order,
            })).collect::<Vec<_>>(),
            "topRows": self.top_rows.as_ref().map(|top| json!({
                "rowLimit": top.rows,
                "direction": top.direction,
            })),
            "currency": self.currency,
            "buckets": [],
            "crossFilters": [],
            "customDetailFormula": {},
            "customSummaryFormula": {},
            "division": null,
            "historicalSnapshotDates": [],
            "userOrHierarchyFilterId": null,
        })
    }
}

impl Grouping {
    fn to_json(&self) -> Value {
        json!({
            "name": self.column.token,
            "sortOrder": self.order,
            "dateGranularity": self.granularity,
            "sortAggregate": self.sort.as_ref().map(Aggregate::text),
        })
    }
}

impl Filter {
    fn to_json(&self) -> Value {
        let (kind, value) = match &self.value {
            FilterValue::Text(text) => ("fieldValue", text.as_ref()),
            FilterValue::Column(column) => ("fieldToField", Some(&column.token)),
        };
        json!({
            "column": self.column.token,
            "operator": self.operator,
            "value": value,
            "filterType": kind,
            "isRunPageEditable": self.editable,
        })
    }
}
