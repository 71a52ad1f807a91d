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

/**
 * What is settled about an event by more than what stands before it in order.
 *
 * `counts`, `not-in-its-past`: a publication is judged by what its author had, whatever has become known since.
 * `beyond-cut`: its key was revoked, and it lies beyond what the revocation lets count. `forked`: its author signed
 * another event with the same number, this or an earlier one.
 */
export type Verdict = 'counts' | 'not-in-its-past' | 'beyond-cut' | 'forked';

/** An event with what the log knows about it. `index` is its place in the log's order, from 0. */
export interface Recorded<Event> {
  readonly index: number;
  readonly hash: Sha256Hex;
  readonly at: Instant;
  readonly actor: Actor;
  readonly event: Event;
  /** Where it is settled otherwise than by the events before it. */
  readonly verdict?: Verdict;
  /** When it came in from another host; absent for what was signed here. This host's own knowledge: nothing is judged by it. */
  readonly arrivedAt?: Instant;
}
