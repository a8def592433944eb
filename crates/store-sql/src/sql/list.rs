//! Texts for many values at once, kept under the engines' limits on parameters.
//!
//! SQLite takes 32,766 parameters and PostgreSQL 65,535; we stay far below both.

use super::Value;
use crate::dialect::Engine;

/// The most rows of one `INSERT`.
const ROWS_PER_INSERT_MAX: usize = 256;
/// The most parameters of one statement.
const PARAMETERS_MAX: usize = 16_384;
/// The bytes after which an `INSERT` takes no further row.
const BYTES_PER_INSERT_MAX: usize = 8 << 20;
/// The most values of one `IN` list.
const VALUES_PER_LIST_MAX: usize = 1_024;

/// Rows for `INSERT … VALUES`, handed out in chunks.
pub(crate) struct Tuples<'v, 'a> {
    engine: Engine,
    columns: usize,
    rest: &'v [Value<'a>],
}

impl<'v, 'a> Tuples<'v, 'a> {
    /// Takes the values of all rows, one row after the other.
    pub(crate) fn new(engine: Engine, columns: usize, values: &'v [Value<'a>]) -> Self {
        assert!(
            columns > 0 && values.len().is_multiple_of(columns),
            "every row has a value for every column"
        );
        Self {
            engine,
            columns,
            rest: values,
        }
    }

    fn next_len(&self) -> usize {
        let rows_max = ROWS_PER_INSERT_MAX.min(PARAMETERS_MAX / self.columns);
        let mut bytes = 0;
        let mut rows = 0;
        for row in self.rest.chunks(self.columns).take(rows_max) {
            bytes += row.iter().map(Value::size).sum::<usize>();
            if rows > 0 && bytes > BYTES_PER_INSERT_MAX {
                break;
            }
            rows += 1;
        }
        rows
    }
}

impl<'v, 'a> Iterator for Tuples<'v, 'a> {
    /// The text `($1,$2),($3,$4)`, or what the engine has instead, and its values.
    type Item = (String, &'v [Value<'a>]);

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let rows = self.next_len();
        let (now, later) = self.rest.split_at(rows * self.columns);
        self.rest = later;
        let mut text = String::with_capacity(rows * self.columns * 5);
        for row in 0..rows {
            text.push_str(if row == 0 { "(" } else { ",(" });
            placeholders(self.engine, &mut text, row * self.columns + 1, self.columns);
            text.push(')');
        }
        Some((text, now))
    }
}

/// Values for `IN (…)`, handed out in chunks after the one value that is always there.
///
/// A list is filled up to a power of two with its last value, so that there are few texts to
/// prepare.
pub(crate) struct Lists<'v, 'a> {
    engine: Engine,
    first: Value<'a>,
    rest: &'v [Value<'a>],
}

impl<'v, 'a> Lists<'v, 'a> {
    /// Takes the value that comes first and the values of the list.
    pub(crate) fn new(engine: Engine, first: Value<'a>, values: &'v [Value<'a>]) -> Self {
        Self {
            engine,
            first,
            rest: values,
        }
    }
}

impl<'a> Iterator for Lists<'_, 'a> {
    /// The text `($2,$3)` and all values of the statement.
    type Item = (String, Vec<Value<'a>>);

    fn next(&mut self) -> Option<Self::Item> {
        let (now, later) = self.rest.split_at(self.rest.len().min(VALUES_PER_LIST_MAX));
        self.rest = later;
        let last = now.last()?;
        let len = now.len().next_power_of_two();
        let mut values = Vec::with_capacity(1 + len);
        values.push(self.first.clone());
        values.extend_from_slice(now);
        values.resize(1 + len, last.clone());
        let mut text = String::with_capacity(len * 5);
        text.push('(');
        placeholders(self.engine, &mut text, 2, len);
        text.push(')');
        Some((text, values))
    }
}

fn placeholders(engine: Engine, text: &mut String, first: usize, count: usize) {
    for number in first..first + count {
        if number > first {
            text.push(',');
        }
        engine.write_placeholder(text, number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_cut_by_number_and_by_size() {
        let many: Vec<Value<'_>> = (0..1_000_i64).map(Value::from).collect();
        let chunks: Vec<usize> = Tuples::new(Engine::Postgres, 2, &many)
            .map(|(_, values)| values.len() / 2)
            .collect();
        assert_eq!(chunks, [256, 244]);
        let huge: Vec<Value<'_>> = (0..3).map(|_| Value::from(vec![0_u8; 6 << 20])).collect();
        assert_eq!(Tuples::new(Engine::Postgres, 1, &huge).count(), 3);
        let (text, _) = Tuples::new(Engine::Postgres, 2, &many[..4]).next().unwrap();
        assert_eq!(text, "($1,$2),($3,$4)");
    }

    #[test]
    fn lists_are_filled_to_a_power_of_two() {
        let first = Value::from(7_i64);
        let many: Vec<Value<'_>> = (0..5_i64).map(Value::from).collect();
        let (text, values) = Lists::new(Engine::Postgres, first.clone(), &many)
            .next()
            .unwrap();
        assert_eq!(text, "($2,$3,$4,$5,$6,$7,$8,$9)");
        assert_eq!(values.len(), 9);
        assert!(matches!(values[8], Value::Int(Some(4))));
        assert!(Lists::new(Engine::Postgres, first, &[]).next().is_none());
    }
}
