//! Regular expressions whose search takes time in proportion to the text, whatever they say.

use regex_automata::meta::{Builder, Config, Regex};

use super::PATTERN_BYTES_MAX;

/// An expression that was made ready, or why it cannot be.
#[derive(Debug, Clone)]
pub(super) enum Pattern {
    /// Ready.
    Ready(Box<Regex>),
    /// It is not a regular expression.
    Invalid(String),
    /// It asks for what an engine of linear time does not have.
    Elsewhere(&'static str),
}

impl Pattern {
    pub(super) fn new(text: &str) -> Self {
        let limits = Config::new()
            .nfa_size_limit(Some(PATTERN_BYTES_MAX))
            .onepass_size_limit(Some(PATTERN_BYTES_MAX));
        let error = match Builder::new().configure(limits).build(text) {
            Ok(regex) => return Self::Ready(Box::new(regex)),
            Err(error) => error,
        };
        if error.size_limit().is_some() {
            return Self::Invalid(format!(
                "it is larger than {PATTERN_BYTES_MAX} bytes when made ready"
            ));
        }
        let Some(syntax) = error.syntax_error() else {
            return Self::Invalid(error.to_string());
        };
        let said = syntax.to_string();
        if said.contains("look-around") {
            return Self::Elsewhere(
                "uses look-around, which takes an engine without a limit of time",
            );
        }
        if said.contains("backreferences") {
            return Self::Elsewhere(
                "uses a backreference, which takes an engine without a limit of time",
            );
        }
        let why = said.lines().last().unwrap_or_default();
        Self::Invalid(why.trim_start_matches("error: ").to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_expression_comes_to() {
        let finds = |pattern: &str, text: &str| match Pattern::new(pattern) {
            Pattern::Ready(regex) => regex.is_match(text),
            other => unreachable!("{other:?}"),
        };
        assert!(finds(r"^[\s\S]{1,5}$", "a\nb"));
        assert!(!finds(r"^[\s\S]{1,5}$", "abcdef"));
        assert!(finds(r"\bSie\b", "für Sie."));
        assert!(finds(r"a\/b", "a/b"));
        for (pattern, word) in [
            (r"(?=a)b", "look-around"),
            (r"(?<!a)b", "look-around"),
            (r"(a)\1", "backreference"),
        ] {
            let is_named =
                matches!(Pattern::new(pattern), Pattern::Elsewhere(why) if why.contains(word));
            assert!(is_named, "{pattern}");
        }
        for pattern in ["(", "a{5,2}", r"(\w{1000}){1000}"] {
            assert!(
                matches!(Pattern::new(pattern), Pattern::Invalid(_)),
                "{pattern}"
            );
        }
    }
}
