//! Who the simulated customers are: where they live and what they read on. Told by their name, so that a
//! customer is the same at every telling, and chosen so that groups react differently and all together do not.

use serde_json::{Value, json};

use super::random::Random;

/// Regions with their shares of customers, and how their usual rates differ; weighted, that comes to 1.
const REGIONS: [(&str, f64, f64); 3] = [("uk", 0.5, 1.0), ("de", 0.3, 0.9), ("us", 0.2, 1.15)];
/// The share of customers who read on a phone.
const PHONE: f64 = 0.6;
/// Parts of a change's effect: short texts are made for small screens. Weighted, that comes to 1, too.
const EFFECT_ON_PHONE: f64 = 1.5;
const EFFECT_ON_DESKTOP: f64 = 0.25;

/// One customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Person {
    region: &'static str,
    usual: f64,
    phone: bool,
}

impl Person {
    /// The customer of that name.
    pub(super) fn named(unit: &str) -> Self {
        // FNV-1a: spreads names that differ in their last digits.
        let seed = unit.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
        });
        let mut random = Random::new(seed);
        let mut left = 1.0;
        let [.., last] = REGIONS;
        let home = REGIONS.into_iter().find(|(_, share, _)| {
            let here = random.chance(share / left);
            left -= share;
            here
        });
        let (region, _, usual) = home.unwrap_or(last);
        Self {
            region,
            usual,
            phone: random.chance(PHONE),
        }
    }

    /// What an application reports of them beside an exposure.
    pub(super) fn attributes(self) -> Value {
        let device = if self.phone { "phone" } else { "desktop" };
        json!({"device": device, "region": self.region})
    }

    /// How likely they do something, by what everybody does with the old text and with the one they got.
    pub(super) fn rate(self, old: f64, got: f64) -> f64 {
        let part = if self.phone {
            EFFECT_ON_PHONE
        } else {
            EFFECT_ON_DESKTOP
        };
        ((old + (got - old) * part) * self.usual).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_is_the_same_at_every_telling_and_all_together_react_as_told() {
        let people: Vec<Person> = (0..40_000)
            .map(|number| Person::named(&format!("contact-3-{number}")))
            .collect();
        assert_eq!(people[7], Person::named("contact-3-7"));
        let share = |of: &dyn Fn(&Person) -> f64| {
            #[expect(clippy::cast_precision_loss, reason = "some thousand people")]
            let all = people.len() as f64;
            people.iter().map(of).sum::<f64>() / all
        };
        for (region, wanted, _) in REGIONS {
            let found = share(&|person| f64::from(u8::from(person.region == region)));
            assert!((found - wanted).abs() < 0.01, "{region}: {found}");
        }
        assert!((share(&|person| person.rate(0.2, 0.2)) - 0.2).abs() < 0.002);
        assert!((share(&|person| person.rate(0.2, 0.3)) - 0.3).abs() < 0.004);
    }
}
