//! What kind of thing a name in the graph stands for.

use crate::library::{FileKind, partial_name, prompt_id};

/// A kind of thing that a change can reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Thing {
    /// A prompt.
    Prompt,
    /// A text included by prompts.
    Partial,
    /// A controlled variation of a prompt.
    Variation,
    /// A graph of prompts.
    Workflow,
    /// A test suite.
    Suite,
    /// A data set.
    Dataset,
    /// A rule file.
    Rule,
    /// The library's settings.
    Settings,
    /// A measure.
    Kpi,
    /// A channel.
    Channel,
    /// A brand.
    Brand,
    /// A region.
    Region,
    /// Somebody who answers for something.
    Owner,
    /// A part of the library that somebody answers for.
    Category,
    /// A release that is live, or tried in a rollout.
    Release,
    /// Where a release is live.
    Environment,
    /// A rollout that runs.
    Rollout,
    /// Any other file.
    Other,
}

impl Thing {
    /// All kinds, in the order in which people look for them.
    pub const ALL: [Self; 18] = [
        Self::Prompt,
        Self::Partial,
        Self::Variation,
        Self::Workflow,
        Self::Suite,
        Self::Dataset,
        Self::Rule,
        Self::Settings,
        Self::Kpi,
        Self::Channel,
        Self::Brand,
        Self::Region,
        Self::Owner,
        Self::Category,
        Self::Release,
        Self::Environment,
        Self::Rollout,
        Self::Other,
    ];

    /// The kind's name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Prompt => "prompt",
            Self::Partial => "partial",
            Self::Variation => "variation",
            Self::Workflow => "workflow",
            Self::Suite => "suite",
            Self::Dataset => "dataset",
            Self::Rule => "rule",
            Self::Settings => "settings",
            Self::Kpi => "kpi",
            Self::Channel => "channel",
            Self::Brand => "brand",
            Self::Region => "region",
            Self::Owner => "owner",
            Self::Category => "category",
            Self::Release => "release",
            Self::Environment => "environment",
            Self::Rollout => "rollout",
            Self::Other => "other",
        }
    }

    /// The name of many.
    pub fn plural(self) -> String {
        match self {
            Self::Category => "categories".to_owned(),
            Self::Settings => "settings".to_owned(),
            Self::Other => "other files".to_owned(),
            Self::Kpi => "KPIs".to_owned(),
            one => format!("{}s", one.name()),
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|thing| thing.name() == name)
    }

    /// What a name in the graph stands for. A variation is told from a prompt by its edges only.
    pub fn of(name: &str) -> Self {
        const PREFIXES: [(&str, Thing); 10] = [
            ("partial:", Thing::Partial),
            ("kpi:", Thing::Kpi),
            ("channel:", Thing::Channel),
            ("brand:", Thing::Brand),
            ("region:", Thing::Region),
            ("owner:", Thing::Owner),
            ("category:", Thing::Category),
            ("release:", Thing::Release),
            ("environment:", Thing::Environment),
            ("rollout:", Thing::Rollout),
        ];
        let has_prefix = |(start, _): &&(&str, Thing)| name.starts_with(start);
        if name.contains(':')
            && let Some((_, thing)) = PREFIXES.iter().find(has_prefix)
        {
            return *thing;
        }
        match FileKind::of(name) {
            FileKind::Prompt | FileKind::ForeignPrompt => Self::Prompt,
            FileKind::Partial => Self::Partial,
            FileKind::Workflow => Self::Workflow,
            FileKind::Suite => Self::Suite,
            FileKind::Dataset => Self::Dataset,
            FileKind::Rule => Self::Rule,
            FileKind::Settings => Self::Settings,
            FileKind::Other => Self::Other,
        }
    }

    /// Whether it is a file of the library.
    pub fn is_file(self) -> bool {
        !matches!(
            self,
            Self::Kpi
                | Self::Channel
                | Self::Brand
                | Self::Region
                | Self::Owner
                | Self::Category
                | Self::Release
                | Self::Environment
                | Self::Rollout
        )
    }
}

/// What people call a thing: a prompt by its id, anything that is not a file without its kind.
pub fn short_name(name: &str) -> &str {
    if Thing::of(name).is_file() {
        return prompt_id(name);
    }
    name.split_once(':').map_or(name, |(_, own)| own)
}

/// The file a prompt's id stands for where nothing else is known.
pub fn prompt_path(id: &str) -> String {
    if prompt_id(id) == id {
        format!("prompts/{id}.prompt")
    } else {
        id.to_owned()
    }
}

/// The name others use for a file, where that is not its path: a partial is included by its name,
/// and a prompt elsewhere than in `prompts/` is run by its id.
pub fn alias_of(path: &str) -> Option<String> {
    if let Some(name) = partial_name(path) {
        return Some(format!("partial:{name}"));
    }
    if !FileKind::of(path).is_prompt() {
        return None;
    }
    Some(prompt_path(prompt_id(path))).filter(|usual| usual != path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_the_names_others_use() {
        let alias = |path| alias_of(path);
        assert_eq!(alias("prompts/email/welcome.prompt"), None);
        assert_eq!(
            alias("prompts/p/_voice.prompt").as_deref(),
            Some("partial:voice")
        );
        assert_eq!(
            alias("skills/ads/SKILL.md").as_deref(),
            Some("prompts/skills/ads/SKILL.prompt")
        );
        assert_eq!(alias("library.yaml"), None);
        assert_eq!(prompt_path("email/welcome"), "prompts/email/welcome.prompt");
        assert_eq!(prompt_path("x/y.prompt"), "x/y.prompt");
    }

    #[test]
    fn names_say_what_they_stand_for() {
        assert_eq!(Thing::of("kpi:click"), Thing::Kpi);
        assert_eq!(Thing::of("prompts/_a.prompt"), Thing::Partial);
        assert_eq!(Thing::of("suites/a.test.yaml"), Thing::Suite);
        assert_eq!(Thing::of("rollout:7"), Thing::Rollout);
        assert_eq!(short_name("environment:production"), "production");
        assert_eq!(short_name("prompts/a/b.prompt"), "a/b");
        for thing in Thing::ALL {
            assert_eq!(Thing::from_name(thing.name()), Some(thing));
        }
        assert!(Thing::of("library.yaml").is_file() && !Thing::of("owner:a@b").is_file());
    }
}
