//! Topics of assignment and of event sums: hashing, bucketing, streaming.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Value, json};

use variorum_stats::bucket::{self, Assignment, Layer};
use variorum_stats::compat::{self, GrowthBookVersion};
use variorum_stats::hash;
use variorum_stats::moments::Arm;

use crate::input::{count, counts, float, maybe, number, numbers, whole};

fn text<'a>(input: &'a Value, name: &str) -> Result<&'a str, String> {
    input[name].as_str().ok_or(format!("no text `{name}`"))
}

fn small(input: &Value, name: &str) -> Result<u32, String> {
    let value = count(&input[name]).and_then(|value| u32::try_from(value).ok());
    value.ok_or(format!("no small integer `{name}`"))
}

fn bytes(input: &Value) -> Result<Vec<u8>, String> {
    if let Some(text) = input["utf8"].as_str() {
        return Ok(text.as_bytes().to_vec());
    }
    let digits = text(input, "hex")?;
    let pairs = (0..digits.len()).step_by(2);
    pairs
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).map_err(|error| error.to_string()))
        .collect()
}

pub(crate) fn hashing(input: &Value) -> Result<Value, String> {
    Ok(match text(input, "algorithm")? {
        "murmur3_x86_32" => {
            json!({"hash": hash::murmur3_x86_32(&bytes(input)?, small(input, "seed")?)})
        }
        "murmur3_x86_32_smhasher" => json!({"hash": verification_value()}),
        "pm1_bucket" => json!({"bucket": hash::pm1(text(input, "salt")?, text(input, "unit")?)}),
        "fnv1a32" => json!({"hash": compat::fnv1a32(&bytes(input)?)}),
        "optimizely_bucket" => json!({"bucket": compat::optimizely_bucket(text(input, "key")?)}),
        "unleash_normalized" => {
            let (group, identifier) = (text(input, "group")?, text(input, "identifier")?);
            let (normalizer, seed) = (small(input, "normalizer")?, small(input, "seed")?);
            json!({"value": compat::unleash_normalized(group, identifier, normalizer, seed)})
        }
        "growthbook" => growthbook(input)?,
        other => return Err(format!("unknown algorithm `{other}`")),
    })
}

fn growthbook(input: &Value) -> Result<Value, String> {
    let (seed, value) = (text(input, "seed")?, text(input, "value")?);
    let version = match small(input, "version")? {
        1 => GrowthBookVersion::One,
        2 => GrowthBookVersion::Two,
        _ => return Ok(json!({"n": null})),
    };
    // What a wrong implementation over UTF-8 bytes would give, as the files note it down.
    let inner = compat::fnv1a32(format!("{seed}{value}").as_bytes());
    let by_bytes = f64::from(compat::fnv1a32(inner.to_string().as_bytes()) % 10_000) / 10_000.0;
    Ok(json!({
        "n": float(compat::growthbook(seed, value, version)),
        "n_if_hashed_as_utf8_bytes": float(by_bytes),
    }))
}

/// The published check of an implementation: the hash of 256 hashes of growing inputs.
fn verification_value() -> u32 {
    let input: Vec<u8> = (0..=255).collect();
    let hashes = (0u32..256)
        .zip(0usize..)
        .flat_map(|(length, end)| hash::murmur3_x86_32(&input[..end], 256 - length).to_le_bytes());
    hash::murmur3_x86_32(&hashes.collect::<Vec<u8>>(), 0)
}

pub(crate) fn bucketing(input: &Value) -> Result<Value, String> {
    if input["kind"] == "growthbook_ranges" {
        return growthbook_ranges(input);
    }
    let weights = counts(&input["weights_bp"])?
        .into_iter()
        .map(|weight| u32::try_from(weight).map_err(|error| error.to_string()))
        .collect::<Result<Vec<u32>, String>>()?;
    let coverage = |value: &Value| {
        count(value)
            .and_then(|value| u32::try_from(value).ok())
            .ok_or("no coverage".to_owned())
    };
    Ok(match text(input, "kind")? {
        "ranges" => {
            let ranges = bucket::ranges(&weights, coverage(&input["coverage_bp"])?);
            json!({"ranges": ranges.map(|(start, end)| json!([start, end])).collect::<Vec<_>>()})
        }
        "assign" => assign(input, &weights, coverage(&input["coverage_bp"])?)?,
        "ramp" => {
            let (salt, unit) = (text(input, "salt")?, text(input, "unit")?);
            let stages = input["coverages_bp"].as_array().ok_or("no coverages")?;
            let variant =
                |stage| Ok(bucket::assign(salt, unit, &weights, coverage(stage)?, None).variant());
            let variants: Result<Vec<_>, String> = stages.iter().map(variant).collect();
            json!({"variants": variants?})
        }
        "distribution" => distribution(input, &weights, coverage(&input["coverage_bp"])?)?,
        other => return Err(format!("unknown kind `{other}`")),
    })
}

fn assign(input: &Value, weights: &[u32], coverage: u32) -> Result<Value, String> {
    let (salt, unit) = (text(input, "salt")?, text(input, "unit")?);
    let layer = if input["layer"].is_object() {
        let layer = &input["layer"];
        Some(Layer {
            salt: text(layer, "salt")?,
            start: small(layer, "start")?,
            end: small(layer, "end")?,
        })
    } else {
        None
    };
    let (status, bucket) = match bucket::assign(salt, unit, weights, coverage, layer.as_ref()) {
        Assignment::NoUnit => ("no_unit", json!({})),
        Assignment::LayerExcluded => ("layer_excluded", json!({})),
        Assignment::NotInCoverage { bucket } => ("not_in_coverage", json!({"bucket": bucket})),
        Assignment::Assigned { bucket, variant } => {
            ("assigned", json!({"bucket": bucket, "variant": variant}))
        }
    };
    Ok(json!({"status": status, "bucket": bucket["bucket"], "variant": bucket["variant"]}))
}

/// Counts units of a pattern such as "user_{i}, i = 0..19999", both ends included.
fn distribution(input: &Value, weights: &[u32], coverage: u32) -> Result<Value, String> {
    let pattern = text(input, "unit_pattern")?;
    let (template, range) = pattern.split_once(", i = ").ok_or("unknown unit pattern")?;
    let (first, last) = range.split_once("..").ok_or("unknown unit pattern")?;
    let parse = |text: &str| {
        text.trim()
            .parse::<u64>()
            .map_err(|error| error.to_string())
    };
    let mut counts = vec![0u64; weights.len()];
    let mut outside = 0u64;
    for index in parse(first)?..=parse(last)? {
        let unit = template.replace("{i}", &index.to_string());
        match bucket::assign(text(input, "salt")?, &unit, weights, coverage, None).variant() {
            Some(variant) => counts[variant] += 1,
            None => outside += 1,
        }
    }
    Ok(json!({"counts": counts, "not_assigned": outside}))
}

fn growthbook_ranges(input: &Value) -> Result<Value, String> {
    let variations = usize::try_from(small(input, "variations")?).map_err(|e| e.to_string())?;
    let weights = input["weights"]
        .as_array()
        .map(|_| numbers(&input["weights"]))
        .transpose()?;
    let coverage = number(&input["coverage"]).unwrap_or(1.0);
    let ranges = compat::growthbook_ranges(variations, coverage, weights.as_deref());
    let pairs = ranges
        .into_iter()
        .map(|(start, end)| json!([float(start), float(end)]));
    Ok(json!({"ranges": pairs.collect::<Vec<_>>()}))
}

/// Folds events the way the product does: first exposure wins, each event id counts once, units
/// without exposure are left out.
pub(crate) fn streaming(input: &Value) -> Result<Value, String> {
    let mut arms: BTreeMap<&str, Arm> = BTreeMap::new();
    let mut units: HashMap<&str, (&str, i64)> = HashMap::new();
    let mut seen: HashSet<&str> = HashSet::new();
    for op in input["ops"].as_array().ok_or("no operations")? {
        let unit = text(op, "unit")?;
        match text(op, "op")? {
            "expose" => {
                let arm = text(op, "arm")?;
                if !units.contains_key(unit) {
                    units.insert(unit, (arm, 0));
                    arms.entry(arm).or_default().add_unit(0);
                }
            }
            "value" => {
                let amount = crate::input::integer(&op["minor_units"]).ok_or("no amount")?;
                let amount = i64::try_from(amount).map_err(|error| error.to_string())?;
                // An event that is ignored for want of an exposure does not use up its id.
                if let Some((arm, total)) = units.get_mut(unit)
                    && seen.insert(text(op, "event_id")?)
                {
                    let after = *total + amount;
                    arms.entry(*arm).or_default().change_unit(*total, after);
                    *total = after;
                }
            }
            other => return Err(format!("unknown operation `{other}`")),
        }
    }
    let answer = arms.into_iter().map(|(name, arm)| {
        let figures = json!({
            "n": arm.n,
            "sum": whole(arm.sum),
            "sumsq": whole(arm.sum_sq),
            "mean": maybe(arm.mean()),
            "var": maybe(arm.variance()),
        });
        (name.to_owned(), figures)
    });
    Ok(Value::Object(answer.collect()))
}
