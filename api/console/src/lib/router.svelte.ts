// Addresses after the `#`, so that they can never collide with the API's routes of the same names.
export type Route = { page: 'review'; caseId: string | null } | { page: 'quiet' } | { page: 'kinds' } | { page: 'cameras' } | { page: 'camera'; cameraId: string };

export function parse(hash: string): Route {
  const [first, second] = hash.replace(/^#\/?/, '').split('/').map(decodeURIComponent);
  if (first === 'cameras') return second ? { page: 'camera', cameraId: second } : { page: 'cameras' };
  if (first === 'quiet' || first === 'kinds') return { page: first };
  return { page: 'review', caseId: first === 'cases' && second ? second : null };
}

class Router {
  route = $state<Route>(parse(location.hash));

  constructor() {
    addEventListener('hashchange', () => (this.route = parse(location.hash)));
  }

  /** Shows a case in the address without adding a step to the browser's history for each of 200 cases an hour. */
  replace(hash: string): void {
    history.replaceState(null, '', hash);
    this.route = parse(hash);
  }
}

export const router = new Router();
