//! Values bound to a statement. Each carries its type even when it is NULL, as PostgreSQL wants.

use std::borrow::Cow;

use rusqlite::types::{ToSqlOutput, ValueRef};
use sqlx::Arguments;
use sqlx::error::BoxDynError;
use sqlx::postgres::PgArguments;
use variorum_domain::id::{
    ActorId, ChangeNumber, Digest, IncidentNumber, NoticeId, Oid, ReleaseNumber, RolloutNumber,
    ThreadNumber, Time, TokenId, WorkspaceId,
};

/// One value.
#[derive(Debug, Clone)]
pub(crate) enum Value<'a> {
    Int(Option<i64>),
    Text(Option<Cow<'a, str>>),
    Bytes(Option<Cow<'a, [u8]>>),
}

impl Value<'_> {
    /// About how many bytes it takes on its way.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Int(_) => 8,
            Self::Text(text) => text.as_ref().map_or(0, |text| text.len()),
            Self::Bytes(bytes) => bytes.as_ref().map_or(0, |bytes| bytes.len()),
        }
    }

    /// The same value with bytes of its own, for another thread.
    pub(crate) fn to_static(&self) -> Value<'static> {
        fn owned<T: ToOwned + ?Sized>(cow: Option<&Cow<'_, T>>) -> Option<Cow<'static, T>> {
            cow.map(|cow| Cow::Owned(T::to_owned(cow)))
        }
        match self {
            Self::Int(int) => Value::Int(*int),
            Self::Text(text) => Value::Text(owned(text.as_ref())),
            Self::Bytes(bytes) => Value::Bytes(owned(bytes.as_ref())),
        }
    }
}

/// Values are bound as they are; SQLite's columns hold their types.
impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Int(Some(int)) => ValueRef::Integer(*int),
            Self::Text(Some(text)) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(Some(bytes)) => ValueRef::Blob(bytes),
            Self::Int(None) | Self::Text(None) | Self::Bytes(None) => ValueRef::Null,
        }))
    }
}

/// Whether a text among the values holds a NUL character.
pub(crate) fn has_nul(values: &[Value<'_>]) -> bool {
    values
        .iter()
        .any(|value| matches!(value, Value::Text(Some(text)) if text.as_bytes().contains(&0)))
}

/// The values as PostgreSQL's driver takes them.
pub(crate) fn for_postgres(values: &[Value<'_>]) -> Result<PgArguments, BoxDynError> {
    let mut arguments = PgArguments::default();
    for value in values {
        match value {
            Value::Int(int) => arguments.add(*int)?,
            Value::Text(text) => arguments.add(text.as_deref())?,
            Value::Bytes(bytes) => arguments.add(bytes.as_deref())?,
        }
    }
    Ok(arguments)
}

impl From<i64> for Value<'_> {
    fn from(int: i64) -> Self {
        Self::Int(Some(int))
    }
}

impl From<Option<i64>> for Value<'_> {
    fn from(int: Option<i64>) -> Self {
        Self::Int(int)
    }
}

impl From<bool> for Value<'_> {
    fn from(truth: bool) -> Self {
        Self::Int(Some(i64::from(truth)))
    }
}

impl From<usize> for Value<'_> {
    fn from(count: usize) -> Self {
        Self::Int(Some(i64::try_from(count).unwrap_or(i64::MAX)))
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Some(Cow::Borrowed(text)))
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Some(Cow::Borrowed(text)))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Some(Cow::Owned(text)))
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(Some(Cow::Borrowed(bytes)))
    }
}

impl From<Vec<u8>> for Value<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(Some(Cow::Owned(bytes)))
    }
}

impl<'a> From<&'a Oid> for Value<'a> {
    fn from(oid: &'a Oid) -> Self {
        Self::Bytes(Some(Cow::Borrowed(oid.as_bytes())))
    }
}

impl<'a> From<&'a Option<Oid>> for Value<'a> {
    fn from(oid: &'a Option<Oid>) -> Self {
        Self::Bytes(oid.as_ref().map(|oid| Cow::Borrowed(oid.as_bytes())))
    }
}

impl<'a> From<&'a Digest> for Value<'a> {
    fn from(digest: &'a Digest) -> Self {
        Self::Bytes(Some(Cow::Borrowed(digest.as_bytes())))
    }
}

impl<'a> From<&'a Option<Digest>> for Value<'a> {
    fn from(digest: &'a Option<Digest>) -> Self {
        Self::Bytes(
            digest
                .as_ref()
                .map(|digest| Cow::Borrowed(digest.as_bytes())),
        )
    }
}

impl From<Option<Time>> for Value<'_> {
    fn from(time: Option<Time>) -> Self {
        Self::Int(time.map(|time| time.0))
    }
}

macro_rules! numbers {
    ($($name:ident)*) => {
        $(impl From<$name> for Value<'_> {
            fn from(number: $name) -> Self {
                Self::Int(Some(number.0))
            }
        })*
    };
}

numbers!(ActorId ChangeNumber IncidentNumber NoticeId ReleaseNumber RolloutNumber ThreadNumber Time TokenId WorkspaceId);
