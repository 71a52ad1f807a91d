import type { Transport, WireError } from '../../shared/protocol/wire.ts';

/** How the page stands to its host. */
export type Connection =
  | { readonly state: 'connecting' }
  | { readonly state: 'open' }
  /** It will be tried again `retryInMs` after the moment this was announced. */
  | { readonly state: 'down'; readonly retryInMs: number }
  /** The host will not have this page; trying again is pointless until somebody signs in. */
  | { readonly state: 'refused'; readonly code: number; readonly reason: string };

/** A subscription that the host would not serve. */
export interface RefusedSubscription {
  readonly topic: string;
  readonly params: unknown;
  readonly error: WireError;
}

/** A transport that also says how it is doing. */
export interface ObservableTransport extends Transport {
  readonly connection: Connection;
  /** Calls with every change and once at the start; returns the function that ends it. */
  onConnection(observe: (connection: Connection) => void): () => void;
  onRefused(observe: (refused: RefusedSubscription) => void): () => void;
  /** Resolves when the host is there for the first time. */
  ready(): Promise<void>;
  /** Tries at once instead of waiting for the next attempt. */
  retry(): void;
  close(): void;
}

/** Runs `act` after `ms`; returns the function that prevents it. */
export type Schedule = (act: () => void, ms: number) => () => void;

/** The schedule of a real page. */
export function pageSchedule(act: () => void, ms: number): () => void {
  const handle = setTimeout(act, ms);
  return () => clearTimeout(handle);
}

/** Exponential from 250 ms to 5 s; `random` (0..1) spreads it over the upper half, so that pages do not return in step. */
export function backOffMs(attempt: number, random: number): number {
  const full = Math.min(5000, 250 * 2 ** Math.min(attempt, 10));
  return Math.round(full * (0.5 + 0.5 * random));
}
