//! Credits of all models side by side.

use variorum_stats::attribution::rules::{Rule, credit};
use variorum_stats::attribution::{Credit, Journey, markov, shapley};

use super::journeys::Journeys;

/// A way of sharing conversions out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Model {
    /// All to the first touch.
    First,
    /// All to the last touch.
    Last,
    /// All to the last touch that has a channel.
    LastNonDirect,
    /// The same to each touch.
    Linear,
    /// 40 % to the first and the last, the rest to those between.
    Position,
    /// More, the nearer to the conversion.
    TimeDecay,
    /// By what would be lost without it, in a chain of steps.
    Markov,
    /// By what it adds to every set of others.
    Shapley,
}

impl Model {
    /// All of them, the plainest first.
    pub const ALL: [Self; 8] = [
        Self::First,
        Self::Last,
        Self::LastNonDirect,
        Self::Linear,
        Self::Position,
        Self::TimeDecay,
        Self::Markov,
        Self::Shapley,
    ];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Last => "last",
            Self::LastNonDirect => "last-non-direct",
            Self::Linear => "linear",
            Self::Position => "position",
            Self::TimeDecay => "time-decay",
            Self::Markov => "markov",
            Self::Shapley => "shapley",
        }
    }
}

/// What one model says.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelCredit {
    /// Which one.
    pub model: Model,
    /// Conversions, by the place of the name.
    pub conversions: Vec<f64>,
    /// Value in the goal's smallest unit, by the place of the name.
    pub value: Vec<f64>,
}

/// Credits of all journeys.
#[derive(Debug, Clone, PartialEq)]
pub struct Credits {
    /// The names.
    pub names: Vec<String>,
    /// Each model; time decay is missing where the days of touches are not known.
    pub models: Vec<ModelCredit>,
    /// The part of all conversions that would be lost without a name, by the Markov chain.
    pub removal_effect: Vec<f64>,
    /// The chance that a journey converts, by the Markov chain.
    pub chance: f64,
    /// What each name adds to the conversion rate, by Shapley; may be negative; not for more than
    /// twelve names.
    pub rate: Option<Vec<f64>>,
    /// Journeys that converted.
    pub conversions: u64,
    /// Journeys that did not.
    pub nulls: u64,
    /// Value of all conversions, in the goal's smallest unit.
    pub value: i128,
}

/// Shares out what was taken in.
pub fn credits(journeys: &Journeys) -> Credits {
    let paths = journeys.paths();
    let mut all = (0_u64, 0_u64, 0_i128);
    let plain: Vec<Journey> = paths
        .iter()
        .map(|(path, sums)| {
            all = (
                all.0 + sums.conversions,
                all.1 + sums.nulls,
                all.2 + sums.value,
            );
            #[expect(clippy::cast_precision_loss, reason = "sums of values lie below 2^53")]
            let value = sums.value as f64;
            Journey {
                touches: path.iter().map(|place| usize::from(*place)).collect(),
                days_before: None,
                conversions: sums.conversions,
                nulls: sums.nulls,
                value,
            }
        })
        .collect();
    let count = journeys.names().len();
    let chain = markov::credit(&plain, count);
    let direct = journeys.direct();
    let by_rule = |rule: Rule| credit(&plain, count, rule);
    let of = |model: Model| -> Option<Credit> {
        match model {
            Model::First => by_rule(Rule::FirstTouch),
            Model::Last => by_rule(Rule::LastTouch),
            Model::LastNonDirect => by_rule(Rule::LastOther(direct)),
            Model::Linear => by_rule(Rule::Linear),
            Model::Position => by_rule(Rule::PositionBased),
            Model::TimeDecay => {
                let credit = journeys.decay_credit();
                let known: f64 = credit.conversions.iter().sum();
                (known > 0.0 || all.0 == 0).then_some(credit)
            }
            Model::Markov => Some(chain.credit.clone()),
            Model::Shapley => Some(shapley::credit(&plain, count)),
        }
    };
    let models = Model::ALL.into_iter().filter_map(|model| {
        of(model).map(|credit| ModelCredit {
            model,
            conversions: credit.conversions,
            value: credit.value,
        })
    });
    Credits {
        names: journeys.names().to_vec(),
        models: models.collect(),
        removal_effect: chain.removal_effect,
        chance: chain.conversion,
        rate: shapley::rate(&plain, count),
        conversions: all.0,
        nulls: all.1,
        value: all.2,
    }
}
