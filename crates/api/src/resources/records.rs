//! Change records.

use axum::Json as Out;
use axum::extract::State;
use variorum_api_types::records::{AskForm, FindRecords, RecordForm, RecordPage};
use variorum_app::records;
use variorum_ports::rows::RecordFilter;

use super::{Answer, next_page, page_rows};
use crate::body::Query;
use crate::caller::Caller;
use crate::convert::records as convert;
use crate::state::Shared;

/// Finds change records, newest first, with what was measured of them.
#[utoipa::path(
    get,
    path = "/api/v1/records",
    operation_id = "list_records",
    tag = "changes",
    params(FindRecords),
    responses((status = 200, description = "A page of records.", body = RecordPage))
)]
pub(crate) async fn list_records(
    State(api): State<Shared>,
    caller: Caller,
    Query(asked): Query<FindRecords>,
) -> Answer<Out<RecordPage>> {
    let limit = page_rows(asked.limit);
    let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let words = asked.q.unwrap_or_default();
    let filter = RecordFilter {
        words: words.split_whitespace().map(str::to_owned).collect(),
        problem: given(asked.problem),
        hypothesis: given(asked.hypothesis),
        campaign: given(asked.campaign),
        kpi: given(asked.kpi),
    };
    let found = records::list(&api.ctx, &caller.actor, &filter, asked.below, limit).await?;
    let next = next_page(&found, limit, |record| record.row.seq);
    let items = found.into_iter().map(convert::record).collect();
    Ok(Out(RecordPage { items, next }))
}

/// What the form for a record needs: fields the rules ask for, and the KPIs with what was last
/// measured.
#[utoipa::path(
    get,
    path = "/api/v1/record-form",
    operation_id = "get_record_form",
    tag = "changes",
    params(AskForm),
    responses((status = 200, description = "The form's facts.", body = RecordForm))
)]
pub(crate) async fn get_record_form(
    State(api): State<Shared>,
    caller: Caller,
    Query(asked): Query<AskForm>,
) -> Answer<Out<RecordForm>> {
    let paths = asked.paths.unwrap_or_default();
    let paths: Vec<String> = paths
        .split(',')
        .map(|path| path.trim().to_owned())
        .filter(|path| !path.is_empty())
        .collect();
    let wording_only = asked.wording_only.unwrap_or(false);
    let form = records::form(&api.ctx, &caller.actor, &paths, wording_only).await?;
    Ok(Out(convert::form(form)))
}
