//! Real experiments whose results are published, read as tables.

use std::collections::BTreeMap;

use variorum_stats::proportion::{self, Counts};
use variorum_stats::{mean, moments, srm};

use crate::world::{gunzip, shared};

/// Weeks in which the Upworthy archive's authors found that arms were not drawn evenly.
const FAULTY_WEEKS: std::ops::RangeInclusive<u32> = 201_325..=201_401;

fn truth(name: &str) -> serde_json::Value {
    let text = std::fs::read_to_string(shared().join("data/GROUNDTRUTH.json")).unwrap();
    let all: serde_json::Value = serde_json::from_str(&text).unwrap();
    all[name]["public"].clone()
}

fn is_near(found: f64, wanted: f64) -> bool {
    (found - wanted).abs() <= 1e-6 * wanted.abs() + 1e-12
}

/// The packages of every test.
fn upworthy() -> BTreeMap<String, Vec<Counts>> {
    let text = gunzip("data/experiments/upworthy_packages.csv.gz");
    let mut tests: BTreeMap<String, Vec<Counts>> = BTreeMap::new();
    for row in csv::Reader::from_reader(text.as_bytes()).records() {
        let row = row.unwrap();
        tests.entry(row[1].to_owned()).or_default().push(Counts {
            n: row[5].parse().unwrap(),
            converted: row[6].parse().unwrap(),
        });
    }
    tests
}

#[test]
fn the_archive_of_upworthy_gives_the_published_results() {
    let tests = upworthy();
    let truth = truth("upworthy");
    let text = gunzip("data/experiments/upworthy_groundtruth.csv.gz");
    let (mut rows, mut below_5_percent) = (0, 0);
    let (mut alarms, mut alarms_in_weeks) = (0, 0);
    for row in csv::Reader::from_reader(text.as_bytes()).records() {
        let row = row.unwrap();
        let number = |place: usize| row[place].parse::<f64>().unwrap();
        let arms = &tests[&row[0]];
        let found = proportion::homogeneity(arms).unwrap();
        assert!(is_near(found.chi_square, number(7)), "{}", &row[0]);
        assert_eq!(found.degrees.to_string(), row[8], "{}", &row[0]);
        assert!(is_near(found.p, number(9)), "{}: {}", &row[0], found.p);
        let units: Vec<u64> = arms.iter().map(|arm| arm.n).collect();
        let split = srm::check(&units, &vec![1.0; units.len()], 100.0).unwrap();
        assert!(is_near(split.chi_square, number(11)), "{}", &row[0]);
        assert!(is_near(split.p, number(12)), "{}", &row[0]);
        rows += 1;
        below_5_percent += u64::from(found.p < 0.05);
        let week: u32 = row[1].parse().unwrap();
        alarms += u64::from(split.is_mismatch());
        alarms_in_weeks += u64::from(split.is_mismatch() && FAULTY_WEEKS.contains(&week));
    }
    assert_eq!(truth["tests"], rows);
    assert_eq!(truth["p_lt_05"], below_5_percent);
    assert_eq!(truth["srm_p_lt_001"], alarms);
    assert_eq!(truth["srm_p_lt_001_in_window"], alarms_in_weeks);
}

#[test]
fn the_check_at_every_look_alarms_in_the_faulty_weeks_too() {
    let tests = upworthy();
    let text = gunzip("data/experiments/upworthy_groundtruth.csv.gz");
    let (mut inside, mut outside, mut sound) = (0, 0, 0);
    for row in csv::Reader::from_reader(text.as_bytes()).records() {
        let row = row.unwrap();
        let units: Vec<u64> = tests[&row[0]].iter().map(|arm| arm.n).collect();
        let split = srm::check(&units, &vec![1.0; units.len()], 100.0).unwrap();
        let alarm = u32::from(split.log_e >= 1_000_f64.ln());
        if FAULTY_WEEKS.contains(&row[1].parse().unwrap()) {
            inside += alarm;
        } else {
            outside += alarm;
            sound += 1;
        }
    }
    assert!(inside >= 150, "{inside} of the faulty ones");
    assert!(outside * 200 <= sound, "{outside} of {sound} sound ones");
}

#[test]
fn cookie_cats_keeps_players_as_published() {
    let truth = truth("cookie_cats");
    let text = gunzip("data/experiments/cookie_cats.csv.gz");
    let none = Counts { n: 0, converted: 0 };
    let mut kept = [[none; 2]; 2];
    let mut rounds = [moments::Arm::default(), moments::Arm::default()];
    for row in csv::Reader::from_reader(text.as_bytes()).records() {
        let row = row.unwrap();
        let arm = usize::from(&row[1] == "gate_40");
        rounds[arm].add_unit(row[2].parse().unwrap());
        for (place, counts) in kept[arm].iter_mut().enumerate() {
            counts.n += 1;
            counts.converted += u64::from(&row[3 + place] == "True");
        }
    }
    for (place, name) in ["retention_1", "retention_7"].iter().enumerate() {
        let found = proportion::compare(kept[0][place], kept[1][place], 0.05).unwrap();
        let wanted = &truth[name]["test_40_vs_30"];
        assert!(
            is_near(found.difference, wanted["diff"].as_f64().unwrap()),
            "{name}"
        );
        assert!(
            is_near(found.p_two_sided, wanted["p"].as_f64().unwrap()),
            "{name}"
        );
    }
    let units = [rounds[0].n, rounds[1].n];
    let split = srm::check(&units, &[1.0, 1.0], 100.0).unwrap();
    assert!(is_near(split.p, truth["srm_p_equal"].as_f64().unwrap()));
    let [control, treatment] = rounds.map(|arm| arm.sample().unwrap());
    let found = mean::compare(&control, &treatment, 0.05).unwrap();
    let wanted = &truth["sum_gamerounds"]["welch"];
    assert!(is_near(found.difference, wanted["diff"].as_f64().unwrap()));
    let test = found.test.unwrap();
    assert!(is_near(
        test.interval.low,
        wanted["ci95"][0].as_f64().unwrap()
    ));
    assert!(is_near(
        test.interval.high,
        wanted["ci95"][1].as_f64().unwrap()
    ));
}
