// The one place that speaks HTTP. Every failure becomes an ApiError with a sentence for people in `detail`.
import { author, named } from './author';
import { ApiError } from './errors';
import { caseUrl, readFor, type Look } from './evidence';
import { language } from '../i18n/language.svelte';
import type { Camera, CaseDetail, CaseSummary, Catalogue, DecisionRequest, Lang, Person, QuietThing, ViewDocument } from './types';

export { ApiError };

export interface CaseFilter {
  state: string;
  kind: string;
  camera: string;
  /** Words to search for; then newest first. */
  q: string;
}

export interface CasePage {
  items: CaseSummary[];
  next_cursor: string | null;
}

const UNSAFE = new Set(['PUT', 'POST', 'DELETE', 'PATCH']);
const PAGE_SIZE = 50;
const SIGN_OUT_MS = 10_000;

/** Refuses what is no longer its author's to send: somebody else is signed in by now. */
function refuseAnother(by: string): void {
  if (by !== author()) throw new ApiError(401, '');
}

let signedOut: () => void = () => undefined;

/** What to do when an answer says that nobody is signed in (any more). */
export function onSignedOut(act: () => void): void {
  signedOut = act;
}

async function call(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (UNSAFE.has(init.method ?? 'GET')) {
    headers.set('X-Curbwatch-CSRF', '1');
    for (const [header, value] of Object.entries(named(author()))) headers.set(header, value);
  }
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers, credentials: 'same-origin' });
  } catch {
    throw new ApiError(0, '');
  }
  if (response.ok || response.status === 304) return response;
  if (response.status === 401) signedOut();
  const body = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  throw new ApiError(response.status, wordsOf(body, language.current) || response.statusText || String(response.status), body);
}

/** The sentence in a problem document, in the language chosen, also where `detail` is a list of field faults. */
export function wordsOf(body: Record<string, unknown>, lang: Lang = 'en'): string {
  if (lang === 'zh' && typeof body.detail_zh === 'string') return body.detail_zh;
  if (typeof body.detail === 'string') return body.detail;
  if (Array.isArray(body.detail)) {
    return body.detail
      .map((fault: { loc?: unknown[]; msg?: string }) => `${(fault.loc ?? []).filter((part) => part !== 'body').join('.')}: ${fault.msg ?? ''}`)
      .join('; ');
  }
  return typeof body.title === 'string' ? body.title : '';
}

async function read<T>(path: string): Promise<T> {
  return (await call(path)).json() as Promise<T>;
}

function jsonBody(method: string, body: unknown, headers: Record<string, string> = {}): RequestInit {
  return { method, body: JSON.stringify(body), headers: { 'Content-Type': 'application/json', ...headers } };
}

export const me = (): Promise<Person> => read('/me');

/** Signs in by name and password, or by a login link's token. */
export const signIn = (name: string, password: string): Promise<unknown> => call('/sessions', jsonBody('POST', { name, password }));
export const signInByToken = (token: string): Promise<unknown> => call('/login', jsonBody('POST', { token }));
/** Ends the session. Whatever does not say that it is ended is an error: it may stand. */
export async function signOut(): Promise<void> {
  const { status } = await call('/logout', { method: 'POST', signal: AbortSignal.timeout(SIGN_OUT_MS) });
  if (status !== 204) throw new ApiError(status, String(status));
}
export const changePassword = (old: string, wanted: string): Promise<unknown> => call('/me/password', jsonBody('PUT', { old, new: wanted }));

export const kinds = (): Promise<Catalogue> => read('/kinds');

export function cases(filter: CaseFilter, cursor: string | null = null): Promise<CasePage> {
  const query = new URLSearchParams({ order: filter.state === 'open' || filter.state === 'disputed' ? 'value' : 'newest', limit: String(PAGE_SIZE) });
  for (const name of ['state', 'kind', 'camera', 'q'] as const) if (filter[name]) query.set(name, filter[name]);
  if (cursor) query.set('cursor', cursor);
  return read(`/cases?${query}`);
}

/** A case with its packets; `ahead` as for a file. */
export const caseDetail = (id: string, ahead = false): Promise<CaseDetail> => read(caseUrl(id, ahead));

/** `by`: who decides, also where it is sent again later. */
export async function decide(id: string, request: DecisionRequest, by: string): Promise<CaseSummary> {
  refuseAnother(by);
  // It is sent on even where the page is closed meanwhile.
  const response = await call(`/cases/${encodeURIComponent(id)}/decisions`, { ...jsonBody('POST', request), keepalive: true });
  return response.json() as Promise<CaseSummary>;
}

export interface Claiming {
  count: number;
  seconds: number;
  /** What lies on the desk already. */
  having: string[];
  /** Give what lies on one's own desk too, as after a reload. */
  again: boolean;
}

/** Puts the most valuable cases that nobody has on this person's desk. */
export async function claimNext(filter: CaseFilter, claiming: Claiming): Promise<CaseSummary[]> {
  const which = { state: filter.state, ...(filter.kind && { kind: filter.kind }), ...(filter.camera && { camera: filter.camera }) };
  const response = await call('/cases/claim', jsonBody('POST', { ...which, ...claiming }));
  return ((await response.json()) as { items: CaseSummary[] }).items;
}

/** Puts one case on this person's desk, or keeps it there. */
export async function claimOne(id: string, seconds: number): Promise<CaseSummary> {
  return (await call(`/cases/${encodeURIComponent(id)}/claim`, jsonBody('POST', { seconds }))).json() as Promise<CaseSummary>;
}

export const skipCase = (id: string): Promise<unknown> => call(`/cases/${encodeURIComponent(id)}/claim`, { method: 'DELETE', keepalive: true });
/** Gives back these cases, or (null) all that the person has, in whichever window. */
export const clearDesk = (ids: readonly string[] | null): Promise<unknown> =>
  call(`/cases/claim${ids === null ? '' : `?${new URLSearchParams(ids.map((id) => ['case', id]))}`}`, { method: 'DELETE', keepalive: true });

/** Says that what was read ahead is on the screen now; `by`: who looks. */
export async function looked({ caseId, files, version }: Look, by: string): Promise<void> {
  refuseAnother(by);
  await call(`/cases/${encodeURIComponent(caseId)}/looks`, { ...jsonBody('POST', { purpose: readFor(), files, version }), keepalive: true });
}

export const cameras = async (): Promise<Camera[]> => (await read<{ items: Camera[] }>('/cameras')).items;
export const camera = (id: string): Promise<Camera> => read(`/cameras/${encodeURIComponent(id)}`);

export interface QuietPage {
  items: QuietThing[];
  next_before: number | null;
}

/** Things that people have silenced, newest first: those that are quiet now, or those that are no more. */
export function quietThings(stands: boolean, before: number | null = null): Promise<QuietPage> {
  const query = new URLSearchParams({ stands: String(stands), limit: String(PAGE_SIZE), ...(before !== null && { before: String(before) }) });
  return read(`/quiet?${query}`);
}

/** Ends a silence by hand. */
export async function wake(id: number, reason: string): Promise<QuietThing> {
  return (await call(`/quiet/${id}?${new URLSearchParams({ reason })}`, { method: 'DELETE' })).json() as Promise<QuietThing>;
}

export interface LastLook {
  jpeg: Blob;
  lookedAt: string | null;
}

/** The camera's last look, or null while the worker has not sent one yet; asking marks the camera as looked at by somebody. */
export async function lastLook(id: string): Promise<LastLook | null> {
  try {
    const response = await call(`/cameras/${encodeURIComponent(id)}/last-look`, {
      cache: 'no-cache',
      headers: { 'X-Purpose': readFor() === 'audit' ? 'audit' : 'maintenance' },
    });
    return { jpeg: await response.blob(), lookedAt: response.headers.get('X-Looked-At') };
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

export interface StoredView {
  document: ViewDocument | null;
  etag: string | null;
}

export async function view(id: string): Promise<StoredView> {
  try {
    const response = await call(`/views/${encodeURIComponent(id)}`, { cache: 'no-cache' });
    return { document: (await response.json()) as ViewDocument, etag: response.headers.get('ETag') };
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return { document: null, etag: null };
    throw error;
  }
}

/** Saves a view as a new version, only if nobody saved one since `etag` was read (412 otherwise). */
export async function saveView(document: ViewDocument, etag: string | null): Promise<StoredView> {
  const { version: _, ...body } = document;
  const response = await call(`/views/${encodeURIComponent(document.camera_id)}`, jsonBody('PUT', body, etag ? { 'If-Match': etag } : {}));
  return { document: (await response.json()) as ViewDocument, etag: response.headers.get('ETag') };
}

export const viewYamlUrl = (id: string): string => `/views/${encodeURIComponent(id)}.yaml`;
