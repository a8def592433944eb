//! Data in and out: tables of events, exports, results, the erasure of a unit.

use axum::Json as Out;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::StreamExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio_stream::wrappers::ReceiverStream;
use variorum_api_types::data as wire;
use variorum_app::erasure::{self, EraseUnit};
use variorum_app::exports::{self, EventsFilter, EventsOut, ResultsFilter};
use variorum_app::intake::{self, UploadTable};
use variorum_app::{Context, Error, quality};
use variorum_domain::access::Actor;
use variorum_domain::event::EventKind;
use variorum_domain::id::{RolloutNumber, Time};
use variorum_domain::intake::{RowSource, SAMPLE_ROWS, UPLOAD_BYTES_MAX, propose};
use variorum_formats::{EncodeError, Encoder, Format, FormatError};

use super::Answer;
use crate::body::{Json, Path, Query};
use crate::caller::Caller;
use crate::convert::{data as convert, quality as quality_words};
use crate::problem::{Failure, sentence, with_incident};
use crate::state::{Api, Shared};
use crate::time;

/// Bytes by which a format is known.
const HEAD_BYTES: usize = 64;
/// Characters of a sample cell that are shown.
const SAMPLE_CHARS: usize = 80;
/// Pages of an export that wait for a slow reader.
const PAGES_WAITING_MAX: usize = 2;

/// Takes a table of events in, or says what would become of it: CSV, NDJSON or Parquet.
///
/// Send the file itself as the body. Without a mapping, one is proposed; send it back, corrected, to
/// load. A row that is wrong is refused by itself. The same file sent again changes nothing.
#[utoipa::path(
    post,
    path = "/api/v1/uploads",
    operation_id = "upload_table",
    tag = "data",
    params(wire::UploadQuery),
    request_body(content((Vec<u8> = "application/octet-stream"))),
    responses((status = 200, description = "What became of it, or would.", body = wire::Upload))
)]
pub(crate) async fn upload_table(
    State(api): State<Shared>,
    caller: Caller,
    Query(query): Query<wire::UploadQuery>,
    request: Request,
) -> Response {
    match upload(&api, &caller.actor, query, request).await {
        Ok(done) => Out(done).into_response(),
        Err(failure) => with_incident(&api, failure.into_response()),
    }
}

async fn upload(
    api: &Api,
    actor: &Actor,
    query: wire::UploadQuery,
    request: Request,
) -> Result<wire::Upload, Failure> {
    let kpis = intake::kpis(&api.ctx, actor).await?;
    let given = query.mapping.as_deref().map(|text| {
        serde_json::from_str::<wire::Mapping>(text).map_err(|error| {
            Failure::invalid(
                &format!("the mapping cannot be read: {error}"),
                "It is JSON, e.g. {\"unit\":{\"column\":\"customer\"}}.",
            )
        })
    });
    let given = given.transpose()?.map(convert::mapping).transpose()?;
    if given.is_none() && !query.dry_run {
        return Err(Failure::invalid(
            "nothing says which column is what",
            "Ask with `dry_run=true` first, look at the proposed mapping, and send it back.",
        ));
    }
    let (file, head) = spool(request.into_body()).await?;
    let format = match query.format.as_deref() {
        None | Some("") => Format::of_bytes(&head),
        Some(name) => Format::from_name(name).ok_or_else(|| {
            Failure::invalid(
                &format!("`{name}` is no format that is read"),
                "Use `csv`, `ndjson` or `parquet`.",
            )
        })?,
    };
    let wanted: Vec<&str> = given
        .as_ref()
        .map(|mapping| mapping.columns())
        .unwrap_or_default();
    let mut source = variorum_formats::open(file.path(), format, &wanted).map_err(no_table)?;
    let samples = samples(source.as_mut())?;
    let columns: Vec<String> = source.columns().to_vec();
    let is_proposed = given.is_none();
    let mapping = given.unwrap_or_else(|| propose(&columns, &samples, &kpis));
    let cmd = UploadTable {
        name: query.name.unwrap_or_default(),
        mapping,
        dry_run: query.dry_run,
        backfill: query.backfill,
        key: query.progress.filter(|key| !key.is_empty()),
    };
    let done = intake::upload(&api.ctx, actor, &cmd, source.as_mut()).await;
    let mut answer = match done {
        Ok(done) => convert::upload(done, cmd.dry_run),
        // A proposal that is not whole is something to go on with.
        Err(Error::Invalid { message, .. }) if is_proposed => wire::Upload {
            dry_run: true,
            problem: Some(sentence(&message)),
            ..wire::Upload::default()
        },
        Err(error) => return Err(error.into()),
    };
    format.name().clone_into(&mut answer.format);
    answer.columns = columns_out(&columns, &samples);
    answer.mapping = convert::mapping_out(cmd.mapping);
    Ok(answer)
}

/// Tells how far an upload is that was sent with a key.
#[utoipa::path(
    get,
    path = "/api/v1/uploads/{key}",
    operation_id = "get_upload_progress",
    tag = "data",
    params(("key" = String, Path, description = "The key that was sent as `progress`.")),
    responses((status = 200, description = "How far it is.", body = wire::UploadProgress))
)]
pub(crate) async fn get_upload_progress(
    State(api): State<Shared>,
    caller: Caller,
    Path(key): Path<String>,
) -> Answer<Out<wire::UploadProgress>> {
    let found = intake::progress(&api.ctx, &caller.actor, &key)?;
    Ok(Out(wire::UploadProgress {
        phase: if found.stores { "storing" } else { "looking" }.to_owned(),
        rows: found.rows,
        total: found.total,
    }))
}

/// Stops an upload that was sent with a key. What is stored already stays.
#[utoipa::path(
    delete,
    path = "/api/v1/uploads/{key}",
    operation_id = "stop_upload",
    tag = "data",
    params(("key" = String, Path, description = "The key that was sent as `progress`.")),
    responses((status = 204, description = "It ends after the rows it is at."))
)]
pub(crate) async fn stop_upload(
    State(api): State<Shared>,
    caller: Caller,
    Path(key): Path<String>,
) -> Answer<StatusCode> {
    intake::cancel(&api.ctx, &caller.actor, &key)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Writes a body into a file that is gone when it is dropped; also its first bytes.
async fn spool(body: Body) -> Result<(tempfile::NamedTempFile, Vec<u8>), Failure> {
    let ours = |error: std::io::Error| {
        Failure::App(Error::Internal(format!(
            "the upload cannot be kept: {error}"
        )))
    };
    let file = tempfile::NamedTempFile::new().map_err(ours)?;
    let mut out = tokio::fs::File::from_std(file.reopen().map_err(ours)?);
    let (mut head, mut size) = (Vec::new(), 0_u64);
    let mut parts = body.into_data_stream();
    while let Some(part) = parts.next().await {
        let part = part.map_err(|_| {
            Failure::new(
                StatusCode::BAD_REQUEST,
                "bad-body",
                "the body ended before it was complete",
                "Send it again.",
            )
        })?;
        size += part.len() as u64;
        if size > UPLOAD_BYTES_MAX {
            let detail = format!("the table is larger than {UPLOAD_BYTES_MAX} bytes");
            let hint = "Cut it into several files; rows that are known already count once.";
            return Err(Failure::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too-large",
                &detail,
                hint,
            ));
        }
        let room = HEAD_BYTES.saturating_sub(head.len());
        head.extend(part.iter().take(room));
        out.write_all(&part).await.map_err(ours)?;
    }
    out.flush().await.map_err(ours)?;
    Ok((file, head))
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` hands it over")]
fn no_table(error: FormatError) -> Failure {
    let hint = match &error {
        FormatError::Malformed {
            format: "Parquet", ..
        } => "Write it again with compression `snappy` or none, or export it as CSV.",
        FormatError::Twice(_) => "Give each column a name of its own.",
        FormatError::Columns(_) => "Leave out the columns that say nothing about events.",
        _ => "Send a CSV file with a row of names on top, NDJSON, or Parquet.",
    };
    Failure::invalid(&error.to_string(), hint)
}

fn samples(source: &mut dyn RowSource) -> Result<Vec<Vec<Option<String>>>, Failure> {
    let rows = source.next_rows(SAMPLE_ROWS).map_err(Error::from)?;
    Ok(rows.into_iter().filter_map(|row| row.cells.ok()).collect())
}

fn columns_out(columns: &[String], samples: &[Vec<Option<String>>]) -> Vec<wire::TableColumn> {
    let cell = |row: &Vec<Option<String>>, place: usize| -> String {
        let text = row
            .get(place)
            .and_then(Option::as_deref)
            .unwrap_or_default();
        text.chars().take(SAMPLE_CHARS).collect()
    };
    let each = columns
        .iter()
        .enumerate()
        .map(|(place, name)| wire::TableColumn {
            name: name.clone(),
            samples: samples.iter().take(5).map(|row| cell(row, place)).collect(),
        });
    each.collect()
}

fn moment(field: &str, text: Option<String>) -> Result<Option<Time>, Failure> {
    let Some(text) = text else { return Ok(None) };
    let found = time::parse(&text).or_else(|| time::parse(&format!("{text}T00:00:00Z")));
    found.map(Some).ok_or_else(|| {
        Failure::invalid(
            &format!("`{field}` is no time: `{text}`"),
            "Write it like `2026-11-19T08:15:00Z` or `2026-11-19`.",
        )
    })
}

/// Names with commas between them.
fn names(text: &str) -> Vec<String> {
    let each = text.split(',').map(str::trim);
    each.filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

fn results_filter(query: wire::ExportQuery) -> Result<ResultsFilter, Failure> {
    Ok(ResultsFilter {
        rollout: query.rollout.map(RolloutNumber),
        kpi: query.kpi,
        from: moment("from", query.from)?,
        to: moment("to", query.to)?,
        prompt: query.prompt,
        by: query.by.as_deref().map(names).unwrap_or_default(),
    })
}

fn events_filter(query: wire::ExportQuery) -> Result<EventsFilter, Failure> {
    let kind = match query.kind.as_deref() {
        None => None,
        Some("exposure") => Some(EventKind::Exposure),
        Some("outcome") => Some(EventKind::Outcome),
        Some(other) => {
            return Err(Failure::invalid(
                &format!("`type` must be `exposure` or `outcome`, not `{other}`"),
                "",
            ));
        }
    };
    Ok(EventsFilter {
        from: moment("from", query.from)?,
        to: moment("to", query.to)?,
        kind,
        prompt: query.prompt,
        kpi: query.kpi,
        channel: query.channel,
        rollout: query.rollout.map(RolloutNumber),
    })
}

/// Results of rollouts: a row for each rollout, KPI and arm.
#[utoipa::path(
    get,
    path = "/api/v1/results",
    operation_id = "list_results",
    tag = "data",
    params(wire::ExportQuery),
    responses((status = 200, description = "The results.", body = wire::Results))
)]
pub(crate) async fn list_results(
    State(api): State<Shared>,
    caller: Caller,
    Query(query): Query<wire::ExportQuery>,
) -> Answer<Out<wire::Results>> {
    let filter = results_filter(query)?;
    let rows = exports::results(&api.ctx, &caller.actor, &filter).await?;
    Ok(Out(wire::Results {
        items: rows.into_iter().map(convert::result).collect(),
    }))
}

/// Takes data out as a file: `events` or `results`, with the ending `.csv`, `.ndjson` or `.parquet`.
///
/// It is streamed, in the order in which events arrived. Raw events take the role `publisher`.
#[utoipa::path(
    get,
    path = "/api/v1/exports/{file}",
    operation_id = "export_data",
    tag = "data",
    params(("file" = String, Path, description = "E.g. `events.parquet` or `results.csv`."), wire::ExportQuery),
    responses((status = 200, description = "The file.", body = Vec<u8>, content_type = "application/octet-stream"))
)]
pub(crate) async fn export_data(
    State(api): State<Shared>,
    caller: Caller,
    Path(file): Path<String>,
    Query(query): Query<wire::ExportQuery>,
) -> Response {
    match export(&api, &caller.actor, &file, query).await {
        Ok(response) => response,
        Err(failure) => with_incident(&api, failure.into_response()),
    }
}

async fn export(
    api: &Shared,
    actor: &Actor,
    file: &str,
    query: wire::ExportQuery,
) -> Result<Response, Failure> {
    let (what, ending) = file.split_once('.').unwrap_or((file, ""));
    let format = Format::from_name(ending).filter(|_| matches!(what, "events" | "results"));
    let Some(format) = format else {
        let detail = format!("there is no export `{file}`");
        let hint =
            "Ask for `events` or `results`, with the ending `.csv`, `.ndjson` or `.parquet`.";
        return Err(Failure::new(
            StatusCode::NOT_FOUND,
            "not-found",
            &detail,
            hint,
        ));
    };
    let body = if what == "events" {
        let out = exports::events(&api.ctx, actor, events_filter(query)?).await?;
        let encoder = Encoder::new(format, convert::EVENT_COLUMNS).map_err(|error| ours(&error))?;
        let (send, pages) = tokio::sync::mpsc::channel(PAGES_WAITING_MAX);
        let api = api.clone();
        tokio::spawn(async move {
            if let Err(error) = write_events(&api.ctx, out, encoder, &send).await {
                tracing::error!(error = %error, "an export ended early");
                drop(
                    send.send(Err(std::io::Error::other("the export ended early")))
                        .await,
                );
            }
        });
        Body::from_stream(ReceiverStream::new(pages))
    } else {
        let rows = exports::results(&api.ctx, actor, &results_filter(query)?).await?;
        let rows: Vec<_> = rows.into_iter().map(convert::result_row).collect();
        Body::from(whole(format, &rows).map_err(|error| ours(&error))?)
    };
    let kind = match format {
        Format::Csv => "text/csv; charset=utf-8; header=present",
        Format::Ndjson => "application/x-ndjson",
        Format::Parquet => "application/vnd.apache.parquet",
    };
    let name = format!("attachment; filename=\"variorum-{what}.{}\"", format.name());
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn ours(error: &EncodeError) -> Failure {
    Failure::App(Error::Internal(error.to_string()))
}

fn whole(format: Format, rows: &[Vec<variorum_formats::Cell>]) -> Result<Bytes, EncodeError> {
    let mut encoder = Encoder::new(format, convert::RESULT_COLUMNS)?;
    let mut bytes = encoder.rows(rows)?;
    bytes.extend(encoder.finish()?);
    Ok(bytes.into())
}

type Page = Result<Bytes, std::io::Error>;

async fn write_events(
    ctx: &Context,
    mut out: EventsOut,
    mut encoder: Encoder,
    send: &tokio::sync::mpsc::Sender<Page>,
) -> Result<(), Error> {
    let failed = |error: EncodeError| Error::Internal(error.to_string());
    while let Some(page) = out.next(ctx).await? {
        let rows: Vec<_> = page
            .into_iter()
            .map(|row| convert::event_row(row, &out.kpis))
            .collect();
        let bytes = encoder.rows(&rows).map_err(failed)?;
        if send.send(Ok(bytes.into())).await.is_err() {
            // Whoever asked has gone away.
            return Ok(());
        }
    }
    let rest = encoder.finish().map_err(failed)?;
    drop(send.send(Ok(rest.into())).await);
    Ok(())
}

/// Makes the events of a unit anonymous, for good; or counts them.
///
/// Events keep what happened, when and in which arm, under a random name; their attributes go. So the
/// numbers stay what they were, and nothing leads back to the unit.
#[utoipa::path(
    post,
    path = "/api/v1/units/erase",
    operation_id = "erase_unit",
    tag = "data",
    request_body = wire::EraseUnit,
    responses((status = 200, description = "What was erased, or would be.", body = wire::Erased))
)]
pub(crate) async fn erase_unit(
    State(api): State<Shared>,
    caller: Caller,
    Json(asked): Json<wire::EraseUnit>,
) -> Answer<Out<wire::Erased>> {
    let cmd = EraseUnit {
        unit: asked.unit,
        reason: asked.reason,
        dry_run: asked.dry_run,
    };
    let erased = erasure::erase_unit(&api.ctx, &caller.actor, &cmd).await?;
    Ok(Out(wire::Erased {
        events: erased.events,
        digest: erased.digest,
        dry_run: cmd.dry_run,
    }))
}

/// Hours looked back upon where nothing is said: a week.
const QUALITY_HOURS: i64 = 168;

/// How good the data is that arrives: what needs attention, and what was sent by hour, source and KPI.
#[utoipa::path(
    get,
    path = "/api/v1/quality",
    operation_id = "get_quality",
    tag = "data",
    params(wire::QualityQuery),
    responses((status = 200, description = "What was sent, and what needs attention.", body = wire::Quality))
)]
pub(crate) async fn get_quality(
    State(api): State<Shared>,
    caller: Caller,
    Query(query): Query<wire::QualityQuery>,
) -> Answer<Out<wire::Quality>> {
    let hours = query.hours.unwrap_or(QUALITY_HOURS);
    let found = quality::report(&api.ctx, &caller.actor, hours).await?;
    Ok(Out(quality_words::report(found, api.ctx.clock.now())))
}
