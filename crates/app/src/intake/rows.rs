//! The rows of a table as events, a batch at a time.

use std::collections::HashMap;

use variorum_domain::event::Event;
use variorum_domain::id::{RolloutNumber, Time};
use variorum_domain::intake::{
    BACKFILL_DAYS_MAX, RawRow, Reader, RowFault, RowSource, UPLOAD_ROWS_MAX,
};
use variorum_domain::library::Library;
use variorum_domain::limits::{EVENT_AGE_DAYS_MAX, EVENT_ATTRIBUTES_BYTES_MAX};

use super::UploadTable;
use crate::events::check_arm;
use crate::{Error, Result};

/// Rows read before others have their turn; a few milliseconds of work.
const ROWS_PER_BATCH: usize = 2_000;
/// Room that is left in the attributes for where an event is from.
const MARK_BYTES: usize = 80;

pub(super) struct Rows<'a> {
    source: &'a mut dyn RowSource,
    reader: Reader<'a>,
    now: Time,
    days_max: i64,
    arms: HashMap<RolloutNumber, usize>,
    read: u64,
}

pub(super) type Batch = Vec<(u64, std::result::Result<Event, RowFault>)>;

impl<'a> Rows<'a> {
    /// Begins at the first row.
    pub(super) fn begin(
        source: &'a mut dyn RowSource,
        cmd: &'a UploadTable,
        library: &'a Library,
        now: Time,
        arms: HashMap<RolloutNumber, usize>,
    ) -> Result<Self> {
        source.rewind()?;
        let reader = Reader::new(&cmd.mapping, source.columns(), library)?;
        Ok(Self {
            source,
            reader,
            now,
            days_max: if cmd.backfill {
                BACKFILL_DAYS_MAX
            } else {
                EVENT_AGE_DAYS_MAX
            },
            arms,
            read: 0,
        })
    }

    /// The next rows; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Batch>> {
        tokio::task::yield_now().await;
        let rows = self.source.next_rows(ROWS_PER_BATCH)?;
        self.read += rows.len() as u64;
        if self.read > UPLOAD_ROWS_MAX {
            return Err(Error::invalid_with_hint(
                format!("the table has more than {UPLOAD_ROWS_MAX} rows"),
                "cut it into several files and send one after the other",
            ));
        }
        if rows.is_empty() {
            return Ok(None);
        }
        Ok(Some(
            rows.iter().map(|row| (row.line, self.event(row))).collect(),
        ))
    }

    fn event(&mut self, row: &RawRow) -> std::result::Result<Event, RowFault> {
        let event = self.reader.read(row)?;
        let fault = |code, message: String| RowFault {
            column: None,
            code,
            message,
            value: String::new(),
        };
        if event.attributes.len() + MARK_BYTES > EVENT_ATTRIBUTES_BYTES_MAX {
            let message =
                "the further columns together are too long; keep fewer of them".to_owned();
            return Err(fault("too-long", message));
        }
        let checked = event
            .check_within(self.now, self.days_max)
            .and_then(|()| check_arm(&event, &self.arms));
        match checked {
            Ok(()) => Ok(event),
            Err(error) => Err(fault(error.code(), error.to_string())),
        }
    }
}
