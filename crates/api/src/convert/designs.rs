//! Hold-outs and releases in the shadow, read from the wire and written to it.

use variorum_api_types::designs as wire;
use variorum_app::rollouts::StartRollout;
use variorum_app::shadow::Shadow;
use variorum_domain::id::RolloutNumber;
use variorum_domain::rollout::Plan;
use variorum_domain::shadow::{Counts, Measure};

use super::plan::moment;
use crate::problem::Failure;
use crate::time;
use crate::wording::grouped;

/// What to start.
pub(crate) fn hold_out(cmd: wire::StartHoldOut) -> Result<StartRollout, Failure> {
    Ok(StartRollout {
        environment: cmd.environment.filter(|name| !name.is_empty()),
        title: cmd.title,
        treatments: Vec::new(),
        prompt: None,
        plan: Plan {
            goal: cmd.goal.filter(|id| !id.is_empty()),
            hypothesis: cmd.hypothesis,
            ..Plan::hold_out(cmd.share, moment(&cmd.until)?)
        },
        reason: cmd.reason,
    })
}

/// What a rollout in the shadow came to.
pub(crate) fn shadow(number: RolloutNumber, found: &Shadow) -> wire::ShadowResult {
    let counts = &found.counts;
    let all = of(|measure| counts.total(measure));
    let prompts = counts.prompts().into_iter().map(|prompt| {
        let missing = counts.missing(&prompt).into_iter();
        wire::ShadowPrompt {
            counts: of(|measure| counts.get(&prompt, measure)),
            missing: missing
                .map(|(name, requests)| wire::MissingVariable { name, requests })
                .collect(),
            prompt,
        }
    });
    let prompts = prompts.collect();
    let samples = found.samples.iter().map(|sample| wire::ShadowSample {
        prompt: sample.prompt.clone(),
        at: time::format(sample.at),
        old: sample.old.clone(),
        new: sample.new.clone(),
    });
    wire::ShadowResult {
        number: number.0,
        sentence: sentence(counts),
        all,
        prompts,
        samples: samples.collect(),
    }
}

fn of(get: impl Fn(Measure) -> i64) -> wire::ShadowCounts {
    let compared = get(Measure::Compared);
    let (absent, failed) = (get(Measure::Absent), get(Measure::Failed));
    let filled = compared - absent - failed;
    #[expect(clippy::cast_precision_loss, reason = "a mean for reading")]
    let mean = |sum: i64| (filled > 0).then(|| sum as f64 / filled as f64);
    wire::ShadowCounts {
        compared,
        same: get(Measure::Same),
        text_differs: get(Measure::TextDiffers),
        settings_differ: get(Measure::SettingsDiffer),
        absent,
        failed,
        old_length: mean(get(Measure::OldCharacters)),
        new_length: mean(get(Measure::NewCharacters)),
        passed_over: get(Measure::PassedOver),
    }
}

/// The result as one says it to a colleague.
fn sentence(counts: &Counts) -> String {
    let number = |measure| u64::try_from(counts.total(measure)).unwrap_or(0);
    let compared = number(Measure::Compared);
    if compared == 0 {
        return "Nobody has asked for a prompt yet; nobody gets the new release.".into();
    }
    let broken = number(Measure::Failed) + number(Measure::Absent);
    let differs = number(Measure::TextDiffers);
    let requests = |n: u64| match n {
        1 => "1 request".to_owned(),
        n => format!("{} requests", grouped(n)),
    };
    let told = match differs {
        0 => "the text was the same each time".to_owned(),
        n if n == compared => "the text differed each time".to_owned(),
        n => format!("the text differed in {}", grouped(n)),
    };
    let broken = match broken {
        0 => "and the new release could answer all of them".to_owned(),
        n => format!("and the new release could not answer {}", grouped(n)),
    };
    format!("Of {}, {told}, {broken}.", requests(compared))
}

#[cfg(test)]
mod tests {
    use super::*;
    use variorum_domain::shadow::{Answer, Filled};

    #[test]
    fn it_is_said_in_a_sentence() {
        let filled = |text: &str| Filled {
            text: text.into(),
            settings: String::new(),
        };
        let mut counts = Counts::default();
        assert!(sentence(&counts).starts_with("Nobody has asked"));
        counts.add("a", &filled("x"), &Answer::Filled(filled("x")));
        assert_eq!(
            sentence(&counts),
            "Of 1 request, the text was the same each time, and the new release could answer all of \
             them."
        );
        counts.add("a", &filled("x"), &Answer::Filled(filled("yyy")));
        counts.add("a", &filled("x"), &Answer::Absent);
        assert_eq!(
            sentence(&counts),
            "Of 3 requests, the text differed in 1, and the new release could not answer 1."
        );
        let all = of(|measure| counts.total(measure));
        assert_eq!((all.old_length, all.new_length), (Some(1.0), Some(2.0)));
    }
}
