//! "Did you mean": the known name nearest to an unknown one.

/// Longest name that is compared, in characters.
const NAME_CHARACTERS_MAX: usize = 64;

/// The name of `known` that differs least from `name`, if it differs by a slip or two.
pub fn suggestion<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let letters: Vec<char> = name.chars().take(NAME_CHARACTERS_MAX).collect();
    let most = (letters.len() / 3).clamp(1, 3);
    known
        .into_iter()
        .filter(|other| *other != name)
        .map(|other| (distance(&letters, other), other))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, other)| other)
}

/// How many letters must be put in, taken out, replaced or swapped with a neighbour; case counts
/// for nothing.
fn distance(name: &[char], other: &str) -> usize {
    let other: Vec<char> = other.chars().take(NAME_CHARACTERS_MAX).collect();
    let same = |a: char, b: char| a == b || a.to_lowercase().eq(b.to_lowercase());
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, letter) in name.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, wanted) in other.iter().enumerate() {
            let replaced = row[j] + usize::from(!same(*letter, *wanted));
            let mut best = replaced.min(row[j + 1] + 1).min(next[j] + 1);
            let swapped =
                i > 0 && j > 0 && same(*letter, other[j - 1]) && same(name[i - 1], *wanted);
            if swapped {
                best = best.min(before[j - 1] + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::suggestion;

    #[test]
    fn finds_slips_and_nothing_else() {
        let known = ["first_name", "product", "is_vip"];
        assert_eq!(suggestion("frist_name", known), Some("first_name"));
        assert_eq!(suggestion("Product", known), Some("product"));
        assert_eq!(suggestion("campaign", known), None);
        assert_eq!(suggestion("product", known), None);
    }
}
