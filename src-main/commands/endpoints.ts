import { instant, type OperatorId } from '../../shared/base/ids.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { wellFormed } from '../../shared/base/well-formed.ts';
import type { Mention } from '../../shared/domain/mention/mention.ts';
import { mayDo, type Act } from '../../shared/domain/roster/roles.ts';
import { operatorOf } from '../../shared/domain/workspace/workspace.ts';
import {
  endpointInputs,
  type EndpointInput,
  type EndpointName,
  type EndpointOutputs,
  type MentionKey,
} from '../../shared/protocol/endpoints.ts';
import type { Reply, WireError } from '../../shared/protocol/wire.ts';
import type { Caller } from './ports.ts';
import { mentionPinned } from './mention-pinned.ts';
import { refused, wireError } from './wire-errors.ts';
import type { WarRoom } from './war-room.ts';
import type { WorkspaceBook } from './workspace-book.ts';

type Answer<Name extends EndpointName> = Result<EndpointOutputs[Name], WireError>;
export type Handler<Name extends EndpointName> = (
  caller: Caller,
  input: EndpointInput<Name>,
) => Answer<Name> | Promise<Answer<Name>>;

/** A missing endpoint is a compile error. */
export type EndpointTable = { readonly [Name in EndpointName]: Handler<Name> };

/** A founded workspace, as the endpoints see it. */
export interface Founded {
  readonly workspace: WorkspaceBook;
  readonly warRoom: WarRoom;
  /** The stored mention that a page means; null when it is not there (any more). */
  mentionOf(key: MentionKey): Mention | null;
  /** A room keeps this mention now: the store must not let go of it. */
  keepMention(key: MentionKey): void;
}

/** What of the table is about a whole host and not about a room; the composition root brings it. */
export type HostEndpoints = Omit<EndpointTable, 'time.now' | 'alarm.raise' | 'room.command' | 'mention.pin'>;

export function createEndpointTable(deps: {
  now(): number;
  founded(): Founded | null;
  readonly host: HostEndpoints;
}): EndpointTable {
  return {
    ...deps.host,
    'time.now': () => ok({ now: instant(deps.now()) }),
    'alarm.raise': (caller, { what, why, mention = null }) => {
      const founded = deps.founded();
      if (!founded) return err(notFounded);
      if (caller.operatorId === null) return err(signedOut);
      const shown = mention && founded.mentionOf(mention);
      if (mention && !shown) return err(noSuchMention);
      const t0 = instant(deps.now());
      const pinned = shown ? { pinned: mentionPinned(shown, 'This is a crisis.', null) } : {};
      const cause = { cause: 'person', what, why, t0, spike: null, ...pinned } as const;
      const raised = founded.warRoom.raiseAlarm(cause, caller.operatorId);
      if (!raised.ok) return raised;
      if (mention) founded.keepMention(mention);
      return ok({ roomId: raised.value.file.roomId });
    },
    'mention.pin': (caller, { roomId, mention, reason }) => {
      const founded = deps.founded();
      const refusal = refusalToAct(founded, caller, 'keep-log');
      if (refusal || !founded || caller.operatorId === null) return err(refusal ?? notFounded);
      const shown = founded.mentionOf(mention);
      if (!shown) return err(noSuchMention);
      const recorded = founded.warRoom.record(caller.operatorId, roomId, [mentionPinned(shown, reason, null)]);
      if (recorded.ok) founded.keepMention(mention);
      return recorded;
    },
    'room.command': (caller, { roomId, command }) => {
      const founded = deps.founded();
      return founded ? founded.warRoom.handle(caller, roomId, command) : err(notFounded);
    },
  };
}

export const notFounded = wireError(
  'NotFounded',
  'Nothing is set up here yet. Set up the organisation first, or run the demo.',
);
export const refusedEvidence = wireError('NoSuchEvidence', 'That file has not arrived. Attach it again, then go on.');
export const noSuchMention = wireError(
  'NoSuchMention',
  'This mention is not stored here any more. Reload the list, or type in what you saw.',
);
export const signedOut = wireError('SignedOut', 'Sign in first: every act has a name.');

/** Why this caller may not do it, or null. */
export function refusalToAct(founded: Founded | null, caller: Caller, act: Act): WireError | null {
  if (!founded) return notFounded;
  if (caller.operatorId === null) return signedOut;
  const operator = operatorOf(founded.workspace.state, caller.operatorId);
  if (!operator || operator.revoked) return signedOut;
  return mayDo(operator.roles, act) ? null : refused({ type: 'NotAllowed', act });
}

/** The operator behind a caller, if there is one in force. */
export function operatorIdOf(founded: Founded, caller: Caller): OperatorId | null {
  const operator = caller.operatorId && operatorOf(founded.workspace.state, caller.operatorId);
  return operator && !operator.revoked ? operator.operatorId : null;
}

/** Parses at the wall, then trusts. Nothing throws: what a handler throws is reported and becomes a reply. */
export function createInvoke(
  table: EndpointTable,
  onFailure: (endpoint: string, cause: unknown) => WireError,
): (caller: Caller, endpoint: string, input: unknown) => Promise<Reply> {
  return async (caller, endpoint, input) => {
    if (!Object.hasOwn(endpointInputs, endpoint))
      return {
        ok: false,
        error: wireError('NoSuchEndpoint', 'This host does not know that request. Reload the window.'),
      };
    const name = endpoint as EndpointName;
    const parsed = endpointInputs[name].safeParse(wellFormed(input ?? {}));
    if (!parsed.success) {
      const [first] = parsed.error.issues;
      const where = first && first.path.length > 0 ? ` (${first.path.join('.')})` : '';
      return { ok: false, error: wireError('BadInput', `${first?.message ?? 'The input does not fit.'}${where}`) };
    }
    try {
      const handler = table[name] as Handler<EndpointName>;
      const answer = await handler(caller, parsed.data);
      return answer.ok ? { ok: true, value: answer.value } : { ok: false, error: answer.error };
    } catch (cause) {
      return { ok: false, error: onFailure(name, cause) };
    }
  };
}
