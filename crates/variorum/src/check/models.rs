//! Models that answer cases of suites, and what they answered before.
//!
//! A suite may come from anybody, so it cannot say where keys are sent: only addresses that the
//! person at the keyboard allowed are asked.

use std::path::PathBuf;

use serde_json::{Map, Value, json};
use variorum_connectors::{ModelFault, Models as Client};
use variorum_domain::canonical;
use variorum_domain::prompt::{Message, Part, Role};
use variorum_domain::suite::{Answer, Ask};

use super::SuiteArgs;

/// Where `openai:` models are, unless somebody says otherwise.
const OPENAI: &str = "https://api.openai.com/v1";
/// The variable with the key, unless a suite names another.
const OPENAI_KEY: &str = "OPENAI_API_KEY";
/// Variables that say where `openai:` models are.
const OPENAI_URLS: [&str; 2] = ["OPENAI_BASE_URL", "OPENAI_API_BASE_URL"];
/// How the name of a variable ends that holds a key.
const KEY_ENDING: &str = "_API_KEY";
/// What a prompt tells a model, in Dotprompt's words and in the protocol's.
const FROM_PROMPT: [(&str, &str); 4] = [
    ("temperature", "temperature"),
    ("maxOutputTokens", "max_tokens"),
    ("topP", "top_p"),
    ("stopSequences", "stop"),
];
/// What a suite may tell a model.
const FROM_SUITE: [&str; 11] = [
    "temperature",
    "max_tokens",
    "max_completion_tokens",
    "top_p",
    "stop",
    "seed",
    "frequency_penalty",
    "presence_penalty",
    "response_format",
    "reasoning_effort",
    "verbosity",
];
/// What a suite says of how to ask, rather than to the model.
const ABOUT_ASKING: [&str; 3] = ["apiBaseUrl", "apiKeyEnvar", "apiHost"];

/// Who asks models.
pub(crate) struct Models {
    client: Client,
    /// Addresses that may be asked begin so.
    allowed: Vec<String>,
    /// Where `openai:` models are.
    base: String,
    /// Where answers are kept; nowhere where there is no such place.
    kept: Option<PathBuf>,
    /// Whether what is kept is left aside.
    anew: bool,
    at_once: usize,
}

/// Why there is no answer to judge.
pub(crate) enum Refused {
    /// The case is not run.
    NotRun(String),
    /// The case failed.
    Failed(String),
}

/// One request.
struct Request {
    url: String,
    key: Option<String>,
    body: Value,
}

impl Models {
    /// As somebody asked for; nothing where nobody did.
    pub(super) fn new(args: &SuiteArgs) -> Option<Self> {
        if !args.models {
            return None;
        }
        let said = OPENAI_URLS.iter().find_map(|name| variable(name));
        let base = said.clone().unwrap_or_else(|| OPENAI.to_owned());
        let mut allowed = args.model_url.clone();
        allowed.push(base.clone());
        Some(Self {
            client: Client::default(),
            allowed,
            base,
            kept: cache_folder(),
            anew: args.models_anew,
            at_once: args.models_at_once.into(),
        })
    }

    /// How many are asked at once.
    pub(super) fn at_once(&self) -> usize {
        self.at_once
    }

    /// The answer of a model, or what was kept of it.
    pub(super) fn ask(&self, ask: &Ask) -> Result<Answer, Refused> {
        let request = self.request(ask).map_err(Refused::NotRun)?;
        let digest = canonical::digest(&json!([request.url, request.body]).to_string());
        let file = self
            .kept
            .as_ref()
            .map(|folder| folder.join(format!("{digest}.json")));
        if let Some(kept) = file.as_ref().filter(|_| !self.anew).and_then(read) {
            return Ok(kept);
        }
        let asked = self
            .client
            .ask(&request.url, request.key.as_deref(), &request.body);
        let answer = asked.map_err(|fault: ModelFault| Refused::Failed(fault.to_string()))?;
        let answer = Answer {
            text: answer.text,
            latency_ms: Some(answer.latency_ms),
            finish_reason: answer.finish_reason,
            cost: None,
        };
        if let Some(file) = &file {
            keep(file, &answer);
        }
        Ok(answer)
    }

    fn request(&self, ask: &Ask) -> Result<Request, String> {
        let id = ask.provider.id.as_str();
        let model = id
            .strip_prefix("openai:chat:")
            .or_else(|| id.strip_prefix("openai:"));
        let model = model
            .filter(|model| !model.is_empty() && !model.contains(':'))
            .ok_or_else(|| format!("needs `{id}`, and only `openai:chat:…` is asked"))?;
        let config = &ask.provider.config;
        let text = |name: &str| config.get(name).and_then(Value::as_str);
        let host = text("apiHost").map(|host| format!("https://{host}/v1"));
        let base = text("apiBaseUrl").map(str::to_owned).or(host);
        let base = base.unwrap_or_else(|| self.base.clone());
        if !self.allowed.iter().any(|allowed| is_below(&base, allowed)) {
            return Err(format!(
                "asks `{base}`, which nobody allowed; say `--model-url {base}` to send prompts and the key there"
            ));
        }
        let name = text("apiKeyEnvar").unwrap_or(OPENAI_KEY);
        if !name.ends_with(KEY_ENDING) {
            return Err(format!(
                "wants `{name}` as its key, and only variables that end in `{KEY_ENDING}` hold keys"
            ));
        }
        let key = variable(name);
        if key.is_none() && base == OPENAI {
            return Err(format!("needs a key in the variable `{name}`"));
        }
        Ok(Request {
            url: format!("{}/chat/completions", base.trim_end_matches('/')),
            key,
            body: body(model, ask)?,
        })
    }
}

/// Whether an address is an allowed one, or lies below it.
fn is_below(address: &str, allowed: &str) -> bool {
    let allowed = allowed.trim_end_matches('/');
    let rest = address.strip_prefix(allowed);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn body(model: &str, ask: &Ask) -> Result<Value, String> {
    let mut body = Map::new();
    body.insert("model".to_owned(), model.into());
    let messages: Result<Vec<Value>, String> = ask.messages.iter().map(message).collect();
    body.insert("messages".to_owned(), messages?.into());
    for (own, theirs) in FROM_PROMPT {
        if let Some(value) = ask.config.get(own) {
            body.insert(theirs.to_owned(), value.clone());
        }
    }
    for (name, value) in &ask.provider.config {
        if FROM_SUITE.contains(&name.as_str()) {
            body.insert(name.clone(), value.clone());
        } else if !ABOUT_ASKING.contains(&name.as_str()) {
            return Err(format!("tells its provider `{name}`, which is not sent"));
        }
    }
    Ok(Value::Object(body))
}

fn message(message: &Message) -> Result<Value, String> {
    let is_text = message
        .content
        .iter()
        .all(|part| matches!(part, Part::Text(_)));
    if !is_text {
        return Err("has a prompt that holds more than text".to_owned());
    }
    let role = match message.role {
        Role::Model => "assistant",
        role => role.name(),
    };
    Ok(json!({"role": role, "content": message.text()}))
}

fn variable(name: &str) -> Option<String> {
    let value = std::env::var_os(name)?.into_string().ok()?;
    Some(value).filter(|value| !value.is_empty())
}

fn cache_folder() -> Option<PathBuf> {
    let named = std::env::var_os("XDG_CACHE_HOME").filter(|dir| !dir.is_empty());
    let base = named.map(PathBuf::from);
    let base = base.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
    Some(base?.join("variorum").join("answers"))
}

fn read(file: &PathBuf) -> Option<Answer> {
    let kept: Value = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
    Some(Answer {
        text: kept.get("text")?.as_str()?.to_owned(),
        latency_ms: kept.get("latency_ms").and_then(Value::as_f64),
        finish_reason: kept
            .get("finish_reason")
            .and_then(Value::as_str)
            .map(str::to_owned),
        cost: None,
    })
}

/// Keeps an answer. Where that cannot be done, the model is asked again the next time.
fn keep(file: &std::path::Path, answer: &Answer) {
    let Some(folder) = file.parent() else { return };
    let text = json!({
        "text": answer.text, "latency_ms": answer.latency_ms, "finish_reason": answer.finish_reason,
    });
    let kept = std::fs::create_dir_all(folder)
        .and_then(|()| tempfile::NamedTempFile::new_in(folder))
        .and_then(|mut new| {
            std::io::Write::write_all(&mut new, text.to_string().as_bytes())?;
            new.persist(file).map_err(|error| error.error)
        });
    drop(kept);
}

#[cfg(test)]
mod tests {
    use super::is_below;

    #[test]
    fn an_allowed_address_is_not_the_beginning_of_another_ones_name() {
        for (address, allowed, fine) in [
            (
                "https://api.openai.com/v1",
                "https://api.openai.com/v1",
                true,
            ),
            ("https://api.openai.com/v1/", "https://api.openai.com", true),
            (
                "https://api.openai.com.evil.example/v1",
                "https://api.openai.com",
                false,
            ),
            ("http://127.0.0.1:80801/v1", "http://127.0.0.1:8080", false),
            (
                "https://evil.example/?https://api.openai.com",
                "https://api.openai.com",
                false,
            ),
            (
                "https://api.openai.com@evil.example/v1",
                "https://api.openai.com",
                false,
            ),
        ] {
            assert_eq!(
                is_below(address, allowed),
                fine,
                "{address} below {allowed}"
            );
        }
    }
}
