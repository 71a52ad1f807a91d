import { err, ok } from '../../shared/base/result.ts';
import type { OperatorId } from '../../shared/base/ids.ts';
import { operatorOf } from '../../shared/domain/workspace/workspace.ts';
import { type HostEndpoints, notFounded, operatorIdOf, signedOut } from '../commands/endpoints.ts';
import { foundingOf } from '../commands/founding.ts';
import type { Caller } from '../commands/ports.ts';
import { sessionView } from '../commands/views.ts';
import { wireError } from '../commands/wire-errors.ts';
import { DESKTOP_SESSION } from './callers.ts';
import type { HostContext } from './host-context.ts';

type SessionEndpoints = Pick<
  HostEndpoints,
  | 'session.get'
  | 'session.actAs'
  | 'setup.createWorkspace'
  | 'demo.start'
  | 'demo.setSpeed'
  | 'demo.leave'
  | 'hosts.join'
>;

/** The endpoints about who a window is, and about what an empty folder becomes: an organisation, a demo, another host. */
export function createSessionEndpoints(host: HostContext): SessionEndpoints {
  /** An invite is on its way to the host that issued it: the folder is not to be set up otherwise meanwhile. */
  let isJoining = false;

  function session(caller: Caller) {
    const about = { stage: host.stage(), version: host.version, now: host.clock.now() };
    return sessionView(caller, host.founded()?.workspace ?? null, about);
  }

  function becomes(caller: Caller, operatorId: OperatorId): void {
    if (caller.door === 'browser') host.access.actAs(caller.sessionId, operatorId);
    else host.actLocallyAs(operatorId);
    // A text that is open was opened in the earlier name, and would go on to be written in it.
    host.sync.disconnectSession(caller.door === 'browser' ? caller.sessionId : DESKTOP_SESSION, 'acts-as');
    host.sessionChanged.emit(caller.door === 'browser' ? caller.sessionId : null);
  }

  /** Asked before anything is made: an organisation whose founder could not come in would be locked. */
  function mayTakeSession(caller: Caller): boolean {
    return caller.door !== 'browser' || host.access.sessionById(caller.sessionId)?.operatorId === null;
  }

  /** The first-run window was nobody's; from now on it is this person's. False when it is somebody else's. */
  function takeSession(caller: Caller, operatorId: OperatorId): boolean {
    if (caller.door !== 'browser') host.actLocallyAs(operatorId);
    else if (!host.access.bindOperator(caller.sessionId, operatorId)) return false;
    host.sessionChanged.emit(null);
    return true;
  }

  return {
    'session.get': (caller) => ok(session(caller)),
    'session.actAs': (caller, { operatorId }) => {
      const founded = host.founded();
      if (!founded) return err(notFounded);
      if (operatorIdOf(founded, caller) === null) return err(signedOut);
      if (!founded.workspace.state.demo)
        return err(wireError('DemoOnly', 'Only in a demo may one person act as another. Sign in as yourself.'));
      const operator = operatorOf(founded.workspace.state, operatorId);
      if (!operator || operator.revoked) return err(wireError('NoSuchPerson', 'There is no such person here.'));
      becomes(caller, operatorId);
      return ok(session({ ...caller, operatorId }));
    },
    'setup.createWorkspace': (caller, input) => {
      if (host.stage() !== 'founding') return err(alreadyFounded);
      if (isJoining) return err(joinUnderWay);
      if (!input.people[0]) return err(wireError('NobodyThere', 'Name at least yourself.'));
      const missing = input.chain.find((role) => !input.people.some((person) => person.roles.includes(role)));
      if (missing)
        return err(
          wireError('StepUnstaffed', `The sign-off needs "${missing}", and nobody has that role. Give it to somebody.`),
        );
      if (!mayTakeSession(caller)) return err(sessionTaken);
      const founding = foundingOf(input);
      const { recoveryKey } = host.found(founding);
      if (!takeSession(caller, founding.people[0].operatorId)) return err(sessionTaken);
      return ok({ session: session({ ...caller, operatorId: founding.people[0].operatorId }), recoveryKey });
    },
    'demo.start': (caller, { speed }) => {
      if (host.stage() === 'founding') {
        if (isJoining) return err(joinUnderWay);
        if (!mayTakeSession(caller)) return err(sessionTaken);
        host.startDemo(speed);
      }
      const founded = host.founded();
      if (!founded?.workspace.state.demo) return err(alreadyFounded);
      if (caller.operatorId !== null && operatorIdOf(founded, caller) !== null) return ok({ session: session(caller) });
      const owner = founded.owner();
      if (owner && !takeSession(caller, owner)) return err(sessionTaken);
      return ok({ session: session({ ...caller, operatorId: owner }) });
    },
    'demo.setSpeed': (caller, { speed }) => {
      const demo = host.demo();
      const founded = host.founded();
      if (!demo || !founded) return err(notADemo);
      if (operatorIdOf(founded, caller) === null) return err(signedOut);
      demo.setSpeed(speed);
      host.hostChanged.emit();
      return ok({ speed });
    },
    'demo.leave': (caller) => {
      const founded = host.founded();
      if (!founded?.workspace.state.demo) return err(notADemo);
      if (operatorIdOf(founded, caller) === null) return err(signedOut);
      host.leaveDemo(caller.door === 'browser' ? caller.sessionId : null);
      return ok({ session: session({ ...caller, operatorId: null }) });
    },
    'hosts.join': async (caller, { link }) => {
      if (host.stage() !== 'founding') return err(alreadyFounded);
      if (!mayTakeSession(caller)) return err(sessionTaken);
      if (isJoining) return err(joinUnderWay);
      isJoining = true;
      const joined = await host.join(link).finally(() => (isJoining = false));
      if (!joined.ok) return joined;
      const { operatorId } = joined.value;
      if (operatorId && !takeSession(caller, operatorId)) return err(sessionTaken);
      return ok({ session: session({ ...caller, operatorId }) });
    },
  };
}

const alreadyFounded = wireError(
  'AlreadyFounded',
  'This data folder belongs to an organisation already. Use another with --data.',
);
const joinUnderWay = wireError(
  'JoinUnderWay',
  'This folder is just joining another host. Wait until that has worked, or has been refused.',
);
const sessionTaken = wireError(
  'SessionTaken',
  'This window is signed in for somebody of an earlier organisation. Open the access link of this host again.',
);
const notADemo = wireError('NotADemo', 'This is not a demo.');
