// Undo and redo over values that are never changed in place. Pure.
export interface History<T> {
  past: readonly T[];
  present: T;
  future: readonly T[];
}

const KEPT = 100;

export const begin = <T>(present: T): History<T> => ({ past: [], present, future: [] });

export const push = <T>(history: History<T>, next: T): History<T> => ({ past: [...history.past, history.present].slice(-KEPT), present: next, future: [] });

export function undo<T>(history: History<T>): History<T> {
  const last = history.past.at(-1);
  return last === undefined ? history : { past: history.past.slice(0, -1), present: last, future: [history.present, ...history.future] };
}

export function redo<T>(history: History<T>): History<T> {
  const [next, ...rest] = history.future;
  return next === undefined ? history : { past: [...history.past, history.present], present: next, future: rest };
}
