/** The operations of the API, one function each. */
import { addressOf, part, request, requestText, sendFile } from './client';
import type * as T from './types';

type Signal = { signal?: AbortSignal };
type Range = { below?: number; limit?: number };

export const getSession = (s?: Signal) => request<T.Session>('GET', '/session', s);
export const signIn = (code: string) => request<T.Session>('POST', '/session', { body: { code } });
export const signOut = () => request<void>('DELETE', '/session');

export const getLibrary = (s?: Signal) => request<T.LibrarySettings>('GET', '/library', s);
export const listFolders = (s?: Signal) => request<T.Folder[]>('GET', '/folders', s);
export const listPrompts = (query: T.ListPrompts, s?: Signal) =>
  request<T.PromptPage>('GET', '/prompts', { query, ...s });
export const getPrompt = (id: string, query: T.AtVersion = {}, s?: Signal) =>
  request<T.Prompt>('GET', `/prompts/${part(id)}`, { query, ...s });
export const listVersions = (id: string, query: Range = {}, s?: Signal) =>
  request<T.VersionPage>('GET', `/prompts/${part(id)}/versions`, { query, ...s });
export const comparePrompt = (id: string, from: number, to: number, s?: Signal) =>
  request<T.Comparison>('GET', `/prompts/${part(id)}/compare`, { query: { from, to }, ...s });
export const preview = (body: T.Preview, s?: Signal) =>
  request<T.Previewed>('POST', '/preview', { body, ...s });
export const listVariations = (id: string, draft?: string, s?: Signal) =>
  request<T.VariationMatrix>('GET', `/prompts/${part(id)}/variations`, { query: { draft }, ...s });
export const searchPrompts = (query: T.ListPrompts, s?: Signal) =>
  request<T.SearchPage>('GET', '/search', { query, ...s });
export const getCohorts = (query: T.AskCohorts, s?: Signal) =>
  request<T.Cohorts>('GET', '/cohorts', { query, ...s });
export const getSeries = (query: T.AskSeries, s?: Signal) =>
  request<T.Series>('GET', '/series', { query, ...s });
export const getRetention = (query: T.AskRetention, s?: Signal) =>
  request<T.Retention>('GET', '/retention', { query, ...s });
export const listBaselines = (query: T.AskBaselines, s?: Signal) =>
  request<T.BaselinePage>('GET', '/baselines', { query, ...s });
export const listKpis = (s?: Signal) => request<T.KpiPage>('GET', '/kpis', s);
export const getImpact = (query: T.AskImpact, s?: Signal) =>
  request<T.Impact>('GET', '/impact', { query, ...s });
export const getCatalogue = (query: T.BrowseCatalogue, s?: Signal) =>
  request<T.Catalogue>('GET', '/catalogue', { query, ...s });
export const listCatalogueEntries = (query: T.BrowseCatalogue, s?: Signal) =>
  request<T.CataloguePage>('GET', '/catalogue/entries', { query, ...s });
export const getCatalogueEntry = (id: string, s?: Signal) =>
  request<T.CatalogueDetail>('GET', `/catalogue/entries/${part(id)}`, s);
export const listWorkflows = (query: T.ListWorkflows, s?: Signal) =>
  request<T.WorkflowList>('GET', '/workflows', { query, ...s });
export const getWorkflow = (id: string, query: T.AtVersion = {}, s?: Signal) =>
  request<T.Workflow>('GET', `/workflows/${part(id)}`, { query, ...s });
export const checkWorkflow = (body: T.CheckWorkflow, s?: Signal) =>
  request<T.CheckedWorkflow>('POST', '/workflows/check', { body, ...s });
export const listViews = (s?: Signal) => request<T.Views>('GET', '/views', s);
export const getView = (id: number, s?: Signal) => request<T.View>('GET', `/views/${id}`, s);
export const createView = (body: T.NewView) => request<T.View>('POST', '/views', { body });
export const editView = (id: number, body: T.EditView) => request<T.View>('PATCH', `/views/${id}`, { body });
export const deleteView = (id: number) => request<void>('DELETE', `/views/${id}`);
export const changePrompts = (body: T.BulkChange, s?: Signal) =>
  request<T.BulkResult>('POST', '/bulk', { body, ...s });
export const undoVersion = (body: T.UndoVersion) => request<T.SavedVersion>('POST', '/undo', { body });
export const findDuplicates = (query: { percent?: number; old_will_do?: boolean }, s?: Signal) =>
  request<T.Duplicates>('GET', '/duplicates', { query, ...s });
export const findObsolete = (query: { days?: number; folder?: string; after?: string }, s?: Signal) =>
  request<T.ObsoletePage>('GET', '/obsolete', { query, ...s });
export const saveVersion = (body: T.SaveVersion) => request<T.SavedVersion>('POST', '/versions', { body });

export const listDrafts = (query: { status?: string } = {}, s?: Signal) =>
  request<T.Draft[]>('GET', '/drafts', { query, ...s });
export const createDraft = (body: T.NewDraft) => request<T.Draft>('POST', '/drafts', { body });
export const getDraft = (name: string, s?: Signal) =>
  request<T.DraftDetail>('GET', `/drafts/${part(name)}`, s);
export const deleteDraft = (name: string) => request<void>('DELETE', `/drafts/${part(name)}`);
export const editDraft = (name: string, body: T.EditDraft) =>
  request<T.Draft>('PATCH', `/drafts/${part(name)}`, { body });
export const closeDraft = (name: string, reason = '') =>
  request<T.Draft>('POST', `/drafts/${part(name)}/close`, { body: { reason } });
export const reopenDraft = (name: string, reason = '') =>
  request<T.Draft>('POST', `/drafts/${part(name)}/reopen`, { body: { reason } });
export const getPendingUpdate = (name: string, s?: Signal) =>
  request<T.PendingUpdate>('GET', `/drafts/${part(name)}/update`, s);
export const updateDraft = (name: string, body: Partial<T.UpdateDraft>) =>
  request<T.UpdatedDraft>('POST', `/drafts/${part(name)}/update`, { body });
export const publishHotfix = (name: string, body: { reason: string; environment?: string }) =>
  request<T.PublishedHotfix>('POST', `/drafts/${part(name)}/publish-hotfix`, { body });
export const publishDraft = (name: string, body: T.PublishDraft) =>
  request<T.Published>('POST', `/drafts/${part(name)}/publish`, { body });

export const listChanges = (query: T.ListChanges, s?: Signal) =>
  request<T.ChangePage>('GET', '/changes', { query, ...s });
export const listStanding = (s?: Signal) => request<T.ChangeStanding[]>('GET', '/changes/standing', s);
export const openChange = (body: T.OpenChange) => request<T.Change>('POST', '/changes', { body });
export const getChange = (number: number, s?: Signal) =>
  request<T.ChangeDetail>('GET', `/changes/${number}`, s);
export const editChange = (number: number, body: T.EditChange) =>
  request<T.Change>('PATCH', `/changes/${number}`, { body });
export const compareFile = (number: number, path: string, variables: object, s?: Signal) =>
  request<T.FileComparison>('GET', `/changes/${number}/file`, {
    query: { path, variables: JSON.stringify(variables) },
    ...s,
  });
export const giveReview = (number: number, body: T.NewReview) =>
  request<T.Change>('POST', `/changes/${number}/reviews`, { body });
export const mergeChange = (number: number, head?: string) =>
  request<T.MergedChange>('POST', `/changes/${number}/merge`, { body: { head } });
export const closeChange = (number: number, reason = '') =>
  request<T.Change>('POST', `/changes/${number}/close`, { body: { reason } });
export const reopenChange = (number: number) =>
  request<T.Change>('POST', `/changes/${number}/reopen`, { body: {} });
export const beginThread = (number: number, body: Partial<T.NewThread>) =>
  request<T.Thread>('POST', `/changes/${number}/threads`, { body });
export const replyThread = (number: number, text: string) =>
  request<T.Thread>('POST', `/threads/${number}/comments`, { body: { text } });
export const settleThread = (number: number, settled: boolean) =>
  request<T.Thread>('POST', `/threads/${number}/settle`, { body: { settled } });
export const acceptSuggestion = (number: number) =>
  request<T.AcceptedSuggestion>('POST', `/threads/${number}/accept`, { body: {} });
export const listNotices = (query: { unread?: boolean } & Range = {}, s?: Signal) =>
  request<T.NoticePage>('GET', '/notices', { query, ...s });
export const readNotice = (id: number, all_before = false) =>
  request<{ unread: number }>('POST', `/notices/${id}/read`, { body: { all_before } });
export const getRecordForm = (paths: string[], wordingOnly: boolean, s?: Signal) =>
  request<T.RecordForm>('GET', '/record-form', {
    query: { paths: paths.join(','), wording_only: wordingOnly },
    ...s,
  });

export const listCommits = (query: { draft?: string; skip?: number; limit?: number }, s?: Signal) =>
  request<T.CommitPage>('GET', '/commits', { query, ...s });
export const getCommit = (oid: string, s?: Signal) => request<T.Commit>('GET', `/commits/${part(oid)}`, s);

export const listReleases = (query: Range = {}, s?: Signal) =>
  request<T.ReleasePage>('GET', '/releases', { query, ...s });
export const createRelease = (body: T.NewRelease) => request<T.Release>('POST', '/releases', { body });
export const getRelease = (number: number, s?: Signal) =>
  request<T.ReleaseDetail>('GET', `/releases/${number}`, s);

export const listEnvironments = (s?: Signal) => request<T.Environment[]>('GET', '/environments', s);
export const goLive = (name: string, body: T.GoLive) =>
  request<T.Environment>('POST', `/environments/${part(name)}/go-live`, { body });
export const rollBackEnvironment = (name: string, reason: string) =>
  request<T.Environment>('POST', `/environments/${part(name)}/roll-back`, { body: { reason } });

export type RolloutAct = 'advance' | 'pause' | 'resume' | 'roll-back' | 'finish';
export const listRollouts = (query: { open?: boolean } & Range = {}, s?: Signal) =>
  request<T.RolloutPage>('GET', '/rollouts', { query, ...s });
export const planRollout = (query: T.AskPlan, s?: Signal) =>
  request<T.RolloutForecast>('GET', '/plan', { query, ...s });
export const startRollout = (body: T.StartRollout) => request<T.Rollout>('POST', '/rollouts', { body });
export const getRollout = (number: number, s?: Signal) =>
  request<T.RolloutDetail>('GET', `/rollouts/${number}`, s);
export const actOnRollout = (number: number, act: RolloutAct, reason: string, arm?: number) =>
  request<T.Rollout>('POST', `/rollouts/${number}/${act}`, {
    body: arm === undefined ? { reason } : { reason, arm },
  });

export const askDecision = (number: number, body: T.AskDecision) =>
  request<T.Rollout>('POST', `/rollouts/${number}/decision`, { body });
export const answerDecision = (number: number, answer: 'confirm' | 'decline', reason: string) =>
  request<T.Rollout>('POST', `/rollouts/${number}/decision/${answer}`, { body: { reason } });

export const listEntries = (query: T.ListEntries, s?: Signal) =>
  request<T.EntryPage>('GET', '/entries', { query, ...s });
export const checkAudit = () => request<T.AuditCheck>('GET', '/audit/check');

export const listPeople = (s?: Signal) => request<T.Person[]>('GET', '/people', s);
export const invite = (body: T.Invite) => request<T.Invitation>('POST', '/people', { body });
export const changePerson = (id: number, body: T.ChangePerson) =>
  request<T.Person>('PATCH', `/people/${id}`, { body });
export const listTokens = (s?: Signal) => request<T.Token[]>('GET', '/tokens', s);
export const createToken = (body: T.NewToken) => request<T.TokenSecret>('POST', '/tokens', { body });
export const deleteToken = (id: number) => request<void>('DELETE', `/tokens/${id}`);

export const listKeys = (s?: Signal) => request<T.SigningKeys>('GET', '/keys', s);
export const addKey = (body: T.NewSigningKey) => request<T.SigningKey>('POST', '/keys', { body });
export const removeKey = (id: number, reason = '') =>
  request<void>('DELETE', `/keys/${id}`, { body: { reason } });
export const getAllowedSigners = (s?: Signal) => requestText('/keys/allowed-signers', s);

export const listMirrors = (s?: Signal) => request<T.Mirror[]>('GET', '/mirrors', s);
export const getMirror = (name: string, s?: Signal) =>
  request<T.MirrorDetail>('GET', `/mirrors/${part(name)}`, s);
export const addMirror = (body: T.NewMirror) => request<T.Mirror>('POST', '/mirrors', { body });
export const syncMirror = (name: string) =>
  request<T.Mirror>('POST', `/mirrors/${part(name)}/sync`, { body: {} });
export const removeMirror = (name: string, reason = '') =>
  request<void>('DELETE', `/mirrors/${part(name)}`, { body: { reason } });

export const getQuality = (s?: Signal) => request<T.Quality>('GET', '/quality', s);
export const uploadTable = (
  file: Blob,
  query: { name: string; dry_run: boolean; backfill: boolean; progress: string },
  mapping?: T.Mapping,
  watch?: { onSent?: (bytes: number) => void; signal?: AbortSignal },
) => sendFile<T.Upload>('/uploads', file, { ...query, mapping: mapping && JSON.stringify(mapping) }, watch);
export const getUploadProgress = (key: string, s?: Signal) =>
  request<T.UploadProgress>('GET', `/uploads/${part(key)}`, s);
export const stopUpload = (key: string) => request<void>('DELETE', `/uploads/${part(key)}`);
export const exportAddress = (file: string, query: Record<string, string | null>) =>
  addressOf(`/exports/${part(file)}`, query);
export const eraseUnit = (body: T.EraseUnit) => request<T.Erased>('POST', '/units/erase', { body });

export const listSources = (s?: Signal) => request<T.Source[]>('GET', '/sources', s);
export const getSource = (name: string, s?: Signal) =>
  request<T.SourceDetail>('GET', `/sources/${part(name)}`, s);
export const addSource = (body: T.NewSource) => request<T.SourceSecret>('POST', '/sources', { body });
export const editSource = (
  name: string,
  body: { environment: string; reads: T.SourceReads; revision: number },
) => request<T.Source>('PATCH', `/sources/${part(name)}`, { body });
export const rotateSource = (name: string, body: { secret?: string; at_once: boolean }) =>
  request<T.SourceSecret>('POST', `/sources/${part(name)}/rotate`, { body });
export const pauseSource = (name: string, reason: string) =>
  request<T.Source>('POST', `/sources/${part(name)}/pause`, { body: { reason } });
export const resumeSource = (name: string) =>
  request<T.Source>('POST', `/sources/${part(name)}/resume`, { body: {} });
export const removeSource = (name: string, reason: string) =>
  request<void>('DELETE', `/sources/${part(name)}`, { body: { reason } });
export const trySource = (body: T.SourceTrial) => request<T.SourceTried>('POST', '/source-trials', { body });

export const getDemo = (s?: Signal) => request<T.Demo>('GET', '/demo', s);
export const startDemo = () => request<T.Demo>('POST', '/demo/start', { body: {} });
export const startTraffic = (body: T.StartTraffic) => request<T.Demo>('POST', '/demo/traffic', { body });
export const stopTraffic = () => request<T.Demo>('POST', '/demo/traffic/stop', { body: {} });
export const resetDemo = () => request<T.Demo>('POST', '/demo/reset', { body: {} });

export const listRegressions = (query: { open?: boolean; below?: number; limit?: number } = {}, s?: Signal) =>
  request<T.RegressionPage>('GET', '/regressions', { query, ...s });
export const acknowledgeRegression = (number: number, reason: string) =>
  request<T.Regression>('POST', `/regressions/${number}/acknowledge`, { body: { reason } });
export const dismissRegression = (number: number, reason: string) =>
  request<T.Regression>('POST', `/regressions/${number}/dismiss`, { body: { reason } });
export const getAttribution = (query: T.AskAttribution, s?: Signal) =>
  request<T.Attribution>('GET', '/attribution', { query, ...s });
export const getJourneys = (query: T.AskAttribution, s?: Signal) =>
  request<T.Journeys>('GET', '/journeys', { query, ...s });
export const getLedger = (query: T.AskLedger, s?: Signal) =>
  request<T.Ledger>('GET', '/ledger', { query, ...s });
