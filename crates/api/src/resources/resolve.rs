//! Asking for a prompt at run time. The hottest place of the product: a look-up, a hash, and one
//! pass of rendering straight into the answer's bytes.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use variorum_app::serving::{Answer, Audience, Facts, Index, NoAnswer, ServedText};
use variorum_app::{Error, shadow};
use variorum_domain::access::{self, Action};
use variorum_domain::id::{Digest, RolloutNumber, Time, hex};
use variorum_domain::prompt::{
    MessageSink, PartRef, RenderBuffer, RenderError, RenderOptions, Role,
};

use crate::body::{not_json, read};
use crate::caller::identify;
use crate::convert::events::Text;
use crate::door::check_host;
use crate::problem::{Failure, with_incident};
use crate::state::{Api, Shared};

/// Room for a usual answer, so that its buffer grows seldom.
const ANSWER_BYTES: usize = 4_096;
/// A rendered text larger than this does not keep its memory.
const KEPT_BYTES_MAX: usize = 256 * 1024;

thread_local! {
    /// Where templates write; used again by the next request on the same thread.
    static BUFFER: RefCell<RenderBuffer> = RefCell::default();
}

/// The request; `variorum_api_types::resolve::Resolve`, borrowed. `channel` and attributes other than
/// brand and region are for reports and are not looked at here.
#[derive(Deserialize)]
struct Asked<'a> {
    #[serde(borrow)]
    prompt: Cow<'a, str>,
    #[serde(borrow, default)]
    environment: Option<Text<'a>>,
    #[serde(borrow, default)]
    unit: Option<Text<'a>>,
    #[serde(borrow, default)]
    attributes: Attributes<'a>,
    #[serde(default)]
    variables: Option<Map<String, Value>>,
}

/// The attributes that choose a variation. Whatever else they are is let through unread.
#[derive(Default)]
struct Attributes<'a> {
    brand: Cow<'a, str>,
    region: Cow<'a, str>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Attributes<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AttributesVisitor)
    }
}

struct AttributesVisitor;

impl<'de> Visitor<'de> for AttributesVisitor {
    type Value = Attributes<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`attributes` as an object, e.g. {\"brand\": \"finch\"}")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Attributes::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let mut found = Attributes::default();
        while let Some(key) = fields.next_key::<Text<'de>>()? {
            match key.0.as_ref() {
                "brand" => found.brand = text(fields.next_value()?),
                "region" => found.region = text(fields.next_value()?),
                _ => {
                    fields.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(found)
    }
}

fn text(given: Option<Text<'_>>) -> Cow<'_, str> {
    given.map(|text| text.0).unwrap_or_default()
}

/// Answers with the prompt that is live for a unit, filled in.
///
/// Where the prompt has variations, the attributes `brand` and `region` choose the most specific one
/// that is live: of brand and region, of the brand, of the region, else the prompt itself. `prompt`
/// in the answer says which one it was.
///
/// The same unit always gets the same arm of a rollout; in a switchback everybody gets the arm of the
/// present window, and each window has an `exposure` of its own. Report the exposure once the unit has really
/// got the answer.
#[utoipa::path(
    post,
    path = "/api/v1/resolve",
    operation_id = "resolve_prompt",
    tag = "serving",
    request_body = variorum_api_types::resolve::Resolve,
    responses((status = 200, description = "The prompt, filled in.", body = variorum_api_types::resolve::Resolved))
)]
pub(crate) async fn resolve_prompt(State(api): State<Shared>, request: Request) -> Response {
    let begun = Instant::now();
    let response = match answer(&api, request).await {
        Ok(body) => fine(body),
        Err(failure) => with_incident(&api, failure.into_response()),
    };
    api.metrics
        .resolve(response.status() == StatusCode::OK, begun.elapsed());
    response
}

fn fine(body: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(Bytes::from(body)));
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
}

async fn answer(api: &Api, request: Request) -> Result<Vec<u8>, Failure> {
    check_host(api, &request)?;
    let (parts, body) = request.into_parts();
    let caller = identify(api, &parts).await?;
    access::check(&caller.actor, Action::Resolve, "").map_err(Error::from)?;
    let body = read(body).await?;
    let asked: Asked<'_> = serde_json::from_slice(&body).map_err(|error| not_json(&error))?;
    let index = api
        .ctx
        .serving
        .index(caller.actor.workspace)
        .unwrap_or_default();
    let environment = given(asked.environment.as_ref());
    let told = if index.asks_for_attributes(environment) {
        serde_json::from_slice(&body).map_err(|error| not_json(&error))?
    } else {
        Told::default()
    };
    let (body, shadow) = resolved(&index, &asked, &told, api.ctx.clock.now())?;
    if let Some(rollout) = shadow {
        let left = leave(rollout, asked);
        api.ctx.shadows.leave(caller.actor.workspace, left);
    }
    Ok(body)
}

/// What is filled in once more for a rollout in the shadow, after the answer.
fn leave(rollout: RolloutNumber, asked: Asked<'_>) -> shadow::Asked {
    let own = |text: Option<&Text<'_>>| given(text).map(str::to_owned);
    shadow::Asked {
        rollout,
        environment: own(asked.environment.as_ref()),
        unit: own(asked.unit.as_ref()).unwrap_or_default(),
        prompt: asked.prompt.into_owned(),
        brand: asked.attributes.brand.into_owned(),
        region: asked.attributes.region.into_owned(),
        variables: asked.variables.unwrap_or_default(),
    }
}

/// What conditions of rollouts look at; read only where a rollout has some.
#[derive(Default, Deserialize)]
struct Told {
    #[serde(default)]
    channel: Option<String>,
    #[serde(default)]
    attributes: Option<Map<String, Value>>,
}

impl Told {
    /// Texts, numbers and truth values by name; nothing else can be compared.
    fn attributes(&self) -> BTreeMap<String, String> {
        let given = self.attributes.iter().flatten();
        given
            .filter_map(|(name, value)| {
                let text = match value {
                    Value::String(text) => text.clone(),
                    Value::Number(_) | Value::Bool(_) => value.to_string(),
                    _ => return None,
                };
                Some((name.clone(), text))
            })
            .collect()
    }
}

/// The answer, and the rollout in whose shadow the request is.
fn resolved(
    index: &Index,
    asked: &Asked<'_>,
    told: &Told,
    at: Time,
) -> Result<(Vec<u8>, Option<RolloutNumber>), Failure> {
    let (environment, unit) = (
        given(asked.environment.as_ref()),
        given(asked.unit.as_ref()),
    );
    let audience = Audience {
        brand: &asked.attributes.brand,
        region: &asked.attributes.region,
    };
    let attributes = told.attributes();
    let facts = Facts {
        audience,
        channel: told.channel.as_deref().unwrap_or_default(),
        attributes: &attributes,
        at,
    };
    let found = index
        .answer_for(environment, &asked.prompt, unit, &facts)
        .map_err(|none| no_answer(none, index, environment, &asked.prompt))?;
    let empty = Map::new();
    let variables = asked.variables.as_ref().unwrap_or(&empty);
    let mut out = write_answer(&found, unit.unwrap_or_default(), variables)
        .map_err(|error| not_rendered(&error))?;
    if found.redirected {
        out.pop();
        out.extend_from_slice(b",\"redirected_from\":");
        write_text(&mut out, &asked.prompt);
        out.push(b'}');
    }
    Ok((out, index.shadow(environment, unit, &facts)))
}

/// A text that is given and not empty.
fn given<'a>(text: Option<&'a Text<'_>>) -> Option<&'a str> {
    text.map(|text| text.0.as_ref())
        .filter(|text| !text.is_empty())
}

fn no_answer(none: NoAnswer, index: &Index, environment: Option<&str>, prompt: &str) -> Failure {
    let environment = environment.unwrap_or(index.default_environment());
    let (detail, hint) = match none {
        NoAnswer::Environment => (
            format!("nothing is live in an environment `{environment}`"),
            "Make a release and go live with it, or use an environment that has something live.",
        ),
        NoAnswer::Prompt => (
            format!("what is live in `{environment}` holds no prompt `{prompt}`"),
            "Check the id; a new prompt can be asked for once a release that holds it is live.",
        ),
    };
    Failure::new(StatusCode::NOT_FOUND, "not-found", &detail, hint)
}

fn not_rendered(error: &RenderError) -> Failure {
    let hint = match error {
        RenderError::MissingVariables(_) => "Send each of them as a field of `variables`.",
        _ => "Shorten what the variables hold, or the prompt.",
    };
    Failure::invalid(&error.to_string(), hint)
}

/// Writes the answer: exactly what `Resolved` would serialise to.
fn write_answer(
    found: &Answer<'_>,
    unit: &str,
    variables: &Map<String, Value>,
) -> Result<Vec<u8>, RenderError> {
    let prompt = found.prompt;
    let mut out = Vec::with_capacity(ANSWER_BYTES);
    out.extend_from_slice(b"{\"prompt\":");
    write_text(&mut out, &prompt.id);
    write_field(&mut out, "version", prompt.version);
    out.extend_from_slice(b",\"commit\":");
    write_text(&mut out, &prompt.commit);
    write_field(&mut out, "release", found.release.0);
    match found.assigned {
        Some((rollout, arm)) => {
            write_field(&mut out, "rollout", rollout.0);
            write_field(&mut out, "arm", i64::from(arm));
        }
        None => out.extend_from_slice(b",\"rollout\":null,\"arm\":null"),
    }
    out.extend_from_slice(b",\"messages\":[");
    write_messages(&mut out, &prompt.text, variables)?;
    out.extend_from_slice(b"],\"model\":");
    match &prompt.model {
        Some(model) => write_text(&mut out, model),
        None => out.extend_from_slice(b"null"),
    }
    out.extend_from_slice(b",\"config\":");
    out.extend_from_slice(prompt.config.as_bytes());
    out.extend_from_slice(b",\"exposure\":");
    // A window of a switchback is for everybody, named or not; only who is named can be counted.
    match found.assigned.filter(|_| !unit.is_empty()) {
        Some((rollout, _)) => write_text(&mut out, &exposure(rollout, found.window, unit)),
        None => out.extend_from_slice(b"null"),
    }
    out.push(b'}');
    Ok(out)
}

/// The id of a unit's exposure, the same however often it asks; in a switchback, within a window.
fn exposure(rollout: RolloutNumber, window: Option<u32>, unit: &str) -> String {
    let digest = match window {
        None => Digest::of(format!("{rollout}:{unit}").as_bytes()),
        Some(window) => Digest::of(format!("{rollout}:{window}:{unit}").as_bytes()),
    };
    format!("x-{rollout}-{}", hex(&digest.as_bytes()[..8]))
}

fn write_field(out: &mut Vec<u8>, name: &str, number: i64) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
    out.extend_from_slice(number.to_string().as_bytes());
}

fn write_messages(
    out: &mut Vec<u8>,
    text: &ServedText,
    variables: &Map<String, Value>,
) -> Result<(), RenderError> {
    let mut messages = Messages { out, first: true };
    match text {
        ServedText::Plain(text) => {
            messages.start(Role::User);
            messages.part(PartRef::Text(text));
            messages.end();
            Ok(())
        }
        ServedText::Template(compiled) => BUFFER.with_borrow_mut(|buffer| {
            let options = RenderOptions::default();
            let done = compiled.render_into(variables, &options, buffer, &mut messages);
            if buffer.text().len() > KEPT_BYTES_MAX {
                *buffer = RenderBuffer::default();
            }
            done
        }),
    }
}

/// Writes messages as JSON as they come.
struct Messages<'a> {
    out: &'a mut Vec<u8>,
    first: bool,
}

impl MessageSink for Messages<'_> {
    fn start(&mut self, role: Role) {
        if !self.first {
            self.out.push(b',');
        }
        self.first = false;
        self.out.extend_from_slice(b"{\"role\":\"");
        self.out.extend_from_slice(role.wire_name().as_bytes());
        self.out.extend_from_slice(b"\",\"content\":\"");
    }

    fn part(&mut self, part: PartRef<'_>) {
        match part {
            PartRef::Text(text) => escape(self.out, text),
            PartRef::Media { url, .. } => escape(self.out, url),
            PartRef::Section(_) | PartRef::Other(_) => {}
        }
    }

    fn end(&mut self) {
        self.out.extend_from_slice(b"\"}");
    }
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    escape(out, text);
    out.push(b'"');
}

/// Writes a text as it stands inside a JSON string, runs without escapes at once.
fn escape(out: &mut Vec<u8>, text: &str) {
    let mut rest = text.as_bytes();
    loop {
        let (plain, tail) = rest.split_at(plain_length(rest));
        out.extend_from_slice(plain);
        let Some((byte, behind)) = tail.split_first() else {
            return;
        };
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', *byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x0c => out.extend_from_slice(b"\\f"),
            control => out.extend_from_slice(format!("\\u{control:04x}").as_bytes()),
        }
        rest = behind;
    }
}

/// How many bytes at the beginning need no escape; looks at eight at a time.
fn plain_length(bytes: &[u8]) -> usize {
    let mut length = 0;
    for word in bytes.chunks_exact(8) {
        let word: [u8; 8] = word.try_into().unwrap_or_default();
        if may_need_escape(u64::from_le_bytes(word)) {
            break;
        }
        length += 8;
    }
    let needs = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
    let tail = bytes[length..].iter().position(needs);
    tail.map_or(bytes.len(), |place| length + place)
}

/// Whether one of eight bytes is a quote, a backslash or a control character. Says yes too often
/// rather than too seldom (a byte behind a true one may be borrowed from).
fn may_need_escape(word: u64) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word & HIGH;
    let controls = below(word, 0x20);
    let quotes = below(word ^ (ONES * u64::from(b'"')), 1);
    let backslashes = below(word ^ (ONES * u64::from(b'\\')), 1);
    controls | quotes | backslashes != 0
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use variorum_api_types::resolve::Resolved;
    use variorum_app::asks::Asked;
    use variorum_app::serving::ServedPrompt;
    use variorum_domain::id::ReleaseNumber;
    use variorum_domain::prompt::{Compiled, parse};

    use super::*;
    use crate::convert::prompts::message;

    const SOURCE: &str = "---\nmodel: a/b\n---\n{{role \"system\"}}\nBe kind to {{name}}.\n\
        {{role \"user\"}}\nSay {{name}}{{media url=name}}\n{{role \"model\"}}\nYes";

    fn check(source: &str, name: &str) {
        let compiled = Compiled::new(&parse(source), &|_| None).unwrap();
        let mut variables = Map::new();
        variables.insert("name".to_owned(), Value::from(name));
        let messages = compiled
            .render(&variables, &RenderOptions::default())
            .unwrap();
        let prompt = ServedPrompt {
            id: name.to_owned(),
            version: 7,
            commit: "c".to_owned(),
            model: Some(name.to_owned()),
            config: "{\"temperature\":0.7}".to_owned(),
            text: ServedText::Template(Arc::new(compiled)),
            variations: None,
            asked: Asked::default(),
        };
        let assigned = Some((RolloutNumber(3), 1));
        let found = Answer {
            prompt: &prompt,
            redirected: false,
            release: ReleaseNumber(2),
            assigned,
            window: None,
        };
        let expected = Resolved {
            prompt: name.to_owned(),
            version: 7,
            commit: "c".to_owned(),
            release: 2,
            rollout: Some(3),
            arm: Some(1),
            messages: messages.iter().map(message).collect(),
            model: Some(name.to_owned()),
            config: serde_json::json!({"temperature": 0.7}),
            exposure: Some(exposure(RolloutNumber(3), None, "unit")),
            redirected_from: None,
        };
        let written = write_answer(&found, "unit", &variables).unwrap();
        let written = String::from_utf8(written).unwrap();
        assert_eq!(written, serde_json::to_string(&expected).unwrap());
    }

    #[test]
    fn the_answer_is_what_serde_would_write() {
        let names = [
            "Ann",
            "\"\\/\u{8}\u{c}\n\r\t",
            "\u{0}\u{1f}\u{7f}\u{80}",
            "😀é\u{2028}",
            "",
        ];
        for name in names {
            check(SOURCE, name);
            check("Hello {{name}}", name);
        }
    }

    #[test]
    fn nobody_in_a_rollout_gets_nulls() {
        let prompt = ServedPrompt {
            id: "a".to_owned(),
            version: 1,
            commit: "c".to_owned(),
            model: None,
            config: "{}".to_owned(),
            text: ServedText::Plain("Plain {{text}}".into()),
            variations: None,
            asked: Asked::default(),
        };
        let found = Answer {
            prompt: &prompt,
            redirected: false,
            release: ReleaseNumber(1),
            assigned: None,
            window: None,
        };
        let written = write_answer(&found, "", &Map::new()).unwrap();
        assert_eq!(
            String::from_utf8(written).unwrap(),
            "{\"prompt\":\"a\",\"version\":1,\"commit\":\"c\",\"release\":1,\"rollout\":null,\
             \"arm\":null,\"messages\":[{\"role\":\"user\",\"content\":\"Plain {{text}}\"}],\
             \"model\":null,\"config\":{},\"exposure\":null}"
        );
    }

    #[test]
    fn an_exposure_is_the_same_for_the_same_unit() {
        let digest = Digest::of(b"3:unit").to_string();
        assert_eq!(
            exposure(RolloutNumber(3), None, "unit"),
            format!("x-3-{}", &digest[..16])
        );
        let window = |window| exposure(RolloutNumber(3), Some(window), "unit");
        assert_eq!(window(4), window(4));
        assert_ne!(window(4), window(5));
    }

    proptest! {
        #[test]
        fn any_text_is_escaped_as_serde_does(name in "\\PC*|[\\x00-\\x7f]{0,40}") {
            check(SOURCE, &name);
        }
    }
}
