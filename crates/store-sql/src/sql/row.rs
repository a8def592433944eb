//! One row of an answer, read by column name. What does not decode is `Corrupt`.

use std::sync::Arc;

use rusqlite::types::Value as Held;
use sqlx::postgres::{PgRow, Postgres};
use sqlx::{Decode, Row as _, Type};
use variorum_domain::id::{Digest, Oid, Time, hex};
use variorum_ports::StoreError;

/// The names of a statement's columns, shared by its rows.
pub(crate) type Columns = Arc<[String]>;

enum Inner {
    Sqlite(Columns, Vec<Held>),
    Postgres(PgRow),
}

/// A row and the word for what it is.
pub(crate) struct Row {
    what: &'static str,
    inner: Inner,
}

/// What a column can be read as, by the same strict rule on both engines.
trait Column<'r>: Decode<'r, Postgres> + Type<Postgres> + Sized {
    fn from_held(held: &'r Held) -> Option<Self>;
}

impl Column<'_> for i64 {
    fn from_held(held: &Held) -> Option<Self> {
        match held {
            Held::Integer(int) => Some(*int),
            _ => None,
        }
    }
}

impl<'r> Column<'r> for &'r str {
    fn from_held(held: &'r Held) -> Option<Self> {
        match held {
            Held::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl<'r> Column<'r> for &'r [u8] {
    fn from_held(held: &'r Held) -> Option<Self> {
        match held {
            Held::Blob(bytes) => Some(bytes),
            _ => None,
        }
    }
}

impl<'r, T: Column<'r>> Column<'r> for Option<T> {
    fn from_held(held: &'r Held) -> Option<Self> {
        match held {
            Held::Null => Some(None),
            held => T::from_held(held).map(Some),
        }
    }
}

impl Row {
    /// A row of SQLite, with a value for each column.
    pub(crate) fn sqlite(what: &'static str, columns: Columns, values: Vec<Held>) -> Self {
        Self {
            what,
            inner: Inner::Sqlite(columns, values),
        }
    }

    /// Wraps a row of PostgreSQL.
    pub(crate) fn postgres(what: &'static str, row: PgRow) -> Self {
        Self {
            what,
            inner: Inner::Postgres(row),
        }
    }

    /// An integer.
    pub(crate) fn int(&self, column: &str) -> Result<i64, StoreError> {
        self.get(column)
    }

    /// An integer or NULL.
    pub(crate) fn int_or_null(&self, column: &str) -> Result<Option<i64>, StoreError> {
        self.get(column)
    }

    /// A truth kept as 0 or 1.
    pub(crate) fn truth(&self, column: &str) -> Result<bool, StoreError> {
        match self.int(column)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.corrupt(column)),
        }
    }

    /// A text.
    pub(crate) fn text(&self, column: &str) -> Result<String, StoreError> {
        self.get(column).map(str::to_owned)
    }

    /// A text or NULL.
    pub(crate) fn text_or_null(&self, column: &str) -> Result<Option<&str>, StoreError> {
        self.get(column)
    }

    /// Bytes.
    pub(crate) fn bytes(&self, column: &str) -> Result<Vec<u8>, StoreError> {
        self.get(column).map(<[u8]>::to_vec)
    }

    /// A moment.
    pub(crate) fn time(&self, column: &str) -> Result<Time, StoreError> {
        self.int(column).map(Time)
    }

    /// A moment or NULL.
    pub(crate) fn time_or_null(&self, column: &str) -> Result<Option<Time>, StoreError> {
        Ok(self.int_or_null(column)?.map(Time))
    }

    /// The id of a Git object.
    pub(crate) fn oid(&self, column: &str) -> Result<Oid, StoreError> {
        self.known(column, Oid::from_bytes(self.get(column)?).ok())
    }

    /// The id of a Git object or NULL.
    pub(crate) fn oid_or_null(&self, column: &str) -> Result<Option<Oid>, StoreError> {
        let bytes: Option<&[u8]> = self.get(column)?;
        bytes
            .map(|bytes| self.known(column, Oid::from_bytes(bytes).ok()))
            .transpose()
    }

    /// Ids of Git objects, one after the other.
    pub(crate) fn oids(&self, column: &str) -> Result<Vec<Oid>, StoreError> {
        let bytes: &[u8] = self.get(column)?;
        bytes
            .chunks(20)
            .map(|one| self.known(column, Oid::from_bytes(one).ok()))
            .collect()
    }

    /// A SHA-256 digest.
    pub(crate) fn digest(&self, column: &str) -> Result<Digest, StoreError> {
        let bytes: &[u8] = self.get(column)?;
        self.known(column, bytes.try_into().map(Digest).ok())
    }

    /// A SHA-256 digest or NULL.
    pub(crate) fn digest_or_null(&self, column: &str) -> Result<Option<Digest>, StoreError> {
        let bytes: Option<&[u8]> = self.get(column)?;
        bytes
            .map(|bytes| self.known(column, bytes.try_into().map(Digest).ok()))
            .transpose()
    }

    /// A value kept as JSON text.
    pub(crate) fn json<T: serde::de::DeserializeOwned>(
        &self,
        column: &str,
    ) -> Result<T, StoreError> {
        self.known(column, serde_json::from_str(self.get(column)?).ok())
    }

    /// What was decoded from a column, or the error that it was not decodable.
    pub(crate) fn known<T>(&self, column: &str, decoded: Option<T>) -> Result<T, StoreError> {
        decoded.ok_or_else(|| self.corrupt(column))
    }

    fn get<'r, T: Column<'r>>(&'r self, column: &str) -> Result<T, StoreError> {
        let found = match &self.inner {
            Inner::Sqlite(columns, values) => {
                let place = columns.iter().position(|name| name == column);
                place.and_then(|place| T::from_held(values.get(place)?))
            }
            Inner::Postgres(row) => row.try_get(column).ok(),
        };
        self.known(column, found)
    }

    fn corrupt(&self, column: &str) -> StoreError {
        let id = format!("{}, column {column}", self.first_column());
        StoreError::Corrupt {
            what: self.what,
            id,
        }
    }

    /// The first column in words: statements ask for the key first.
    fn first_column(&self) -> String {
        match &self.inner {
            Inner::Sqlite(_, values) => match values.first() {
                Some(Held::Integer(int)) => int.to_string(),
                Some(Held::Text(text)) => text.clone(),
                Some(Held::Blob(bytes)) => hex(bytes),
                _ => String::new(),
            },
            Inner::Postgres(row) => {
                let int = row.try_get::<i64, _>(0).map(|int| int.to_string());
                let text = int.or_else(|_| row.try_get::<String, _>(0));
                text.or_else(|_| row.try_get::<Vec<u8>, _>(0).map(|bytes| hex(&bytes)))
                    .unwrap_or_default()
            }
        }
    }
}
