import { renderSVG } from 'uqr';
import type { OperatorId, PublicKeyHex, Sha256Hex } from '../../shared/base/ids.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { mayDo } from '../../shared/domain/roster/roles.ts';
import {
  hostOfKey,
  operatorOf,
  type WorkspaceEvent,
  type WorkspaceState,
} from '../../shared/domain/workspace/workspace.ts';
import { readWorkspaceEvent } from '../../shared/log/workspace-judgement.ts';
import type { SignatureVerifier } from '../../shared/log/signing.ts';
import type { EndpointInput, EndpointOutputs } from '../../shared/protocol/endpoints.ts';
import { type EnrolmentAnswer, type EnrolmentRequest, isEnrolmentProven } from '../../shared/protocol/enrolment.ts';
import type { WireError } from '../../shared/protocol/wire.ts';
import { idFromName } from '../commands/founding.ts';
import type { Clock, Signers } from '../commands/ports.ts';
import { wireError } from '../commands/wire-errors.ts';
import type { HostLog } from '../host/host-log.ts';
import { codeOf, type Invite, linkOf } from '../../shared/protocol/invite-link.ts';
import type { Invites, IssuedInvite, UsedBy } from '../identity/invites.ts';
import type { WorkspaceHost } from './workspace-host.ts';

type Founded = Pick<WorkspaceHost, 'workspace'>;
type Refused = Extract<WorkspaceEvent, { type: 'EnrolmentRefused' }>;
type HostEnrolled = Extract<WorkspaceEvent, { type: 'HostEnrolled' }>;

/** Where other machines reach this host, for the invites it issues. */
export interface Reachable {
  /** Scheme, name and port, the likeliest first. */
  readonly urls: readonly string[];
  /** SHA-256 of the host's own certificate (DER); null on loopback, or where the organisation's is used. */
  readonly certificate: Sha256Hex | null;
}

/** What became of an invite that somebody came with: the answer, or the refusal and the HTTP status that it goes with. */
export type Redeemed = Result<EnrolmentAnswer, { readonly status: 403 | 409 | 503; readonly error: WireError }>;

export interface Enrolment {
  /** In the name of an administrator whose key is here: it signs what comes of the invite. */
  issue(
    issuer: OperatorId,
    wish: EndpointInput<'hosts.enrol'>,
    reachable: Reachable | null,
  ): Result<EndpointOutputs['hosts.enrol'], WireError>;
  redeem(request: EnrolmentRequest): Redeemed;
}

/** Refusals that are recorded in one hour: whoever knocks all night must not fill everybody's log. */
const MOST_RECORDED = 12;
const HOUR_MS = 60 * 60_000;

/**
 * Lets other machines in, by invites that this host issues and only this host redeems.
 *
 * 1. An invite is marked as used, on the disk, before anything else is done with it; no two sets of keys use one.
 * 2. The same keys may come again with it: whoever lost the answer gets it once more.
 * 3. Everything that comes of it is recorded in one append, signed by whoever issued it, who must still be allowed to.
 */
export function createEnrolment(deps: {
  founded(): Founded | null;
  /** Nothing may be signed here now. */
  readOnly(): boolean;
  readonly invites: Invites;
  readonly signers: Signers;
  readonly verifier: SignatureVerifier;
  readonly clock: Clock;
  readonly log: HostLog;
  /** A machine is in: what is shown of people and hosts is old. */
  onEnrolled(): void;
}): Enrolment {
  const { invites, signers, clock } = deps;
  let recordedAt: readonly number[] = [];

  function issue(issuer: OperatorId, wish: EndpointInput<'hosts.enrol'>, reachable: Reachable | null) {
    const founded = deps.founded();
    const workspace = founded && genesisOf(founded);
    if (!founded || workspace === null) return err(notFounded);
    if (reachable === null || reachable.urls.length === 0) return err(notShared);
    const planned = whoFor(wish, founded.workspace.state, invites.reservedIds(), signers);
    if (!planned.ok) return planned;
    const { name, person } = planned.value;
    const { certificate, urls } = reachable;
    const addresses = urls.slice(0, 4);
    const issued = invites.issue({ workspace, hosts: addresses, certificate, name, person, issuer });
    if (!issued.ok) return err(tooManyInvites);
    const link = linkOf(issued.value);
    return ok({
      link,
      code: codeOf(issued.value),
      qr: renderSVG(link, { ecc: 'L', border: 4 }),
      expiresAt: issued.value.expiresAt,
      operatorId: person?.operatorId ?? null,
      addresses,
    });
  }

  function redeem(request: EnrolmentRequest): Redeemed {
    const founded = deps.founded();
    if (!founded) return err({ status: 503, error: notFounded });
    if (deps.readOnly()) return err({ status: 503, error: readOnly });
    const examined = invites.examine(request.invite);
    if (!examined.ok) return refused(founded, examined.error.why, examined.error.inviteId);
    const { invite, issued } = examined.value;
    const { inviteId } = invite;
    // An organisation that was here before issued it.
    if (invite.workspace !== genesisOf(founded)) return refused(founded, 'unknown', inviteId);
    if ((invite.person === null) !== (request.deviceKey === null)) return refused(founded, 'changed', inviteId);
    if (!isEnrolmentProven(request, invite, deps.verifier)) return refused(founded, 'changed', inviteId);
    const by = keysOf(request);
    if (issued.usedBy !== null && !isSame(issued.usedBy, by)) return refused(founded, 'used', inviteId);
    // Also where the list of invites was brought back from a backup: the log knows better.
    const enrolled = enrolledBy(founded, inviteId);
    if (enrolled) return answerAgain(founded, invite, enrolled, by);
    if (issued.usedBy === null && clock.now() >= issued.expiresAt) return refused(founded, 'expired', inviteId);
    return enrol(founded, invite, issued, by);
  }

  function enrol(founded: Founded, invite: Invite, issued: IssuedInvite, by: UsedBy): Redeemed {
    const { state, history } = founded.workspace;
    const { inviteId, person } = invite;
    if (!mayAdminister(state, issued.issuer) || !signers.holds(issued.issuer))
      return refused(founded, 'revoked', inviteId);
    const known = person && operatorOf(state, person.operatorId);
    if (person?.role === null && (!known || known.revoked)) return refused(founded, 'revoked', inviteId);
    if (person && person.role !== null && known) return err({ status: 409, error: personExists });
    const keys = [by.hostKey, by.restoreKey, ...(by.deviceKey ? [by.deviceKey] : [])];
    if (new Set(keys).size < keys.length || keys.some((key) => history.knowsKey(key)))
      return err({ status: 409, error: keysInUse });
    if (issued.usedBy === null) invites.use(inviteId, by);
    founded.workspace.record(signers.operator(issued.issuer), factsOf(invite, by));
    deps.log.info({ inviteId, host: by.hostKey, name: invite.name }, 'a host was enrolled');
    deps.onEnrolled();
    return ok(answerTo(founded, invite));
  }

  function answerAgain(founded: Founded, invite: Invite, enrolled: HostEnrolled, by: UsedBy): Redeemed {
    const { state } = founded.workspace;
    const isTheirs =
      enrolled.hostKey === by.hostKey &&
      enrolled.restoreKey === by.restoreKey &&
      (enrolled.desktop?.key ?? null) === by.deviceKey;
    if (!isTheirs) return refused(founded, 'used', invite.inviteId);
    const isInForce = state.keys[by.hostKey]?.retired === false;
    return isInForce ? ok(answerTo(founded, invite)) : refused(founded, 'revoked', invite.inviteId);
  }

  function answerTo(founded: Founded, invite: Invite): EnrolmentAnswer {
    const { state } = founded.workspace;
    const key = signers.host().publicKey;
    const self = hostOfKey(state, key);
    return {
      workspace: invite.workspace,
      organisation: state.organisation,
      host: { hostId: self?.hostId ?? key, key, name: self?.name ?? state.organisation },
      operatorId: invite.person?.operatorId ?? null,
    };
  }

  function refused(founded: Founded, why: Refused['why'], inviteId: string | null): Redeemed {
    deps.log.warn({ why, inviteId }, 'an invite was refused');
    note(founded, { type: 'EnrolmentRefused', inviteId, why });
    return err({ status: 403, error: REFUSALS[why] });
  }

  /** Refused it is in any case: a disk that does not take the record must not say otherwise. */
  function note(founded: Founded, fact: Refused): void {
    const now = clock.now();
    recordedAt = recordedAt.filter((at) => now - at < HOUR_MS);
    if (recordedAt.length >= MOST_RECORDED) return;
    recordedAt = [...recordedAt, now];
    try {
      founded.workspace.record(signers.host(), [fact]);
    } catch (cause) {
      deps.log.error({ err: cause }, 'a refusal could not be recorded');
    }
  }

  return { issue, redeem };
}

/** Hash of the genesis event; null where nothing has arrived yet. */
export function genesisOf(founded: Founded): Sha256Hex | null {
  return founded.workspace.events()[0]?.hash ?? null;
}

function whoFor(
  wish: EndpointInput<'hosts.enrol'>,
  state: WorkspaceState,
  reserved: readonly OperatorId[],
  signers: Signers,
): Result<Pick<Invite, 'name' | 'person'>, WireError> {
  switch (wish.as) {
    case 'relay':
      return ok({ name: wish.name, person: null });
    case 'new-person': {
      const operatorId = newPersonId(wish.name, state, signers, reserved);
      return ok({ name: wish.name, person: { operatorId, role: wish.role } });
    }
    case 'person': {
      const operator = operatorOf(state, wish.operatorId);
      if (!operator || operator.revoked) return err(noSuchPerson);
      return ok({ name: operator.name, person: { operatorId: operator.operatorId, role: null } });
    }
  }
}

/**
 * The id of somebody new. Two hosts that are apart may each add a person of the same name: but for the first host's, an
 * id says by which host it was given, or the two would become one person with both sets of rights.
 */
export function newPersonId(
  name: string,
  state: WorkspaceState,
  signers: Pick<Signers, 'host'>,
  reserved: readonly OperatorId[] = [],
): OperatorId {
  const host = hostOfKey(state, signers.host().publicKey);
  const mark = host === null || host.isFounder ? '' : ` ${host.hostId.slice(0, 6)}`;
  return idFromName(
    `${name.slice(0, 40)}${mark}`,
    new Set([...Object.keys(state.operators), ...reserved]),
  ) as OperatorId;
}

function factsOf(invite: Invite, by: UsedBy): readonly WorkspaceEvent[] {
  const { inviteId, name, person } = invite;
  const added: readonly WorkspaceEvent[] =
    person === null || person.role === null
      ? []
      : [
          { type: 'OperatorAdded', operatorId: person.operatorId, name },
          { type: 'RoleGranted', operatorId: person.operatorId, role: person.role },
        ];
  const desktop = person && by.deviceKey ? { operatorId: person.operatorId, key: by.deviceKey } : null;
  const { hostKey, restoreKey } = by;
  return [...added, { type: 'HostEnrolled', inviteId, name, hostKey, restoreKey, desktop }];
}

function enrolledBy({ workspace }: Founded, inviteId: string): HostEnrolled | null {
  for (const stored of workspace.events()) {
    if (stored.envelope.type !== 'HostEnrolled') continue;
    const { event } = readWorkspaceEvent(stored);
    if (event?.type === 'HostEnrolled' && event.inviteId === inviteId && !workspace.history.voids.has(stored.hash))
      return event;
  }
  return null;
}

function mayAdminister(state: WorkspaceState, operatorId: OperatorId): boolean {
  const operator = operatorOf(state, operatorId);
  return operator !== undefined && !operator.revoked && mayDo(operator.roles, 'administer');
}

function keysOf({ hostKey, restoreKey, deviceKey }: EnrolmentRequest): UsedBy {
  return { hostKey, restoreKey, deviceKey };
}

function isSame(a: UsedBy, b: UsedBy): boolean {
  const keys = (by: UsedBy): readonly (PublicKeyHex | null)[] => [by.hostKey, by.restoreKey, by.deviceKey];
  return keys(a).every((key, index) => key === keys(b)[index]);
}

const REFUSALS: Readonly<Record<Refused['why'], WireError>> = {
  used: wireError(
    'InviteUsed',
    'This invite was used already, by another machine. Ask an administrator for a new one.',
  ),
  expired: wireError('InviteExpired', 'This invite has expired. Ask an administrator for a new one.'),
  unknown: wireError(
    'InviteUnknown',
    'This host did not issue that invite. Use it at the host that did, or ask for a new one.',
  ),
  changed: wireError(
    'InviteChanged',
    'This invite is not as it was issued. Copy the whole link again, or ask an administrator for a new one.',
  ),
  revoked: wireError(
    'InviteRevoked',
    'Whom this invite is for, or who issued it, has no access any more. Ask an administrator for a new one.',
  ),
};
const notFounded = wireError('NotFounded', 'Nothing is set up at this host yet, so nobody can join it.');
const readOnly = wireError('ReadOnly', 'That host may not record anything now; its screen says why. Try again later.');
const notShared = wireError(
  'NotShared',
  'Other machines cannot reach this host yet. Share the room first, or run "serve" on this data folder.',
);
const tooManyInvites = wireError(
  'TooManyInvites',
  'Too many invites are open already. Wait until some of them were used or have expired.',
);
const personExists = wireError(
  'PersonExists',
  'Somebody of this name was added since the invite was made. Ask an administrator for a new invite, for that person.',
);
const keysInUse = wireError(
  'KeysInUse',
  'Keys of this folder belong to another machine already. Join on an empty folder.',
);
const noSuchPerson = wireError('NoSuchPerson', 'There is no such person here. Choose "new-person" for somebody new.');
