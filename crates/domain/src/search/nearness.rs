//! Words that a mistyped word may have meant.

/// The most words one mistyped word is taken for.
const NEAR_WORDS_MAX: usize = 8;

/// The fewest letters to insert, remove, replace or swap with their neighbour to make one word of
/// the other; `None` where it takes more than `most`.
pub fn edits(one: &str, other: &str, most: usize) -> Option<usize> {
    let (a, b): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    // Optimal string alignment, three rows of its table.
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let replace = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = replace.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        if row.iter().min().is_none_or(|least| *least > most) {
            return None;
        }
        before = std::mem::replace(&mut last, row);
    }
    Some(last[b.len()]).filter(|edits| *edits <= most)
}

/// Those of the known words that a mistyped word may have meant, nearest first. Short words must be
/// right: from four letters on one slip is forgiven, from eight on two.
pub fn near_words<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Vec<String> {
    let most = match word.chars().count() {
        0..=3 => return Vec::new(),
        4..=7 => 1,
        _ => 2,
    };
    let mut found: Vec<(usize, &str)> = known
        .into_iter()
        .filter_map(|other| Some((edits(word, other, most)?, other)))
        .collect();
    found.sort_unstable();
    found.dedup();
    let nearest = found.into_iter().take(NEAR_WORDS_MAX);
    nearest.map(|(_, word)| word.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_counted() {
        let rows = [
            ("welcome", "welcome", Some(0)),
            ("wlecome", "welcome", Some(1)),
            ("welcom", "welcome", Some(1)),
            ("wellcome", "welcome", Some(1)),
            ("velcome", "welcome", Some(1)),
            ("velcom", "welcome", Some(2)),
            ("abc", "xyz", None),
        ];
        for (one, other, expected) in rows {
            assert_eq!(edits(one, other, 2), expected, "{one} {other}");
            assert_eq!(edits(other, one, 2), expected, "{other} {one}");
        }
    }

    #[test]
    fn short_words_must_be_right() {
        let known = ["cat", "welcome", "welcomes", "newsletter"];
        assert!(near_words("cta", known).is_empty());
        assert_eq!(near_words("wlecome", known), ["welcome"]);
        assert_eq!(near_words("newslettre", known), ["newsletter"]);
        assert_eq!(near_words("newsltetre", known), ["newsletter"]);
    }
}
