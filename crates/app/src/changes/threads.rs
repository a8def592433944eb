//! Discussions: beginning one, answering, settling, and taking a suggested text over.

use variorum_domain::access::{self, Action, Actor};
use variorum_domain::change::{Anchor, Change, Comment, Settled, Side, Thread, apply, lines_of};
use variorum_domain::id::{ActorId, ChangeNumber, ThreadNumber};
use variorum_domain::limits::THREADS_PER_CHANGE_MAX;
use variorum_domain::notice::NoticeKind;
use variorum_domain::record::Note;
use variorum_git::tree::entry_at;

use super::facts::{Tips, judge};
use super::review::tell_mentioned;
use super::{happening, load, target, who};
use crate::context::Context;
use crate::library::save::{SaveVersion, Saved, save_in};
use crate::library::{head_or_missing, ref_name};
use crate::notices::{Notify, notify};
use crate::work::Work;
use crate::{Error, Result};

/// A discussion to begin.
#[derive(Debug, Clone, Default)]
pub struct NewThread {
    /// What it is about.
    pub anchor: Anchor,
    /// The first comment; may be empty beside a suggestion.
    pub text: String,
    /// The text the lines shall have.
    pub suggestion: Option<String>,
}

/// Begins a discussion.
pub async fn begin(
    ctx: &Context,
    actor: &Actor,
    number: ChangeNumber,
    cmd: NewThread,
) -> Result<Thread> {
    access::check_somewhere(actor, Action::Comment)?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let change = load(&mut work, number).await?;
    let known = work.tx.threads(actor.workspace, number).await?;
    if known.len() >= THREADS_PER_CHANGE_MAX {
        let message = format!("a change holds at most {THREADS_PER_CHANGE_MAX} discussions");
        return Err(Error::invalid(message));
    }
    let judged = judge(ctx, &mut work, &change).await?;
    let tips = judged
        .tips
        .ok_or_else(|| Error::not_found("draft", &change.draft))?;
    let lines = anchored_lines(&mut work, &change, tips, &cmd.anchor).await?;
    if cmd.suggestion.is_some() {
        change.must_be_open("given suggestions")?;
    }
    let comment = Comment {
        by: who(actor),
        text: cmd.text,
        at: ctx.clock.now(),
    };
    let next = work.tx.next_number(actor.workspace, "thread").await?;
    let suggestion = cmd
        .suggestion
        .map(|after| (lines.unwrap_or_default(), after));
    let thread = Thread::begin(
        (ThreadNumber(next), number),
        cmd.anchor,
        tips.head,
        comment,
        suggestion,
    )?;
    work.tx.put_thread(actor.workspace, &thread).await?;
    tell(ctx, &mut work, actor, &change, &thread).await?;
    let what = happening("change.commented", &change).with_evidence(serde_json::json!({
        "thread": thread.number, "path": thread.anchor.path,
        "suggestion": thread.suggestion.is_some(),
    }));
    finish(ctx, work, actor, what, &change).await?;
    Ok(thread)
}

/// The lines an anchor points to; fails where it points at nothing.
async fn anchored_lines(
    work: &mut Work,
    change: &Change,
    tips: Tips,
    anchor: &Anchor,
) -> Result<Option<String>> {
    if anchor.path.is_empty() {
        return Ok(None);
    }
    let (draft, _) = match change.merged.as_ref() {
        None => head_or_missing(work, &ref_name(Some(&change.draft))?).await?,
        Some(merged) => (merged.head, work.commit_data(merged.head).await?),
    };
    // Lines of the new side are those of the draft, so that a suggestion can be put in there.
    let tree = match anchor.side {
        Some(Side::Old) => tips.before,
        _ => Some(work.commit_data(draft).await?.tree),
    };
    let tree = tree.ok_or_else(|| Error::not_found("file", &anchor.path))?;
    let text = text_at(work, tree, &anchor.path).await?;
    let Some((first, last)) = anchor.lines() else {
        return Ok(None);
    };
    match lines_of(&text, first, last) {
        Some(lines) => Ok(Some(lines.to_owned())),
        None => Err(Error::invalid(format!(
            "`{}` has no line {last}; it has {}",
            anchor.path,
            text.lines().count()
        ))),
    }
}

async fn text_at(work: &mut Work, tree: variorum_domain::id::Oid, path: &str) -> Result<String> {
    let entry = work.with(|overlay| entry_at(overlay, tree, path)).await?;
    let entry = entry
        .filter(|entry| entry.mode.is_file())
        .ok_or_else(|| Error::not_found("file", path))?;
    let blob = work.blob(entry.oid).await?;
    Ok(String::from_utf8_lossy(&blob.bytes).into_owned())
}

/// Answers in a discussion.
pub async fn reply(
    ctx: &Context,
    actor: &Actor,
    number: ThreadNumber,
    text: &str,
) -> Result<Thread> {
    access::check_somewhere(actor, Action::Comment)?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let mut thread = find(&mut work, number).await?;
    let change = load(&mut work, thread.change).await?;
    thread.reply(Comment {
        by: who(actor),
        text: text.to_owned(),
        at: ctx.clock.now(),
    })?;
    work.tx.put_thread(actor.workspace, &thread).await?;
    tell(ctx, &mut work, actor, &change, &thread).await?;
    let what = happening("change.commented", &change)
        .with_evidence(serde_json::json!({"thread": thread.number, "path": thread.anchor.path}));
    finish(ctx, work, actor, what, &change).await?;
    Ok(thread)
}

/// Settles a discussion, or takes it up again.
pub async fn settle(
    ctx: &Context,
    actor: &Actor,
    number: ThreadNumber,
    settled: bool,
) -> Result<Thread> {
    access::check_somewhere(actor, Action::Comment)?;
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let mut thread = find(&mut work, number).await?;
    let change = load(&mut work, thread.change).await?;
    let by = settled.then(|| Settled {
        by: who(actor),
        at: ctx.clock.now(),
    });
    thread.settle(by)?;
    work.tx.put_thread(actor.workspace, &thread).await?;
    let action = if settled {
        "change.settled"
    } else {
        "change.taken-up"
    };
    let what =
        happening(action, &change).with_evidence(serde_json::json!({"thread": thread.number}));
    finish(ctx, work, actor, what, &change).await?;
    Ok(thread)
}

/// Takes a suggested text over: a saved version of the draft by whoever accepts, naming whoever
/// suggested it.
pub async fn accept(ctx: &Context, actor: &Actor, number: ThreadNumber) -> Result<(Thread, Saved)> {
    let mut work = Work::begin(ctx, actor.workspace).await?;
    let mut thread = find(&mut work, number).await?;
    access::check(actor, Action::WriteDraft, &thread.anchor.path)?;
    let change = load(&mut work, thread.change).await?;
    change.must_be_open("given suggestions")?;
    let (Some(suggestion), Some((first, _))) = (&thread.suggestion, thread.anchor.lines()) else {
        return Err(Error::invalid("this discussion suggests no text"));
    };
    let draft_ref = ref_name(Some(&change.draft))?;
    let (_, data) = head_or_missing(&mut work, &draft_ref).await?;
    let text = text_at(&mut work, data.tree, &thread.anchor.path).await?;
    let text = apply(&text, first, &suggestion.before, &suggestion.after);
    let text = text.map_err(|error| Error::Conflict(error.to_string()))?;
    let saved = save_in(
        ctx,
        &mut work,
        actor,
        &taking_over(actor, &change, &thread, text),
    )
    .await?;
    let settled = Settled {
        by: who(actor),
        at: ctx.clock.now(),
    };
    thread.accept(saved.commit, settled)?;
    work.tx.put_thread(actor.workspace, &thread).await?;
    let what = happening("change.accepted", &change).with_evidence(serde_json::json!({
        "thread": thread.number, "path": thread.anchor.path, "commit": saved.commit.to_string(),
    }));
    finish(ctx, work, actor, what, &change).await?;
    ctx.announce(actor.workspace, "library", saved.draft.clone());
    Ok((thread, saved))
}

fn taking_over(actor: &Actor, change: &Change, thread: &Thread, text: String) -> SaveVersion {
    let suggested_by = thread.comments.first().map(|comment| &comment.by);
    let mut note = Note {
        subject: format!("Take over a suggestion for {}", thread.anchor.path),
        ..Note::default()
    };
    note.subject = note
        .subject
        .chars()
        .take(variorum_domain::limits::SUBJECT_CHARS_MAX)
        .collect();
    note.trailers
        .push(("Change".to_owned(), format!("CH-{}", change.number)));
    if let Some(by) = suggested_by.filter(|by| by.id != actor.id) {
        let value = format!("{} <{}>", by.name, by.email);
        note.trailers.push(("Co-authored-by".to_owned(), value));
    }
    SaveVersion {
        draft: Some(change.draft.clone()),
        note,
        files: vec![(thread.anchor.path.clone(), Some(text.into_bytes()))],
        ..SaveVersion::default()
    }
}

async fn find(work: &mut Work, number: ThreadNumber) -> Result<Thread> {
    let thread = work.tx.thread(work.workspace, number).await?;
    thread.ok_or_else(|| Error::not_found("discussion", number))
}

/// Tells the author and everybody who takes part.
async fn tell(
    ctx: &Context,
    work: &mut Work,
    actor: &Actor,
    change: &Change,
    thread: &Thread,
) -> Result<()> {
    let part = thread.comments.iter().map(|comment| comment.by.id);
    let to: Vec<ActorId> = part
        .chain([change.author.id])
        .filter(|id| *id != actor.id)
        .collect();
    let notice = Notify {
        to,
        kind: NoticeKind::Commented,
        target: target(change),
        text: format!("{} commented on “{}”", actor.name, change.title),
    };
    notify(ctx, work, notice).await?;
    let text = thread
        .comments
        .last()
        .map_or("", |comment| comment.text.as_str());
    tell_mentioned(ctx, work, actor, change, text).await
}

async fn finish(
    ctx: &Context,
    mut work: Work,
    actor: &Actor,
    what: variorum_domain::audit::Happening,
    change: &Change,
) -> Result<()> {
    work.record(ctx, actor, what).await?;
    work.commit().await?;
    ctx.announce(actor.workspace, "change", change.number.to_string());
    Ok(())
}
