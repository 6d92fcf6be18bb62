// Where evidence is read and why, which stands in the log.
import type { CaseSummary, Person } from './types';

export type Purpose = 'review' | 'audit' | 'maintenance';

let purpose: Purpose = 'review';

/** From now on evidence is read by a person of this role: an auditor reviews nothing. */
export function readAs(role: Person['role']): void {
  purpose = role === 'auditor' ? 'audit' : 'review';
}

export const readFor = (): Purpose => purpose;

/** What came onto the screen of a case that was read ahead. */
export interface Look {
  caseId: string;
  files: readonly string[];
  /** Of the case with its packets; null where that was not read ahead. */
  version: number | null;
}

const why = (ahead: boolean): string => `purpose=${purpose}${ahead ? '&ahead=true' : ''}`;

export const caseUrl = (caseId: string, ahead = false): string => `/cases/${encodeURIComponent(caseId)}?${why(ahead)}`;

/** Where a file of a case is read; `ahead`: it does not come onto the screen yet, which the log tells too. */
export const fileUrl = (caseId: string, sha256: string, ahead = false): string =>
  `/cases/${encodeURIComponent(caseId)}/files/${sha256}?${why(ahead)}`;

/** The small picture of a case in a list. */
export const thumbnailUrl = (summary: Pick<CaseSummary, 'thumbnail_url'>): string | null => summary.thumbnail_url?.replace(/purpose=\w+/, `purpose=${purpose}`) ?? null;
