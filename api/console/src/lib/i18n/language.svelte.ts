// The language chosen, remembered on this computer; Chinese unless the browser asks for something else.
import type { Lang, Text } from '../api/types';
import { TEXTS, type TextKey } from './texts';

const STORED_AS = 'curbwatch.language';

function chosen(): Lang {
  const stored = localStorage.getItem(STORED_AS);
  if (stored === 'zh' || stored === 'en') return stored;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

class Language {
  current = $state<Lang>(chosen());

  switch(): void {
    this.current = this.current === 'zh' ? 'en' : 'zh';
    localStorage.setItem(STORED_AS, this.current);
  }
}

export const language = new Language();

export function t(key: TextKey, values: Record<string, string | number> = {}): string {
  return TEXTS[key][language.current].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
}

/** A text of the data in the language chosen; an entry that a table does not know is shown as it is. */
export function say(text: Text | string | null | undefined): string {
  if (text === null || text === undefined) return '';
  return typeof text === 'string' ? text : text[language.current];
}

export const sayFrom = (table: Record<string, Text>, id: string): string => (table[id] ? say(table[id]) : id);
