import { instant, type OperatorId } from '../../shared/base/ids.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { wellFormed } from '../../shared/base/well-formed.ts';
import { mayDo, type Act } from '../../shared/domain/roster/roles.ts';
import { operatorOf } from '../../shared/domain/workspace/workspace.ts';
import {
  endpointInputs,
  type EndpointInput,
  type EndpointName,
  type EndpointOutputs,
} from '../../shared/protocol/endpoints.ts';
import type { Reply, WireError } from '../../shared/protocol/wire.ts';
import type { Caller } from './ports.ts';
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
}

/** What of the table is about a whole host and not about a room; the composition root brings it. */
export type HostEndpoints = Omit<EndpointTable, 'time.now' | 'alarm.raise' | 'room.command'>;

export function createEndpointTable(deps: {
  now(): number;
  founded(): Founded | null;
  readonly host: HostEndpoints;
}): EndpointTable {
  return {
    ...deps.host,
    'time.now': () => ok({ now: instant(deps.now()) }),
    'alarm.raise': (caller, { what, why }) => {
      const founded = deps.founded();
      if (!founded) return err(notFounded);
      if (caller.operatorId === null) return err(signedOut);
      const t0 = instant(deps.now());
      const raised = founded.warRoom.raiseAlarm({ cause: 'person', what, why, t0, spike: null }, caller.operatorId);
      return raised.ok ? ok({ roomId: raised.value.file.roomId }) : raised;
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
