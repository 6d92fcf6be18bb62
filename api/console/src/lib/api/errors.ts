// What the server refuses, or a line that is down.
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
    readonly body: Record<string, unknown> = {},
  ) {
    super(detail);
  }

  /** Nothing answered at all: the line or the server is down, and nothing was done. */
  get isOffline(): boolean {
    return this.status === 0;
  }
}
