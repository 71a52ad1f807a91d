/**
 * The host did not answer. `outcome` tells what a person must know before trying again: `not-sent` never left the
 * page, `unknown` left it and may have been carried out.
 */
export interface HostUnreachable extends Error {
  readonly type: 'HostUnreachable';
  readonly outcome: 'not-sent' | 'unknown';
}

export function hostUnreachable(endpoint: string, outcome: HostUnreachable['outcome']): HostUnreachable {
  return Object.assign(new Error(`The host did not answer ${endpoint}`), { type: 'HostUnreachable', outcome } as const);
}

export function isHostUnreachable(error: unknown): error is HostUnreachable {
  return error instanceof Error && 'type' in error && error.type === 'HostUnreachable';
}
