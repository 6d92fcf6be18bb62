// Short notices at the foot of the page, announced to screen readers; the newest replaces the one before.
import { ApiError } from './api/client';
import { t } from './i18n/language.svelte';

export type Tone = 'good' | 'plain' | 'warning';
const SHOWN_MS = 6000;

class Notices {
  current = $state<{ text: string; tone: Tone; undoable: boolean } | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;

  show(text: string, tone: Tone = 'plain', undoable = false): void {
    clearTimeout(this.#timer);
    this.current = { text, tone, undoable };
    this.#timer = setTimeout(() => (this.current = null), SHOWN_MS);
  }
}

export const notices = new Notices();

/** What went wrong, in words. */
export function wordsFor(error: unknown): string {
  if (error instanceof ApiError) return error.isOffline ? t('offline') : error.detail;
  return error instanceof Error ? error.message : String(error);
}
