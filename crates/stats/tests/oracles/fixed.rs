//! Topics with one planned look: proportions, means, ratios, adjusted means, non-inferiority.

use serde_json::{Value, json};

use variorum_stats::mean::Comparison;
use variorum_stats::paired::{PairedArm, PairedSample, PairedSums};
use variorum_stats::{
    cuped as adjusted, guard::Harm, mean, noninferiority as gate, proportion, ratio as ratios,
};

use crate::input::{
    bounds, conversions, count, float, integer, joined, maybe, mean_sample, number, required,
    samples,
};

pub(crate) fn harm(input: &Value) -> Harm {
    if input["harm"] == "increase" {
        Harm::Increase
    } else {
        Harm::Decrease
    }
}

pub(crate) fn proportions(input: &Value) -> Result<Value, String> {
    let (control, treatment) = (
        conversions(&input["control"])?,
        conversions(&input["treatment"])?,
    );
    let result = proportion::compare(control, treatment, required(input, "alpha")?)
        .ok_or("counts outside of the domain")?;
    Ok(json!({
        "p_control": float(control.rate()),
        "p_treatment": float(treatment.rate()),
        "diff": float(result.difference),
        "lift": maybe(result.lift),
        "status": if result.z.is_some() { "ok" } else { "zero_variance" },
        "z_pooled": maybe(result.z),
        "p_two_sided": float(result.p_two_sided),
        "log10_p": float(result.log10_p),
        "p_harm_one_sided": float(result.p_harm),
        "se_unpooled": float(result.standard_error),
        "ci_wald": bounds(result.wald.low, result.wald.high),
        "ci_wilson_control": bounds(result.wilson_control.low, result.wilson_control.high),
        "ci_wilson_treatment": bounds(result.wilson_treatment.low, result.wilson_treatment.high),
        "ci_newcombe": bounds(result.newcombe.low, result.newcombe.high),
        "fisher_p_two_sided": maybe(proportion::fisher(control, treatment)),
    }))
}

/// The fields that all comparisons of means share.
fn comparison(result: &Comparison) -> Value {
    let base = json!({
        "diff": float(result.difference),
        "se": float(result.standard_error),
        "status": if result.test.is_some() { "ok" } else { "zero_variance" },
        "p_two_sided": maybe(result.test.map(|test| test.p_two_sided)),
        "lift": maybe(result.lift.map(|lift| lift.value)),
        "lift_se": maybe(result.lift.map(|lift| lift.standard_error)),
        "lift_ci": result.lift.and_then(|lift| lift.interval)
            .map_or(Value::Null, |interval| bounds(interval.low, interval.high)),
        "lift_p_two_sided": maybe(result.lift.and_then(|lift| lift.p_two_sided)),
    });
    let Some(test) = result.test else {
        return base;
    };
    let more = json!({
        "df": float(test.degrees),
        "t": float(test.statistic),
        "log10_p": float(test.log10_p),
        "p_harm_one_sided": float(test.p_harm),
        "ci": bounds(test.interval.low, test.interval.high),
    });
    joined(base, more)
}

pub(crate) fn welch(input: &Value) -> Result<Value, String> {
    let pair = mean_sample(&input["control"]).zip(mean_sample(&input["treatment"]));
    let Some((control, treatment)) = pair else {
        return Ok(json!({"status": "insufficient_data"}));
    };
    let result = mean::compare(&control, &treatment, required(input, "alpha")?)
        .ok_or("arguments outside of the domain")?;
    let base = json!({
        "mean_control": float(control.mean()),
        "mean_treatment": float(treatment.mean()),
        "var_control": float(control.variance()),
        "var_treatment": float(treatment.variance()),
    });
    Ok(joined(base, comparison(&result)))
}

fn paired(arm: &Value) -> Option<PairedSample> {
    let n = count(&arm["n"])?;
    let whole = |name: &str| integer(&arm[name]);
    let exact = || {
        Some(PairedArm {
            n,
            sum_y: whole("sum_y")?,
            sum_sq_y: whole("sumsq_y")?,
            sum_x: whole("sum_x")?,
            sum_sq_x: whole("sumsq_x")?,
            sum_xy: whole("sum_xy")?,
        })
    };
    if let Some(exact) = exact() {
        return exact.sample();
    }
    let sums = PairedSums {
        n,
        sum_y: number(&arm["sum_y"])?,
        sum_sq_y: number(&arm["sumsq_y"])?,
        sum_x: number(&arm["sum_x"])?,
        sum_sq_x: number(&arm["sumsq_x"])?,
        sum_xy: number(&arm["sum_xy"])?,
    };
    sums.sample()
}

pub(crate) fn ratio(input: &Value) -> Result<Value, String> {
    let pair = paired(&input["control"]).zip(paired(&input["treatment"]));
    let Some((control, treatment)) = pair else {
        return Ok(json!({"status": "insufficient_data"}));
    };
    let Some(result) = ratios::compare(&control, &treatment, required(input, "alpha")?) else {
        return Ok(json!({"status": "zero_denominator"}));
    };
    let base = json!({
        "ratio_control": float(result.control.mean()),
        "ratio_treatment": float(result.treatment.mean()),
        "var_control": float(result.control.variance()),
        "var_treatment": float(result.treatment.variance()),
    });
    Ok(joined(base, comparison(&result.comparison)))
}

pub(crate) fn cuped(input: &Value) -> Result<Value, String> {
    let pair = paired(&input["control"]).zip(paired(&input["treatment"]));
    let Some((control, treatment)) = pair else {
        return Ok(json!({"status": "insufficient_data"}));
    };
    let result = adjusted::compare(&control, &treatment, required(input, "alpha")?)
        .ok_or("arguments outside of the domain")?;
    let base = json!({
        "theta": float(result.theta),
        "mean_adj_control": float(result.control.mean()),
        "mean_adj_treatment": float(result.treatment.mean()),
        "var_adj_control": float(result.control.variance()),
        "var_adj_treatment": float(result.treatment.variance()),
        "variance_ratio": maybe(result.variance_ratio),
    });
    Ok(joined(base, comparison(&result.comparison)))
}

pub(crate) fn noninferiority(input: &Value) -> Result<Value, String> {
    let Some((control, treatment)) = samples(input) else {
        return Ok(json!({"status": "insufficient_data"}));
    };
    let (margin, alpha) = (
        required(input, "relative_margin")?,
        required(input, "alpha")?,
    );
    let reading = gate::test(&control, &treatment, margin, harm(input), alpha)
        .ok_or("arguments outside of the domain")?;
    let base = json!({"d": float(reading.distance)});
    Ok(match reading.test {
        None => joined(base, json!({"status": "zero_variance"})),
        Some(test) => joined(
            base,
            json!({
                "status": "ok",
                "se": float(test.standard_error),
                "z": float(test.z),
                "p": float(test.p),
                "noninferior": test.noninferior,
                "bound": float(test.bound),
            }),
        ),
    })
}
