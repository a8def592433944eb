//! What a rollout measured, written beside the hypotheses it tested: a Git note on the release's
//! commit, and a line in the index of records.
//!
//! `git notes --ref=outcomes show <commit>` reads it from any export.

use std::fmt::Write as _;

use serde_json::json;
use variorum_domain::access::Actor;
use variorum_domain::audit::Happening;
use variorum_domain::fold::KpiReading;
use variorum_domain::id::{Oid, Time};
use variorum_domain::library::{Kpi, KpiKind};
use variorum_domain::rollout::{CONTROL, Rollout, TREATMENT};
use variorum_git::commit::{NewCommit, encode_commit};
use variorum_git::object::Kind;
use variorum_git::signature::Signature;
use variorum_git::sshsig::sign_commit;
use variorum_git::tree::{Edit, Mode, edit, entry_at};
use variorum_ports::rows::OutcomeRow;

use crate::Result;
use crate::context::Context;
use crate::events::Measurement;
use crate::library::graphs::graph;
use crate::signatures::server_key;
use crate::work::Work;

/// The ref of the notes.
pub const OUTCOMES_REF: &str = "refs/notes/outcomes";
/// Versions between two releases beside which a result is written; newer ones come first.
const COMMITS_MAX: usize = 1_000;

/// Writes the result of a rollout that has just ended; the caller commits.
pub(crate) async fn write(
    ctx: &Context,
    work: &mut Work,
    actor: &Actor,
    rollout: &Rollout,
    measured: Option<&Measurement>,
) -> Result<()> {
    let arm = noted_arm(rollout);
    let release = work
        .tx
        .release(work.workspace, rollout.release_of(arm))
        .await?;
    let control = work.tx.release(work.workspace, rollout.control()).await?;
    let Some(release) = release else {
        return Ok(());
    };
    let note = note_text(rollout, measured);
    let commit = put_note(ctx, work, actor, release.commit, &note).await?;
    let hidden: Vec<Oid> = control.iter().map(|release| release.commit).collect();
    let bets = bets(ctx, work, release.commit, &hidden).await?;
    let at = ctx.clock.now();
    let body = body(rollout, measured).to_string();
    let rows: Vec<OutcomeRow> = bets
        .iter()
        .map(|commit| OutcomeRow {
            commit: *commit,
            rollout: rollout.number,
            at,
            body: body.clone(),
        })
        .collect();
    work.tx.put_outcomes(work.workspace, &rows).await?;
    let what = Happening::new("outcome.noted", format!("rollout:R-{}", rollout.number))
        .with_evidence(json!({
            "release": release.number,
            "commit": release.commit.to_string(),
            "note": commit.to_string(),
            "bets": bets.len(),
        }));
    work.record(ctx, actor, what).await?;
    Ok(())
}

/// The arm a result is told of: the one that won, else the first new one.
fn noted_arm(rollout: &Rollout) -> u8 {
    let ending = rollout.ending.as_ref();
    let won = ending.and_then(|ending| ending.arm);
    won.filter(|arm| *arm != CONTROL).unwrap_or(TREATMENT)
}

/// The commits that the new release brought and that carry a hypothesis.
async fn bets(ctx: &Context, work: &mut Work, new: Oid, old: &[Oid]) -> Result<Vec<Oid>> {
    let graph = graph(ctx, work).await?;
    let brought: Vec<Oid> = graph.walk_range(&[new], old).take(COMMITS_MAX).collect();
    let records = work.tx.records_of(work.workspace, &brought).await?;
    let with_hypothesis = records
        .into_iter()
        .filter(|row| !row.record.hypothesis.is_empty());
    Ok(with_hypothesis.map(|row| row.commit).collect())
}

/// Appends to the note of a commit, as `git notes append` does.
async fn put_note(
    ctx: &Context,
    work: &mut Work,
    actor: &Actor,
    target: Oid,
    text: &str,
) -> Result<Oid> {
    let name = target.to_string();
    let old = work.tx.get_ref(work.workspace, OUTCOMES_REF).await?;
    let tree = match old {
        Some(commit) => Some(work.commit_data(commit).await?.tree),
        None => None,
    };
    let known = match tree {
        Some(tree) => work.with(|overlay| entry_at(overlay, tree, &name)).await?,
        None => None,
    };
    let mut whole = match known {
        Some(entry) => {
            let blob = work.blob(entry.oid).await?;
            format!("{}\n", String::from_utf8_lossy(&blob.bytes))
        }
        None => String::new(),
    };
    whole.push_str(text);
    let blob = work.overlay.put(Kind::Blob, whole.into_bytes())?;
    let edits = [(
        name,
        Edit::Upsert {
            mode: Mode::File,
            oid: blob,
        },
    )];
    let tree = work.with(|overlay| edit(overlay, tree, &edits)).await?;
    let now = ctx.clock.now();
    let email = match actor.email.as_str() {
        "" => "guard@variorum.invalid",
        email => email,
    };
    let signature = Signature::utc(&actor.name, email, Time::from_seconds(now.seconds()));
    let data = NewCommit {
        tree,
        parents: old.into_iter().collect(),
        author: signature.clone(),
        committer: signature,
        extra_headers: Vec::new(),
        message: "Notes added by a rollout that ended\n".to_owned(),
    };
    let data = sign_commit(data, &*server_key(ctx, work).await?)?;
    let commit = work.overlay.put(Kind::Commit, encode_commit(&data)?)?;
    work.store_objects(&[commit]).await?;
    work.tx
        .move_ref(work.workspace, OUTCOMES_REF, old, Some(commit), now)
        .await?;
    Ok(commit)
}

/// The note: a sentence, and trailers that programs read.
fn note_text(rollout: &Rollout, measured: Option<&Measurement>) -> String {
    let by = rollout
        .ending
        .as_ref()
        .map_or("", |ending| ending.by.as_str());
    let mut text = format!(
        "R-{} “{}” in {}: {} by {by}\n\n",
        rollout.number,
        one_line(&rollout.title),
        rollout.environment,
        rollout.state.name(),
    );
    let arm = noted_arm(rollout);
    // Writing into a String cannot fail.
    let mut line = |name: &str, value: &str| {
        let value = one_line(value);
        if !value.is_empty() {
            let _ = writeln!(text, "{name}: {value}");
        }
    };
    line("Rollout", &format!("R-{}", rollout.number));
    line("Release", &rollout.release_of(arm).to_string());
    line("Hypothesis", &rollout.plan.hypothesis);
    for (kpi, reading) in readings(rollout, measured) {
        line("KPI", &kpi.id);
        if let Some(difference) = &reading.difference(arm) {
            let scaled = |value: f64| shown(kpi, value);
            line("Effect", &scaled(difference.estimate));
            let (low, high) = (scaled(difference.low), scaled(difference.high));
            line("Interval", &format!("{low}..{high}"));
        }
        line("Units", &reading.units().to_string());
    }
    line("Decision", rollout.state.name());
    let reason = rollout.ending.as_ref().map(|ending| ending.reason.as_str());
    line("Reason", reason.unwrap_or_default());
    text
}

/// The KPIs with their readings, the goal first.
fn readings<'a>(
    rollout: &'a Rollout,
    measured: Option<&'a Measurement>,
) -> Vec<(&'a Kpi, &'a KpiReading)> {
    let all = measured.map_or(&[][..], |measured| measured.reading.kpis.as_slice());
    let known = |reading: &'a KpiReading| {
        let kpi = rollout.kpis.iter().find(|kpi| kpi.id == reading.kpi)?;
        Some((kpi, reading))
    };
    let mut found: Vec<_> = all.iter().filter_map(known).collect();
    found.sort_by_key(|(kpi, _)| rollout.plan.goal.as_ref() != Some(&kpi.id));
    found
}

fn body(rollout: &Rollout, measured: Option<&Measurement>) -> serde_json::Value {
    let arm = noted_arm(rollout);
    let kpis = readings(rollout, measured)
        .into_iter()
        .map(|(kpi, reading)| {
            let treatment = reading.arm(arm).map_or(0.0, |arm| arm.mean);
            let difference = reading.difference(arm);
            json!({
                "kpi": kpi.id,
                "units": reading.units(),
                "control": in_unit(kpi, reading.control.mean),
                "treatment": in_unit(kpi, treatment),
                "effect": difference.map(|one| in_unit(kpi, one.estimate)),
                "low": difference.map(|one| in_unit(kpi, one.low)),
                "high": difference.map(|one| in_unit(kpi, one.high)),
            })
        });
    let ending = rollout.ending.as_ref();
    json!({
        "rollout": rollout.number,
        "title": rollout.title,
        "environment": rollout.environment,
        "decision": rollout.state.name(),
        "by": ending.map(|ending| ending.by.as_str()),
        "by_guard": ending.is_some_and(|ending| ending.by_guard),
        "reason": ending.map(|ending| ending.reason.as_str()),
        "kpis": kpis.collect::<Vec<_>>(),
    })
}

/// A mean in the KPI's unit: shares as they are, amounts from their smallest unit.
pub(crate) fn in_unit(kpi: &Kpi, value: f64) -> f64 {
    match kpi.kind {
        KpiKind::Conversion => value,
        _ => value / 10_f64.powi(i32::try_from(kpi.decimals).unwrap_or(0)),
    }
}

/// A difference as it is written: with its sign, and points for shares.
fn shown(kpi: &Kpi, value: f64) -> String {
    match kpi.kind {
        KpiKind::Conversion => format!("{:+.3}pp", value * 100.0),
        _ => format!("{:+.4}", in_unit(kpi, value)),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
