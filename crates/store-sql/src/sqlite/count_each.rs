//! `count_each(number)`: how often each number was met, as `number:count` one after the other. Groups
//! would be sorted, and a row for each number met costs more than to find it.

use std::fmt::Write as _;

use rusqlite::Connection;
use rusqlite::functions::{Aggregate, Context, FunctionFlags};

/// The largest number that is counted: each has its place.
const NUMBER_MAX: usize = (1 << 24) - 1;

struct CountEach;

impl Aggregate<Vec<u32>, Option<String>> for CountEach {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<Vec<u32>> {
        Ok(Vec::new())
    }

    fn step(&self, ctx: &mut Context<'_>, met: &mut Vec<u32>) -> rusqlite::Result<()> {
        let number: i64 = ctx.get(0)?;
        let place = usize::try_from(number).ok();
        let place = place.filter(|place| *place <= NUMBER_MAX);
        let place = place.ok_or(rusqlite::Error::IntegralValueOutOfRange(0, number))?;
        if place >= met.len() {
            met.resize((place + 1).next_power_of_two(), 0);
        }
        met[place] = met[place].saturating_add(1);
        Ok(())
    }

    fn finalize(
        &self,
        _: &mut Context<'_>,
        met: Option<Vec<u32>>,
    ) -> rusqlite::Result<Option<String>> {
        let written = met.map(|met| {
            let mut text = String::new();
            let counts = met.iter().enumerate().filter(|(_, count)| **count > 0);
            for (number, count) in counts {
                // Writing into a String cannot fail.
                let _ = write!(text, "{number}:{count},");
            }
            text
        });
        Ok(written)
    }
}

/// Teaches a connection the function.
pub(super) fn teach(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_aggregate_function("count_each", 1, flags, CountEach)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_is_counted() {
        let connection = Connection::open_in_memory().unwrap();
        teach(&connection).unwrap();
        let ask = |values: &str| -> Option<String> {
            let sql =
                format!("SELECT count_each(column1) FROM (VALUES {values}) WHERE column1 >= 0");
            connection.query_row(&sql, [], |row| row.get(0)).unwrap()
        };
        assert_eq!(ask("(7), (7), (7)").as_deref(), Some("7:3,"));
        let two = ask("(1), (16777215), (1)");
        assert_eq!(two.as_deref(), Some("1:2,16777215:1,"));
        assert_eq!(ask("(-1)"), None, "of no rows there is nothing");
        let beyond = "SELECT count_each(16777216)";
        let refused = connection.query_row(beyond, [], |_| Ok(()));
        assert!(refused.is_err(), "numbers have a limit");
    }
}
