//! Sources: places elsewhere whose signed webhooks become events. What a source may be called, how its
//! bodies are read, and what became of one delivery. It must not know how deliveries arrive.

mod pace;
mod read;
mod shape;
#[cfg(test)]
mod tests;
mod text;

pub use pace::{BURST_SECONDS, DELIVERIES_PER_SECOND, DELIVERIES_PER_SECOND_MAX, Pace};
pub use read::{Became, Delivery, Piece, read};
pub use shape::{Shape, ShapeFault};
pub use text::{Form, read_text};

/// Sources of one workspace.
pub const SOURCES_MAX: usize = 50;
/// Characters of a source's name.
pub const SOURCE_NAME_CHARS_MAX: usize = 40;
/// Bytes of one delivery.
pub const DELIVERY_BYTES_MAX: usize = 1024 * 1024;
/// Items of one delivery.
pub const ITEMS_PER_DELIVERY_MAX: usize = 1_000;
/// KPIs to which one name of an event leads.
pub const TARGETS_PER_NAME_MAX: usize = 10;
/// Names of events that a source knows.
pub const NAMES_PER_SOURCE_MAX: usize = 100;
/// Further facts that are kept of an event.
pub const ATTRIBUTES_PER_SOURCE_MAX: usize = 20;
/// Bytes of a pointer into a body.
pub const POINTER_BYTES_MAX: usize = 256;
/// Deliveries of a source that are remembered: so many that were believed, and as many that were not.
pub const RECEIPTS_KEPT_MAX: usize = 50;
/// How long the secret before still counts after a change.
pub const ROTATION_HOURS: i64 = 24;
/// What stands in place of a KPI for an event that is an exposure.
pub const EXPOSURE: &str = "exposure";
/// The name of an event that stands for all that are not named.
pub const ANY_NAME: &str = "*";
/// The attribute by which an event says from which source it is.
pub const SOURCE_ATTRIBUTE: &str = "variorum.source";
/// The attribute by which an event says of which environment its source tells.
pub const ENVIRONMENT_ATTRIBUTE: &str = "variorum.environment";

/// Whether a source may be called that.
pub fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=SOURCE_NAME_CHARS_MAX).contains(&name.len())
        && name.bytes().all(fits)
        && !name.starts_with('-')
        && !name.ends_with('-')
}
