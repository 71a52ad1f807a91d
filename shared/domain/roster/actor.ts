import type { Instant, OperatorId, Sha256Hex } from '../../base/ids.ts';
import type { Role } from './roles.ts';

/** Whoever signed an event, as the roster knew them at that moment. The host signs what no person did. */
export type Actor =
  | { readonly kind: 'host' }
  | {
      readonly kind: 'operator';
      readonly operatorId: OperatorId;
      readonly name: string;
      readonly roles: readonly Role[];
    }
  | { readonly kind: 'unknown' };

/** An event with what the log knows about it. `index` is its place in the log's order, from 0. */
export interface Recorded<Event> {
  readonly index: number;
  readonly hash: Sha256Hex;
  readonly at: Instant;
  readonly actor: Actor;
  readonly event: Event;
}
