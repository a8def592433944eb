//! Redirects: callers of a prompt's old id get the prompt it became. They stand in `redirects.yaml`,
//! so they are versioned, reviewed and released like everything else of the library.

use std::collections::BTreeMap;

use crate::library::yaml_to_json;
use crate::prompt::Diagnostic;

/// The file of redirects.
pub const REDIRECTS_FILE: &str = "redirects.yaml";
/// Redirects of one library; older ones are to be taken out once nobody asks for them.
pub const REDIRECTS_MAX: usize = 50_000;

/// What stands above the redirects we write.
const HEAD: &str =
    "# Callers of an old id get the prompt it became. Written when prompts are moved.\n";

/// Old ids and what each of them became.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Redirects {
    map: BTreeMap<String, String>,
}

impl Redirects {
    /// Reads `redirects.yaml`; every fault is told with its line.
    pub fn parse(text: &str) -> Result<Self, Vec<Diagnostic>> {
        let fault = |line: usize, message: String| {
            let finding = Diagnostic::error("bad-redirect", (line, 1), message);
            finding.at_path(REDIRECTS_FILE)
        };
        let value = yaml_to_json(text).map_err(|error| vec![fault(1, error)])?;
        if value.is_null() {
            return Ok(Self::default());
        }
        let Some(fields) = value.get("redirects").and_then(|value| value.as_object()) else {
            let message = "it must hold `redirects:`, a mapping of old ids to new ones".to_owned();
            return Err(vec![fault(1, message)]);
        };
        let mut faults = Vec::new();
        let mut redirects = Self::default();
        for (from, to) in fields {
            let line = line_of(text, from);
            match to.as_str() {
                Some(to) if is_id(from) && is_id(to) => {
                    redirects.map.insert(from.clone(), to.to_owned());
                }
                _ => faults.push(fault(
                    line,
                    format!("`{from}` must lead to the id of a prompt, e.g. `email/welcome`"),
                )),
            }
        }
        if redirects.map.len() > REDIRECTS_MAX {
            faults.push(fault(
                1,
                format!("there are more than {REDIRECTS_MAX} redirects"),
            ));
        }
        for from in redirects.map.keys() {
            if redirects.target(from).is_none() {
                let message = format!(
                    "`{from}` leads back to itself; one of the redirects on the way must go"
                );
                faults.push(fault(line_of(text, from), message));
            }
        }
        if faults.is_empty() {
            Ok(redirects)
        } else {
            Err(faults)
        }
    }

    /// What an old id became in the end, through any number of redirects; `None` where there is none,
    /// and where they lead in a circle.
    pub fn target(&self, id: &str) -> Option<&str> {
        let mut at = self.map.get(id)?;
        for _ in 0..self.map.len() {
            match self.map.get(at) {
                Some(next) => at = next,
                None => return Some(at),
            }
        }
        None
    }

    /// The redirects after prompts got new ids. What led to an old id leads to the new one, and an id
    /// that is a prompt again leads nowhere, so there are never chains or circles.
    #[must_use]
    pub fn after(&self, moved: &BTreeMap<String, String>) -> Self {
        let mut map: BTreeMap<String, String> = self
            .map
            .keys()
            .filter_map(|from| Some((from.clone(), self.target(from)?.to_owned())))
            .collect();
        for to in map.values_mut() {
            if let Some(new) = moved.get(to) {
                to.clone_from(new);
            }
        }
        for new in moved.values() {
            map.remove(new);
        }
        for (old, new) in moved {
            if !moved.values().any(|taken| taken == old) {
                map.insert(old.clone(), new.clone());
            }
        }
        map.retain(|from, to| from != to);
        Self { map }
    }

    /// All of them: old id and what it became in the end.
    pub fn ends(&self) -> impl Iterator<Item = (&str, &str)> {
        let ends = self
            .map
            .keys()
            .map(|from| (from.as_str(), self.target(from)));
        ends.filter_map(|(from, to)| Some((from, to?)))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// The file, one redirect a line and sorted, so that two people's moves seldom clash.
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEAD}redirects:\n");
        if self.map.is_empty() {
            text = format!("{HEAD}redirects: {{}}\n");
        }
        for (from, to) in &self.map {
            text.push_str("  ");
            text.push_str(&quoted(from));
            text.push_str(": ");
            text.push_str(&quoted(to));
            text.push('\n');
        }
        text
    }
}

fn is_id(text: &str) -> bool {
    !text.trim().is_empty() && !text.contains(['\n', '\r', '\0'])
}

/// A text as a value of YAML: plain where that is safe.
fn quoted(text: &str) -> String {
    let plain = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '/' | '-' | '_' | '.');
    let safe = text.starts_with(|sign: char| sign.is_ascii_alphabetic())
        && text.chars().all(plain)
        && text.contains('/');
    if safe {
        text.to_owned()
    } else {
        serde_json::Value::from(text).to_string()
    }
}

/// The first line that begins with a key.
fn line_of(text: &str, key: &str) -> usize {
    let starts = |line: &str| {
        let line = line.trim_start().trim_start_matches(['"', '\'']);
        line.starts_with(key)
    };
    text.lines().position(starts).map_or(1, |line| line + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect()
    }

    #[test]
    fn chains_end_and_circles_are_refused() {
        let redirects = Redirects::parse("redirects: {a/x: b/y, b/y: c/z}").unwrap();
        assert_eq!(redirects.target("a/x"), Some("c/z"));
        assert_eq!(redirects.target("b/y"), Some("c/z"));
        assert_eq!(redirects.target("c/z"), None);
        let faults = Redirects::parse("redirects:\n  a/x: b/y\n  b/y: a/x\n  c: c\n").unwrap_err();
        let lines: Vec<usize> = faults.iter().map(|fault| fault.line).collect();
        assert_eq!(lines, [2, 3, 4]);
        assert_eq!(
            faults[0].message,
            "`a/x` leads back to itself; one of the redirects on the way must go"
        );
        assert!(Redirects::parse("redirects: [a]").is_err());
        assert!(Redirects::parse("redirects: {a: 1}").is_err());
        assert!(Redirects::parse(": [").is_err());
        assert_eq!(Redirects::parse("").unwrap(), Redirects::default());
    }

    #[test]
    fn moves_leave_redirects() {
        let one = Redirects::default().after(&map(&[("a/x", "b/x")]));
        let two = one.after(&map(&[("b/x", "c/x")]));
        assert_eq!(two.map, map(&[("a/x", "c/x"), ("b/x", "c/x")]));
        let back = two.after(&map(&[("c/x", "a/x")]));
        assert_eq!(back.map, map(&[("b/x", "a/x"), ("c/x", "a/x")]));
        let swapped = Redirects::default().after(&map(&[("a/x", "b/x"), ("b/x", "a/x")]));
        assert!(swapped.is_empty(), "both ids are prompts still");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(steps in prop::collection::vec(prop::collection::btree_map("[a-c]/[a-e: #'\"é]{1,3}", "[a-c]/[a-e: #'\"é]{1,3}", 1..4), 1..6)) {
            let mut redirects = Redirects::default();
            for moved in steps {
                // Ids that are moved to are new ones.
                let fresh: BTreeMap<String, String> = moved.into_iter().filter(|(a, b)| a != b).collect();
                redirects = redirects.after(&fresh);
                let read = Redirects::parse(&redirects.to_text());
                prop_assert_eq!(read.as_ref(), Ok(&redirects));
                for (from, to) in redirects.ends() {
                    prop_assert!(redirects.target(to).is_none() && from != to);
                }
            }
        }
    }
}
