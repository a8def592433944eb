//! The sample workspace and its simulated customers.

use axum::Json as Out;
use axum::extract::State;
use variorum_api_types::demo::{Demo, StartTraffic, Traffic};

use super::Answer;
use crate::body::JsonOrNothing;
use crate::caller::Caller;
use crate::problem::Failure;
use crate::state::{Api, DemoControl, Shared};
use variorum_app::Error;
use variorum_domain::access::{self, Action};

fn control(api: &Api) -> Result<&dyn DemoControl, Failure> {
    let control = api.demo.as_deref();
    control.ok_or_else(|| Failure::App(Error::not_found("sample", "demo")))
}

/// Says how the sample stands, or that there is none.
#[utoipa::path(
    get,
    path = "/api/v1/demo",
    operation_id = "get_demo",
    tag = "demo",
    responses((status = 200, description = "The sample.", body = Demo))
)]
pub(crate) async fn get_demo(State(api): State<Shared>, caller: Caller) -> Answer<Out<Demo>> {
    access::check_somewhere(&caller.actor, Action::Read).map_err(Error::from)?;
    match &api.demo {
        Some(control) => Ok(Out(control.status(&caller.actor).await?)),
        None => Ok(Out(Demo {
            available: false,
            title: String::new(),
            summary: String::new(),
            why_it_fails: String::new(),
            prompt: String::new(),
            rollout: None,
            traffic: Traffic::default(),
        })),
    }
}

/// Rolls the tempting edit of the sample out.
#[utoipa::path(
    post,
    path = "/api/v1/demo/start",
    operation_id = "start_demo",
    tag = "demo",
    responses((status = 200, description = "The sample.", body = Demo))
)]
pub(crate) async fn start_demo(State(api): State<Shared>, caller: Caller) -> Answer<Out<Demo>> {
    Ok(Out(control(&api)?.start(&caller.actor).await?))
}

/// Starts simulated customers that call the real API.
#[utoipa::path(
    post,
    path = "/api/v1/demo/traffic",
    operation_id = "start_demo_traffic",
    tag = "demo",
    request_body = Option<StartTraffic>,
    responses((status = 200, description = "The sample.", body = Demo))
)]
pub(crate) async fn start_demo_traffic(
    State(api): State<Shared>,
    caller: Caller,
    JsonOrNothing(cmd): JsonOrNothing<StartTraffic>,
) -> Answer<Out<Demo>> {
    Ok(Out(control(&api)?
        .start_traffic(&caller.actor, cmd)
        .await?))
}

/// Stops the simulated customers.
#[utoipa::path(
    post,
    path = "/api/v1/demo/traffic/stop",
    operation_id = "stop_demo_traffic",
    tag = "demo",
    responses((status = 200, description = "The sample.", body = Demo))
)]
pub(crate) async fn stop_demo_traffic(
    State(api): State<Shared>,
    caller: Caller,
) -> Answer<Out<Demo>> {
    Ok(Out(control(&api)?.stop_traffic(&caller.actor).await?))
}

/// Makes the sample new.
#[utoipa::path(
    post,
    path = "/api/v1/demo/reset",
    operation_id = "reset_demo",
    tag = "demo",
    responses((status = 200, description = "The sample.", body = Demo))
)]
pub(crate) async fn reset_demo(State(api): State<Shared>, caller: Caller) -> Answer<Out<Demo>> {
    Ok(Out(control(&api)?.reset(&caller.actor).await?))
}
