/** The operations of the API, one function each. */
import { part, request } from './client';
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
export const saveVersion = (body: T.SaveVersion) => request<T.SavedVersion>('POST', '/versions', { body });

export const listDrafts = (s?: Signal) => request<T.Draft[]>('GET', '/drafts', s);
export const createDraft = (body: T.NewDraft) => request<T.Draft>('POST', '/drafts', { body });
export const getDraft = (name: string, s?: Signal) =>
  request<T.DraftDetail>('GET', `/drafts/${part(name)}`, s);
export const deleteDraft = (name: string) => request<void>('DELETE', `/drafts/${part(name)}`);
export const publishDraft = (name: string, body: T.PublishDraft) =>
  request<T.Published>('POST', `/drafts/${part(name)}/publish`, { body });

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
export const startRollout = (body: T.StartRollout) => request<T.Rollout>('POST', '/rollouts', { body });
export const getRollout = (number: number, s?: Signal) =>
  request<T.RolloutDetail>('GET', `/rollouts/${number}`, s);
export const actOnRollout = (number: number, act: RolloutAct, reason: string) =>
  request<T.Rollout>('POST', `/rollouts/${number}/${act}`, { body: { reason } });

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

export const getDemo = (s?: Signal) => request<T.Demo>('GET', '/demo', s);
export const startDemo = () => request<T.Demo>('POST', '/demo/start', { body: {} });
export const startTraffic = (body: T.StartTraffic) => request<T.Demo>('POST', '/demo/traffic', { body });
export const stopTraffic = () => request<T.Demo>('POST', '/demo/traffic/stop', { body: {} });
export const resetDemo = () => request<T.Demo>('POST', '/demo/reset', { body: {} });
