/** Short names for the wire types, which are generated from the OpenAPI document. */
import type { components, operations } from './schema';

type Schemas = components['schemas'];

export type BulkChange = Schemas['BulkChange'];
export type BulkResult = Schemas['BulkResult'];
export type DuplicateGroup = Schemas['DuplicateGroup'];
export type Duplicates = Schemas['Duplicates'];
export type Delivery = Schemas['Delivery'];
export type DeliveryPage = Schemas['DeliveryPage'];
export type EscalationRules = Schemas['EscalationRules'];
export type Incident = Schemas['Incident'];
export type IncidentDetail = Schemas['IncidentDetail'];
export type IncidentPage = Schemas['IncidentPage'];
export type Ladder = Schemas['Ladder'];
export type OnCall = Schemas['OnCall'];
export type OnCallCalendar = Schemas['OnCallCalendar'];
export type Shift = Schemas['Shift'];
export type Stop = Schemas['Stop'];
export type Stops = Schemas['Stops'];
export type TestedLadder = Schemas['TestedLadder'];
export type EditView = Schemas['EditView'];
export type NewView = Schemas['NewView'];
export type ObsoletePage = Schemas['ObsoletePage'];
export type ObsoletePrompt = Schemas['ObsoletePrompt'];
export type UndoVersion = Schemas['UndoVersion'];
export type View = Schemas['View'];
export type Views = Schemas['Views'];
export type EraseUnit = Schemas['EraseUnit'];
export type Erased = Schemas['Erased'];
export type Mapping = Schemas['Mapping'];
export type Origin = Schemas['Origin'];
export type Quality = Schemas['Quality'];
export type QualityHour = Schemas['QualityHour'];
export type TableColumn = Schemas['TableColumn'];
export type Upload = Schemas['Upload'];
export type ArmResult = Schemas['ArmResult'];
export type AuditCheck = Schemas['AuditCheck'];
export type Catalogue = Schemas['Catalogue'];
export type CatalogueDetail = Schemas['CatalogueDetail'];
export type CatalogueEntry = Schemas['CatalogueEntry'];
export type CatalogueLink = Schemas['CatalogueLink'];
export type CataloguePage = Schemas['CataloguePage'];
export type CategoryScore = Schemas['CategoryScore'];
export type Documentation = Schemas['Documentation'];
export type DocumentedValue = Schemas['DocumentedValue'];
export type ItemCount = Schemas['ItemCount'];
export type ChangePerson = Schemas['ChangePerson'];
export type ChangeRecord = Schemas['ChangeRecord'];
export type Commit = Schemas['Commit'];
export type CommitPage = Schemas['CommitPage'];
export type Comparison = Schemas['Comparison'];
export type Conflict = Schemas['Conflict'];
export type ConflictHunk = Schemas['ConflictHunk'];
export type Demo = Schemas['Demo'];
export type Diagnostic = Schemas['Diagnostic'];
export type Draft = Schemas['Draft'];
export type DraftDetail = Schemas['DraftDetail'];
export type Entry = Schemas['Entry'];
export type EntryPage = Schemas['EntryPage'];
export type Environment = Schemas['Environment'];
export type FieldChange = Schemas['FieldChange'];
export type FileChange = Schemas['FileChange'];
export type Folder = Schemas['Folder'];
export type GoLive = Schemas['GoLive'];
export type Grant = Schemas['Grant'];
export type Guard = Schemas['Guard'];
export type WatchedGuard = Schemas['WatchedGuard'];
export type Invitation = Schemas['Invitation'];
export type Invite = Schemas['Invite'];
export type Kpi = Schemas['Kpi'];
export type KpiResult = Schemas['KpiResult'];
export type LibrarySettings = Schemas['LibrarySettings'];
export type Live = Schemas['Live'];
export type MarginNote = Schemas['MarginNote'];
export type MeasuredOutcome = Schemas['MeasuredOutcome'];
export type Message = Schemas['Message'];
export type Named = Schemas['Named'];
export type NewDraft = Schemas['NewDraft'];
export type NewRelease = Schemas['NewRelease'];
export type News = Schemas['News'];
export type NewToken = Schemas['NewToken'];
export type Person = Schemas['Person'];
export type Piece = Schemas['Piece'];
export type Point = Schemas['Point'];
export type Preview = Schemas['Preview'];
export type Previewed = Schemas['Previewed'];
export type Problem = Schemas['Problem'];
export type Blocker = Schemas['Blocker'];
export type Prompt = Schemas['Prompt'];
export type PromptPage = Schemas['PromptPage'];
export type PromptSummary = Schemas['PromptSummary'];
export type PublishDraft = Schemas['PublishDraft'];
export type Published = Schemas['Published'];
export type Release = Schemas['Release'];
export type ReleaseChange = Schemas['ReleaseChange'];
export type ReleaseDetail = Schemas['ReleaseDetail'];
export type ReleasePage = Schemas['ReleasePage'];
export type Resolution = Schemas['Resolution'];
export type Rollout = Schemas['Rollout'];
export type RolloutArm = Schemas['RolloutArm'];
export type RolloutForecast = Schemas['RolloutForecast'];
export type RolloutDetail = Schemas['RolloutDetail'];
export type RolloutPage = Schemas['RolloutPage'];
export type SavedVersion = Schemas['SavedVersion'];
export type SaveVersion = Schemas['SaveVersion'];
export type Section = Schemas['Section'];
export type Session = Schemas['Session'];
export type StartRollout = Schemas['StartRollout'];
export type StartTraffic = Schemas['StartTraffic'];
export type TreatmentVerdict = Schemas['TreatmentVerdict'];
export type Verdict = Schemas['Verdict'];
export type Token = Schemas['Token'];
export type TokenSecret = Schemas['TokenSecret'];
export type Variable = Schemas['Variable'];
export type Version = Schemas['Version'];
export type VersionPage = Schemas['VersionPage'];
export type WordSpan = Schemas['WordSpan'];
export type AcceptedSuggestion = Schemas['AcceptedSuggestion'];
export type Anchor = Schemas['Anchor'];
export type Baseline = Schemas['Baseline'];
export type Change = Schemas['Change'];
export type ChangeDetail = Schemas['ChangeDetail'];
export type ChangedFile = Schemas['ChangedFile'];
export type ChangePage = Schemas['ChangePage'];
export type ChangeStanding = Schemas['ChangeStanding'];
export type Clash = Schemas['Clash'];
export type ClashSide = Schemas['ClashSide'];
export type Comment = Schemas['Comment'];
export type EditChange = Schemas['EditChange'];
export type EditDraft = Schemas['EditDraft'];
export type FileComparison = Schemas['FileComparison'];
export type KnownKpi = Schemas['KnownKpi'];
export type MergedChange = Schemas['MergedChange'];
export type NeededApprovals = Schemas['NeededApprovals'];
export type NeededField = Schemas['NeededField'];
export type NewReview = Schemas['NewReview'];
export type NewThread = Schemas['NewThread'];
export type Notice = Schemas['Notice'];
export type NoticePage = Schemas['NoticePage'];
export type OpenChange = Schemas['OpenChange'];
export type OwedReview = Schemas['OwedReview'];
export type PendingUpdate = Schemas['PendingUpdate'];
export type PublishedHotfix = Schemas['PublishedHotfix'];
export type RecordForm = Schemas['RecordForm'];
export type Review = Schemas['Review'];
export type Suggestion = Schemas['Suggestion'];
export type Thread = Schemas['Thread'];
export type UpdatedDraft = Schemas['UpdatedDraft'];
export type UpdateDraft = Schemas['UpdateDraft'];
export type Who = Schemas['Who'];

export type Mirror = Schemas['Mirror'];
export type MirrorDetail = Schemas['MirrorDetail'];
export type MirrorRef = Schemas['MirrorRef'];
export type NewMirror = Schemas['NewMirror'];
export type NewSigningKey = Schemas['NewSigningKey'];
export type Provenance = Schemas['Provenance'];
export type SigningKey = Schemas['SigningKey'];
export type SigningKeys = Schemas['SigningKeys'];

export type CheckedWorkflow = Schemas['CheckedWorkflow'];
export type CheckWorkflow = Schemas['CheckWorkflow'];
export type Breach = Schemas['Breach'];
export type Collision = Schemas['Collision'];
export type Facets = Schemas['Facets'];
export type FoundPrompt = Schemas['FoundPrompt'];
export type Impact = Schemas['Impact'];
export type ImpactGraph = Schemas['ImpactGraph'];
export type ImpactNode = Schemas['ImpactNode'];
export type ImpactRow = Schemas['ImpactRow'];
export type SearchPage = Schemas['SearchPage'];
export type TextPiece = Schemas['TextPiece'];
export type VariationMatrix = Schemas['VariationMatrix'];
export type VariationRow = Schemas['VariationRow'];
export type Workflow = Schemas['Workflow'];
export type WorkflowList = Schemas['WorkflowList'];
export type WorkflowStep = Schemas['WorkflowStep'];
export type WorkflowSummary = Schemas['WorkflowSummary'];

/** What is planned; the query of `GET /plan`. */
export type AskPlan = {
  kpi: string;
  lift: number;
  prompt?: string;
  baseline?: number;
  sd?: number;
  daily_units?: number;
  arms?: number;
};

/** Of what impact is asked: exactly one of the three; the query of `GET /impact`. */
export type AskImpact = {
  prompt?: string;
  draft?: string;
  change?: number;
  kind?: string;
  after?: string;
  limit?: number;
};

/** Which workflows to list; the query of `GET /workflows`. */
export type BrowseCatalogue = {
  q?: string;
  category?: string;
  lacking?: string;
  below?: number;
  after?: string;
  limit?: number;
};

export type ListWorkflows = {
  q?: string;
  runs?: string;
  with_errors?: boolean;
  after?: string;
  limit?: number;
};

/** What to list in the library; the query of `GET /prompts`. */
export type ListPrompts = {
  q?: string;
  folder?: string;
  channel?: string;
  brand?: string;
  region?: string;
  kind?: string;
  includes?: string;
  with_errors?: boolean;
  owner?: string;
  category?: string;
  /** Comma-separated; all of them. */
  tag?: string;
  status?: string;
  archived?: boolean;
  /** An environment, or `any`. */
  live?: string;
  expiring_days?: number;
  facets?: boolean;
  after?: string;
  limit?: number;
};

/** Which entries to list; the query of `GET /entries`. */
export type ListEntries = {
  target?: string;
  actor?: number;
  action?: string;
  below?: number;
  limit?: number;
};

/** Which state of a prompt; the query of `GET /prompts/{id}`. */
export type AtVersion = { version?: number; draft?: string };

/** Which changes to list; the query of `GET /changes`. */
export type ListChanges = {
  status?: string;
  draft?: string;
  author?: number;
  owed?: boolean;
  below?: number;
  limit?: number;
};

type Query<Name extends keyof operations> = NonNullable<operations[Name]['parameters']['query']>;
export type AskAttribution = Query<'get_attribution'>;
export type AskLedger = Query<'get_ledger'>;
export type Attribution = Schemas['Attribution'];
export type AttributionBasis = Schemas['AttributionBasis'];
export type CausalNumber = Schemas['CausalNumber'];
export type FlowStep = Schemas['FlowStep'];
export type Journeys = Schemas['Journeys'];
export type Ledger = Schemas['Ledger'];
export type LedgerLine = Schemas['LedgerLine'];
export type Regression = Schemas['Regression'];
export type RegressionPage = Schemas['RegressionPage'];
export type Suspect = Schemas['Suspect'];
export type WatchLook = Schemas['WatchLook'];
export type KpiInfo = Schemas['KpiInfo'];
export type KpiPage = Schemas['KpiPage'];
export type Cohorts = Schemas['Cohorts'];
export type CohortComparison = Schemas['CohortComparison'];
export type Series = Schemas['Series'];
export type Retention = Schemas['Retention'];
export type AskCohorts = { rollout: number; kpi?: string; by: string };
export type AskSeries = { kpi: string; prompt?: string; by?: string; from?: string; until?: string };
export type AskRetention = { kpi: string; prompt?: string; by?: string; weeks?: number };
