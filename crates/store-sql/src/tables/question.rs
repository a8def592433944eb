//! A question to the listing that grows condition by condition.

use std::fmt::Write as _;

use variorum_domain::id::WorkspaceId;
use variorum_domain::library::ARCHIVED;
use variorum_ports::rows::LibraryFilter;

use super::search;
use super::spellings::Spellings;
use crate::dialect::Engine;
use crate::sql::Value;

/// A statement that grows condition by condition. Only literals become part of its text.
pub(super) struct Question<'a> {
    pub(super) sql: String,
    pub(super) values: Vec<Value<'a>>,
}

impl<'a> Question<'a> {
    pub(super) fn new(select: &str, id: WorkspaceId) -> Self {
        Self {
            sql: select.to_owned(),
            values: vec![Value::from(id)],
        }
    }

    /// Adds a condition with a `?` for each value.
    pub(super) fn add<const N: usize>(&mut self, condition: &'static str, values: [Value<'a>; N]) {
        let mut parts = condition.split('?');
        self.sql.push_str(parts.next().unwrap_or_default());
        for (value, part) in values.into_iter().zip(parts) {
            self.values.push(value);
            let _ = write!(self.sql, "${}{part}", self.values.len());
        }
    }

    /// Every condition of a filter, on rows of the listing.
    pub(super) fn add_filter(
        &mut self,
        engine: Engine,
        id: WorkspaceId,
        filter: &'a LibraryFilter,
        spellings: &Spellings,
    ) {
        self.add_kinds(" AND l.kind IN (?", &filter.kinds);
        if let Some(folder) = filter.folder.as_deref().filter(|folder| !folder.is_empty()) {
            // `0` is the character after `/`.
            let folder = folder.trim_end_matches('/');
            let below = [
                Value::from(folder),
                Value::from(format!("{folder}/")),
                Value::from(format!("{folder}0")),
            ];
            self.add(
                " AND (l.folder = ? OR (l.folder >= ? AND l.folder < ?))",
                below,
            );
        }
        if filter.without_archived {
            self.add(" AND l.status <> ?", [Value::from(ARCHIVED)]);
        }
        if let Some(asked) = search::asked(engine, id, &looked_up(filter), spellings) {
            self.add(engine.paths_found(), [Value::from(asked.all)]);
        }
        self.add_joined(engine, filter);
    }

    /// That the kind is one of these, where any are given.
    pub(super) fn add_kinds(&mut self, first: &'static str, kinds: &'a [String]) {
        for (number, kind) in kinds.iter().enumerate() {
            let condition = if number == 0 { first } else { ", ?" };
            self.add(condition, [Value::from(kind)]);
        }
        if !kinds.is_empty() {
            self.add(")", []);
        }
    }

    /// The conditions that the index over words does not know.
    pub(super) fn add_joined(&mut self, engine: Engine, filter: &'a LibraryFilter) {
        if let Some((kind, to_ref)) = &filter.refers_to {
            self.add(
                " AND l.path IN (SELECT from_path FROM library_edges \
                 WHERE workspace = $1 AND kind = ? AND to_ref = ?)",
                [Value::from(kind.name()), Value::from(to_ref)],
            );
        }
        if filter.with_errors {
            self.add(" AND l.errors > 0", []);
        }
        if let Some(before) = filter.expires_before {
            self.add(" AND l.expires_at < ?", [Value::from(before)]);
        }
        if let Some(score) = filter.score_below {
            self.add(" AND l.score < ?", [Value::from(score)]);
        }
        if filter.lacking != 0 {
            self.add(" AND (l.lacking & ?) <> 0", [Value::from(filter.lacking)]);
        }
        if let Some(ids) = &filter.ids {
            let list = serde_json::Value::from(ids.clone()).to_string();
            self.add(engine.id_in_json(), [Value::from(list)]);
        }
    }
}

/// What the listing leaves to the index over words: whether a file is archived stands in its row.
pub(super) fn looked_up(filter: &LibraryFilter) -> LibraryFilter {
    LibraryFilter {
        without_archived: false,
        ..filter.clone()
    }
}
