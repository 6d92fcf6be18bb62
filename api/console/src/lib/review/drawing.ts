// What the screen shows comes first: the server's work for a key, and the page's for its answer, wait until the next frame is drawn.

/** Where no frame is drawn (a tab behind others draws none), it goes on without. */
const AT_MOST_MS = 100;

/** Until the browser has drawn what the page shows now; no longer than somebody sees it: a page that is closed still sends what was decided on it. */
export function drawn(): Promise<void> {
  if (document.visibilityState === 'hidden') return Promise.resolve();
  return new Promise((resolve) => {
    const go = (): void => {
      clearTimeout(late);
      removeEventListener('pagehide', go);
      document.removeEventListener('visibilitychange', go);
      resolve();
    };
    let late = setTimeout(go, AT_MOST_MS);
    addEventListener('pagehide', go);
    document.addEventListener('visibilitychange', go);
    requestAnimationFrame(() => {
      clearTimeout(late);
      late = setTimeout(go);
    });
  });
}
