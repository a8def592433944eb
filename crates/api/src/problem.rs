//! What went wrong, as `application/problem+json`. One exhaustive match turns the use cases' errors
//! into statuses, codes and hints; whatever is not the caller's fault becomes an incident.

use std::error::Error as _;
use std::sync::Arc;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use variorum_api_types::problem::Problem;
use variorum_app::Error;
use variorum_domain::id::hex;
use variorum_ports::StoreError;

use crate::convert::{blocker, conflicts, diagnostic};
use crate::state::Api;

/// The media type of problems.
pub(crate) const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// Why a request gets no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The door refuses it.
    Door(Box<Problem>),
    /// A use case refuses it, or failed.
    App(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::App(error)
    }
}

impl Failure {
    /// A problem the door finds by itself.
    pub(crate) fn new(status: StatusCode, code: &str, detail: &str, hint: &str) -> Self {
        let mut problem = problem(status, code, detail);
        problem.hint = (!hint.is_empty()).then(|| hint.to_owned());
        Self::Door(Box::new(problem))
    }

    /// The request cannot be carried out as it is.
    pub(crate) fn invalid(detail: &str, hint: &str) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail, hint)
    }

    /// Nobody is signed in, or the token opens nothing.
    pub(crate) fn unauthenticated(detail: &str) -> Self {
        let hint = "Sign in again, or send a token as `Authorization: Bearer …`.";
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail, hint)
    }

    /// The problem as it is sent, the incident's id apart.
    pub(crate) fn problem(&self) -> Problem {
        match self {
            Self::Door(problem) => (**problem).clone(),
            Self::App(error) => problem_of(error),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let problem = self.problem();
        let mut response = respond(&problem);
        if let (Self::App(error), true) = (self, problem.status >= 500) {
            response
                .extensions_mut()
                .insert(Unexpected(Arc::new(error), Box::new(problem)));
        }
        response
    }
}

/// Rides on a response until an incident is made of it.
#[derive(Clone)]
struct Unexpected(Arc<Error>, Box<Problem>);

/// Gives an unexpected failure an id, logs it once with its causes, and tells the caller the id.
pub(crate) fn with_incident(api: &Api, mut response: Response) -> Response {
    let Some(Unexpected(error, mut problem)) = response.extensions_mut().remove::<Unexpected>()
    else {
        return response;
    };
    let incident = hex(&api.ctx.ids.secret()[..8]);
    let mut causes = Vec::new();
    let mut cause = error.source();
    while let Some(next) = cause {
        causes.push(next.to_string());
        cause = next.source();
    }
    tracing::error!(incident, error = %error, causes = ?causes, "a request failed");
    problem.incident = Some(incident);
    respond(&problem)
}

/// The response that carries a problem.
pub(crate) fn respond(problem: &Problem) -> Response {
    let body = serde_json::to_vec(problem).unwrap_or_default();
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, body).into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, PROBLEM_JSON);
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if status == StatusCode::UNAUTHORIZED {
        let challenge = HeaderValue::from_static("Bearer realm=\"variorum\"");
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

fn problem_of(error: &Error) -> Problem {
    let text = error.to_string();
    match error {
        Error::Denied(denied) if denied.is_of_token() => with_hint(
            problem(StatusCode::FORBIDDEN, "limited-token", &text),
            "Use a token without this limit; `variorum tokens list` says what each one is for.",
        ),
        Error::Denied(_) => with_hint(
            problem(StatusCode::FORBIDDEN, "denied", &text),
            "Ask an administrator of the workspace for that role.",
        ),
        Error::NotFound { what, .. } => with_hint(
            problem(StatusCode::NOT_FOUND, "not-found", &text),
            where_to_look(what),
        ),
        Error::Conflict(_) => with_hint(
            problem(StatusCode::CONFLICT, "conflict", &text),
            "Load the newest state and try again.",
        ),
        Error::Clash { head, .. } => Problem {
            conflicts: conflicts(error),
            head: Some(head.to_string()),
            ..with_hint(
                problem(StatusCode::CONFLICT, "clash", &text),
                "It has moved since you began. Nothing is lost: choose for each part what shall stand, then save again.",
            )
        },
        Error::Invalid {
            hint, diagnostics, ..
        } => Problem {
            hint: hint.as_deref().map(sentence),
            diagnostics: diagnostics.iter().map(diagnostic).collect(),
            ..problem(StatusCode::UNPROCESSABLE_ENTITY, "invalid", &text)
        },
        Error::Refused(found) => Problem {
            blockers: found.iter().map(blocker).collect(),
            hint: found.first().map(|first| sentence(&first.next)),
            ..problem(StatusCode::UNPROCESSABLE_ENTITY, "blocked", &text)
        },
        Error::Store(StoreError::Unavailable(_)) => with_hint(
            problem(
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "the store does not answer at the moment; nothing was changed",
            ),
            "Try again in a moment. What is live goes on being served.",
        ),
        Error::Store(_) | Error::Damaged(_) | Error::Internal(_) => with_hint(
            problem(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "something failed that should not; nothing was changed",
            ),
            "Tell the incident's id to whoever runs this server; its log says more.",
        ),
    }
}

fn with_hint(problem: Problem, hint: &str) -> Problem {
    Problem {
        hint: Some(hint.to_owned()),
        ..problem
    }
}

fn where_to_look(what: &str) -> &'static str {
    match what {
        "environment" => "Use one of the environments that `library.yaml` names.",
        "draft" => "It may have been published or deleted; the list of drafts shows what there is.",
        "version" => "The prompt's history shows the versions there are.",
        "release" => "The list of releases shows what there is.",
        "change" => "The list of changes shows what there is.",
        "rollout" => "The list of rollouts shows what there is.",
        "prompt" | "file" => "It may have been moved or deleted; look for it in the library.",
        _ => "It may have been removed; load the list again.",
    }
}

/// A problem with the title that belongs to its code.
pub(crate) fn problem(status: StatusCode, code: &str, detail: &str) -> Problem {
    let title = match code {
        "denied" => "This takes a role you do not have",
        "limited-token" => "This token is for something else",
        "unauthenticated" => "Nobody is signed in",
        "cross-site" => "The request came from another page",
        "not-found" => "There is no such thing",
        "conflict" => "Somebody else was first",
        "clash" => "Two people changed the same part",
        "blocked" => "Something has to be done first",
        "invalid" => "This cannot be done as it is",
        "bad-json" => "The body is not valid JSON",
        "content-type" => "The body has a type that is not understood",
        "too-large" => "The body is too large",
        "method-not-allowed" => "This cannot be done here",
        "wrong-host" => "This server does not go by that name",
        "timeout" => "It took too long",
        "unavailable" => "The store does not answer",
        "missing-header" | "bad-header" | "out-of-time" | "bad-signature" => {
            "The delivery is not believed"
        }
        "gone" => "There is no such thing any more",
        "paused" => "Nothing is taken at the moment",
        "too-many" => "Too much at once",
        _ => "Something unexpected failed",
    };
    Problem {
        kind: format!("/problems/{code}"),
        title: title.to_owned(),
        status: status.as_u16(),
        code: code.to_owned(),
        detail: sentence(detail),
        hint: None,
        incident: None,
        diagnostics: Vec::new(),
        conflicts: Vec::new(),
        blockers: Vec::new(),
        head: None,
    }
}

/// A message as a sentence for people: a capital letter and a full stop.
pub(crate) fn sentence(message: &str) -> String {
    let mut letters = message.trim().chars();
    let mut text: String = match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => return String::new(),
    };
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_become_sentences() {
        assert_eq!(
            sentence("release `7` does not exist"),
            "Release `7` does not exist."
        );
        assert_eq!(sentence("`x` is too long"), "`x` is too long.");
        assert_eq!(sentence("is the clock right?"), "Is the clock right?");
        assert_eq!(sentence(""), "");
    }
}
