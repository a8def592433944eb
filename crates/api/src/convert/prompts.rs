//! One prompt: its text, its versions, what they brought.

use variorum_api_types::library::{Live, PromptSummary};
use variorum_api_types::prompts as wire;
use variorum_app::asks::LastAsked;
use variorum_app::library::blame::Blamed;
use variorum_app::library::history::{Comparison, Version};
use variorum_app::library::read;
use variorum_app::rollouts::Measured;
use variorum_app::serving::Index;
use variorum_domain::calendar;
use variorum_domain::library::{FileKind, prompt_id};
use variorum_domain::outline::Variable;
use variorum_domain::prompt::{Message, Part, PromptFile};

use super::{catalogue, diagnostic, kebab, library, variations};
use crate::{time, wording};

/// What is needed beside a prompt to show it.
pub(crate) struct Surroundings<'a> {
    /// What is live.
    pub(crate) index: Option<&'a Index>,
    /// Rollouts that measured the prompt, newest first.
    pub(crate) measured: &'a [Measured],
}

impl Surroundings<'_> {
    /// What a version brought: the newest rollout that brought it to people.
    fn outcome(&self, version: i64) -> Option<wire::MeasuredOutcome> {
        self.measured.iter().find_map(|found| {
            let mut arms = found.rollout.arms.treatments();
            let (arm, _) = arms.find(|(_, arm)| arm.version == Some(version))?;
            Some(outcome(found, arm))
        })?
    }

    /// Where a version is live: as what everybody gets, or as what a rollout brings.
    fn live(&self, prompt: &str, version: i64) -> Vec<Live> {
        let mut found = library::live(self.index, prompt);
        found.retain(|live| live.version == version || live.candidate == Some(version));
        found
    }
}

fn outcome(measured: &Measured, arm: u8) -> Option<wire::MeasuredOutcome> {
    let reading = &measured.measurement.as_ref()?.reading;
    let rollout = &measured.rollout;
    let fired = measured
        .measurement
        .as_ref()
        .and_then(|found| found.fired.as_ref());
    let shown = fired
        .map(|firing| &firing.kpi)
        .or(rollout.plan.goal.as_ref());
    let reading = match shown {
        Some(id) => reading.kpis.iter().find(|found| found.kpi == *id),
        None => reading.kpis.first(),
    }?;
    let kpi = rollout.kpis.iter().find(|kpi| kpi.id == reading.kpi)?;
    Some(wire::MeasuredOutcome {
        rollout: rollout.number.0,
        state: rollout.state.name().to_owned(),
        sentence: wording::outcome_sentence(kpi, &wording::Measure::of(reading, arm)),
    })
}

/// Everything about one prompt.
pub(crate) fn prompt(found: read::Prompt, around: &Surroundings<'_>) -> wire::Prompt {
    let effective = found.effective();
    let front_matter = &effective.front_matter;
    wire::Prompt {
        source: found.file.source().to_owned(),
        base: found.base.to_string(),
        model: front_matter.model.clone(),
        config: serde_json::Value::Object(front_matter.config.clone()),
        kpis: effective
            .variorum
            .kpis
            .iter()
            .map(|target| target.name.clone())
            .collect(),
        variables: found.variables.iter().map(variable).collect(),
        partials: found.partials.clone(),
        diagnostics: found.diagnostics.iter().map(diagnostic).collect(),
        documentation: found.documentation.clone().map(catalogue::documentation),
        notes: found
            .shaped_by
            .iter()
            .map(|version| margin_note(version, around))
            .collect(),
        summary: summary(&found, around),
        slots: variations::slots(&found.file, &found.opening),
        open_fields: variations::open_fields(&found.file, &found.opening),
        variation: found.varies.as_deref().map(variations::variation),
        sections: sections(found.blamed),
        asked: Vec::new(),
    }
}

/// When it was asked for last.
pub(crate) fn last_asked(last: LastAsked) -> wire::LastAsked {
    wire::LastAsked {
        environment: last.environment,
        day: calendar::day(last.day),
    }
}

/// The row of the listing, as it reads at the version shown.
fn summary(found: &read::Prompt, around: &Surroundings<'_>) -> PromptSummary {
    let shown = &found.version;
    let errors = found
        .diagnostics
        .iter()
        .filter(|finding| finding.is_error())
        .count();
    let row = match &found.row {
        Some(row) => library::summary(row.clone(), around.index),
        None => from_file(&found.path, found.effective(), around),
    };
    PromptSummary {
        version: shown.number,
        updated_at: time::format(shown.commit.committed_at),
        updated_by: shown.commit.author_name.clone(),
        errors: i64::try_from(errors).unwrap_or(i64::MAX),
        ..row
    }
}

/// A file that stands on a draft only has no row in the listing of `main`.
fn from_file(path: &str, file: &PromptFile, around: &Surroundings<'_>) -> PromptSummary {
    let fields = &file.variorum;
    let id = prompt_id(path);
    PromptSummary {
        id: id.to_owned(),
        path: path.to_owned(),
        kind: FileKind::of(path).name().to_owned(),
        title: fields.title.clone().unwrap_or_else(|| id.to_owned()),
        intent: fields.intent.clone().unwrap_or_default(),
        channel: fields.channels.join(", "),
        brand: fields.brands.join(", "),
        region: fields.regions.join(", "),
        owner: fields.owner.clone().unwrap_or_default(),
        tags: fields.tags.clone(),
        status: fields.text("status").unwrap_or_default(),
        category: String::new(),
        expires_at: None,
        version: 0,
        updated_at: String::new(),
        updated_by: String::new(),
        errors: 0,
        live: library::live(around.index, id),
    }
}

fn margin_note(version: &Version, around: &Surroundings<'_>) -> wire::MarginNote {
    wire::MarginNote {
        version: version.number,
        commit: version.commit.oid.to_string(),
        author: version.commit.author_name.clone(),
        at: time::format(version.commit.committed_at),
        subject: version.note.subject.clone(),
        record: library::record(version.note.record.clone()),
        outcome: around.outcome(version.number),
    }
}

/// A variable.
pub(crate) fn variable(variable: &Variable) -> wire::Variable {
    wire::Variable {
        name: variable.name.clone(),
        kind: variable.kind.clone(),
        description: variable.description.clone(),
        required: variable.required,
        default: variable.default.clone(),
        choices: variable.choices.clone(),
    }
}

/// The text in pieces.
pub(crate) fn sections(blamed: Blamed) -> Vec<wire::Section> {
    let pieces = |pieces: Vec<variorum_app::library::blame::Piece>| {
        let converted = pieces.into_iter().map(|piece| wire::Piece {
            kind: piece.kind.name().to_owned(),
            text: piece.text,
            version: piece.version,
        });
        converted.collect()
    };
    let converted = blamed.into_iter().map(|section| wire::Section {
        role: section.role.to_owned(),
        pieces: pieces(section.pieces),
    });
    converted.collect()
}

/// A version in the history of a prompt.
pub(crate) fn version(prompt: &str, found: Version, around: &Surroundings<'_>) -> wire::Version {
    wire::Version {
        outcome: around.outcome(found.number),
        live: around.live(prompt, found.number),
        version: found.number,
        commit: found.commit.oid.to_string(),
        author: found.commit.author_name,
        at: time::format(found.commit.committed_at),
        subject: found.note.subject,
        body: found.note.body,
        record: library::record(found.note.record),
        on_main: found.on_main,
        provenance: None,
    }
}

/// Two versions beside each other.
pub(crate) fn comparison(
    prompt: &str,
    found: Comparison,
    around: &Surroundings<'_>,
) -> wire::Comparison {
    let words = found.words.into_iter().map(|span| wire::WordSpan {
        kind: kebab(&format!("{:?}", span.kind)),
        text: span.text,
    });
    let fields = found.fields.into_iter();
    wire::Comparison {
        from: version(prompt, found.from, around),
        to: version(prompt, found.to, around),
        fields: fields
            .map(|(field, before, after)| wire::FieldChange {
                field,
                before,
                after,
            })
            .collect(),
        words: words.collect(),
        from_source: found.from_source,
        to_source: found.to_source,
    }
}

/// What a text becomes.
pub(crate) fn previewed(found: read::Previewed) -> wire::Previewed {
    wire::Previewed {
        diagnostics: found.diagnostics.iter().map(diagnostic).collect(),
        messages: found.messages.iter().map(message).collect(),
        variables: found.variables.iter().map(variable).collect(),
        variation: found.varies.as_deref().map(variations::variation),
        sections: sections(found.blamed),
    }
}

/// A message as a model gets it: texts one after the other, files by their address.
pub(crate) fn message(message: &Message) -> wire::Message {
    let parts = message.content.iter().map(|part| match part {
        Part::Text(text) => text.as_str(),
        Part::Media { url, .. } => url.as_str(),
        Part::Section(_) | Part::Other(_) => "",
    });
    wire::Message {
        role: message.role.wire_name().to_owned(),
        content: parts.collect(),
    }
}
