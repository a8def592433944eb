//! Counting: words, characters, letters that differ.

use super::DISTANCE_WORK_MAX;

/// Words, told apart by white space.
pub(super) fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// The fewest letters to put in, take out or exchange that make one text the other (Levenshtein 1966);
/// nothing where the texts are too long to be compared.
pub(super) fn distance(one: &str, other: &str) -> Option<usize> {
    let one: Vec<char> = one.chars().collect();
    let other: Vec<char> = other.chars().collect();
    if one.len().checked_mul(other.len())? > DISTANCE_WORK_MAX {
        return None;
    }
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.iter().enumerate() {
        let mut corner = row[0];
        row[0] = at + 1;
        for (place, own) in other.iter().enumerate() {
            let exchanged = corner + usize::from(letter != own);
            corner = row[place + 1];
            row[place + 1] = exchanged.min(corner + 1).min(row[place] + 1);
        }
    }
    row.last().copied()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition, as it is written down.
    fn slow(one: &[char], other: &[char]) -> usize {
        match (one, other) {
            ([], rest) | (rest, []) => rest.len(),
            ([a, one @ ..], [b, other @ ..]) if a == b => slow(one, other),
            ([_, short @ ..], [_, shorter @ ..]) => {
                1 + slow(short, other)
                    .min(slow(one, shorter))
                    .min(slow(short, shorter))
            }
        }
    }

    proptest! {
        #[test]
        fn the_distance_is_what_its_definition_says(one in "[abä]{0,6}", other in "[abä]{0,6}") {
            let letters = |text: &str| text.chars().collect::<Vec<char>>();
            prop_assert_eq!(distance(&one, &other), Some(slow(&letters(&one), &letters(&other))));
        }
    }

    #[test]
    fn words_and_known_distances() {
        assert_eq!(words("  one two\n\tthree "), 3);
        assert_eq!(words(""), 0);
        assert_eq!(distance("kitten", "sitting"), Some(3));
        assert_eq!(distance(&"a".repeat(10_000), &"b".repeat(10_000)), None);
    }
}
