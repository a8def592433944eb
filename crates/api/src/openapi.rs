//! The OpenAPI description of version 1: made from the code, committed as `docs/openapi.json`.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder};
use utoipa::{Modify, OpenApi};
use variorum_api_types as types;

use crate::problem::Failure;
use crate::resources::{
    activity, attribution, bulk, catalogue, changes, commits, demo, drafts, environments,
    escalation, events, impact, inbox, keys, library, mirrors, people, planner, prompts, records,
    regressions, releases, resolve, rollouts, search, session, threads, tokens, upkeep, variations,
    views, workflows,
};
use crate::stream;

/// The description.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Variorum",
        description = "Prompt management with versions, releases and KPI-guarded rollouts.",
        license(name = "Apache-2.0")
    ),
    modifiers(&Doors),
    security(("bearer" = []), ("cookie" = [])),
    tags(
        (name = "session", description = "Signing in and out."),
        (name = "library", description = "Settings, folders, listing and saving."),
        (name = "prompts", description = "One prompt: its text, its versions, trying it."),
        (name = "workflows", description = "Graphs of prompts: reading, checking, drawing."),
        (name = "drafts", description = "Drafts and the history of the library."),
        (name = "changes", description = "Reviews, discussions, change records and the inbox."),
        (name = "releases", description = "Immutable snapshots of what may go live."),
        (name = "environments", description = "What is live."),
        (name = "rollouts", description = "A new release beside the old one, under guards."),
        (name = "measurement", description = "What changes did to KPIs: regressions, credits, journeys, the ledger."),
        (name = "serving", description = "Asking for prompts and reporting what happened."),
        (name = "activity", description = "The audit log and the stream of news."),
        (name = "people", description = "People and tokens."),
        (name = "mirrors", description = "Git repositories elsewhere with which the library is kept in step."),
        (name = "escalation", description = "Stopping everything, incidents, ladders, who is on call, messages."),
        (name = "demo", description = "The sample workspace.")
    ),
    paths(
        session::get_session,
        session::create_session,
        session::delete_session,
        library::get_library,
        library::list_folders,
        library::list_prompts,
        library::save_version,
        search::search_prompts,
        upkeep::find_duplicates,
        upkeep::find_obsolete,
        views::list_views,
        views::create_view,
        views::get_view,
        views::edit_view,
        views::delete_view,
        catalogue::get_catalogue,
        catalogue::list_catalogue_entries,
        catalogue::get_catalogue_entry,
        bulk::change_prompts,
        bulk::undo_version,
        prompts::get_prompt,
        prompts::list_versions,
        prompts::compare_versions,
        prompts::preview_prompt,
        variations::list_variations,
        variations::list_change_variations,
        variations::list_draft_variations,
        workflows::list_workflows,
        workflows::get_workflow,
        workflows::check_workflow,
        drafts::list_drafts,
        drafts::create_draft,
        drafts::get_draft,
        drafts::delete_draft,
        drafts::publish_draft,
        drafts::edit_draft,
        drafts::close_draft,
        drafts::reopen_draft,
        drafts::update_draft,
        drafts::get_pending_update,
        changes::list_changes,
        changes::list_standing_changes,
        changes::open_change,
        changes::get_change,
        changes::edit_change,
        changes::compare_change_file,
        changes::review_change,
        changes::merge_change,
        changes::close_change,
        changes::reopen_change,
        changes::publish_hotfix,
        threads::comment_change,
        threads::reply_thread,
        threads::settle_thread,
        threads::accept_suggestion,
        impact::get_impact,
        inbox::list_notices,
        inbox::read_notice,
        attribution::get_attribution,
        attribution::get_journeys,
        attribution::get_ledger,
        regressions::list_regressions,
        regressions::get_regression,
        regressions::acknowledge_regression,
        regressions::dismiss_regression,
        records::list_records,
        records::get_record_form,
        commits::list_commits,
        commits::get_commit,
        releases::list_releases,
        releases::create_release,
        releases::get_release,
        environments::list_environments,
        environments::go_live,
        environments::roll_back_environment,
        rollouts::list_rollouts,
        rollouts::start_rollout,
        planner::plan_rollout,
        rollouts::get_rollout,
        rollouts::advance_rollout,
        rollouts::pause_rollout,
        rollouts::resume_rollout,
        rollouts::roll_back_rollout,
        rollouts::finish_rollout,
        escalation::list_stops,
        escalation::stop_everything,
        escalation::lift_stop,
        escalation::list_incidents,
        escalation::get_incident,
        escalation::acknowledge_incident,
        escalation::snooze_incident,
        escalation::hand_over_incident,
        escalation::resolve_incident,
        escalation::list_ladders,
        escalation::test_ladder,
        escalation::get_on_call,
        escalation::list_deliveries,
        resolve::resolve_prompt,
        events::send_events,
        activity::list_entries,
        activity::check_audit,
        stream::stream_news,
        people::list_people,
        people::invite_person,
        people::change_person,
        tokens::list_tokens,
        tokens::create_token,
        tokens::delete_token,
        keys::list_keys,
        keys::add_key,
        keys::remove_key,
        keys::get_allowed_signers,
        mirrors::list_mirrors,
        mirrors::add_mirror,
        mirrors::get_mirror,
        mirrors::sync_mirror,
        mirrors::remove_mirror,
        demo::get_demo,
        demo::start_demo,
        demo::start_demo_traffic,
        demo::stop_demo_traffic,
        demo::reset_demo,
        get_openapi
    ),
    components(schemas(
        types::activity::Entry,
        types::activity::EntryPage,
        types::activity::AuditCheck,
        types::activity::News,
        types::changes::Who,
        types::changes::Change,
        types::changes::OwedReview,
        types::changes::ChangeDetail,
        types::changes::ChangedFile,
        types::changes::Review,
        types::changes::NeededApprovals,
        types::changes::NeededField,
        types::changes::Anchor,
        types::changes::Thread,
        types::changes::Comment,
        types::changes::Suggestion,
        types::changes::ChangePage,
        types::changes::OpenChange,
        types::changes::EditChange,
        types::changes::NewReview,
        types::changes::NewThread,
        types::changes::NewComment,
        types::changes::SettleThread,
        types::changes::AcceptedSuggestion,
        types::changes::ChangeStanding,
        types::changes::MergeChange,
        types::changes::MergedChange,
        types::changes::FileComparison,
        types::changes::LineHunk,
        types::changes::PublishHotfix,
        types::changes::PublishedHotfix,
        types::demo::Demo,
        types::demo::Traffic,
        types::demo::StartTraffic,
        types::drafts::Draft,
        types::drafts::DraftDetail,
        types::drafts::DraftRest,
        types::drafts::EditDraft,
        types::drafts::UpdateDraft,
        types::drafts::PendingUpdate,
        types::drafts::Clash,
        types::drafts::ClashSide,
        types::drafts::UpdatedDraft,
        types::drafts::DraftChange,
        types::drafts::NewDraft,
        types::drafts::PublishDraft,
        types::drafts::Resolution,
        types::drafts::Published,
        types::drafts::CommitPage,
        types::drafts::Commit,
        types::events::Event,
        types::events::EventsAccepted,
        types::events::EventRejected,
        types::impact::Impact,
        types::impact::ImpactSubject,
        types::impact::ImpactCount,
        types::impact::ImpactNode,
        types::impact::ImpactRow,
        types::impact::ImpactStep,
        types::impact::ImpactGraph,
        types::impact::ImpactEdge,
        types::impact::Breach,
        types::impact::Place,
        types::impact::Collision,
        types::inbox::Notice,
        types::inbox::NoticePage,
        types::inbox::ReadNotice,
        types::inbox::Unread,
        types::library::LibrarySettings,
        types::library::Named,
        types::library::Kpi,
        types::library::Category,
        types::library::Folder,
        types::library::PromptPage,
        types::library::PromptSummary,
        types::library::Live,
        types::library::ChangeRecord,
        types::library::SaveVersion,
        types::library::FileChange,
        types::library::SavedVersion,
        types::library::FileVersion,
        types::upkeep::Duplicates,
        types::upkeep::DuplicateGroup,
        types::upkeep::ObsoletePage,
        types::upkeep::ObsoletePrompt,
        types::catalogue::Catalogue,
        types::catalogue::CategoryScore,
        types::catalogue::ItemCount,
        types::catalogue::ItemWeight,
        types::catalogue::CataloguePage,
        types::catalogue::CatalogueEntry,
        types::catalogue::CatalogueLink,
        types::catalogue::Documentation,
        types::catalogue::DocumentedValue,
        types::catalogue::DocumentedItem,
        types::catalogue::MissingItem,
        types::catalogue::DocumentationRule,
        types::catalogue::CatalogueDetail,
        types::catalogue::CatalogueChange,
        types::bulk::BulkChange,
        types::bulk::BulkResult,
        types::bulk::MovedFile,
        types::bulk::EditedFile,
        types::bulk::Redirect,
        types::bulk::UndoVersion,
        types::library::ListPrompts,
        types::prompts::MovedFrom,
        types::search::SearchPage,
        types::search::FoundPrompt,
        types::search::TextPiece,
        types::search::Correction,
        types::search::Facets,
        types::search::FacetCount,
        types::people::Person,
        types::people::Grant,
        types::people::Invite,
        types::people::Invitation,
        types::people::ChangePerson,
        types::people::Token,
        types::people::NewToken,
        types::people::TokenSecret,
        types::problem::Problem,
        types::problem::Blocker,
        types::problem::Diagnostic,
        types::problem::Conflict,
        types::problem::ConflictHunk,
        types::prompts::Prompt,
        types::prompts::Variable,
        types::prompts::Section,
        types::prompts::Piece,
        types::prompts::MarginNote,
        types::prompts::MeasuredOutcome,
        types::prompts::VersionPage,
        types::prompts::Version,
        types::prompts::Comparison,
        types::prompts::FieldChange,
        types::prompts::WordSpan,
        types::prompts::Preview,
        types::prompts::Previewed,
        types::prompts::Message,
        types::attribution::AttributionBasis,
        types::attribution::Attribution,
        types::attribution::NamedEffect,
        types::attribution::ModelCredits,
        types::attribution::CreditPart,
        types::attribution::CausalNumber,
        types::attribution::Journeys,
        types::attribution::JourneyPath,
        types::attribution::FlowStep,
        types::attribution::FlowLink,
        types::attribution::Ledger,
        types::attribution::LedgerLine,
        types::regressions::Regression,
        types::regressions::RegressionPage,
        types::regressions::SeriesDay,
        types::regressions::Suspect,
        types::regressions::TouchedPrompt,
        types::regressions::WatchLook,
        types::regressions::AnswerRegression,
        types::records::Record,
        types::records::Outcome,
        types::records::RecordPage,
        types::records::RecordForm,
        types::records::KnownKpi,
        types::records::Baseline,
        types::releases::Release,
        types::releases::ReleaseDetail,
        types::releases::ReleaseChange,
        types::releases::ReleasePage,
        types::releases::NewRelease,
        types::releases::Environment,
        types::releases::GoLive,
        types::releases::Reason,
        types::resolve::Resolve,
        types::resolve::Resolved,
        types::planner::RolloutForecast,
        types::planner::PlanNeed,
        types::planner::PlanPoint,
        types::planner::PlanKnown,
        types::rollouts::StartRollout,
        types::rollouts::Guard,
        types::rollouts::Rollout,
        types::rollouts::Ending,
        types::rollouts::RolloutDetail,
        types::rollouts::KpiResult,
        types::rollouts::GuardState,
        types::rollouts::ArmResult,
        types::rollouts::Interval,
        types::rollouts::Point,
        types::rollouts::Split,
        types::rollouts::Fired,
        types::rollouts::StageChange,
        types::rollouts::RolloutPage,
        types::session::Session,
        types::session::Me,
        types::session::Workspace,
        types::session::SignIn,
        types::variations::OpenSlot,
        types::variations::OpenField,
        types::variations::Variation,
        types::variations::SlotCell,
        types::variations::FieldCell,
        types::variations::VariationMatrix,
        types::variations::VariationRow,
        types::variations::VariationEffects,
        types::variations::VariationEffect,
        types::workflows::WorkflowList,
        types::workflows::WorkflowSummary,
        types::workflows::Workflow,
        types::workflows::CheckWorkflow,
        types::workflows::CheckedWorkflow,
        types::workflows::WorkflowStep,
        types::workflows::WorkflowInput,
        types::workflows::WorkflowBranch,
        types::workflows::RunPrompt,
        types::workflows::WorkflowGraph,
        types::workflows::WorkflowNode,
        types::workflows::WorkflowEdge,
        types::workflows::WorkflowData,
    ))
)]
pub struct Description;

/// Adds what is the same for all operations: how to sign in, and what may go wrong.
struct Doors;

const PROBLEMS: [(&str, &str); 7] = [
    ("401", "Nobody is signed in, or the token opens nothing."),
    (
        "403",
        "The actor may not do it, or the request came from another page.",
    ),
    (
        "404",
        "There is no such thing, or the actor may not see it.",
    ),
    (
        "409",
        "Somebody else was first, or two people changed the same part.",
    ),
    ("422", "The request cannot be carried out as it is."),
    (
        "500",
        "Something failed that should not; the incident's id is in the answer.",
    ),
    ("503", "The store does not answer, or it took too long."),
];

impl Modify for Doors {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "A token, made under People or by `variorum token create`.",
            ))
            .build();
        let about =
            "A browser's session. What changes anything also needs the header `X-Variorum: 1`.";
        let cookie = ApiKeyValue::with_description(crate::caller::COOKIE, about);
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
        for (path, item) in &mut openapi.paths.paths {
            let has_parameter = path.contains('{');
            let reading = [&mut item.get];
            for operation in reading.into_iter().flatten() {
                add_problems(operation, |code| match code {
                    "404" => has_parameter,
                    "409" => false,
                    _ => true,
                });
            }
            let changing = [&mut item.post, &mut item.patch, &mut item.delete];
            for operation in changing.into_iter().flatten() {
                add_problems(operation, |_| true);
            }
        }
    }
}

fn add_problems(operation: &mut Operation, applies: impl Fn(&str) -> bool) {
    for (code, description) in PROBLEMS.iter().filter(|(code, _)| applies(code)) {
        let schema = Ref::from_schema_name("Problem");
        let content = ContentBuilder::new().schema(Some(schema)).build();
        let response = ResponseBuilder::new()
            .description(*description)
            .content("application/problem+json", content)
            .build();
        let known = &mut operation.responses.responses;
        known
            .entry((*code).to_owned())
            .or_insert(RefOr::T(response));
    }
}

/// Gives this description.
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    operation_id = "get_openapi",
    tag = "session",
    security(()),
    responses((status = 200, description = "The description of this API.", body = Object))
)]
pub(crate) async fn get_openapi() -> Result<Response, Failure> {
    let text = text().map_err(|error| {
        let message = format!("the API's description cannot be written: {error}");
        Failure::App(variorum_app::Error::Internal(message))
    })?;
    let json = HeaderValue::from_static("application/json");
    Ok(([(header::CONTENT_TYPE, json)], text).into_response())
}

/// The description as JSON text, as it is committed in `docs/openapi.json`.
pub fn text() -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(&Description::openapi()).map(|text| text + "\n")
}
