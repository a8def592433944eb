//! The words of an argument and what they mean: stages, guards, variables, numbers. Pure; every
//! refusal says how it is written instead.

use std::path::PathBuf;

use serde_json::{Map, Value};
use variorum_api_types::rollouts::{Condition, FurtherArm, Guard, LayerShare, StageTime};

/// The share of everybody, in basis points.
const EVERYBODY: u32 = 10_000;
/// Arms of a rollout.
const ARMS_MAX: u8 = 10;
/// The roles there are, from the least to the most.
pub(crate) const ROLES: [&str; 4] = ["viewer", "author", "publisher", "administrator"];

/// What a token can be limited to.
pub(crate) const USES: [&str; 2] = ["resolve", "events"];

/// A stage: `10%` or `2.5%`, or basis points as `1000bp`.
pub(crate) fn stage(text: &str) -> Result<u32, String> {
    let how = || "write a share like `10%`, `2.5%` or `250bp`".to_owned();
    let text = text.trim();
    let basis_points = if let Some(number) = text.strip_suffix("bp") {
        number.trim().parse::<u32>().map_err(|_| how())?
    } else {
        hundredths(text.strip_suffix('%').ok_or_else(how)?.trim()).ok_or_else(how)?
    };
    if (1..=EVERYBODY).contains(&basis_points) {
        Ok(basis_points)
    } else {
        Err("a stage lies above 0% and at most at 100%".to_owned())
    }
}

/// `12.5` as 1250, without the rounding of floating-point numbers.
fn hundredths(text: &str) -> Option<u32> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !are_digits(whole) || !are_digits(part) || whole.is_empty() || part.len() > 2 {
        return None;
    }
    let part: u32 = format!("{part:0<2}").parse().ok()?;
    whole
        .parse::<u32>()
        .ok()?
        .checked_mul(100)?
        .checked_add(part)
}

/// A guard: `KPI[@FACET[=VALUE,…]][:HARM[:MARGIN[:ACTION]]]`, e.g. `first_order:decrease:0.05`,
/// `returns::5%:pause`, `complaint:increase:max=0.3%:hold` or `order@channel=email,sms`.
pub(crate) fn guard(text: &str) -> Result<Guard, String> {
    let mut parts = text.split(':').map(str::trim);
    let (kpi, cohort, levels) = watched(parts.next().unwrap_or_default())?;
    let harm = one_of(parts.next(), &["decrease", "increase"], "the harm")?;
    let (margin, limit, difference) = parts
        .next()
        .filter(|text| !text.is_empty())
        .map_or(Ok((0.0, None, None)), tolerated)?;
    let actions = ["roll-back", "pause", "hold", "escalate"];
    let action = one_of(parts.next(), &actions, "the action")?;
    match parts.next() {
        Some(_) => Err("a guard has at most four parts: KPI:HARM:MARGIN:ACTION".to_owned()),
        None => Ok(Guard {
            kpi,
            harm,
            margin,
            action,
            limit,
            difference,
            cohort,
            levels,
        }),
    }
}

/// `KPI`, `KPI@FACET` or `KPI@FACET=VALUE,VALUE`.
fn watched(text: &str) -> Result<(String, Option<String>, Vec<String>), String> {
    let (kpi, cohort) = match text.split_once('@') {
        Some((kpi, cohort)) => (kpi.trim(), Some(cohort)),
        None => (text, None),
    };
    if kpi.is_empty() {
        return Err("begin with the KPI, e.g. `first_order:decrease:0.05`".to_owned());
    }
    let Some(cohort) = cohort else {
        return Ok((kpi.to_owned(), None, Vec::new()));
    };
    let (facet, levels) = cohort.split_once('=').unwrap_or((cohort, ""));
    if facet.trim().is_empty() {
        return Err("after `@` comes what people are told apart by, e.g. `@channel`".to_owned());
    }
    let levels = levels.split(',').map(str::trim);
    let levels = levels.filter(|level| !level.is_empty()).map(str::to_owned);
    Ok((
        kpi.to_owned(),
        Some(facet.trim().to_owned()),
        levels.collect(),
    ))
}

/// A margin, the highest level (`max=0.3%`), or a difference (`+0.1pp`, `+2.5`).
fn tolerated(text: &str) -> Result<(f64, Option<f64>, Option<f64>), String> {
    let number = |text: &str| {
        let (digits, scale) = match (text.strip_suffix("pp"), text.strip_suffix('%')) {
            (Some(points), _) => (points, 100.0),
            (None, Some(percent)) => (percent, 100.0),
            (None, None) => (text, 1.0),
        };
        let value = digits.trim().parse::<f64>().ok()?;
        (value.is_finite() && value >= 0.0).then_some(value / scale)
    };
    if let Some(level) = text.strip_prefix("max=") {
        let level = number(level).ok_or_else(|| {
            format!("the limit `{text}` is no level; write `max=0.3%` or `max=1500`")
        })?;
        return Ok((0.0, Some(level), None));
    }
    if let Some(points) = text.strip_prefix('+') {
        let most = number(points).ok_or_else(|| {
            format!("the difference `{text}` is no amount; write `+0.1pp` or `+2.5`")
        })?;
        return Ok((0.0, None, Some(most)));
    }
    Ok((margin(text)?, None, None))
}

fn one_of(text: Option<&str>, allowed: &[&str], what: &str) -> Result<Option<String>, String> {
    match text.filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) if allowed.contains(&text) => Ok(Some(text.to_owned())),
        Some(text) => Err(format!(
            "{what} is `{}`, not `{text}`",
            allowed.join("` or `")
        )),
    }
}

/// A share that is tolerated: `0.05` or `5%`.
pub(crate) fn margin(text: &str) -> Result<f64, String> {
    let (number, scale) = match text.strip_suffix('%') {
        Some(percent) => (percent.trim(), 100.0),
        None => (text, 1.0),
    };
    match number.parse::<f64>() {
        Ok(value) if (0.0..1.0).contains(&(value / scale)) => Ok(value / scale),
        _ => Err(format!(
            "the margin `{text}` is no share; write `0.05` or `5%`, below 1"
        )),
    }
}

/// A variable: `name=text`, or `name:=JSON` for numbers, lists and the like.
pub(crate) fn variable(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| format!("`{text}` has no `=`; write `name=Ann` or `items:=[1,2]`"))?;
    let (name, value) = match name.strip_suffix(':') {
        Some(name) => {
            let json = serde_json::from_str(value)
                .map_err(|error| format!("the value after `:=` is not valid JSON: {error}"))?;
            (name, json)
        }
        None => (name, Value::String(value.to_owned())),
    };
    match name.trim() {
        "" => Err(format!("`{text}` has no name; write `name=Ann`")),
        name => Ok((name.to_owned(), value)),
    }
}

/// Single variables over those of a file.
pub(crate) fn variables(file: Map<String, Value>, single: &[(String, Value)]) -> Value {
    let mut all = file;
    all.extend(single.iter().cloned());
    Value::Object(all)
}

/// A resolved conflict: `PATH=FILE`.
pub(crate) fn resolution(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((path, file)) if !path.is_empty() && !file.is_empty() => {
            Ok((path.to_owned(), PathBuf::from(file)))
        }
        _ => Err("write the file of the library, `=`, and the file with its content".to_owned()),
    }
}

/// An arm: `control` or `treatment`, or its number.
pub(crate) fn arm(text: &str) -> Result<u8, String> {
    match text {
        "control" | "0" => Ok(0),
        "treatment" => Ok(1),
        number => number
            .parse()
            .ok()
            .filter(|arm| *arm < ARMS_MAX)
            .ok_or_else(|| "write `control`, `treatment` or the number of the arm".to_owned()),
    }
}

/// The number of a change: `42` or `CH-42`.
pub(crate) fn change(text: &str) -> Result<i64, String> {
    number(text, &["CH-", "ch-"], "a change like `42` or `CH-42`")
}

/// The number of a rollout: `12` or `R-12`.
pub(crate) fn rollout(text: &str) -> Result<i64, String> {
    number(text, &["R-", "r-"], "a rollout like `12` or `R-12`")
}

/// The number of an incident: `3` or `I-3`.
pub(crate) fn incident(text: &str) -> Result<i64, String> {
    number(text, &["I-", "i-"], "an incident like `3` or `I-3`")
}

/// The number of a release: `12` or `release/12`.
pub(crate) fn release(text: &str) -> Result<i64, String> {
    number(text, &["release/"], "a release like `12`")
}

/// A further arm: `13`, `13:Shorter` or `13:Shorter:20%`.
pub(crate) fn further(text: &str) -> Result<FurtherArm, String> {
    let mut parts = text.splitn(3, ':').map(str::trim);
    let number = release(parts.next().unwrap_or_default())?;
    let name = parts.next().unwrap_or_default().to_owned();
    let share = parts.next().map(stage).transpose()?;
    Ok(FurtherArm {
        release: number,
        name,
        share,
    })
}

/// When a stage comes by itself: `2026-12-01T08:00:00Z`, `5000` or `2026-12-01T08:00:00Z/5000`.
pub(crate) fn stage_time(text: &str) -> Result<StageTime, String> {
    let how = || "write a moment, a number of people, or both with `/` between".to_owned();
    let people = |text: &str| text.parse::<u64>().map_err(|_| how());
    match text.split_once('/') {
        Some((at, count)) => Ok(StageTime {
            at: Some(at.to_owned()),
            people: Some(people(count)?),
        }),
        None if text.contains('T') => Ok(StageTime {
            at: Some(text.to_owned()),
            people: None,
        }),
        None => Ok(StageTime {
            at: None,
            people: Some(people(text)?),
        }),
    }
}

/// A part of a layer: `offers:40%`.
pub(crate) fn layer(text: &str) -> Result<LayerShare, String> {
    let (name, share) = text
        .rsplit_once(':')
        .ok_or_else(|| "write the layer, `:` and a share like `40%`".to_owned())?;
    Ok(LayerShare {
        name: name.trim().to_owned(),
        share: stage(share)?,
    })
}

/// A length of time like `4h`, `30m`, `2d` or `1h30m`, in seconds.
pub(crate) fn duration(text: &str) -> Result<i64, String> {
    let how = || "write a time like `30m`, `4h`, `1h30m` or `2d`".to_owned();
    let (mut seconds, mut digits) = (0_i64, String::new());
    for letter in text.trim().chars() {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        let unit = match letter {
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => return Err(how()),
        };
        let count: i64 = digits.parse().map_err(|_| how())?;
        let part = count.checked_mul(unit).ok_or_else(how)?;
        seconds = seconds.checked_add(part).ok_or_else(how)?;
        digits.clear();
    }
    if seconds == 0 && text.trim() != "0m" || !digits.is_empty() {
        return Err(how());
    }
    Ok(seconds)
}

/// A condition: `region=de,at`, `channel!=sms`, `orders>=3` or `orders<=9`.
pub(crate) fn condition(text: &str) -> Result<Condition, String> {
    let how =
        || "write it like `region=de,at`, `channel!=sms`, `orders>=3` or `orders<=9`".to_owned();
    let list = |text: &str| text.split(',').map(|one| one.trim().to_owned()).collect();
    let number = |text: &str| text.trim().parse::<f64>().map_err(|_| how());
    let named = |name: &str| Condition {
        attribute: name.trim().to_owned(),
        ..Condition::default()
    };
    if let Some((name, values)) = text.split_once("!=") {
        return Ok(Condition {
            none_of: Some(list(values)),
            ..named(name)
        });
    }
    if let Some((name, value)) = text.split_once(">=") {
        return Ok(Condition {
            at_least: Some(number(value)?),
            ..named(name)
        });
    }
    if let Some((name, value)) = text.split_once("<=") {
        return Ok(Condition {
            at_most: Some(number(value)?),
            ..named(name)
        });
    }
    let (name, values) = text.split_once('=').ok_or_else(how)?;
    Ok(Condition {
        one_of: Some(list(values)),
        ..named(name)
    })
}

/// The number of a version: `12` or `v12`.
pub(crate) fn version(text: &str) -> Result<i64, String> {
    number(text, &["v"], "a version like `12`")
}

fn number(text: &str, prefixes: &[&str], how: &str) -> Result<i64, String> {
    let digits = prefixes
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix))
        .unwrap_or(text);
    match digits.parse::<i64>() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(format!("write {how}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_further_arm_has_a_release_a_name_and_a_share() {
        let rows = [
            ("13", ("", None)),
            ("release/13:Shorter", ("Shorter", None)),
            ("13:Shorter:20%", ("Shorter", Some(2_000))),
            ("13::2.5%", ("", Some(250))),
        ];
        for (text, (name, share)) in rows {
            let arm = further(text).unwrap();
            assert_eq!(
                (arm.release, arm.name.as_str(), arm.share),
                (13, name, share)
            );
        }
        assert!(further("Shorter").is_err());
        assert!(further("13:Shorter:lots").is_err());
    }

    #[test]
    fn lengths_of_time_are_read() {
        let rows = [
            ("30m", Some(1_800)),
            ("4h", Some(14_400)),
            ("1h30m", Some(5_400)),
            ("2d", Some(172_800)),
            ("0m", Some(0)),
            ("", None),
            ("4", None),
            ("4 hours", None),
            ("-4h", None),
            ("99999999999999999999d", None),
            ("999999999999999d", None),
        ];
        for (text, expected) in rows {
            assert_eq!(duration(text).ok(), expected, "{text}");
        }
    }

    #[test]
    fn conditions_layers_and_times_are_read() {
        let read = |text: &str| serde_json::to_value(condition(text).unwrap()).unwrap();
        let rows = [
            (
                "region=de, at",
                json!({"attribute": "region", "one_of": ["de", "at"]}),
            ),
            (
                "channel!=sms",
                json!({"attribute": "channel", "none_of": ["sms"]}),
            ),
            ("orders>=3", json!({"attribute": "orders", "at_least": 3.0})),
            (
                "orders<=9.5",
                json!({"attribute": "orders", "at_most": 9.5}),
            ),
        ];
        for (text, expected) in rows {
            assert_eq!(read(text), expected, "{text}");
        }
        assert!(condition("region").is_err() && condition("orders>=many").is_err());
        let part = layer("offers:40%").unwrap();
        assert_eq!((part.name.as_str(), part.share), ("offers", 4_000));
        assert!(layer("offers").is_err());
        let time = stage_time("2026-12-01T08:00:00Z/5000").unwrap();
        assert_eq!(
            (time.at.as_deref(), time.people),
            (Some("2026-12-01T08:00:00Z"), Some(5_000))
        );
        assert_eq!(stage_time("5000").unwrap().people, Some(5_000));
        assert!(stage_time("soon").is_err());
    }

    #[test]
    fn stages_are_exact_basis_points() {
        let fine = [
            ("10%", 1_000),
            ("2.5%", 250),
            ("0.07 %", 7),
            ("100%", 10_000),
            ("33bp", 33),
        ];
        for (text, expected) in fine {
            assert_eq!(stage(text), Ok(expected), "{text}");
        }
        for text in [
            "10", "", "%", "x%", "-1%", "1.234%", "1e1%", "10 bps", "0x1%",
        ] {
            assert!(
                stage(text).unwrap_err().starts_with("write a share like"),
                "{text}"
            );
        }
        for text in ["0%", "100.01%", "101%", "10001bp", "0bp"] {
            assert_eq!(
                stage(text).unwrap_err(),
                "a stage lies above 0% and at most at 100%",
                "{text}"
            );
        }
        assert!(stage("99999999999%").is_err());
    }

    #[test]
    fn guards_are_read_from_the_left() {
        let parts = |text| {
            let guard = guard(text).unwrap();
            (guard.kpi, guard.harm, guard.margin, guard.action)
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            parts("first_order:decrease:0.05"),
            ("first_order".into(), some("decrease"), 0.05, None)
        );
        assert_eq!(parts("click"), ("click".into(), None, 0.0, None));
        assert_eq!(
            parts("returns::5%:pause"),
            ("returns".into(), None, 0.05, some("pause"))
        );
        assert_eq!(
            parts("x:increase:0:roll-back"),
            ("x".into(), some("increase"), 0.0, some("roll-back"))
        );
    }

    #[test]
    fn limits_differences_and_cohorts_are_read() {
        let parts = |text| {
            let guard = guard(text).unwrap();
            (guard.limit, guard.difference, guard.cohort, guard.levels)
        };
        let some = |text: &str| Some(text.to_owned());
        let none = Vec::<String>::new;
        assert_eq!(
            parts("complaint:increase:max=0.3%:hold"),
            (Some(0.003), None, None, none())
        );
        assert_eq!(
            parts("unsubscribe:increase:+0.1pp:escalate"),
            (None, Some(0.001), None, none())
        );
        assert_eq!(
            parts("latency::max=1500"),
            (Some(1500.0), None, None, none())
        );
        assert_eq!(
            parts("order@channel=email, sms:decrease:5%"),
            (
                None,
                None,
                some("channel"),
                vec!["email".to_owned(), "sms".to_owned()]
            )
        );
        assert_eq!(parts("order@region"), (None, None, some("region"), none()));
    }

    #[test]
    fn bad_guards_say_what_is_expected() {
        let rows = [
            ("", "begin with the KPI"),
            (":decrease", "begin with the KPI"),
            ("x:down", "the harm is `decrease` or `increase`, not `down`"),
            ("x:decrease:lots", "the margin `lots` is no share"),
            ("x:decrease:1.5", "the margin `1.5` is no share"),
            ("x:decrease:-0.1", "the margin `-0.1` is no share"),
            ("x:decrease:NaN", "the margin `NaN` is no share"),
            (
                "x:decrease:0:stop",
                "the action is `roll-back` or `pause` or `hold` or `escalate`, not `stop`",
            ),
            ("x@", "after `@` comes what people are told apart by"),
            ("x::max=lots", "the limit `max=lots` is no level"),
            ("x::+lots", "the difference `+lots` is no amount"),
            ("x::max=-1%", "the limit `max=-1%` is no level"),
            ("x:decrease:0:pause:more", "a guard has at most four parts"),
        ];
        for (text, message) in rows {
            let error = guard(text).unwrap_err();
            assert!(error.starts_with(message), "{text}: {error}");
        }
    }

    #[test]
    fn variables_are_texts_unless_they_are_json() {
        assert_eq!(variable("name=Ann"), Ok(("name".into(), json!("Ann"))));
        assert_eq!(variable("rule=a=b"), Ok(("rule".into(), json!("a=b"))));
        assert_eq!(variable("empty="), Ok(("empty".into(), json!(""))));
        assert_eq!(variable("n:=3"), Ok(("n".into(), json!(3))));
        assert_eq!(
            variable("l:=[\"a\",true]"),
            Ok(("l".into(), json!(["a", true])))
        );
        assert!(variable("name").unwrap_err().contains("has no `=`"));
        assert!(variable("=x").unwrap_err().contains("has no name"));
        assert!(variable("n:=x").unwrap_err().contains("not valid JSON"));
    }

    #[test]
    fn a_single_variable_wins_over_the_file() {
        let Value::Object(file) = json!({"a": 1, "b": 2}) else {
            unreachable!()
        };
        let all = variables(file, &[("b".into(), json!("x"))]);
        assert_eq!(all, json!({"a": 1, "b": "x"}));
    }

    #[test]
    fn numbers_come_with_or_without_their_prefix() {
        assert_eq!((rollout("12"), rollout("R-12")), (Ok(12), Ok(12)));
        assert_eq!((release("7"), release("release/7")), (Ok(7), Ok(7)));
        assert_eq!((version("3"), version("v3")), (Ok(3), Ok(3)));
        assert_eq!((arm("control"), arm("1")), (Ok(0), Ok(1)));
        assert_eq!(arm("2"), Ok(2));
        assert!(arm("10").is_err() && arm("new").is_err());
        assert_eq!(
            rollout("twelve").unwrap_err(),
            "write a rollout like `12` or `R-12`"
        );
        assert!(release("0").is_err() && version("-1").is_err() && rollout("R-").is_err());
    }

    #[test]
    fn a_resolution_names_both_files() {
        assert_eq!(
            resolution("a.prompt=b"),
            Ok(("a.prompt".into(), PathBuf::from("b")))
        );
        assert!(resolution("a.prompt").is_err() && resolution("=b").is_err());
        assert!(resolution("a=").is_err());
    }
}
