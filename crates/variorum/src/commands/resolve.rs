//! Asking for a prompt as an application does at run time.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::{Map, Value};
use variorum_api_types::prompts::Message;
use variorum_api_types::resolve::{Resolve, Resolved};

use super::console::Console;
use super::{files, layout, words};
use crate::error::CliError;

/// Which prompt, where, for whom.
#[derive(Debug, Args)]
#[command(
    after_help = "Example: variorum resolve email/welcome --unit customer-17 --var name=Ann \
        --var 'items:=[\"beans\"]'\n\nAsking does not count as an exposure; report it with \
        `variorum events exposure`."
)]
pub(crate) struct ResolveArgs {
    /// The prompt's id, e.g. `email/welcome`.
    pub prompt: String,
    /// The environment; the library's first where not given.
    #[arg(long, value_name = "NAME")]
    pub environment: Option<String>,
    /// The customer, lead or session; without one nobody is in a rollout.
    #[arg(long, value_name = "UNIT")]
    pub unit: Option<String>,
    /// The channel, for reports.
    #[arg(long, value_name = "CHANNEL")]
    pub channel: Option<String>,
    #[command(flatten)]
    pub variables: VariableArgs,
}

/// Values of a prompt's variables.
#[derive(Debug, Args)]
pub(crate) struct VariableArgs {
    /// A variable: `name=text`, or `name:=JSON`; may be given more than once.
    #[arg(long = "var", value_parser = words::variable, value_name = "NAME=VALUE")]
    pub var: Vec<(String, Value)>,
    /// A file with a JSON object of variables, `-` for standard input; `--var` wins over it.
    #[arg(long, value_name = "FILE")]
    pub vars_file: Option<PathBuf>,
}

impl VariableArgs {
    /// All values as one object.
    pub(super) fn values(&self) -> Result<Value, CliError> {
        let file = files::variables(self.vars_file.as_deref())?;
        Ok(words::variables(file, &self.var))
    }
}

/// `variorum resolve`
pub(crate) fn run(args: &ResolveArgs, console: &Console) -> Result<ExitCode, CliError> {
    let body = Resolve {
        prompt: args.prompt.clone(),
        environment: args.environment.clone(),
        unit: args.unit.clone(),
        channel: args.channel.clone(),
        attributes: Value::Object(Map::new()),
        variables: args.variables.values()?,
    };
    let answer = console.client.post(&["resolve"], &body)?;
    console.show(&answer, text)
}

fn text(resolved: &Resolved) -> Vec<String> {
    let rollout = match (resolved.rollout, resolved.arm) {
        (Some(rollout), Some(0)) => format!("R-{rollout}, control"),
        (Some(rollout), Some(_)) => format!("R-{rollout}, treatment"),
        (Some(rollout), None) => format!("R-{rollout}"),
        (None, _) => String::new(),
    };
    let (version, release) = (resolved.version, resolved.release);
    let mut lines = layout::labelled(&[
        (
            "Prompt",
            format!("{}, version {version}, release {release}", resolved.prompt),
        ),
        ("Rollout", rollout),
        ("Exposure", resolved.exposure.clone().unwrap_or_default()),
        ("Model", model(resolved.model.as_deref(), &resolved.config)),
    ]);
    lines.extend(messages(&resolved.messages));
    lines
}

/// A model with its parameters.
pub(super) fn model(model: Option<&str>, config: &Value) -> String {
    let has_config = config.as_object().is_some_and(|fields| !fields.is_empty());
    let config = if has_config {
        config.to_string()
    } else {
        String::new()
    };
    format!("{} {config}", model.unwrap_or_default())
        .trim()
        .to_owned()
}

/// Messages as a model gets them: the role on a line of its own, the text byte for byte below.
pub(super) fn messages(messages: &[Message]) -> Vec<String> {
    let message = |message: &Message| {
        let text = message
            .content
            .lines()
            .map(|line| format!("  {line}").trim_end().to_owned());
        [String::new(), message.role.clone()]
            .into_iter()
            .chain(text)
            .collect::<Vec<_>>()
    };
    messages.iter().flat_map(message).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn an_answer_shows_where_it_came_from_and_the_messages() {
        let resolved = from_value::<Resolved>(json!({
            "prompt": "email/welcome", "version": 5, "commit": "c0ffee", "release": 12,
            "rollout": 4, "arm": 1, "model": "acme/small", "config": {"temperature": 0.7},
            "messages": [{"role": "system", "content": "Be brief.\n\nBe kind."},
                {"role": "user", "content": "Write to Ann."}],
            "exposure": "x-1",
        }))
        .unwrap();
        assert_eq!(
            text(&resolved),
            [
                "Prompt    email/welcome, version 5, release 12",
                "Rollout   R-4, treatment",
                "Exposure  x-1",
                "Model     acme/small {\"temperature\":0.7}",
                "",
                "system",
                "  Be brief.",
                "",
                "  Be kind.",
                "",
                "user",
                "  Write to Ann.",
            ]
        );
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        assert_eq!(model(None, &json!({})), "");
        assert_eq!(model(Some("m"), &Value::Null), "m");
    }
}
