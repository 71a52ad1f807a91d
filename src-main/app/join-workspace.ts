import type { OperatorId } from '../../shared/base/ids.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import type { Signer } from '../../shared/log/signing.ts';
import {
  type EnrolmentAnswer,
  type EnrolmentChallenge,
  type EnrolmentRequest,
  proveEnrolment,
} from '../../shared/protocol/enrolment.ts';
import type { WireError } from '../../shared/protocol/wire.ts';
import type { Clock } from '../commands/ports.ts';
import { wireError } from '../commands/wire-errors.ts';
import type { CallEnrol } from '../host/call-enrol.ts';
import type { Follow, FollowFile } from '../identity/follow-file.ts';
import type { HighWater } from '../identity/high-water.ts';
import { type Invite, inviteTextOf, readInvite } from '../../shared/protocol/invite-link.ts';
import type { KeyStore } from '../identity/key-store.ts';
import type { LocalOperator } from '../identity/local-operator.ts';
import { type DataPaths, isEmptyFolder, type LogFile, openLogFile } from './data-folder.ts';
import { putKeysAside } from './put-aside.ts';

export interface Joined {
  /** The workspace's file, with nothing in it yet: the first sync brings the rest. */
  readonly file: LogFile;
  readonly follow: Follow;
  readonly organisation: string;
  /** Whose desktop this is now; null for a relay. */
  readonly operatorId: OperatorId | null;
}

export interface JoinDeps {
  readonly paths: DataPaths;
  readonly keys: KeyStore;
  readonly follow: FollowFile;
  readonly localPerson: LocalOperator;
  readonly highWater: HighWater;
  readonly clock: Clock;
  readonly call: CallEnrol;
}

/**
 * Makes this empty folder a host of somebody else's workspace, by an invite.
 *
 * The keys are made, and on the disk, before anybody is told of them; whom it follows is written last, and is what makes
 * the folder a host that has joined. Whatever ends it in between, it is done again with the same invite and goes on with
 * the same keys, which the issuing host knows by then, or does not.
 */
export async function joinWorkspace(pasted: string, deps: JoinDeps): Promise<Result<Joined, WireError>> {
  const read = readInvite(pasted);
  if (!read.ok) return err(read.error.type === 'NoInvite' ? noInvite : groupMistyped(read.error.group));
  const invite = read.value;
  const ready = prepareFolder(invite, deps);
  if (!ready.ok) return ready;
  const signers = signersFor(invite, deps.keys);
  if (!signers.ok) return signers;
  const answered = await bring(invite, requestOf(invite, signers.value), deps.call);
  if (!answered.ok) return answered;
  const { answer, url } = answered.value;
  const operatorId = invite.person?.operatorId ?? null;
  if (answer.workspace !== invite.workspace || answer.operatorId !== operatorId) return err(otherWorkspace);

  if (operatorId !== null) deps.localPerson.write(operatorId);
  const opened = openLogFile(deps.paths.workspaceFile, 'workspace', { create: true, highWater: deps.highWater });
  if (!opened.ok) return err(wireError('FileRefused', "The workspace's file could not be made. Look at the disk."));
  const { workspace, certificate } = invite;
  const { hostId, key: hostKey } = answer.host;
  const follow: Follow = { version: 1, hostId, hostKey, url, certificate, workspace };
  try {
    deps.follow.write(follow);
    deps.follow.joining.forget();
  } catch (cause) {
    opened.value.db.close();
    throw cause;
  }
  return ok({ file: opened.value, follow, organisation: answer.organisation, operatorId });
}

/** Either nobody has set anything up here, or it is this very invite that was begun with here. */
function prepareFolder(invite: Invite, { paths, keys, follow, clock }: JoinDeps): Result<null, WireError> {
  const begun = follow.joining.read();
  const isBegun = begun?.inviteId === invite.inviteId && begun.workspace === invite.workspace;
  if (!isBegun && (follow.read() !== null || !isEmptyFolder(paths))) return err(folderTaken);
  if (isBegun) return ok(null);
  putKeysAside(paths, keys, clock.now());
  follow.joining.write({ version: 1, inviteId: invite.inviteId, workspace: invite.workspace });
  return ok(null);
}

interface JoiningSigners {
  readonly host: Signer;
  readonly restore: Signer;
  readonly device: Signer | null;
}

function signersFor({ person }: Invite, keys: KeyStore): Result<JoiningSigners, WireError> {
  const [host, restore] = [keys.hostSigner(), keys.restoreSigner()];
  const device = person && keys.deviceSigner(person.operatorId, { create: true });
  if (!host.ok || !restore.ok || device?.ok === false) return err(keysUnusable);
  return ok({ host: host.value, restore: restore.value, device: device?.value ?? null });
}

function requestOf(invite: Invite, { host, restore, device }: JoiningSigners): EnrolmentRequest {
  const keys = {
    hostKey: host.publicKey,
    restoreKey: restore.publicKey,
    deviceKey: device?.publicKey ?? null,
  };
  const { inviteId, workspace, certificate } = invite;
  const challenge: EnrolmentChallenge = { inviteId, workspace, certificate, ...keys };
  return {
    invite: inviteTextOf(invite),
    ...keys,
    proofs: {
      host: proveEnrolment(host, challenge),
      restore: proveEnrolment(restore, challenge),
      device: device && proveEnrolment(device, challenge),
    },
  };
}

/** To the first address at which the host answers at all. */
async function bring(
  { hosts, certificate }: Invite,
  request: EnrolmentRequest,
  call: CallEnrol,
): Promise<Result<{ readonly answer: EnrolmentAnswer; readonly url: string }, WireError>> {
  let last: WireError = noInvite;
  for (const url of hosts) {
    const answered = await call({ url, certificate }, request);
    if (answered.ok) return ok({ answer: answered.value, url });
    last = answered.error.error;
    if (answered.error.isFinal) break;
  }
  return err(last);
}

const noInvite = wireError(
  'NoInvite',
  'This is no invite, or not the whole of one. Paste the link from its first letter to its last.',
);

function groupMistyped(group: number): WireError {
  return wireError('GroupMistyped', `Group ${String(group)} of the code is not as it was printed. Look at it again.`);
}

const folderTaken = wireError(
  'FolderTaken',
  'This data folder belongs to a workspace already. Join on an empty one: choose another with --data.',
);
const otherWorkspace = wireError(
  'OtherWorkspace',
  'The host answered for another workspace than the one you were invited to. Ask an administrator for a new invite.',
);
const keysUnusable = wireError(
  'KeysUnusable',
  'A key in this folder cannot be read. Join on an empty folder, with a new invite.',
);
