//! Topics for planning and reading: corrections, quantiles, cohorts, beliefs, sizes, attribution.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use variorum_stats::attribution::{Credit, Journey, markov, rules, shapley};
use variorum_stats::bayes::{self as belief, EffectOptions, Prior};
use variorum_stats::interval::Interval;
use variorum_stats::moments::Sample;
use variorum_stats::multiplicity::{self, Correction};
use variorum_stats::quantile::Sorted;
use variorum_stats::sample_size::{self as plan, Risks};
use variorum_stats::{cohort, proportion};

use crate::input::{
    bounds, conversions, count, float, joined, maybe, number, numbers, required, samples, whole,
};

pub(crate) fn multiple_testing(input: &Value) -> Result<Value, String> {
    let family: Vec<Option<f64>> = input["p"]
        .as_array()
        .ok_or("no p-values")?
        .iter()
        .map(number)
        .collect();
    let level = required(input, "q")?;
    let mut answer = Map::new();
    for (name, correction) in [
        ("bh", Correction::BenjaminiHochberg),
        ("by", Correction::BenjaminiYekutieli),
        ("holm", Correction::Holm),
        ("bonferroni", Correction::Bonferroni),
    ] {
        let adjusted = multiplicity::adjust(&family, correction);
        let rejects = |p: &Option<f64>| p.map(|p| multiplicity::rejects(p, level));
        answer.insert(
            format!("{name}_reject"),
            adjusted.iter().map(|p| json!(rejects(p))).collect(),
        );
        answer.insert(name.to_owned(), adjusted.into_iter().map(maybe).collect());
    }
    Ok(Value::Object(answer))
}

pub(crate) fn quantiles(input: &Value) -> Result<Value, String> {
    let shares = numbers(&input["q"])?;
    let alpha = required(input, "alpha")?;
    let Some(sorted) = Sorted::new(numbers(&input["x"])?) else {
        return Ok(json!({"status": "no_data"}));
    };
    let interval = |share: &f64| match sorted.quantile_interval(*share, alpha) {
        Some((low, high)) => json!([maybe(low), maybe(high)]),
        None => Value::Null,
    };
    let cuts = numbers(&input["winsor"])?;
    let cut = sorted
        .winsorised(cuts[0], cuts[1])
        .ok_or("shares outside of the domain")?;
    Ok(json!({
        "quantiles": shares.iter().map(|share| maybe(sorted.quantile(*share))).collect::<Vec<_>>(),
        "quantile_ci_order_statistics": shares.iter().map(interval).collect::<Vec<_>>(),
        "status": "ok",
        "winsor_low": float(cut.low),
        "winsor_high": float(cut.high),
        "winsor_mean": float(cut.mean),
        "winsor_var": maybe(cut.variance),
    }))
}

pub(crate) fn cohorts(input: &Value) -> Result<Value, String> {
    let given = input["cohorts"].as_array().ok_or("no cohorts")?;
    let mut arms = Vec::new();
    for cohort in given {
        let sample = |arm: &str| {
            let counts = conversions(&cohort[arm])?;
            Sample::of_conversions(counts.n, counts.converted).ok_or("an arm is empty".to_owned())
        };
        arms.push((sample("control")?, sample("treatment")?));
    }
    let analysis = cohort::analyse(&arms).ok_or("no cohorts")?;
    let effects = given.iter().zip(&analysis.cohorts).map(|(given, effect)| {
        json!({
            "cohort": given["cohort"],
            "diff": float(effect.difference),
            "se": float(effect.standard_error),
            "p": maybe(effect.p.map(|p| p.plain)),
            "p_holm": maybe(effect.p.map(|p| p.holm)),
            "p_bh": maybe(effect.p.map(|p| p.bh)),
        })
    });
    let base = json!({
        "cohorts": effects.collect::<Vec<_>>(),
        "post_stratified": float(analysis.post_stratified),
        "post_stratified_se": float(analysis.post_stratified_error),
    });
    Ok(match analysis.heterogeneity {
        None => base,
        Some(result) => joined(
            base,
            json!({
                "q": float(result.q),
                "df": result.degrees,
                "p_heterogeneity": float(result.p),
                "i2": float(result.i_squared),
                "fixed_effect": float(result.fixed_effect),
                "fixed_effect_se": float(result.fixed_effect_error),
            }),
        ),
    })
}

pub(crate) fn bayes(input: &Value) -> Result<Value, String> {
    match input["model"].as_str().unwrap_or_default() {
        "beta_binomial" => beta_binomial(input),
        "gaussian_effect" => gaussian_effect(input),
        other => Err(format!("unknown model `{other}`")),
    }
}

fn beta_binomial(input: &Value) -> Result<Value, String> {
    let counts = |arm: &str| -> Result<proportion::Counts, String> { conversions(&input[arm]) };
    let prior = numbers(&input["prior"])?;
    let result = belief::conversions(
        counts("control")?,
        counts("treatment")?,
        (prior[0], prior[1]),
        0.05,
    )
    .ok_or("counts outside of the domain")?;
    let ends = |interval: Interval| bounds(interval.low, interval.high);
    Ok(json!({
        "chance_to_win": float(result.chance_to_win),
        "risk_treatment": float(result.risk_treatment),
        "risk_control": float(result.risk_control),
        "mean_control": float(result.control.estimate),
        "mean_treatment": float(result.treatment.estimate),
        "ci95_control": ends(result.control),
        "ci95_treatment": ends(result.treatment),
    }))
}

fn gaussian_effect(input: &Value) -> Result<Value, String> {
    let Some((control, treatment)) = samples(input) else {
        return Ok(json!({"status": "insufficient_data"}));
    };
    let prior = number(&input["prior"]["mean"]).zip(number(&input["prior"]["sd"]));
    let options = EffectOptions {
        relative: input["relative"].as_bool().unwrap_or(true),
        prior: prior.map(|(mean, sd)| Prior { mean, sd }),
        alpha: required(input, "alpha")?,
        inverse: input["inverse"].as_bool().unwrap_or(false),
    };
    let Some(effect) = belief::effect(&control, &treatment, options) else {
        return Ok(json!({"status": "zero_variance"}));
    };
    Ok(json!({
        "status": "ok",
        "mean": float(effect.interval.estimate),
        "sd": float(effect.sd),
        "chance_to_win": float(effect.chance_to_win),
        "ci": bounds(effect.interval.low, effect.interval.high),
        "risk_control": float(effect.risk_control),
        "risk_treatment": float(effect.risk_treatment),
    }))
}

pub(crate) fn sample_size(input: &Value) -> Result<Value, String> {
    let alpha = required(input, "alpha")?;
    let risks = Risks {
        alpha,
        power: number(&input["power"]).unwrap_or(0.8),
        two_sided: count(&input["sides"]) != Some(1),
    };
    let units = |raw: f64| whole(i128::from(plan::whole_units(raw)));
    match input["kind"].as_str().unwrap_or_default() {
        "proportion" => {
            let ratio = number(&input["ratio"]).unwrap_or(1.0);
            let (baseline, lift) = (required(input, "baseline")?, required(input, "lift")?);
            let size = plan::proportion(baseline, lift, risks, ratio).ok_or("impossible plan")?;
            Ok(json!({
                "n_control_unpooled": units(size.control_unpooled),
                "n_control_pooled": units(size.control_pooled),
                "n_control_unpooled_raw": float(size.control_unpooled),
                "n_control_pooled_raw": float(size.control_pooled),
                "n_treatment_pooled": units(size.treatment_pooled),
                "cohen_h": float(size.cohen_h),
            }))
        }
        "mean" => {
            let (base, sd) = (required(input, "mean")?, required(input, "sd")?);
            let lift = required(input, "lift")?;
            let size = plan::mean(base, sd, lift, risks).ok_or("impossible plan")?;
            Ok(json!({
                "n_per_arm": units(size.normal),
                "n_per_arm_raw": float(size.normal),
                "n_per_arm_t_reference": float(size.student),
            }))
        }
        "mde_proportion" => {
            let (baseline, n) = (required(input, "baseline")?, required(input, "n_per_arm")?);
            let (up, down) = plan::detectable_lift(baseline, n, risks).ok_or("impossible plan")?;
            Ok(json!({"mde_lift_up": maybe(up), "mde_lift_down": maybe(down)}))
        }
        "noninferiority_proportion" => {
            let (baseline, margin) = (
                required(input, "baseline")?,
                required(input, "relative_margin")?,
            );
            let true_lift = number(&input["true_lift"]).unwrap_or(0.0);
            let size = plan::noninferiority(baseline, margin, true_lift, alpha, risks.power);
            Ok(json!({
                "n_per_arm": size.map_or(Value::Null, units),
                "n_per_arm_raw": maybe(size),
            }))
        }
        "expected_detection_exposures" => detection(input, alpha),
        other => Err(format!("unknown kind `{other}`")),
    }
}

fn detection(input: &Value, alpha: f64) -> Result<Value, String> {
    let (baseline, lift) = (required(input, "baseline")?, required(input, "lift")?);
    let result = plan::detection(baseline, lift, alpha, required(input, "n_star")?)
        .ok_or("impossible plan")?;
    Ok(json!({
        "n_total_drift_crossing": float(result.drift_crossing),
        "kl_per_exposure": float(result.information),
        "wald_mean_lower_bound": float(result.mean_at_least),
        "np_median_lower_bound": float(result.median_at_least),
    }))
}

pub(crate) fn attribution(input: &Value) -> Result<Value, String> {
    let paths = input["paths"].as_array().ok_or("no paths")?;
    let touches = |path: &Value| -> Vec<String> {
        let names = path["path"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        names.map(str::to_owned).collect()
    };
    let names: BTreeSet<String> = paths.iter().flat_map(touches).collect();
    let names: Vec<String> = names.into_iter().collect();
    let index = |name: &str| names.iter().position(|known| known == name);
    let mut journeys = Vec::new();
    for path in paths {
        journeys.push(Journey {
            touches: touches(path)
                .iter()
                .filter_map(|name| index(name))
                .collect(),
            days_before: path["days_before"]
                .as_array()
                .map(|_| numbers(&path["days_before"]))
                .transpose()?,
            conversions: count(&path["conversions"]).ok_or("no count")?,
            nulls: count(&path["nulls"]).ok_or("no count")?,
            value: required(path, "value")?,
        });
    }
    let by_name = |values: &[f64]| -> Value {
        names
            .iter()
            .cloned()
            .zip(values.iter().map(|value| float(*value)))
            .collect::<Map<_, _>>()
            .into()
    };
    let both = |credit: &Credit| {
        let value = by_name(&credit.value);
        json!({"conversions": by_name(&credit.conversions), "value": value})
    };
    let half_life_days = number(&input["half_life_days"]).unwrap_or(7.0);
    let direct = input["direct_channel"].as_str().and_then(index);
    let mut answer = Map::new();
    for (name, rule) in [
        ("first_touch", rules::Rule::FirstTouch),
        ("last_touch", rules::Rule::LastTouch),
        ("last_non_direct", rules::Rule::LastOther(direct)),
        ("linear", rules::Rule::Linear),
        ("position_based", rules::Rule::PositionBased),
        ("time_decay", rules::Rule::TimeDecay { half_life_days }),
    ] {
        if let Some(credit) = rules::credit(&journeys, names.len(), rule) {
            answer.insert(name.to_owned(), both(&credit));
        }
    }
    let chain = markov::credit(&journeys, names.len());
    let removal = json!({
        "p_conversion": float(chain.conversion),
        "removal_effect": by_name(&chain.removal_effect),
    });
    answer.insert("markov".to_owned(), joined(removal, both(&chain.credit)));
    answer.insert(
        "shapley".to_owned(),
        both(&shapley::credit(&journeys, names.len())),
    );
    if let Some(values) = shapley::rate(&journeys, names.len()) {
        answer.insert("shapley_rate".to_owned(), by_name(&values));
    }
    Ok(Value::Object(answer))
}
