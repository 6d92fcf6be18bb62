// What a key does on the review page (DOMAIN: reviewer). Pure: a key and the mode in, an intent out.
export type Mode = 'look' | 'reject' | 'kind';

export type Intent =
  | { do: 'accept' | 'ask_reject' | 'ask_kind' | 'skip' | 'undo' | 'play' | 'find' | 'help' | 'cancel' | 'turn' | 'toggle_boxes' | 'toggle_zones' }
  | { do: 'step' | 'speed' | 'move'; by: 1 | -1 }
  | { do: 'picture'; index: number }
  | { do: 'choose'; index: number }
  | { do: 'reject'; index: number };

const LETTERS: Record<string, Intent> = {
  a: { do: 'accept' },
  r: { do: 'ask_reject' },
  k: { do: 'ask_kind' },
  s: { do: 'skip' },
  z: { do: 'undo' },
  b: { do: 'toggle_boxes' },
  v: { do: 'toggle_zones' },
  ' ': { do: 'play' },
  arrowleft: { do: 'step', by: -1 },
  arrowright: { do: 'step', by: 1 },
  arrowup: { do: 'move', by: -1 },
  arrowdown: { do: 'move', by: 1 },
  '[': { do: 'speed', by: -1 },
  ']': { do: 'speed', by: 1 },
  '/': { do: 'find' },
  '?': { do: 'help' },
  escape: { do: 'cancel' },
};

/** `code` and `shift` tell a digit with the shift key on every keyboard: it rejects at once, with that reason. */
export function intentOf(key: string, mode: Mode, code = '', shift = false): Intent | null {
  const shifted = shift ? /^Digit([1-9])$/.exec(code) : null;
  if (shifted) return { do: 'reject', index: Number(shifted[1]) - 1 };
  if (/^[0-9]$/.test(key)) {
    const digit = Number(key);
    if (mode === 'look') return digit <= 6 ? { do: 'picture', index: digit } : null;
    if (digit === 0) return mode === 'kind' ? { do: 'turn' } : null;
    return { do: 'choose', index: digit - 1 };
  }
  return LETTERS[key.toLowerCase()] ?? null;
}
