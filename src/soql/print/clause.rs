//! The clauses that stand beside the usual ones.

use std::fmt::{Display, Formatter, Result, Write};

use super::list;
use crate::soql::ast::{
    Arithmetic, Category, Distance, Ending, Seen, Setting, Statistic, Typeof, Using, With,
};

impl Display for Distance {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Self { path, latitude, longitude, unit, span: _ } = self;
        write!(f, "DISTANCE({path}, GEOLOCATION({latitude}, {longitude}), '{}')", unit.name())
    }
}

impl Display for Typeof {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "TYPEOF {}", self.relationship)?;
        for branch in &self.branches {
            write!(f, " WHEN {} THEN ", branch.object)?;
            list(f, &branch.fields)?;
        }
        if !self.otherwise.is_empty() {
            f.write_str(" ELSE ")?;
            list(f, &self.otherwise)?;
        }
        f.write_str(" END")
    }
}

impl Display for Arithmetic {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{} {} {}", self.left, if self.minus { '-' } else { '+' }, self.right)
    }
}

impl Display for Using {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Scope(scope) => write!(f, "SCOPE {scope}"),
            Self::Lookup(path) => write!(f, "LOOKUP {path}"),
        }
    }
}

impl Display for With {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::SecurityEnforced => f.write_str("SECURITY_ENFORCED"),
            Self::UserMode => f.write_str("USER_MODE"),
            Self::SystemMode(_) => f.write_str("SYSTEM_MODE"),
            Self::DataCategory(categories) => {
                for (i, category) in categories.iter().enumerate() {
                    f.write_str(if i == 0 { "DATA CATEGORY " } else { " AND " })?;
                    write!(f, "{category}")?;
                }
                Ok(())
            }
            Self::Equals { name, value } => write!(f, "{name} = {value}"),
            Self::Other { name, settings } if settings.is_empty() => write!(f, "{name}"),
            Self::Other { name, settings } => {
                write!(f, "{name} (")?;
                list(f, settings)?;
                f.write_char(')')
            }
        }
    }
}

impl Display for Category {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{} {} ", self.group, self.selector.name())?;
        match self.names.as_slice() {
            [name] => write!(f, "{name}"),
            names => {
                f.write_char('(')?;
                list(f, names)?;
                f.write_char(')')
            }
        }
    }
}

impl Display for Setting {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{} = {}", self.name, self.value)
    }
}

impl Display for Statistic {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(self.name())
    }
}

impl Display for Ending {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        if !self.bind.is_empty() {
            f.write_str(" BIND ")?;
            list(f, &self.bind)?;
        }
        if self.all_rows {
            f.write_str(" ALL ROWS")?;
        }
        match self.seen {
            None => {}
            Some(Seen::View) => f.write_str(" FOR VIEW")?,
            Some(Seen::Reference) => f.write_str(" FOR REFERENCE")?,
        }
        if !self.update.is_empty() {
            f.write_str(" UPDATE ")?;
            list(f, &self.update)?;
        }
        if self.lock {
            f.write_str(" FOR UPDATE")?;
        }
        if !self.options.is_empty() {
            f.write_str(" SET OPTIONS (")?;
            list(f, &self.options)?;
            f.write_char(')')?;
        }
        Ok(())
    }
}
