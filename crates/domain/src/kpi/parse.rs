//! Reading the KPIs of `library.yaml`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Direction, Kpi, KpiKind, KpiMore, Made, Winsorise, usual_decimals};
use crate::event::minor_units;
use crate::library::{LibraryError, each, list_of, text_of};
use crate::limits::{KPI_SEGMENTS_MAX, KPIS_MAX};

/// All KPIs, with what they say of each other checked.
pub(crate) fn parse_all(value: &Value) -> Result<BTreeMap<String, Kpi>, LibraryError> {
    let given = each(value, "kpis");
    if given.len() > KPIS_MAX {
        return Err(LibraryError::field(
            "kpis",
            format!(
                "holds {} KPIs; at most {KPIS_MAX} can be defined",
                given.len()
            ),
        ));
    }
    let mut kpis = BTreeMap::new();
    let mut places = BTreeMap::new();
    for (index, item) in given.iter().enumerate() {
        let kpi = Given { index, item }.kpi()?;
        if let Some(before) = places.insert(kpi.id.clone(), index) {
            return Err(LibraryError::field(
                format!("kpis[{index}].id"),
                format!("`{}` is the id of kpis[{before}] already", kpi.id),
            ));
        }
        kpis.insert(kpi.id.clone(), kpi);
    }
    for (id, index) in &places {
        check_parts(*index, &kpis[id], &kpis)?;
        let scale = scale(*index, &kpis[id], &kpis)?;
        if let (Some((unit, decimals)), Some(kpi)) = (scale, kpis.get_mut(id)) {
            kpi.decimals = decimals;
            if kpi.unit.is_empty() {
                kpi.unit = unit;
            }
        }
    }
    Ok(kpis)
}

/// The unit and decimals of what is made of other KPIs follow from theirs.
fn scale(
    index: usize,
    kpi: &Kpi,
    kpis: &BTreeMap<String, Kpi>,
) -> Result<Option<(String, u32)>, LibraryError> {
    match &kpi.more.made {
        Made::OfEvents => Ok(None),
        Made::OfQuantile { of, .. } => Ok(Some((kpis[of].unit.clone(), kpis[of].decimals))),
        Made::OfTwo {
            numerator,
            denominator,
        } => {
            let (above, below) = (&kpis[numerator], &kpis[denominator]);
            match above.decimals.checked_sub(below.decimals) {
                Some(decimals) => Ok(Some((above.unit.clone(), decimals))),
                None => Err(LibraryError::field(
                    format!("kpis[{index}].denominator"),
                    format!("has more decimals than `{numerator}`"),
                )),
            }
        }
    }
}

/// What a KPI is made of must be there and be measured by events.
fn check_parts(index: usize, kpi: &Kpi, kpis: &BTreeMap<String, Kpi>) -> Result<(), LibraryError> {
    let named = match &kpi.more.made {
        Made::OfEvents => Vec::new(),
        Made::OfTwo {
            numerator,
            denominator,
        } => vec![("numerator", numerator), ("denominator", denominator)],
        Made::OfQuantile { of, .. } => vec![("of", of)],
    };
    for (field, part) in named {
        let field = format!("kpis[{index}].{field}");
        match kpis.get(part) {
            None => {
                let reason = format!("names `{part}`, which is no KPI of this library");
                return Err(LibraryError::field(field, reason));
            }
            Some(found) if found.more.made != Made::OfEvents => {
                let reason = format!("names `{part}`, which is made of other KPIs itself");
                return Err(LibraryError::field(field, reason));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// One KPI as it is written.
struct Given<'a> {
    index: usize,
    item: &'a Value,
}

impl Given<'_> {
    fn wrong<T>(&self, name: &str, reason: impl Into<String>) -> Result<T, LibraryError> {
        let field = format!("kpis[{}].{name}", self.index);
        Err(LibraryError::field(field, reason))
    }

    fn text(&self, name: &str) -> String {
        text_of(self.item, name)
    }

    fn kpi(&self) -> Result<Kpi, LibraryError> {
        let id = self.text("id");
        if id.is_empty() {
            return self.wrong("id", "is missing");
        }
        let kind = self.kind()?;
        let currency = self.currency(kind)?;
        let decimals = self.decimals(&currency)?;
        let title = Some(self.text("title")).filter(|title| !title.is_empty());
        let unit = Some(self.text("unit")).filter(|unit| !unit.is_empty());
        Ok(Kpi {
            title: title.unwrap_or_else(|| id.clone()),
            id,
            kind,
            direction: self.direction()?,
            unit: unit.unwrap_or_else(|| currency.clone()),
            decimals,
            window_seconds: self.window_seconds()?,
            more: KpiMore {
                made: self.made(kind)?,
                winsorise: self.winsorise(decimals)?,
                min_units: self.min_units()?,
                not_worse_by_bp: self.not_worse_by_bp(kind)?,
                segments: self.segments()?,
                owner: self.text("owner"),
                currency,
            },
        })
    }

    fn kind(&self) -> Result<KpiKind, LibraryError> {
        Ok(match self.text("kind").as_str() {
            "" | "conversion" => KpiKind::Conversion,
            "value" => KpiKind::Value,
            "count" => KpiKind::Count,
            "ratio" => KpiKind::Ratio,
            "quantile" => KpiKind::Quantile,
            _ => {
                let reason = "must be one of conversion, value, count, ratio, quantile";
                return self.wrong("kind", reason);
            }
        })
    }

    fn direction(&self) -> Result<Direction, LibraryError> {
        match self.text("direction").as_str() {
            "" | "up" => Ok(Direction::Up),
            "down" => Ok(Direction::Down),
            _ => self.wrong("direction", "must be up or down"),
        }
    }

    fn window_seconds(&self) -> Result<i64, LibraryError> {
        let days = match self.item.get("window_days") {
            None | Some(Value::Null) => 7.0,
            Some(given) => given.as_f64().unwrap_or(f64::NAN),
        };
        if !(days > 0.0 && days <= 40.0) {
            return self.wrong("window_days", "must lie between 0 and 40");
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "at most 40 days of seconds"
        )]
        let seconds = (days * 86_400.0) as i64;
        Ok(seconds)
    }

    fn decimals(&self, currency: &str) -> Result<u32, LibraryError> {
        let usual = usual_decimals(currency);
        match self.item.get("decimals") {
            None | Some(Value::Null) => Ok(usual),
            Some(given) => match given.as_u64().and_then(|given| u32::try_from(given).ok()) {
                Some(given) => Ok(given.min(6)),
                None => self.wrong("decimals", "must be a whole number from 0 to 6"),
            },
        }
    }

    fn currency(&self, kind: KpiKind) -> Result<String, LibraryError> {
        let currency = self.text("currency");
        if currency.is_empty() {
            return Ok(currency);
        }
        if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return self.wrong("currency", "must be three capital letters, e.g. EUR");
        }
        if !matches!(kind, KpiKind::Value) {
            return self.wrong("currency", "can only be given to a KPI of kind value");
        }
        Ok(currency)
    }

    fn made(&self, kind: KpiKind) -> Result<Made, LibraryError> {
        let (numerator, denominator) = (self.text("numerator"), self.text("denominator"));
        let of = self.text("of");
        match kind {
            // Its parts are not said yet; it is shown, and nothing watches it.
            KpiKind::Ratio if numerator.is_empty() && denominator.is_empty() => Ok(Made::OfEvents),
            KpiKind::Ratio if numerator.is_empty() => self.wrong(
                "numerator",
                "is missing; a ratio divides one KPI by another",
            ),
            KpiKind::Ratio if denominator.is_empty() => self.wrong(
                "denominator",
                "is missing; a ratio divides one KPI by another",
            ),
            KpiKind::Ratio if numerator == denominator => {
                self.wrong("denominator", "is the numerator as well")
            }
            KpiKind::Ratio => Ok(Made::OfTwo {
                numerator,
                denominator,
            }),
            KpiKind::Quantile if of.is_empty() => {
                self.wrong("of", "is missing; a quantile is taken of another KPI")
            }
            KpiKind::Quantile => Ok(Made::OfQuantile {
                of,
                quantile_bp: self.quantile_bp()?,
            }),
            _ if !numerator.is_empty() => self.wrong("numerator", "belongs to a ratio only"),
            _ if !denominator.is_empty() => self.wrong("denominator", "belongs to a ratio only"),
            _ if !of.is_empty() => self.wrong("of", "belongs to a quantile only"),
            _ => Ok(Made::OfEvents),
        }
    }

    fn quantile_bp(&self) -> Result<u32, LibraryError> {
        let given = self.item.get("quantile").and_then(Value::as_f64);
        match given.and_then(basis_points) {
            Some(share) => Ok(share),
            None => self.wrong("quantile", "must lie between 0 and 1, e.g. 0.95"),
        }
    }

    /// A share like `2%` or `0.02`.
    fn not_worse_by_bp(&self, kind: KpiKind) -> Result<u32, LibraryError> {
        let is_given = self
            .item
            .get("not_worse_by")
            .is_some_and(|given| !given.is_null());
        if is_given && kind == KpiKind::Quantile {
            let reason = "belongs to no quantile: its interval holds for one look and is for reading, \
                          so nothing can be shown of it; give it to the KPI it is taken of";
            return self.wrong("not_worse_by", reason);
        }
        let share = match self.item.get("not_worse_by") {
            None | Some(Value::Null) => return Ok(0),
            Some(Value::String(text)) => {
                let number = text.strip_suffix('%').map(str::trim);
                number.and_then(|number| Some(number.parse::<f64>().ok()? / 100.0))
            }
            Some(given) => given.as_f64(),
        };
        match share.and_then(basis_points) {
            Some(share) => Ok(share),
            None => self.wrong(
                "not_worse_by",
                "must be a share like 2%, above 0 and below 1",
            ),
        }
    }

    /// `off`, `99.9%`, or an amount in the KPI's unit.
    fn winsorise(&self, decimals: u32) -> Result<Winsorise, LibraryError> {
        let how = "must be off, a share of people like 99.9%, or an amount";
        match self.item.get("winsorise") {
            None | Some(Value::Null) => Ok(Winsorise::Usual),
            Some(Value::Bool(false)) => Ok(Winsorise::Off),
            Some(Value::String(text)) if text == "off" => Ok(Winsorise::Off),
            Some(Value::String(text)) => {
                let number = text.strip_suffix('%').map(str::trim);
                let share = number.and_then(|number| number.parse::<f64>().ok());
                match share.and_then(|share| basis_points(share / 100.0)) {
                    Some(share) => Ok(Winsorise::QuantileBp(share)),
                    None => self.wrong("winsorise", how),
                }
            }
            Some(amount) => match minor_units(amount, decimals) {
                Ok(amount) if amount > 0 => Ok(Winsorise::At(amount)),
                _ => self.wrong("winsorise", how),
            },
        }
    }

    fn min_units(&self) -> Result<u64, LibraryError> {
        match self.item.get("min_units") {
            None | Some(Value::Null) => Ok(0),
            Some(given) => match given.as_u64() {
                Some(given) => Ok(given),
                None => self.wrong("min_units", "must be a whole number of people"),
            },
        }
    }

    fn segments(&self) -> Result<Vec<String>, LibraryError> {
        let segments = list_of(self.item, "segments");
        if segments.len() > KPI_SEGMENTS_MAX {
            let reason = format!("holds more than {KPI_SEGMENTS_MAX} attributes");
            return self.wrong("segments", reason);
        }
        Ok(segments)
    }
}

/// A share strictly between 0 and 1, in basis points.
fn basis_points(share: f64) -> Option<u32> {
    let points = (share * 10_000.0).round();
    if !(1.0..=9_999.0).contains(&points) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to lie within 1..=9999"
    )]
    let points = points as u32;
    Some(points)
}
