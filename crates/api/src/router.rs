//! Which address leads to which operation, and what stands in between.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, patch, post};
use tower_http::compression::CompressionLayer;

use crate::resources::{
    activity, analysis, attribution, bulk, catalogue, changes, commits, data, decisions, demo,
    drafts, environments, escalation, events, health, hooks, impact, inbox, keys, library, mirrors,
    people, planner, prompts, records, regressions, releases, resolve, rollouts, search, session,
    sources, threads, tokens, upkeep, variations, views, workflows,
};
use crate::state::{Api, ApiState, Shared};
use crate::{assets, door, openapi, stream};

/// All operations, health, metrics and pages.
///
/// Give it to [`crate::serve`], which tells `/metrics` callers on this machine from others.
pub fn router(mut state: ApiState) -> Router {
    let beside = state.beside.take().unwrap_or_default();
    let api: Shared = Arc::new(Api::new(state));
    let watched = operations()
        .merge(outside())
        .fallback(assets::serve)
        .method_not_allowed_fallback(door::method_not_allowed)
        .layer(from_fn_with_state(api.clone(), door::pass))
        .layer(CompressionLayer::new().gzip(true));
    let tables = tables()
        .layer(from_fn_with_state(api.clone(), door::pass_on))
        .layer(CompressionLayer::new().gzip(true));
    let beside = beside.layer(from_fn_with_state(api.clone(), door::pass_on));
    hot()
        .merge(tables)
        .merge(watched)
        .with_state(api)
        .merge(beside)
}

/// Operations that are measured in thousands a second: nothing stands before them, and they count
/// and check by themselves.
fn hot() -> Router<Shared> {
    Router::new()
        .route(
            "/api/v1/resolve",
            post(resolve::resolve_prompt).fallback(door::method_not_allowed),
        )
        .route(
            "/api/v1/events",
            post(events::send_events).fallback(door::method_not_allowed),
        )
}

/// Tables in and out: as long as they are, so no limit of time stands before them.
fn tables() -> Router<Shared> {
    Router::new()
        .route(
            "/api/v1/uploads",
            post(data::upload_table).fallback(door::method_not_allowed),
        )
        .route(
            "/api/v1/exports/{file}",
            get(data::export_data).fallback(door::method_not_allowed),
        )
}

fn outside() -> Router<Shared> {
    Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        .route("/hooks/{handle}", post(hooks::take_hook))
}

fn operations() -> Router<Shared> {
    Router::new()
        .route("/api/v1/openapi.json", get(openapi::get_openapi))
        .route(
            "/api/v1/session",
            get(session::get_session)
                .post(session::create_session)
                .delete(session::delete_session),
        )
        .merge(library_operations())
        .merge(workflow_operations())
        .merge(escalation_operations())
        .merge(change_operations())
        .merge(live_operations())
        .merge(measurement_operations())
        .merge(analysis_operations())
        .merge(people_operations())
        .merge(source_operations())
        .route("/api/v1/stream", get(stream::stream_news))
}

fn library_operations() -> Router<Shared> {
    Router::new()
        .route("/api/v1/library", get(library::get_library))
        .route("/api/v1/folders", get(library::list_folders))
        .route("/api/v1/versions", post(library::save_version))
        .route("/api/v1/duplicates", get(upkeep::find_duplicates))
        .route("/api/v1/obsolete", get(upkeep::find_obsolete))
        .route(
            "/api/v1/views",
            get(views::list_views).post(views::create_view),
        )
        .route(
            "/api/v1/views/{id}",
            get(views::get_view)
                .patch(views::edit_view)
                .delete(views::delete_view),
        )
        .route("/api/v1/catalogue", get(catalogue::get_catalogue))
        .route(
            "/api/v1/catalogue/entries",
            get(catalogue::list_catalogue_entries),
        )
        .route(
            "/api/v1/catalogue/entries/{id}",
            get(catalogue::get_catalogue_entry),
        )
        .route("/api/v1/bulk", post(bulk::change_prompts))
        .route("/api/v1/undo", post(bulk::undo_version))
        .route("/api/v1/prompts", get(library::list_prompts))
        .route("/api/v1/search", get(search::search_prompts))
        .route("/api/v1/prompts/{id}", get(prompts::get_prompt))
        .route("/api/v1/prompts/{id}/versions", get(prompts::list_versions))
        .route(
            "/api/v1/prompts/{id}/compare",
            get(prompts::compare_versions),
        )
        .route("/api/v1/preview", post(prompts::preview_prompt))
        .route(
            "/api/v1/drafts",
            get(drafts::list_drafts).post(drafts::create_draft),
        )
        .route(
            "/api/v1/drafts/{name}",
            get(drafts::get_draft)
                .patch(drafts::edit_draft)
                .delete(drafts::delete_draft),
        )
        .route("/api/v1/drafts/{name}/close", post(drafts::close_draft))
        .route("/api/v1/drafts/{name}/reopen", post(drafts::reopen_draft))
        .route(
            "/api/v1/drafts/{name}/update",
            get(drafts::get_pending_update).post(drafts::update_draft),
        )
        .route(
            "/api/v1/drafts/{name}/publish-hotfix",
            post(changes::publish_hotfix),
        )
        .route("/api/v1/drafts/{name}/publish", post(drafts::publish_draft))
        .route("/api/v1/commits", get(commits::list_commits))
        .route("/api/v1/commits/{oid}", get(commits::get_commit))
}

fn escalation_operations() -> Router<Shared> {
    let incident = "/api/v1/incidents/{number}";
    let of = |act: &str| format!("{incident}/{act}");
    Router::new()
        .route(
            "/api/v1/stops",
            get(escalation::list_stops).post(escalation::stop_everything),
        )
        .route("/api/v1/stops/{number}/lift", post(escalation::lift_stop))
        .route("/api/v1/incidents", get(escalation::list_incidents))
        .route(incident, get(escalation::get_incident))
        .route(&of("acknowledge"), post(escalation::acknowledge_incident))
        .route(&of("snooze"), post(escalation::snooze_incident))
        .route(&of("hand-over"), post(escalation::hand_over_incident))
        .route(&of("resolve"), post(escalation::resolve_incident))
        .route("/api/v1/ladders", get(escalation::list_ladders))
        .route("/api/v1/ladders/{id}/test", post(escalation::test_ladder))
        .route("/api/v1/on-call", get(escalation::get_on_call))
        .route("/api/v1/deliveries", get(escalation::list_deliveries))
}

fn analysis_operations() -> Router<Shared> {
    Router::new()
        .route("/api/v1/cohorts", get(analysis::get_cohorts))
        .route("/api/v1/series", get(analysis::get_series))
        .route("/api/v1/baselines", get(analysis::list_baselines))
        .route("/api/v1/retention", get(analysis::get_retention))
        .route("/api/v1/kpis", get(analysis::list_kpis))
        .route("/api/v1/kpis/{id}", get(analysis::get_kpi))
}

fn workflow_operations() -> Router<Shared> {
    Router::new()
        .route("/api/v1/workflows", get(workflows::list_workflows))
        .route("/api/v1/workflows/check", post(workflows::check_workflow))
        .route("/api/v1/workflows/{id}", get(workflows::get_workflow))
        .route(
            "/api/v1/prompts/{id}/variations",
            get(variations::list_variations),
        )
        .route(
            "/api/v1/changes/{number}/variations",
            get(variations::list_change_variations),
        )
        .route(
            "/api/v1/drafts/{name}/variations",
            get(variations::list_draft_variations),
        )
}

fn change_operations() -> Router<Shared> {
    Router::new()
        .route(
            "/api/v1/changes",
            get(changes::list_changes).post(changes::open_change),
        )
        .route(
            "/api/v1/changes/standing",
            get(changes::list_standing_changes),
        )
        .route(
            "/api/v1/changes/{number}",
            get(changes::get_change).patch(changes::edit_change),
        )
        .route(
            "/api/v1/changes/{number}/file",
            get(changes::compare_change_file),
        )
        .route(
            "/api/v1/changes/{number}/reviews",
            post(changes::review_change),
        )
        .route(
            "/api/v1/changes/{number}/merge",
            post(changes::merge_change),
        )
        .route(
            "/api/v1/changes/{number}/close",
            post(changes::close_change),
        )
        .route(
            "/api/v1/changes/{number}/reopen",
            post(changes::reopen_change),
        )
        .route(
            "/api/v1/changes/{number}/threads",
            post(threads::comment_change),
        )
        .route(
            "/api/v1/threads/{number}/comments",
            post(threads::reply_thread),
        )
        .route(
            "/api/v1/threads/{number}/settle",
            post(threads::settle_thread),
        )
        .route(
            "/api/v1/threads/{number}/accept",
            post(threads::accept_suggestion),
        )
        .route("/api/v1/impact", get(impact::get_impact))
        .route("/api/v1/notices", get(inbox::list_notices))
        .route("/api/v1/notices/{id}/read", post(inbox::read_notice))
        .route("/api/v1/records", get(records::list_records))
        .route("/api/v1/record-form", get(records::get_record_form))
}

fn live_operations() -> Router<Shared> {
    Router::new()
        .route(
            "/api/v1/releases",
            get(releases::list_releases).post(releases::create_release),
        )
        .route("/api/v1/releases/{number}", get(releases::get_release))
        .route("/api/v1/environments", get(environments::list_environments))
        .route(
            "/api/v1/environments/{name}/go-live",
            post(environments::go_live),
        )
        .route(
            "/api/v1/environments/{name}/roll-back",
            post(environments::roll_back_environment),
        )
        .route(
            "/api/v1/rollouts",
            get(rollouts::list_rollouts).post(rollouts::start_rollout),
        )
        .route("/api/v1/plan", get(planner::plan_rollout))
        .route("/api/v1/rollouts/{number}", get(rollouts::get_rollout))
        .route(
            "/api/v1/rollouts/{number}/replay",
            get(rollouts::replay_rollout),
        )
        .route(
            "/api/v1/rollouts/{number}/advance",
            post(rollouts::advance_rollout),
        )
        .route(
            "/api/v1/rollouts/{number}/pause",
            post(rollouts::pause_rollout),
        )
        .route(
            "/api/v1/rollouts/{number}/resume",
            post(rollouts::resume_rollout),
        )
        .route(
            "/api/v1/rollouts/{number}/roll-back",
            post(rollouts::roll_back_rollout),
        )
        .route(
            "/api/v1/rollouts/{number}/finish",
            post(rollouts::finish_rollout),
        )
        .route(
            "/api/v1/rollouts/{number}/decision",
            post(decisions::ask_decision),
        )
        .route(
            "/api/v1/rollouts/{number}/decision/confirm",
            post(decisions::confirm_decision),
        )
        .route(
            "/api/v1/rollouts/{number}/decision/decline",
            post(decisions::decline_decision),
        )
        .route("/api/v1/results", get(data::list_results))
        .route("/api/v1/quality", get(data::get_quality))
        .route("/api/v1/units/erase", post(data::erase_unit))
        .route("/api/v1/demo", get(demo::get_demo))
        .route("/api/v1/demo/start", post(demo::start_demo))
        .route("/api/v1/demo/traffic", post(demo::start_demo_traffic))
        .route("/api/v1/demo/traffic/stop", post(demo::stop_demo_traffic))
        .route("/api/v1/demo/reset", post(demo::reset_demo))
}

fn measurement_operations() -> Router<Shared> {
    Router::new()
        .route("/api/v1/attribution", get(attribution::get_attribution))
        .route("/api/v1/journeys", get(attribution::get_journeys))
        .route("/api/v1/ledger", get(attribution::get_ledger))
        .route("/api/v1/regressions", get(regressions::list_regressions))
        .route(
            "/api/v1/regressions/{number}",
            get(regressions::get_regression),
        )
        .route(
            "/api/v1/regressions/{number}/acknowledge",
            post(regressions::acknowledge_regression),
        )
        .route(
            "/api/v1/regressions/{number}/dismiss",
            post(regressions::dismiss_regression),
        )
}

fn source_operations() -> Router<Shared> {
    Router::new()
        .route(
            "/api/v1/sources",
            get(sources::list_sources).post(sources::add_source),
        )
        .route(
            "/api/v1/sources/{name}",
            get(sources::get_source)
                .patch(sources::edit_source)
                .delete(sources::remove_source),
        )
        .route(
            "/api/v1/sources/{name}/rotate",
            post(sources::rotate_source),
        )
        .route("/api/v1/sources/{name}/pause", post(sources::pause_source))
        .route(
            "/api/v1/sources/{name}/resume",
            post(sources::resume_source),
        )
        .route("/api/v1/source-trials", post(sources::try_source))
        .route(
            "/api/v1/uploads/{key}",
            get(data::get_upload_progress).delete(data::stop_upload),
        )
}

fn people_operations() -> Router<Shared> {
    Router::new()
        .route("/api/v1/entries", get(activity::list_entries))
        .route("/api/v1/audit/check", get(activity::check_audit))
        .route(
            "/api/v1/people",
            get(people::list_people).post(people::invite_person),
        )
        .route("/api/v1/people/{id}", patch(people::change_person))
        .route(
            "/api/v1/tokens",
            get(tokens::list_tokens).post(tokens::create_token),
        )
        .route("/api/v1/tokens/{id}", delete(tokens::delete_token))
        .route("/api/v1/keys", get(keys::list_keys).post(keys::add_key))
        .route(
            "/api/v1/keys/allowed-signers",
            get(keys::get_allowed_signers),
        )
        .route("/api/v1/keys/{id}", delete(keys::remove_key))
        .route(
            "/api/v1/mirrors",
            get(mirrors::list_mirrors).post(mirrors::add_mirror),
        )
        .route(
            "/api/v1/mirrors/{name}",
            get(mirrors::get_mirror).delete(mirrors::remove_mirror),
        )
        .route("/api/v1/mirrors/{name}/sync", post(mirrors::sync_mirror))
}
