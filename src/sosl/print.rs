//! The one text of a search: what Salesforce is sent.
//!
//! Single spaces, keywords in upper case, and in the term a backslash before every reserved
//! character that stands for itself. Parsing the text gives the same tree again.

use std::fmt::{Display, Formatter, Result, Write};

use super::ast::{
    CategoryFilter, Operand, Operator, Piece, ReturnField, Returning, Search, Term, With, WithKind,
    Word,
};
use super::term::is_reserved;

impl Display for Search {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "FIND {{{}}}", self.term)?;
        if let Some(scope) = self.scope {
            write!(f, " IN {} FIELDS", scope.name())?;
        }
        if !self.returning.is_empty() {
            f.write_str(" RETURNING ")?;
            list(f, &self.returning)?;
        }
        for with in &self.with {
            write!(f, " {with}")?;
        }
        if let Some(limit) = self.limit {
            write!(f, " LIMIT {limit}")?;
        }
        if let Some(offset) = self.offset {
            write!(f, " OFFSET {offset}")?;
        }
        for (at, statistic) in self.update.iter().enumerate() {
            write!(f, "{} {}", if at == 0 { " UPDATE" } else { "," }, statistic.name())?;
        }
        Ok(())
    }
}

impl Display for Term {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}", self.first)?;
        for (operator, operand) in &self.rest {
            let operator = match operator {
                Operator::Next => " ",
                Operator::And => " AND ",
                Operator::Or => " OR ",
                Operator::AndNot => " AND NOT ",
            };
            write!(f, "{operator}{operand}")?;
        }
        Ok(())
    }
}

impl Display for Operand {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Word(word) => write!(f, "{word}"),
            Self::Phrase(words) => {
                f.write_char('"')?;
                for (at, word) in words.iter().enumerate() {
                    write!(f, "{}{word}", if at == 0 { "" } else { " " })?;
                }
                f.write_char('"')
            }
            Self::Group(term) => write!(f, "({term})"),
        }
    }
}

impl Display for Word {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => text.chars().try_for_each(|c| {
                    if is_reserved(c) {
                        f.write_char('\\')?;
                    }
                    f.write_char(c)
                })?,
                Piece::Any => f.write_char('*')?,
                Piece::One => f.write_char('?')?,
            }
        }
        Ok(())
    }
}

impl Display for Returning {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}", self.object)?;
        if self.fields.is_empty() {
            return Ok(());
        }
        f.write_char('(')?;
        list(f, &self.fields)?;
        if let Some(filter) = &self.filter {
            write!(f, " WHERE {filter}")?;
        }
        if let Some(view) = &self.list_view {
            write!(f, " USING ListView={view}")?;
        }
        if !self.order_by.is_empty() {
            f.write_str(" ORDER BY ")?;
            list(f, &self.order_by)?;
        }
        if let Some(limit) = self.limit {
            write!(f, " LIMIT {limit}")?;
        }
        if let Some(offset) = self.offset {
            write!(f, " OFFSET {offset}")?;
        }
        f.write_char(')')
    }
}

impl Display for ReturnField {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Field { expr, alias: None } => write!(f, "{expr}"),
            Self::Field { expr, alias: Some(alias) } => write!(f, "{expr} {alias}"),
            Self::Fields(set, _) => write!(f, "FIELDS({})", set.name()),
        }
    }
}

impl Display for With {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(self.kind.name())?;
        match &self.kind {
            WithKind::Division(value) | WithKind::PricebookId(value) => write!(f, " = {value}"),
            WithKind::DataCategory(filters) => {
                for (at, filter) in filters.iter().enumerate() {
                    write!(f, "{} {filter}", if at == 0 { "" } else { " AND" })?;
                }
                Ok(())
            }
            WithKind::Snippet(Some(length)) => write!(f, "(target_length={length})"),
            WithKind::Network(ids) => match ids.as_slice() {
                [id] => write!(f, " = {id}"),
                ids => {
                    f.write_str(" IN (")?;
                    list(f, ids)?;
                    f.write_char(')')
                }
            },
            WithKind::Metadata => f.write_str(" = 'LABELS'"),
            WithKind::SpellCorrection(on) => write!(f, " = {on}"),
            WithKind::Snippet(None)
            | WithKind::Highlight
            | WithKind::UserMode
            | WithKind::SystemMode => Ok(()),
        }
    }
}

impl Display for CategoryFilter {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{} {} ", self.group, self.selector.name())?;
        match self.categories.as_slice() {
            [category] => write!(f, "{category}"),
            categories => {
                f.write_char('(')?;
                list(f, categories)?;
                f.write_char(')')
            }
        }
    }
}

fn list(f: &mut Formatter<'_>, items: &[impl Display]) -> Result {
    for (at, item) in items.iter().enumerate() {
        write!(f, "{}{item}", if at == 0 { "" } else { ", " })?;
    }
    Ok(())
}
