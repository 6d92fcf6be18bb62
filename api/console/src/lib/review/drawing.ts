// What the screen shows comes first: the server's work for a key, and the page's for its answer, wait until the next frame is drawn.

/** Where no frame is drawn (a tab behind others draws none), it goes on without. */
const AT_MOST_MS = 100;

/** Until the browser has drawn what the page shows now. */
export function drawn(): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(resolve, AT_MOST_MS);
    requestAnimationFrame(() =>
      setTimeout(() => {
        clearTimeout(late);
        resolve();
      }),
    );
  });
}
