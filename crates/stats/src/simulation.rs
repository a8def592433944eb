//! Rollouts that never took place, for tests and benches: seeded customers of two arms, and a guard that
//! looks on. The same seed gives the same customers.

use crate::guard::{ConversionSplit, Stage};

/// SplitMix64 (Steele, Lea and Flood 2014): small, seeded, good enough for counting.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// Numbers of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number strictly between 0 and 1.
    pub fn uniform(&mut self) -> f64 {
        let bits = u32::try_from(self.bits() >> 32).unwrap_or(0);
        (f64::from(bits) + 0.5) / 4_294_967_296.0
    }

    /// Successes among trials: by inversion for small counts, by the normal limit for large ones.
    pub fn binomial(&mut self, trials: u32, chance: f64) -> u32 {
        let mean = f64::from(trials) * chance;
        if mean > 60.0 {
            let angle = std::f64::consts::TAU * self.uniform();
            let normal = (-2.0 * self.uniform().ln()).sqrt() * angle.cos();
            let drawn = (mean + normal * (mean * (1.0 - chance)).sqrt()).round();
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a count within the trials"
            )]
            return (drawn.max(0.0) as u32).min(trials);
        }
        let (odds, mut left) = (chance / (1.0 - chance), self.uniform());
        let mut weight = (f64::from(trials) * (-chance).ln_1p()).exp();
        let mut count = 0;
        while left > weight && count < trials {
            left -= weight;
            weight *= f64::from(trials - count) / f64::from(count + 1) * odds;
            count += 1;
        }
        count
    }
}

/// A rollout with two arms and one conversion.
#[derive(Debug, Clone, Copy)]
pub struct TwoArms {
    /// The chance that a unit of the control converts.
    pub control: f64,
    /// The same of the treatment.
    pub treatment: f64,
    /// The share of units that get the treatment.
    pub share: f64,
    /// Units between two looks; none where every conversion is one.
    pub batch: Option<u32>,
    /// Looks after which it ends.
    pub looks: u32,
}

impl TwoArms {
    /// Exposures until a guard decides, if it does: until its evidence crosses `threshold`.
    pub fn run(&self, guard: &ConversionSplit, threshold: f64, random: &mut Random) -> Option<f64> {
        match self.batch {
            Some(batch) => self.run_batches(batch, guard, threshold, random),
            None => self.run_conversions(guard, threshold, random),
        }
    }

    /// Looks after every batch, with the observed share as in production.
    fn run_batches(
        &self,
        batch: u32,
        guard: &ConversionSplit,
        threshold: f64,
        random: &mut Random,
    ) -> Option<f64> {
        let (mut units, mut units_treatment) = (0.0, 0.0);
        let (mut converted_treatment, mut converted_control) = (0u64, 0u64);
        for _ in 0..self.looks {
            let treatment = random.binomial(batch, self.share);
            units += f64::from(batch);
            units_treatment += f64::from(treatment);
            converted_treatment += u64::from(random.binomial(treatment, self.treatment));
            converted_control += u64::from(random.binomial(batch - treatment, self.control));
            let stage = Stage {
                share_treatment: units_treatment / units,
                converted_treatment,
                converted_control,
            };
            if guard.log_e(&[stage]) >= threshold {
                return Some(units);
            }
        }
        None
    }

    /// Looks after every conversion, with the planned share.
    fn run_conversions(
        &self,
        guard: &ConversionSplit,
        threshold: f64,
        random: &mut Random,
    ) -> Option<f64> {
        let hit_treatment = self.share * self.treatment;
        let hit = hit_treatment + (1.0 - self.share) * self.control;
        let mut units = 0.0;
        let mut stage = Stage {
            share_treatment: self.share,
            converted_treatment: 0,
            converted_control: 0,
        };
        for _ in 0..self.looks {
            units += (random.uniform().ln() / (-hit).ln_1p()).ceil();
            if random.uniform() < hit_treatment / hit {
                stage.converted_treatment += 1;
            } else {
                stage.converted_control += 1;
            }
            if guard.log_e(&[stage]) >= threshold {
                return Some(units);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Means of many draws lie where they should, on both sides of where the method changes.
    #[test]
    fn counts_are_drawn_around_their_mean() {
        let mut random = Random::new(7);
        for (trials, chance) in [(40, 0.1), (1_000, 0.02), (1_000, 0.3), (20_000, 0.5)] {
            let draws = 4_000;
            let sum: f64 = (0..draws)
                .map(|_| f64::from(random.binomial(trials, chance)))
                .sum();
            let mean = f64::from(trials) * chance;
            let error = (mean * (1.0 - chance) / f64::from(draws)).sqrt();
            let found = sum / f64::from(draws);
            assert!((found - mean).abs() < 5.0 * error, "{found} for {mean}");
        }
        let again = Random::new(7).bits();
        assert_eq!(again, Random::new(7).bits());
    }
}
