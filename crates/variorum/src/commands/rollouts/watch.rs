//! Following a rollout until it ends.

use std::process::ExitCode;
use std::time::Duration;

use variorum_api_types::rollouts::RolloutDetail;

use super::show::evidence;
use super::state;
use crate::commands::console::Console;
use crate::commands::layout;
use crate::error::CliError;
use crate::output;

/// How long to wait before asking again.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// Questions in a row that may stay without an answer, as while a server is started again.
const UNANSWERED_MAX: usize = 30;

/// `variorum rollouts watch`
pub(super) fn run(number: i64, console: &Console) -> Result<ExitCode, CliError> {
    let number = number.to_string();
    let mut seen: Option<RolloutDetail> = None;
    let mut unanswered = 0;
    loop {
        match console.client.get(&["rollouts", &number]) {
            Ok(answer) => {
                unanswered = 0;
                let now: RolloutDetail = answer.read()?;
                let news = news(seen.as_ref(), &now);
                if console.json && !news.is_empty() {
                    output::json_line(answer.json());
                } else if !console.json {
                    output::lines(&news);
                }
                if let Some(code) = ending(&now) {
                    return Ok(code);
                }
                seen = Some(now);
            }
            Err(error) if seen.is_some() && is_passing(&error) && unanswered < UNANSWERED_MAX => {
                unanswered += 1;
                if unanswered == 1 {
                    output::note(format!("{}; asking again", error.message));
                }
            }
            Err(error) => return Err(error),
        }
        std::thread::sleep(ASK_EVERY);
    }
}

fn is_passing(error: &CliError) -> bool {
    matches!(
        error.code,
        "no-server" | "no-answer" | "unavailable" | "timeout"
    )
}

/// The exit code, once it has ended: a roll-back is a check that failed.
fn ending(detail: &RolloutDetail) -> Option<ExitCode> {
    match detail.rollout.state.as_str() {
        "finished" => Some(ExitCode::SUCCESS),
        "rolled-back" => Some(ExitCode::from(2)),
        _ => None,
    }
}

/// What is new since the last look, line by line.
fn news(before: Option<&RolloutDetail>, now: &RolloutDetail) -> Vec<String> {
    let rollout = &now.rollout;
    let mut lines = Vec::new();
    let stands = |detail: &RolloutDetail| {
        (
            detail.rollout.state.clone(),
            detail.rollout.stage,
            detail.rollout.coverage,
        )
    };
    if before.is_none_or(|before| stands(before) != stands(now)) {
        lines.push(state(rollout));
    }
    if before.is_none_or(|before| before.rollout.exposed != rollout.exposed) {
        let people = layout::grouped(rollout.exposed.iter().sum());
        let evidence = evidence(now.log_e, now.threshold);
        lines.push(format!(
            "{people} people, guards at {evidence}: {}",
            rollout.sentence
        ));
    }
    if now.split.alarm && before.is_none_or(|before| !before.split.alarm) {
        lines.push("The split does not fit the plan; do not trust the results.".to_owned());
    }
    if let Some(fired) = &now.fired
        && before.is_none_or(|before| before.fired.is_none())
    {
        lines.push(fired.sentence.clone());
    }
    if let Some(ending) = &rollout.ending
        && before.is_none_or(|before| before.rollout.ending.is_none())
        && !ending.reason.is_empty()
    {
        lines.push(format!("Reason: {}", ending.reason));
    }
    lines
        .iter()
        .flat_map(|line| layout::wrap(line, layout::WIDTH))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::rollouts::samples;
    use variorum_api_types::rollouts::{Ending, Fired};

    #[test]
    fn the_first_look_tells_where_it_stands() {
        let expected = [
            "R-4 is running at stage 1 of 2: 10 % of everybody take part.",
            "8,120 people, guards at 50 %: First orders fall.",
        ];
        assert_eq!(news(None, &samples::detail()), expected);
        assert!(ending(&samples::detail()).is_none());
    }

    #[test]
    fn later_looks_tell_only_what_is_new() {
        let before = samples::detail();
        assert!(news(Some(&before), &before).is_empty());
        let mut now = samples::detail();
        now.rollout.exposed = vec![5_000, 5_000];
        assert_eq!(
            news(Some(&before), &now),
            ["10,000 people, guards at 50 %: First orders fall."]
        );
    }

    #[test]
    fn a_roll_back_is_told_and_exits_with_2() {
        let before = samples::detail();
        let mut now = samples::detail();
        now.rollout.state = "rolled-back".into();
        now.fired = Some(Fired {
            arm: 1,
            kpi: "first_order".into(),
            cohort: None,
            action: "roll-back".into(),
            at: String::new(),
            log_e: 4.7,
            exposed: vec![],
            sentence: "First orders fell too far.".into(),
        });
        let (at, by) = (String::new(), "guard".to_owned());
        now.rollout.ending = Some(Ending {
            at,
            by,
            by_guard: true,
            reason: "A guard decided".into(),
            arm: Some(0),
        });
        assert_eq!(
            news(Some(&before), &now),
            [
                "R-4 is rolled back: everybody gets release 11.",
                "First orders fell too far.",
                "Reason: A guard decided",
            ]
        );
        let code = ending(&now).unwrap();
        assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::from(2)));
        assert!(news(Some(&now), &now).is_empty());
    }
}
