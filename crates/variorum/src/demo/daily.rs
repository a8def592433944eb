//! Days between experiments: customers who meet several channels on their way, in a week's rhythm. One
//! prompt gets worse when a release takes an edit of it live, and nobody was trying anything.

use variorum_app::{Result, events};
use variorum_domain::event::{Event, EventKind};
use variorum_domain::id::Time;

use super::people::Person;
use super::random::Random;
use super::seed::Teller;

/// Weeks that are told, and the days each has.
pub(super) const WEEKS: u32 = 7;
const DAYS: u32 = 7;
/// The mail they get in the end, and what they may have met on the way.
const MAIL: &str = "email/lifecycle/replenish";
const AD: &str = "ads/social/retargeting";
const PAGE: &str = "web/landing/hero";
/// Customers of each weekday, a Thursday first, as days are counted since 1970.
const CUSTOMERS: [u32; 7] = [170, 160, 110, 120, 180, 175, 172];
/// When the edit went live that makes fewer people click.
const WORSE_SINCE_DAYS_AGO: f64 = 4.2;
/// Shares of those who click before and after, of whom so many order again.
const CLICK: f64 = 0.33;
const CLICK_SINCE: f64 = 0.18;
const ORDER: f64 = 0.26;

/// How many days ago a week ends.
pub(super) fn ends_days_ago(week: u32) -> f64 {
    f64::from((WEEKS - 1 - week) * DAYS)
}

/// Reports one week.
pub(super) async fn week(teller: &Teller, week: u32) -> Result<()> {
    let end = ends_days_ago(week);
    teller.at(end);
    let actor = teller.publisher("mara")?.clone();
    let mut random = Random::new(u64::from(week) * 104_729 + 17);
    let mut batch: Vec<Event> = Vec::new();
    for day in 0..DAYS {
        let days_ago = end + f64::from(DAYS - day);
        teller.at(days_ago);
        let begin = teller.clock_now();
        let weekday = begin.seconds().div_euclid(86_400).rem_euclid(7);
        let customers = usize::try_from(weekday).map_or(150, |at| CUSTOMERS[at]);
        for number in 0..customers {
            let seconds = i64::from(number) * 86_400 / i64::from(customers);
            let since = days_ago - f64::from(number) / f64::from(customers);
            let customer = Customer {
                unit: format!("regular-{week}-{day}-{number}"),
                at: begin.plus_seconds(seconds),
                is_worse: since < WORSE_SINCE_DAYS_AGO,
            };
            customer.live(&mut random, &mut batch);
        }
    }
    teller.at(end);
    let now = teller.clock_now();
    batch.retain(|event| event.time <= now);
    let batch = batch.into_iter().map(Ok).enumerate().collect();
    events::ingest(&teller.ctx, &actor, batch).await?;
    Ok(())
}

struct Customer {
    unit: String,
    at: Time,
    is_worse: bool,
}

impl Customer {
    fn live(&self, random: &mut Random, batch: &mut Vec<Event>) {
        let met_ad = random.chance(0.42);
        if met_ad {
            batch.push(self.exposure(AD, "ads", -2 * 86_400));
        }
        let met_page = random.chance(if met_ad { 0.45 } else { 0.15 });
        if met_page {
            batch.push(self.exposure(PAGE, "web", -86_400));
        }
        batch.push(self.exposure(MAIL, "email", 0));
        let click = if self.is_worse { CLICK_SINCE } else { CLICK };
        if !random.chance(click) {
            return;
        }
        batch.push(self.outcome("click", 1, 600));
        if random.chance(if met_page { 1.5 * ORDER } else { ORDER }) {
            let cents = if random.chance(0.3) { 4_100 } else { 2_300 };
            batch.push(self.outcome("repeat_order", 1, 1_200));
            batch.push(self.outcome("revenue", cents, 1_200));
        }
    }

    fn exposure(&self, prompt: &str, channel: &str, seconds: i64) -> Event {
        Event {
            id: format!("d-{}-{channel}", self.unit),
            kind: EventKind::Exposure,
            time: self.at.plus_seconds(seconds),
            unit: self.unit.clone(),
            prompt: prompt.to_owned(),
            rollout: None,
            arm: None,
            kpi: String::new(),
            value: 0,
            channel: channel.to_owned(),
            attributes: Person::named(&self.unit).attributes().to_string(),
        }
    }

    fn outcome(&self, kpi: &str, value: i64, seconds: i64) -> Event {
        Event {
            id: format!("d-{}-{kpi}", self.unit),
            kind: EventKind::Outcome,
            kpi: kpi.to_owned(),
            value,
            attributes: String::new(),
            ..self.exposure(MAIL, "email", seconds)
        }
    }
}
