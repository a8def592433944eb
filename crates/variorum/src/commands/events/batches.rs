//! Cutting a file of events into batches without holding it whole: one JSON object a line, or one
//! JSON array. What an event must say is the server's business; here it only must be JSON.

use std::fmt;
use std::io::BufRead;
use std::path::Path;

use serde::de::{DeserializeSeed, Error as _, SeqAccess, Visitor};
use serde_json::Value;

use crate::commands::files::unreadable;
use crate::error::CliError;

/// Events in one request; half of what the server takes.
const EVENTS_MAX: usize = 5_000;
/// Bytes in one request; half of what the server takes.
const BYTES_MAX: usize = 4 * 1024 * 1024;

/// Where an event stands in the file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// Counted from 0.
    pub index: usize,
    /// The line, where the file has one event a line.
    pub line: Option<usize>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}"),
            None => write!(f, "event {}", self.index + 1),
        }
    }
}

/// Events for one request.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// The events.
    pub events: Vec<Value>,
    /// Where each stands in the file.
    pub places: Vec<Place>,
    /// What is not JSON, and why.
    pub unreadable: Vec<(Place, String)>,
    bytes: usize,
    is_first: bool,
    is_last: bool,
}

impl Batch {
    /// Whether it was cut off a longer file, so that people wait for more.
    pub(super) fn is_one_of_many(&self) -> bool {
        !(self.is_first && self.is_last)
    }
}

/// Who takes the batches.
type Take<'a> = &'a mut dyn FnMut(Batch) -> Result<(), CliError>;

struct Cutter<'a> {
    batch: Batch,
    index: usize,
    take: Take<'a>,
}

impl<'a> Cutter<'a> {
    fn new(take: Take<'a>) -> Self {
        Self {
            batch: Batch {
                is_first: true,
                ..Batch::default()
            },
            index: 0,
            take,
        }
    }

    fn add(
        &mut self,
        event: Result<Value, String>,
        line: Option<usize>,
        bytes: usize,
    ) -> Result<(), CliError> {
        let full = self.batch.events.len() + self.batch.unreadable.len() >= EVENTS_MAX;
        if full || (self.batch.bytes + bytes > BYTES_MAX && self.batch.bytes > 0) {
            self.flush()?;
        }
        let place = Place {
            index: self.index,
            line,
        };
        self.index += 1;
        self.batch.bytes += bytes;
        match event {
            Ok(event) => {
                self.batch.events.push(event);
                self.batch.places.push(place);
            }
            Err(why) => self.batch.unreadable.push((place, why)),
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), CliError> {
        let batch = std::mem::take(&mut self.batch);
        let is_empty = batch.events.is_empty() && batch.unreadable.is_empty();
        if is_empty { Ok(()) } else { (self.take)(batch) }
    }

    fn end(mut self) -> Result<(), CliError> {
        self.batch.is_last = true;
        self.flush()
    }
}

/// Reads all events and hands them out in batches.
pub(super) fn read(path: &Path, mut from: impl BufRead, take: Take<'_>) -> Result<(), CliError> {
    let failed = |error: std::io::Error| unreadable(path, &error);
    let mut cutter = Cutter::new(take);
    let mut skipped = 0;
    loop {
        let waiting = from.fill_buf().map_err(failed)?;
        let Some(first) = waiting.first().copied() else {
            return cutter.end();
        };
        if !first.is_ascii_whitespace() {
            match first {
                b'[' => read_array(path, from, &mut cutter)?,
                _ => read_lines(path, from, skipped, &mut cutter)?,
            }
            return cutter.end();
        }
        skipped += usize::from(first == b'\n');
        from.consume(1);
    }
}

fn read_lines(
    path: &Path,
    from: impl BufRead,
    skipped: usize,
    cutter: &mut Cutter<'_>,
) -> Result<(), CliError> {
    for (number, line) in from.split(b'\n').enumerate() {
        let line = line.map_err(|error| unreadable(path, &error))?;
        if line.trim_ascii().is_empty() {
            continue;
        }
        let event = serde_json::from_slice::<Value>(&line);
        let event = event.map_err(|error| format!("not valid JSON: {error}"));
        cutter.add(event, Some(skipped + number + 1), line.len())?;
    }
    Ok(())
}

fn read_array(path: &Path, from: impl BufRead, cutter: &mut Cutter<'_>) -> Result<(), CliError> {
    let mut failed = None;
    let mut reader = serde_json::Deserializer::from_reader(from);
    let events = Events {
        cutter,
        failed: &mut failed,
    };
    let read = events.deserialize(&mut reader).and_then(|()| reader.end());
    match (failed, read) {
        (Some(error), _) => Err(error),
        (None, Ok(())) => Ok(()),
        (None, Err(error)) => {
            cutter.flush()?;
            Err(CliError::user(
                format!(
                    "`{}` is not a JSON array of events: {error}",
                    path.display()
                ),
                "the events before that place were sent; mend the file and send it again",
            ))
        }
    }
}

/// Takes the elements of an array as they are read.
struct Events<'c, 'a> {
    cutter: &'c mut Cutter<'a>,
    failed: &'c mut Option<CliError>,
}

impl<'de> DeserializeSeed<'de> for Events<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Events<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while let Some(event) = elements.next_element::<Value>()? {
            let bytes = event.to_string().len();
            if let Err(error) = self.cutter.add(Ok(event), None, bytes) {
                let stop = A::Error::custom("the server refused a batch");
                *self.failed = Some(error);
                return Err(stop);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Result<Vec<Batch>, CliError> {
        let mut batches = Vec::new();
        let mut take = |batch| {
            batches.push(batch);
            Ok(())
        };
        read(Path::new("x"), text.as_bytes(), &mut take)?;
        Ok(batches)
    }

    #[test]
    fn lines_are_counted_whether_or_not_they_can_be_read() {
        let batches = cut("\n{\"id\":\"a\"}\n\nno json\r\n{\"id\":\"b\"}\r\n").unwrap();
        assert_eq!(batches.len(), 1);
        let batch = &batches[0];
        let ids: Vec<&Value> = batch.events.iter().map(|event| &event["id"]).collect();
        assert_eq!(ids, ["a", "b"]);
        let lines: Vec<_> = batch
            .places
            .iter()
            .map(|place| (place.index, place.line))
            .collect();
        assert_eq!(lines, [(0, Some(2)), (2, Some(5))]);
        assert_eq!(
            batch.unreadable[0].0,
            Place {
                index: 1,
                line: Some(4)
            }
        );
        assert!(batch.unreadable[0].1.starts_with("not valid JSON"));
        assert!(!batch.is_one_of_many());
    }

    #[test]
    fn many_events_are_cut_into_batches() {
        let lines: String = (0..12_001).fold(String::new(), |all, n| {
            all + &format!("{{\"id\":\"{n}\"}}\n")
        });
        let array = format!("[{}]", lines.trim_end().replace('\n', ","));
        for text in [lines, array] {
            let batches = cut(&text).unwrap();
            let sizes: Vec<usize> = batches.iter().map(|batch| batch.events.len()).collect();
            assert_eq!(sizes, [5_000, 5_000, 2_001]);
            assert_eq!(batches[2].places[2_000].index, 12_000);
            assert!(batches.iter().all(Batch::is_one_of_many));
        }
    }

    #[test]
    fn large_events_are_cut_by_size() {
        let event = format!("{{\"id\":\"{}\"}}\n", "x".repeat(1_500_000));
        let batches = cut(&event.repeat(5)).unwrap();
        let sizes: Vec<usize> = batches.iter().map(|batch| batch.events.len()).collect();
        assert_eq!(sizes, [2, 2, 1]);
    }

    #[test]
    fn an_array_that_breaks_off_is_told() {
        let error = cut("[{\"id\":\"a\"},").unwrap_err();
        assert!(
            error.message.contains("is not a JSON array of events"),
            "{}",
            error.message
        );
        assert_eq!(error.exit, 1);
        assert!(cut("  \n ").unwrap().is_empty());
        assert!(cut("[]").unwrap().is_empty());
    }

    #[test]
    fn a_refused_batch_ends_the_reading() {
        let mut asked = 0;
        let mut refuse = |_: Batch| {
            asked += 1;
            Err(CliError::user("refused", ""))
        };
        let array = format!("[{}]", vec!["{}"; 11_000].join(","));
        let error = read(Path::new("x"), array.as_bytes(), &mut refuse).unwrap_err();
        assert_eq!((error.message.as_str(), asked), ("refused", 1));
    }
}
