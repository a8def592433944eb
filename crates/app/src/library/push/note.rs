//! The one place where a push asks whether a commit may be saved as it is described.

use variorum_domain::record::Note;

use super::Refusal;

/// Checks subject and record of a commit that reaches a branch, as a save in the browser does.
pub(super) fn check_note(short_oid: &str, note: &Note, _on_main: bool) -> Result<(), Refusal> {
    note.check().map_err(|error| {
        Refusal::new(
            "a commit's description is refused",
            &[
                format!("commit {short_oid} `{}`: {error}", cut(&note.subject)),
                "Reword it (`git commit --amend`, or `git rebase -i` for an older one), then push \
                 again."
                    .to_owned(),
            ],
        )
    })
}

fn cut(text: &str) -> String {
    text.chars().take(60).collect()
}
