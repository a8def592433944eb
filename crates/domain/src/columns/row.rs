//! One event, coded.

use sha2::{Digest as _, Sha256};

use crate::event::EventKind;

/// The arm of an event that names none.
pub const NO_ARM: u8 = u8::MAX;

/// A unit by the first 8 bytes of the SHA-256 of its id. Among a hundred million units two share a
/// code with a chance of one in 3,700.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitCode(pub u64);

impl UnitCode {
    /// The code of a unit.
    pub fn of(unit: &str) -> Self {
        let digest: [u8; 32] = Sha256::digest(unit.as_bytes()).into();
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        Self(u64::from_be_bytes(first))
    }
}

/// One event of a unit. A column that was not asked for is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// When it happened, in microseconds.
    pub time: i64,
    /// How much, in the KPI's smallest unit.
    pub value: i64,
    /// The number of the rollout, 0 for none.
    pub rollout: i64,
    /// The code of the prompt.
    pub prompt: u32,
    /// The code of the KPI.
    pub kpi: u32,
    /// The code of the channel.
    pub channel: u32,
    /// Exposure or outcome.
    pub kind: EventKind,
    /// The arm, [`NO_ARM`] for none.
    pub arm: u8,
}

impl Row {
    /// A row of which nothing was read.
    pub(super) const BLANK: Self = Self {
        time: 0,
        value: 0,
        rollout: 0,
        prompt: 0,
        kpi: 0,
        channel: 0,
        kind: EventKind::Outcome,
        arm: 0,
    };
}

/// What a scan found of one unit, in order of time; events of one moment in order of arrival.
#[derive(Debug, Clone, Copy)]
pub struct UnitRows<'a> {
    /// The events.
    pub rows: &'a [Row],
    pub(crate) attributes: &'a [u32],
    pub(crate) width: usize,
}

impl UnitRows<'_> {
    /// The code of an attribute of a row; `key` is its place in the list that was asked for.
    pub fn attribute(&self, row: usize, key: usize) -> u32 {
        let place = row * self.width + key;
        self.attributes.get(place).copied().unwrap_or(0)
    }
}
