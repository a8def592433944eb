//! Starting a rollout.

use std::process::ExitCode;

use variorum_api_types::rollouts::{Rollout, StartRollout};

use super::{StartArgs, state};
use crate::commands::console::Console;
use crate::commands::words;
use crate::error::CliError;

/// `variorum rollouts start`
pub(super) fn run(args: StartArgs, console: &Console) -> Result<ExitCode, CliError> {
    let answer = console.client.post(&["rollouts"], &body(args))?;
    console.show(&answer, |rollout: &Rollout| {
        vec![
            state(rollout),
            format!("`variorum rollouts watch R-{}` follows it.", rollout.number),
        ]
    })
}

fn body(args: StartArgs) -> StartRollout {
    StartRollout {
        environment: args.environment,
        title: args.title,
        release: args.release,
        prompt: args.prompt,
        stages: args.stage,
        treatment_share: args.treatment_share,
        treatment_name: args.name,
        further: args.further,
        goal: args.goal,
        hypothesis: args.hypothesis,
        guards: args.guard,
        alpha: args.alpha,
        planned_units: args.planned_units,
        external_assignment: args.external_assignment,
        starts_at: args.start_at,
        schedule: args.then,
        pre_period_days: args.pre_period_days,
        not_worse_by: args.not_worse_by.into_iter().collect(),
        layer: args.layer,
        conditions: args.only,
        shadow: args.shadow,
        switchback: args.switchback.body(),
        reason: args.reason,
    }
}

/// How much worse a KPI may be: `unsubscribe:2%`.
pub(super) fn not_worse_by(text: &str) -> Result<(String, f64), String> {
    let (kpi, share) = text
        .rsplit_once(':')
        .ok_or_else(|| "write the KPI, `:` and a share like `2%`".to_owned())?;
    match (kpi.trim(), words::margin(share.trim())?) {
        ("", _) => Err("begin with the KPI, e.g. `unsubscribe:2%`".to_owned()),
        (_, share) if share <= 0.0 => {
            Err("no data can show that nothing at all is lost; write a share above 0".to_owned())
        }
        (kpi, share) => Ok((kpi.to_owned(), share)),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        args: StartArgs,
    }

    #[test]
    fn how_it_is_measured_is_sent() {
        let line = "start --release 12 --title T --stage 100% --goal revenue --pre-period-days 14 \
                    --not-worse-by unsubscribe:2.5% --not-worse-by revenue:1%";
        let sent = body(Line::try_parse_from(line.split_whitespace()).unwrap().args);
        assert_eq!(sent.pre_period_days, Some(14));
        let margins: Vec<(&str, f64)> = sent
            .not_worse_by
            .iter()
            .map(|(kpi, share)| (kpi.as_str(), *share))
            .collect();
        assert_eq!(margins, [("revenue", 0.01), ("unsubscribe", 0.025)]);
        let plain = "start --release 12 --title T --stage 100%";
        let sent = body(Line::try_parse_from(plain.split_whitespace()).unwrap().args);
        assert_eq!((sent.pre_period_days, sent.not_worse_by.len()), (None, 0));
    }

    #[test]
    fn margins_of_kpis_are_read() {
        assert_eq!(
            not_worse_by("unsubscribe: 2%"),
            Ok(("unsubscribe".into(), 0.02))
        );
        assert_eq!(not_worse_by("a:b:0.1"), Ok(("a:b".into(), 0.1)));
        for (text, why) in [
            ("unsubscribe", "write the KPI, `:` and a share"),
            (":2%", "begin with the KPI"),
            ("x:0%", "no data can show"),
            ("x:much", "the margin `much` is no share"),
        ] {
            let error = not_worse_by(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
