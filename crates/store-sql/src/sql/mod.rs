//! A small layer under both engines: values in, rows out, and texts for many values at once.

mod list;
mod row;
mod value;

pub(crate) use list::{Lists, Tuples};
pub(crate) use row::{Columns, Row};
pub(crate) use value::{Value, for_postgres, has_nul};
