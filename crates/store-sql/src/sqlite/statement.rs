//! One statement on a connection. Everything here runs on the calling thread.

use rusqlite::types::{Value as Held, ValueRef};
use rusqlite::{Connection, Statement};

use crate::sql::{Columns, Row, Value};

/// Statements with more parameters than this are prepared for one use only.
const PARAMETERS_PREPARED_MAX: usize = 160;

/// Runs a writing statement and returns how many rows it touched.
pub(super) fn execute(
    connection: &Connection,
    sql: &str,
    values: &[Value<'_>],
) -> rusqlite::Result<u64> {
    with_statement(connection, sql, values, |statement| {
        statement.raw_execute().map(|rows| rows as u64)
    })
}

/// Runs a statement and returns its rows.
pub(super) fn fetch(
    connection: &Connection,
    what: &'static str,
    sql: &str,
    values: &[Value<'_>],
) -> rusqlite::Result<Vec<Row>> {
    with_statement(connection, sql, values, |statement| {
        let names = statement.column_names();
        let columns: Columns = names.into_iter().map(str::to_owned).collect();
        let mut found = Vec::new();
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            let mut held = Vec::with_capacity(columns.len());
            for place in 0..columns.len() {
                held.push(hold(row.get_ref(place)?));
            }
            found.push(Row::sqlite(what, columns.clone(), held));
        }
        Ok(found)
    })
}

/// A value that outlives the statement. A text that is not one is kept as its bytes, which no
/// column of texts is read as.
fn hold(value: ValueRef<'_>) -> Held {
    match value {
        ValueRef::Null => Held::Null,
        ValueRef::Integer(int) => Held::Integer(int),
        ValueRef::Real(real) => Held::Real(real),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Held::Text(text.to_owned()),
            Err(_) => Held::Blob(text.to_vec()),
        },
        ValueRef::Blob(bytes) => Held::Blob(bytes.to_vec()),
    }
}

fn with_statement<T>(
    connection: &Connection,
    sql: &str,
    values: &[Value<'_>],
    run: impl FnOnce(&mut Statement<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    if values.len() > PARAMETERS_PREPARED_MAX {
        let mut statement = connection.prepare(sql)?;
        bind(&mut statement, values)?;
        return run(&mut statement);
    }
    let mut statement = connection.prepare_cached(sql)?;
    bind(&mut statement, values)?;
    run(&mut statement)
}

/// Binds the values. SQLite takes `$2` for a name and counts names as it meets them, so each place
/// is asked for its name; a place without one has the value of its own number.
fn bind(statement: &mut Statement<'_>, values: &[Value<'_>]) -> rusqlite::Result<()> {
    let places = statement.parameter_count();
    for place in 1..=places {
        let number = match statement.parameter_name(place) {
            Some(name) => name[1..].parse().unwrap_or(0),
            None => place,
        };
        let value = number.checked_sub(1).and_then(|index| values.get(index));
        let value = value.ok_or(rusqlite::Error::InvalidParameterCount(values.len(), places))?;
        statement.raw_bind_parameter(place, value)?;
    }
    Ok(())
}
