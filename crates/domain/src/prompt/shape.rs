//! Whether two texts differ in their wording only, told without parsing either.

use super::file::body_start;

/// Whether two versions of a prompt have the same front matter and the same tags in the same order, so
/// that they take, give, include and open the same. May say no where a closer look would say yes.
#[must_use]
pub fn same_shape(before: &str, after: &str) -> bool {
    let (old, new) = (body_start(before), body_start(after));
    if before[..old] != after[..new] {
        return false;
    }
    let (old, new) = (&before[old..], &after[new..]);
    // A file without a text is another thing than one with a text: a variation that leaves all to its
    // base.
    if old.trim().is_empty() != new.trim().is_empty() {
        return false;
    }
    let (mut old, mut new) = (Tags(old), Tags(new));
    loop {
        match (old.next(), new.next()) {
            (None, None) => return true,
            (Some(Some(a)), Some(Some(b))) if a == b => {}
            _ => return false,
        }
    }
}

/// The tags of a template as they stand, each with the backslashes before it; `None` for one whose end
/// only a parser finds.
struct Tags<'a>(&'a str);

impl<'a> Iterator for Tags<'a> {
    type Item = Option<&'a str>;

    fn next(&mut self) -> Option<Self::Item> {
        let found = self.0.find("{{")?;
        let text = &self.0[..found];
        let begin = text.trim_end_matches('\\').len();
        let Some(length) = self.0[found..].find("}}") else {
            self.0 = "";
            return Some(None);
        };
        let mut end = found + length + 2;
        end += self.0[end..].len() - self.0[end..].trim_start_matches('}').len();
        let tag = &self.0[begin..end];
        self.0 = &self.0[end..];
        // A quote or a long comment may hold what looks like the end of the tag.
        let is_plain = !tag.contains(['"', '\'', '[']) || closes_quotes(tag);
        let is_short = !tag.contains("!--") || tag.ends_with("--}}") || tag.ends_with("--~}}");
        Some((is_plain && is_short).then_some(tag))
    }
}

/// Whether every quote and bracket opened in a tag is closed in it.
fn closes_quotes(tag: &str) -> bool {
    let mut open = None;
    for sign in tag.chars() {
        open = match (open, sign) {
            (None, '"' | '\'') => Some(sign),
            (None, '[') => Some(']'),
            (Some(end), _) if end == sign => None,
            (open, _) => open,
        };
        if open.is_some() && sign == '\\' {
            return false;
        }
    }
    open.is_none()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::impact::{Interface, edges_of_prompt};
    use crate::prompt::parse;

    const HEAD: &str = "---\nmodel: m\ninput:\n  schema:\n    name: string\n---\n";

    #[test]
    fn wording_is_told_from_shape() {
        let rows = [
            ("Hi {{name}}!", "Hello {{name}}.", true),
            ("Hi {{name}}", "Hi {{ name }}", false),
            ("Hi {{name}}", "Hi \\{{name}}", false),
            ("Hi {{name}}", "Hi {{name}} {{age}}", false),
            ("{{#if a}}x{{/if}}", "{{#if a}}y{{/if}}", true),
            ("{{> a}}", "{{> b}}", false),
            (
                "{{! slot s }}x{{! /slot }}",
                "{{! slot s }}y{{! /slot }}",
                true,
            ),
            ("{{!-- a }} b --}}", "{{!-- a }} c --}}", false),
            ("{{f \"}}a\"}}", "{{f \"}}b\"}}", false),
            ("{{f \"a\"}} x", "{{f \"a\"}} y", true),
            ("{{f [}}a]}}", "{{f [}}b]}}", false),
            ("{{open", "{{open", false),
            ("no tags", "no tags at all", true),
            // A variation without a text is its base's; with one it is a prompt of its own.
            (" \n", "a text", false),
            ("a text", "", false),
            ("", " \n", true),
        ];
        for (before, after, expected) in rows {
            for head in ["", HEAD] {
                let (before, after) = (format!("{head}{before}"), format!("{head}{after}"));
                assert_eq!(same_shape(&before, &after), expected, "{before} {after}");
            }
        }
        assert!(!same_shape(HEAD, &HEAD.replace("name", "age")));
        assert!(!same_shape("text", &format!("{HEAD}text")));
    }

    /// Pieces of templates, among them what a careless reader would trip over.
    fn piece() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            "a",
            " ",
            "\n",
            "{",
            "}",
            "{{",
            "}}",
            "{{{",
            "}}}",
            "\\",
            "\"",
            "'",
            "[",
            "]",
            "!",
            "--",
            "~",
            "{{x}}",
            "{{y.z}}",
            "{{> p}}",
            "{{> \"q\"}}",
            "{{#if x}}",
            "{{else}}",
            "{{/if}}",
            "{{! slot s }}",
            "{{! /slot }}",
            "{{!-- c --}}",
            "{{{{raw}}}}",
            "{{{{/raw}}}}",
            "---\n",
            "# ",
        ])
    }

    proptest! {
        #[test]
        fn what_has_the_same_shape_takes_and_includes_the_same(
            before in prop::collection::vec(piece(), 0..14),
            changed in prop::collection::vec((0_usize..14, piece()), 1..3),
        ) {
            let mut after = before.clone();
            for (place, piece) in changed {
                if let Some(old) = after.get_mut(place) {
                    *old = piece;
                }
            }
            let (before, after) = (before.concat(), after.concat());
            if same_shape(&before, &after) {
                let (old, new) = (parse(&before), parse(&after));
                let path = "prompts/_p.prompt";
                for path in [path, "prompts/p.finch.prompt"] {
                    prop_assert_eq!(edges_of_prompt(path, &old), edges_of_prompt(path, &new));
                }
                let (old, new) = (Interface::of(path, &old), Interface::of(path, &new));
                prop_assert_eq!(old.inputs.fields.keys().collect::<Vec<_>>(), new.inputs.fields.keys().collect::<Vec<_>>());
                prop_assert_eq!(old.slots.keys().collect::<Vec<_>>(), new.slots.keys().collect::<Vec<_>>());
                prop_assert_eq!(old.uses.keys().collect::<Vec<_>>(), new.uses.keys().collect::<Vec<_>>());
            }
        }
    }
}
