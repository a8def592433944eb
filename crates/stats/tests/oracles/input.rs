//! Reads the inputs of cases and writes answers in their spelling.

use serde_json::{Value, json};

use variorum_stats::moments::{Arm, Sample};
use variorum_stats::proportion::Counts;

/// A number, also in the spellings "inf", "-inf" and of integers beyond 2^53.
pub(crate) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// A number that the case must have.
pub(crate) fn required(input: &Value, name: &str) -> Result<f64, String> {
    number(&input[name]).ok_or(format!("no number `{name}`"))
}

/// An integer written as one, of any size.
pub(crate) fn exact_integer(value: &Value) -> Option<i128> {
    match value {
        Value::Number(number) => number
            .as_i64()
            .map(i128::from)
            .or_else(|| number.as_u64().map(i128::from)),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// An integer, also if it was written with a decimal point.
pub(crate) fn integer(value: &Value) -> Option<i128> {
    exact_integer(value).or_else(|| {
        let float = value.as_f64()?;
        let whole = float.fract().abs() <= 0.0 && float.abs() < 9e15;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "checked to be whole and small"
        )]
        whole.then_some(float as i128)
    })
}

/// A count.
pub(crate) fn count(value: &Value) -> Option<u64> {
    integer(value).and_then(|value| u64::try_from(value).ok())
}

/// A list of numbers.
pub(crate) fn numbers(value: &Value) -> Result<Vec<f64>, String> {
    let items = value.as_array().ok_or("no list of numbers")?;
    items
        .iter()
        .map(|item| number(item).ok_or(format!("no number: {item}")))
        .collect()
}

/// A list of counts.
pub(crate) fn counts(value: &Value) -> Result<Vec<u64>, String> {
    let items = value.as_array().ok_or("no list of counts")?;
    items
        .iter()
        .map(|item| count(item).ok_or(format!("no count: {item}")))
        .collect()
}

/// Units and conversions of an arm.
pub(crate) fn conversions(arm: &Value) -> Result<Counts, String> {
    let pair = count(&arm["n"]).zip(count(&arm["x"]));
    pair.map(|(n, converted)| Counts { n, converted })
        .ok_or(format!("no counts: {arm}"))
}

/// Exact sums of an arm, if all of them are integers.
pub(crate) fn integer_arm(arm: &Value) -> Option<Arm> {
    Some(Arm {
        n: count(&arm["n"])?,
        sum: integer(&arm["sum"])?,
        sum_sq: integer(&arm["sumsq"])?,
    })
}

/// A sample of a mean; `None` without variance figures, that is with fewer than two units.
pub(crate) fn mean_sample(arm: &Value) -> Option<Sample> {
    match integer_arm(arm) {
        Some(arm) => arm.sample(),
        None => Sample::from_sums(
            count(&arm["n"])?,
            number(&arm["sum"])?,
            number(&arm["sumsq"])?,
        ),
    }
}

/// A sample of either kind.
pub(crate) fn sample(input: &Value, arm: &str) -> Option<Sample> {
    if input["kind"] == "prop" {
        let counts = conversions(&input[arm]).ok()?;
        Sample::of_conversions(counts.n, counts.converted)
    } else {
        mean_sample(&input[arm])
    }
}

/// Both arms.
pub(crate) fn samples(input: &Value) -> Option<(Sample, Sample)> {
    sample(input, "control").zip(sample(input, "treatment"))
}

/// A float as the files spell it; NaN becomes a text that equals nothing.
pub(crate) fn float(value: f64) -> Value {
    if value.is_nan() {
        json!("not a number")
    } else if value.is_infinite() {
        json!(if value > 0.0 { "inf" } else { "-inf" })
    } else {
        json!(value)
    }
}

/// A float or null.
pub(crate) fn maybe(value: Option<f64>) -> Value {
    value.map_or(Value::Null, float)
}

/// An integer as the files spell it.
pub(crate) fn whole(value: i128) -> Value {
    match i64::try_from(value) {
        Ok(small) if small.abs() < 1 << 53 => json!(small),
        _ => json!(value.to_string()),
    }
}

/// A pair of bounds.
pub(crate) fn bounds(low: f64, high: f64) -> Value {
    json!([float(low), float(high)])
}

/// Puts the fields of the second object over those of the first.
pub(crate) fn joined(mut base: Value, more: Value) -> Value {
    if let (Value::Object(base), Value::Object(more)) = (&mut base, more) {
        base.extend(more);
    }
    base
}
