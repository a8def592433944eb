//! Changes, their reviews and discussions, and inboxes.

use variorum_api_types::changes as wire;
use variorum_api_types::inbox;
use variorum_api_types::prompts::{FieldChange, WordSpan};
use variorum_app::changes::{ChangedFile, FileDiff, Judged, View};
use variorum_app::library::suites::Tried;
use variorum_domain::change::{Anchor, Change, Comment, Review, Side, Thread, Who};
use variorum_domain::library::prompt_id;
use variorum_domain::notice::Notice;
use variorum_domain::policy::{NeededApprovals, NeededField};

use super::{blocker, diagnostic, impact, kebab, library, word};
use crate::convert::prompts::message;
use crate::problem::Failure;
use crate::time;

/// Somebody.
pub(crate) fn who(who: Who) -> wire::Who {
    wire::Who {
        id: who.id.0,
        name: who.name,
        email: who.email,
    }
}

/// A change in a list.
pub(crate) fn change(change: Change) -> wire::Change {
    let merged = change.merged;
    let closed = change.closed;
    wire::Change {
        number: change.number.0,
        draft: change.draft,
        title: change.title,
        summary: change.summary,
        record: library::record(change.record),
        author: who(change.author),
        status: change.status.name().to_owned(),
        opened_at: time::format(change.opened_at),
        reviewers: change.asked.into_iter().map(who).collect(),
        merged_commit: merged.as_ref().map(|merged| merged.commit.to_string()),
        merged_at: merged.as_ref().map(|merged| time::format(merged.at)),
        merged_by: merged.map(|merged| who(merged.by)),
        closed_at: closed.as_ref().map(|closing| time::format(closing.at)),
        closed_reason: closed.map(|closing| closing.reason),
        owed: change.owed.map(|owed| wire::OwedReview {
            by: time::format(owed.by),
            reason: owed.reason,
            done_at: owed.done_at.map(time::format),
            done_by: owed.done_by.map(who),
        }),
    }
}

/// A change with all that belongs to it.
pub(crate) fn detail(view: View) -> wire::ChangeDetail {
    let judged = view.judged;
    let head = view
        .change
        .merged
        .as_ref()
        .map(|merged| merged.head)
        .or(judged.head);
    let draft_status = view.draft.as_ref().map(|row| row.status_at(judged.head));
    wire::ChangeDetail {
        head: head.map(|head| head.to_string()),
        draft_status: draft_status.map(|status| status.name().to_owned()),
        ahead: judged.commits.len(),
        behind: judged.behind,
        reviews: judged
            .reviews
            .iter()
            .map(|one| review(one.clone(), &judged, head))
            .collect(),
        diagnostics: judged.findings.iter().map(diagnostic).collect(),
        approvals: judged
            .duties
            .approvals
            .iter()
            .map(needed_approvals)
            .collect(),
        required_fields: judged.duties.fields.iter().map(needed_field).collect(),
        merge_style: judged.policy.merge.name().to_owned(),
        blockers: judged.blockers.iter().map(blocker).collect(),
        broken_contracts: judged.broken.breaches.iter().map(impact::breach).collect(),
        tests: tests(&judged.tried),
        files: judged.files.into_iter().map(file).collect(),
        threads: view.threads.into_iter().map(thread).collect(),
        change: change(view.change),
    }
}

fn tests(tried: &Tried) -> Option<wire::TestSums> {
    (tried.suites > 0).then_some(wire::TestSums {
        suites: tried.suites,
        passed: tried.cases.passed,
        failed: tried.cases.failed,
        not_run: tried.cases.not_run,
    })
}

/// An open change and how it stands.
pub(crate) fn standing(view: View) -> wire::ChangeStanding {
    let judged = view.judged;
    let reviews = judged.reviews.iter();
    wire::ChangeStanding {
        files: judged.files.len(),
        open_threads: view
            .threads
            .iter()
            .filter(|thread| thread.settled.is_none())
            .count(),
        reviews: reviews
            .map(|one| review(one.clone(), &judged, judged.head))
            .collect(),
        blockers: judged.blockers.iter().map(blocker).collect(),
        change: change(view.change),
    }
}

fn file(file: ChangedFile) -> wire::ChangedFile {
    wire::ChangedFile {
        id: prompt_id(&file.path).to_owned(),
        file_kind: file.kind.name().to_owned(),
        wording_only: file.wording_only,
        change: crate::resources::drafts::change(file.path, file.was_there, file.is_there),
    }
}

fn review(review: Review, judged: &Judged, head: Option<variorum_domain::id::Oid>) -> wire::Review {
    wire::Review {
        stale: head != Some(review.commit),
        counts: !judged.barred.contains(&review.by.id),
        by: who(review.by),
        verdict: review.verdict.name().to_owned(),
        meaning: review.meaning,
        note: review.note,
        commit: review.commit.to_string(),
        at: time::format(review.at),
    }
}

/// Approvals the rules ask for.
pub(crate) fn needed_approvals(needed: &NeededApprovals) -> wire::NeededApprovals {
    wire::NeededApprovals {
        group: needed.group.clone(),
        count: needed.count,
        meaning: needed.meaning.clone(),
        rules: needed.rules.clone(),
        paths: needed.paths.clone(),
    }
}

/// A field the rules ask for.
pub(crate) fn needed_field(needed: &NeededField) -> wire::NeededField {
    wire::NeededField {
        field: needed.field.name().to_owned(),
        rules: needed.rules.clone(),
        path: needed.path.clone(),
    }
}

/// A discussion.
pub(crate) fn thread(thread: Thread) -> wire::Thread {
    wire::Thread {
        number: thread.number.0,
        anchor: wire::Anchor {
            path: thread.anchor.path,
            side: thread.anchor.side.map(|side| side.name().to_owned()),
            line: thread.anchor.line,
            end_line: thread.anchor.end_line,
            field: thread.anchor.field,
        },
        commit: thread.commit.to_string(),
        comments: thread.comments.into_iter().map(comment).collect(),
        suggestion: thread.suggestion.map(|suggestion| wire::Suggestion {
            before: suggestion.before,
            after: suggestion.after,
            accepted: suggestion.accepted.map(|commit| commit.to_string()),
        }),
        settled: thread.settled.is_some(),
        settled_at: thread.settled.as_ref().map(|one| time::format(one.at)),
        settled_by: thread.settled.map(|one| who(one.by)),
    }
}

fn comment(comment: Comment) -> wire::Comment {
    wire::Comment {
        by: who(comment.by),
        text: comment.text,
        at: time::format(comment.at),
    }
}

/// What a discussion is about, as the caller says it.
pub(crate) fn anchor(anchor: wire::Anchor) -> Result<Anchor, Failure> {
    Ok(Anchor {
        side: word("side", anchor.side.as_deref(), Side::from_name)?,
        path: anchor.path,
        line: anchor.line,
        end_line: anchor.end_line,
        field: anchor.field,
    })
}

/// One file of a change, before and after.
pub(crate) fn comparison(found: FileDiff) -> wire::FileComparison {
    let [before, after] = found.previews;
    let [effective_before, effective_after] = found.effective;
    let fields = found.fields.into_iter();
    let words = found.words.into_iter().map(|span| WordSpan {
        kind: kebab(&format!("{:?}", span.kind)),
        text: span.text,
    });
    let hunks = found.hunks.into_iter().map(|hunk| wire::LineHunk {
        old_start: hunk.old_start,
        new_start: hunk.new_start,
        lines: hunk
            .lines
            .into_iter()
            .map(|line| WordSpan {
                kind: kebab(&format!("{:?}", line.kind)),
                text: line.text,
            })
            .collect(),
    });
    wire::FileComparison {
        path: found.path,
        before: found.before,
        after: found.after,
        fields: fields
            .map(|(field, before, after)| FieldChange {
                field,
                before,
                after,
            })
            .collect(),
        words: words.collect(),
        hunks: hunks.collect(),
        effective_before,
        effective_after,
        preview_before: before.messages.iter().map(message).collect(),
        preview_after: after.messages.iter().map(message).collect(),
        diagnostics: after.diagnostics.iter().map(diagnostic).collect(),
    }
}

/// A line of an inbox.
pub(crate) fn notice(notice: Notice) -> inbox::Notice {
    inbox::Notice {
        id: notice.id.0,
        kind: notice.kind.name().to_owned(),
        target: notice.target,
        text: crate::problem::sentence(&notice.text),
        at: time::format(notice.at),
        read: notice.read_at.is_some(),
    }
}
