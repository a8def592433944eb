//! The door for signed webhooks. There is no token: whoever knows the secret of a source is its sender.

use axum::Json as Out;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use variorum_api_types::sources::HookTaken;
use variorum_app::sources::{self, Taken};
use variorum_domain::source::DELIVERY_BYTES_MAX;

use crate::body::{Path, read_up_to};
use crate::convert::sources as convert;
use crate::problem::{Failure, problem, respond, sentence};
use crate::state::Shared;

/// Seconds after which a sender may try again while a source is paused.
const PAUSED_SECONDS: u32 = 300;

/// Takes a signed webhook in.
///
/// A source that sends too fast is told so before its body is read; then the signature is looked at before
/// anything else. The answer comes after the events are durable. The same delivery again counts once and is
/// answered in the same way.
#[utoipa::path(
    post,
    path = "/hooks/{handle}",
    operation_id = "take_hook",
    tag = "serving",
    security(()),
    params(("handle" = String, Path, description = "The last part of the source's address.")),
    request_body(content((String = "application/json"), (String = "application/x-www-form-urlencoded"))),
    responses(
        (status = 200, description = "It is in, at least in parts, or there was nothing in it for us.", body = HookTaken),
        (status = 401, description = "Its signature is not genuine, or too old."),
        (status = 410, description = "The source is gone."),
        (status = 422, description = "Every event in it was refused; it may be sent again."),
        (status = 429, description = "The source sends more than is taken from one; `Retry-After` says when to try again."),
        (status = 503, description = "The source is paused; it may be sent again later.")
    )
)]
pub(crate) async fn take_hook(
    State(api): State<Shared>,
    Path(handle): Path<String>,
    request: Request,
) -> Result<Response, Failure> {
    if let Some(refused) = sources::admit(&api.ctx, &handle).await? {
        return Ok(answer(refused));
    }
    let (parts, body) = request.into_parts();
    let body = read_up_to(body, DELIVERY_BYTES_MAX).await?;
    let headers = &parts.headers;
    let header_of = |name: &'static str| headers.get(name).and_then(|value| value.to_str().ok());
    let taken = sources::deliver(&api.ctx, &handle, header_of, &body).await?;
    Ok(answer(taken))
}

fn answer(taken: Taken) -> Response {
    match taken {
        Taken::Done(outcome) => Out(convert::taken(&outcome)).into_response(),
        Taken::NothingFits(outcome) => {
            let told = convert::taken(&outcome).rejected;
            let first = told.first().map_or("", |one| one.message.as_str());
            let detail = format!("nothing in it could be taken: {first}");
            let hint = "Look at the source's last deliveries and at how it reads them, then send it again.";
            Failure::invalid(&detail, hint).into_response()
        }
        Taken::Unbelieved(fault) => {
            let mut problem = problem(StatusCode::UNAUTHORIZED, fault.code(), &fault.to_string());
            problem.hint =
                Some("Sign it with the secret that was shown when the source was made.".to_owned());
            respond(&problem)
        }
        Taken::Unreadable(why) => Failure::new(
            StatusCode::BAD_REQUEST,
            "bad-json",
            &why,
            "Send JSON or a form, as the source reads it.",
        )
        .into_response(),
        Taken::Ended => {
            let detail = "this source is gone";
            Failure::new(
                StatusCode::GONE,
                "gone",
                detail,
                &sentence("take it out of the sender"),
            )
            .into_response()
        }
        Taken::Paused => {
            let detail = "this source takes nothing for the time being; nothing of it was stored";
            let failure = Failure::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "paused",
                detail,
                "Send it again later.",
            );
            later(failure, PAUSED_SECONDS)
        }
        Taken::TooMany { seconds } => {
            let detail = "this source sends more than is taken from one; nothing of this delivery was read or stored";
            let wait = match seconds {
                1 => "a second".to_owned(),
                more => format!("{more} seconds"),
            };
            let hint =
                format!("Send it again after {wait}, or send several items in one delivery.");
            let failure = Failure::new(StatusCode::TOO_MANY_REQUESTS, "too-many", detail, &hint);
            later(failure, seconds)
        }
    }
}

/// An answer after which the sender tries again.
fn later(failure: Failure, seconds: u32) -> Response {
    let mut response = failure.into_response();
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}
