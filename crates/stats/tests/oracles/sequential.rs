//! Topics that stay valid at every look: sequential intervals, guards, sample ratio mismatch.

use serde_json::{Value, json};

use variorum_stats::guard::{
    self, ConversionSplit, Converted, MeanGuard, RateRatio, Reading, SplitStream, Stage,
};
use variorum_stats::moments::Sample;
use variorum_stats::sequential::{self as always, Bounds, Missing};
use variorum_stats::{asymptotic as stream, srm as mismatch};

use crate::fixed::harm;
use crate::input::{
    bounds, count, counts, float, joined, maybe, mean_sample, number, numbers, required, samples,
};

/// Drops the verdict of a case whose evidence lies on the threshold up to rounding.
pub(crate) fn without_near_ties(topic: &str, case: &Value) -> Value {
    let mut expected = case["expected"].clone();
    let evidence = number(&expected["log_e"]).zip(number(&case["input"]["alpha"]));
    let tie = evidence.is_some_and(|(log_e, alpha)| (log_e + alpha.ln()).abs() <= 1e-6);
    if topic == "guardrail"
        && tie
        && let Some(fields) = expected.as_object_mut()
    {
        fields.remove("rollback");
        fields.remove("culprit");
    }
    expected
}

pub(crate) fn growthbook(input: &Value) -> Result<Value, String> {
    let Some((control, treatment)) = samples(input) else {
        return Ok(json!({"status": "insufficient_data"}));
    };
    let (alpha, n_star) = (required(input, "alpha")?, required(input, "n_star")?);
    let result = match always::compare(&control, &treatment, alpha, n_star) {
        Ok(result) => result,
        Err(Missing::ZeroVariance) => return Ok(json!({"status": "zero_variance"})),
        Err(Missing::InvalidArgument) => return Err("arguments outside of the domain".to_owned()),
    };
    let plain = json!({
        "status": "ok",
        "N": result.n,
        "rho2_two_sided": float(result.two_sided.rho2()),
        "rho2_one_sided": float(result.one_sided.rho2()),
        "diff": float(result.difference.interval.estimate),
        "se": float(result.difference.standard_error),
        "ci": interval(&result.difference),
        "p_anytime": float(result.difference.log_p.exp()),
        "log_p_anytime": float(result.difference.log_p),
        "upper_one_sided": float(result.difference.upper_one_sided),
        "lower_one_sided": float(result.difference.lower_one_sided),
    });
    let lift = result.lift;
    let relative = json!({
        "lift": maybe(lift.map(|lift| lift.interval.estimate)),
        "lift_se": maybe(lift.map(|lift| lift.standard_error)),
        "lift_ci": lift.map_or(Value::Null, |lift| interval(&lift)),
        "lift_p_anytime": maybe(lift.map(|lift| lift.log_p.exp())),
        "lift_log_p_anytime": maybe(lift.map(|lift| lift.log_p)),
        "lift_upper_one_sided": maybe(lift.map(|lift| lift.upper_one_sided)),
        "lift_lower_one_sided": maybe(lift.map(|lift| lift.lower_one_sided)),
    });
    Ok(joined(plain, relative))
}

fn interval(bound: &Bounds) -> Value {
    bounds(bound.interval.low, bound.interval.high)
}

pub(crate) fn asymptotic(input: &Value) -> Result<Value, String> {
    let values = numbers(&input["x"])?;
    let (alpha, n_star) = (required(input, "alpha")?, required(input, "t_opt")?);
    let point = |checkpoint: &u64| {
        let seen = usize::try_from(*checkpoint)
            .unwrap_or(usize::MAX)
            .min(values.len());
        let Some(sample) = Sample::from_values(&values[..seen]) else {
            return json!({"t": checkpoint, "status": "insufficient_data"});
        };
        let base = json!({
            "t": checkpoint,
            "mean": float(sample.mean()),
            "sd": float(sample.variance().sqrt()),
        });
        let more = match stream::bounds(&sample, alpha, n_star) {
            None => json!({"status": "zero_variance"}),
            Some(result) => json!({
                "status": "ok",
                "lower": float(result.interval.low),
                "upper": float(result.interval.high),
                "lower_one_sided": float(result.one_sided.low),
                "upper_one_sided": float(result.one_sided.high),
                "lower_one_sided_exact": float(result.one_sided_exact.low),
                "upper_one_sided_exact": float(result.one_sided_exact.high),
                "log_e_positive": float(result.log_e_positive),
                "log_e_negative": float(result.log_e_negative),
            }),
        };
        joined(base, more)
    };
    Ok(Value::Array(
        counts(&input["checkpoints"])?.iter().map(point).collect(),
    ))
}

pub(crate) fn guardrail(input: &Value) -> Result<Value, String> {
    match input["method"].as_str().unwrap_or_default() {
        "conversion_split" => split(input),
        "conversion_split_stream" => split_stream(input),
        "mean" => mean(input),
        "combine" => combine(input),
        other => Err(format!("unknown method `{other}`")),
    }
}

fn split_guard(input: &Value) -> Result<ConversionSplit, String> {
    let margin = number(&input["margin"]).unwrap_or(0.0);
    let guard = if input["grid"].is_array() {
        let (ratios, weights) = (numbers(&input["grid"])?, numbers(&input["weights"])?);
        let grid: Vec<RateRatio> = ratios
            .into_iter()
            .zip(weights)
            .map(|(ratio, weight)| RateRatio { ratio, weight })
            .collect();
        ConversionSplit::with_grid(margin, harm(input), &grid)
    } else {
        ConversionSplit::new(margin, harm(input))
    };
    guard.ok_or("guard outside of the domain".to_owned())
}

fn split(input: &Value) -> Result<Value, String> {
    let stages: Result<Vec<Stage>, String> = input["stages"]
        .as_array()
        .ok_or("no stages")?
        .iter()
        .map(|stage| {
            Ok(Stage {
                share_treatment: required(stage, "pi")?,
                converted_treatment: count(&stage["x_treatment"]).ok_or("no count")?,
                converted_control: count(&stage["x_control"]).ok_or("no count")?,
            })
        })
        .collect();
    let log_e = split_guard(input)?.log_e(&stages?);
    let threshold = guard::threshold(required(input, "alpha")?);
    Ok(json!({"log_e": float(log_e), "rollback": log_e >= threshold}))
}

fn split_stream(input: &Value) -> Result<Value, String> {
    let threshold = guard::threshold(required(input, "alpha")?);
    let mut stream = SplitStream::new(split_guard(input)?, threshold);
    stream.begin_stage(required(input, "pi")?);
    let mut at = serde_json::Map::new();
    for (event, index) in input["events"]
        .as_str()
        .ok_or("no events")?
        .chars()
        .zip(1u64..)
    {
        let converted = if event == 'T' {
            Converted::Treatment
        } else {
            Converted::Control
        };
        at.insert(index.to_string(), float(stream.push(converted)));
    }
    Ok(json!({
        "first_crossing": stream.first_crossing(),
        "max_log_e": float(stream.max_log_e()),
        "log_e_at": at,
    }))
}

fn mean(input: &Value) -> Result<Value, String> {
    let (alpha, n_star) = (required(input, "alpha")?, required(input, "n_star")?);
    let guard = MeanGuard::new(required(input, "margin")?, harm(input), alpha, n_star)
        .ok_or("guard outside of the domain")?;
    let pair = mean_sample(&input["control"]).zip(mean_sample(&input["treatment"]));
    let Some((control, treatment)) = pair else {
        return Ok(json!({"status": "insufficient_data", "log_e": 0.0, "rollback": false}));
    };
    let reading = guard.read(&control, &treatment);
    let rollback = reading.log_e() >= guard::threshold(alpha);
    let base = json!({"log_e": float(reading.log_e()), "rollback": rollback});
    let more = match reading {
        Reading::ZeroVariance => json!({"status": "zero_variance"}),
        Reading::Measured {
            error_unpooled,
            error_pooled,
            z,
            ..
        } => json!({
            "status": "ok",
            "se_unpooled": float(error_unpooled),
            "se_pooled": float(error_pooled),
            "z": float(z),
            "rho2": float(guard.rho2()),
        }),
    };
    Ok(joined(base, more))
}

fn combine(input: &Value) -> Result<Value, String> {
    let (weights, evidence) = (numbers(&input["weights"])?, numbers(&input["log_e"])?);
    let guards: Vec<(f64, f64)> = weights.into_iter().zip(evidence).collect();
    let combined = guard::combine(&guards);
    let rollback = combined.log_e >= guard::threshold(required(input, "alpha")?);
    Ok(json!({
        "log_e": float(combined.log_e),
        "rollback": rollback,
        "culprit": combined.culprit.filter(|_| rollback),
    }))
}

pub(crate) fn srm(input: &Value) -> Result<Value, String> {
    let (units, weights) = (counts(&input["counts"])?, numbers(&input["weights"])?);
    let concentration = number(&input["concentration"]).unwrap_or(mismatch::CONCENTRATION_DEFAULT);
    let Some(reading) = mismatch::check(&units, &weights, concentration) else {
        return Ok(json!({"status": "not_applicable", "p": null}));
    };
    Ok(json!({
        "status": if reading.units == 0 { "no_data" } else { "ok" },
        "chi2": float(reading.chi_square),
        "df": reading.degrees,
        "p": float(reading.p),
        "log10_p": float(reading.log10_p),
        "srm_at_0_001": reading.is_mismatch(),
        "log_e_sequential": float(reading.log_e),
        "p_sequential": float(reading.p_sequential),
    }))
}
