//! Impact: what a prompt, a draft or a change reaches.

use axum::Json as Out;
use axum::extract::State;
use variorum_api_types::impact as wire;
use variorum_app::impact::{self, Ask, Of};
use variorum_domain::id::ChangeNumber;
use variorum_domain::impact::Key;

use super::{Answer, page_rows};
use crate::body::Query;
use crate::caller::Caller;
use crate::convert::impact as convert;
use crate::problem::Failure;
use crate::state::Shared;

/// Says what a prompt, a draft or a change reaches, and why; what it breaks; what it collides with.
#[utoipa::path(
    get,
    path = "/api/v1/impact",
    operation_id = "get_impact",
    tag = "changes",
    params(wire::AskImpact),
    responses((status = 200, description = "What is reached.", body = wire::Impact))
)]
pub(crate) async fn get_impact(
    State(api): State<Shared>,
    caller: Caller,
    Query(asked): Query<wire::AskImpact>,
) -> Answer<Out<wire::Impact>> {
    let after = asked.after.as_deref().filter(|text| !text.is_empty());
    let after = after.map(|text| {
        Key::parse(text).ok_or_else(|| {
            Failure::invalid(
                &format!("`{text}` is not the `next` of a page"),
                "Leave `after` out to begin anew.",
            )
        })
    });
    let ask = Ask {
        kinds: convert::kinds(asked.kind.as_deref())?,
        after: after.transpose()?,
        limit: page_rows(asked.limit),
        of: of(asked)?,
    };
    let found = impact::impact(&api.ctx, &caller.actor, &ask).await?;
    Ok(Out(convert::impact(found)))
}

fn of(asked: wire::AskImpact) -> Result<Of, Failure> {
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let found = [
        given(asked.prompt).map(Of::File),
        given(asked.draft).map(Of::Draft),
        asked.change.map(|number| Of::Change(ChangeNumber(number))),
    ];
    let mut found = found.into_iter().flatten();
    match (found.next(), found.next()) {
        (Some(of), None) => Ok(of),
        _ => Err(Failure::invalid(
            "the question does not say of what impact is asked",
            "Give exactly one of `prompt`, `draft` and `change`.",
        )),
    }
}
