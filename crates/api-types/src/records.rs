//! Change records: searching them, and what the form for a new one needs.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::changes::{NeededApprovals, NeededField};
use crate::library::{ChangeRecord, Json, Kpi};

/// A saved version's record.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Record {
    /// The commit.
    pub commit: String,
    /// When.
    pub at: String,
    /// Who wrote it.
    pub author: String,
    /// Its subject.
    pub subject: String,
    /// The record.
    pub record: ChangeRecord,
    /// Whether the library holds it; else it is on a draft only.
    pub on_main: bool,
    /// What was measured, oldest rollout first.
    pub outcomes: Vec<Outcome>,
}

/// What a rollout measured of a version it brought.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Outcome {
    /// The rollout.
    pub rollout: i64,
    /// When it ended.
    pub at: String,
    /// `finished` or `rolled-back`.
    pub decision: String,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Each KPI with `kpi`, `units`, `control`, `treatment`, `effect`, `low` and `high`, in the KPI's
    /// unit.
    #[schema(value_type = Vec<Object>)]
    pub kpis: Vec<Json>,
}

/// A page of records.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RecordPage {
    /// Records, newest first.
    pub items: Vec<Record>,
    /// Pass as `below` to get older ones.
    pub next: Option<i64>,
}

/// Which records to find.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FindRecords {
    /// Words that must all occur in the record, its subject, its author or its text.
    pub q: Option<String>,
    /// Words that must all occur in the problem.
    pub problem: Option<String>,
    /// Words that must all occur in the hypothesis.
    pub hypothesis: Option<String>,
    /// Only of this campaign.
    pub campaign: Option<String>,
    /// Only what names this KPI in baseline, hypothesis or validation.
    pub kpi: Option<String>,
    /// Continue below this place.
    pub below: Option<i64>,
    /// At most so many; 1 to 200, 50 where not given.
    pub limit: Option<usize>,
}

/// For which paths the form is asked.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AskForm {
    /// The paths, separated by commas.
    pub paths: Option<String>,
    /// Whether only the text below the front matter changes.
    pub wording_only: Option<bool>,
}

/// What the form for a record needs to know.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RecordForm {
    /// Fields that must be filled.
    pub required: Vec<NeededField>,
    /// Approvals that will be asked for; where there are any, a change is the only way.
    pub approvals: Vec<NeededApprovals>,
    /// Whether the library takes reviewed changes only.
    pub reviewed_only: bool,
    /// Subjects that are refused because they say nothing.
    pub refused_subjects: Vec<String>,
    /// The KPIs with what was last measured of them.
    pub kpis: Vec<KnownKpi>,
}

/// A KPI with its newest measured value.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct KnownKpi {
    /// The KPI.
    pub kpi: Kpi,
    /// What was measured, where anything was.
    pub measured: Option<Baseline>,
}

/// What was last measured of a KPI.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Baseline {
    /// The value, in the KPI's unit.
    pub value: f64,
    /// On how many people.
    pub units: u64,
    /// From when.
    pub from: String,
    /// Until when.
    pub to: String,
    /// By which rollout.
    pub rollout: i64,
    /// Whether the rollout was about one of the paths asked for.
    pub of_these_paths: bool,
    /// Ready to stand as the baseline.
    pub text: String,
}
