import { expect, test } from 'vitest';
import { instant, OperatorId, PlaybookId, type Sha256Hex, StepId } from '../../../../shared/base/ids.ts';
import type { Role } from '../../../../shared/domain/roster/roles.ts';
import type { RoomEvent } from '../../../../shared/domain/room/room.ts';
import type { WorkspaceEvent } from '../../../../shared/domain/workspace/workspace.ts';
import { writeExport } from '../../../../shared/log/export-jsonl.ts';
import { verifyRoom } from '../../../../shared/log/verify-room.ts';
import { verifyEd25519 } from '../../../../src-main/identity/ed25519.ts';
import {
  alarmRaised,
  approved,
  confirmed,
  declared,
  publicationId,
  statementStarted,
  submitted,
  T0,
  website,
  withdrawn,
  first,
  FIRST,
} from '../../../support/given.ts';
import { contextAt, ROOM, signerOf } from '../../../support/log-fixtures.ts';
import { createMemoryEventLog } from '../../../support/memory-event-log.ts';

const chain = [
  { stepId: StepId.parse('comms'), name: 'Communications', role: 'comms-lead' as const, certifies: 'It may go out.' },
];

/** An organisation of two, a room, and its export: by the host's key unless somebody else signs it. */
function aWorld() {
  const workspace = createMemoryEventLog('workspace');
  const room = createMemoryEventLog(ROOM);
  const keyOf = (name: string) => signerOf(name).publicKey;
  let ms: number = T0;

  function found(...facts: readonly WorkspaceEvent[]): void {
    for (const { type, ...body } of facts) workspace.append(signerOf('ada'), [{ type, body }], contextAt((ms += 1)));
  }
  function happens(name: string, ...facts: readonly RoomEvent[]): readonly Sha256Hex[] {
    room.adopt(workspace.read());
    return facts.flatMap(({ type, ...body }) =>
      room
        .append(signerOf(name), [{ type, body }], contextAt((ms += 1000), workspace.heads()))
        .map((stored) => stored.hash),
    );
  }
  function person(name: string, ...roles: Role[]): readonly WorkspaceEvent[] {
    const operatorId = OperatorId.parse(name);
    return [
      { type: 'OperatorAdded', operatorId, name },
      { type: 'KeyBound', key: keyOf(name), operatorId, custody: 'host' },
      ...roles.map((role): WorkspaceEvent => ({ type: 'RoleGranted', operatorId, role })),
    ];
  }

  found(
    {
      type: 'WorkspaceCreated',
      organisation: 'Acme',
      demo: false,
      administrator: { operatorId: OperatorId.parse('ada'), name: 'Ada' },
      hostKey: keyOf('host'),
      recoveryKey: keyOf('recovery'),
      restoreKey: keyOf('restore'),
    },
    ...person('cora', 'comms-lead'),
    {
      type: 'PlaybookSaved',
      playbook: {
        playbookId: PlaybookId.parse('outage'),
        name: 'Outage',
        templateId: null,
        chain,
        complexity: 'simple',
      },
    },
  );
  const incident = declared({
    playbookId: PlaybookId.parse('outage'),
    templateId: null,
    chain: chain.map((step) => ({ ...step, holders: [OperatorId.parse('cora')], deputies: [] })),
  });
  function verified(by = 'host') {
    const text = writeExport({
      workspaceEvents: workspace.read(),
      roomEvents: room.read(),
      room: ROOM,
      signer: signerOf(by),
      now: instant(ms + 1),
    });
    return verifyRoom(text, { verifier: verifyEd25519 });
  }
  return { happens, verified, incident };
}

test('a room that went by its playbook verifies, and names who approved what was published', () => {
  const { happens, verified, incident } = aWorld();
  happens('host', alarmRaised({ cause: 'spike' }));
  happens('cora', incident, statementStarted(), submitted(1, FIRST));
  const approvals = [...happens('cora', approved('comms'))];
  const started = {
    type: 'PublicationStarted',
    publicationId,
    ...first,
    channelId: website,
    via: 'hand',
    approvals,
  } as const;
  happens('cora', started, confirmed(instant(T0 + 60_000)), withdrawn('comms'));
  const report = verified();
  expect(report.voids).toEqual([]);
  expect(report).toMatchObject({ ok: true, publications: [{ approvals: ['cora'] }] });
});

test('an export that another key than the host’s has signed is refused, however well the key is known', () => {
  const { happens, verified, incident } = aWorld();
  happens('cora', incident);
  expect(verified('cora')).toMatchObject({ ok: false, failure: { reason: 'ManifestByStranger' } });
});

test('an incident that was declared with other steps than its playbook’s is named', () => {
  const { happens, verified, incident } = aWorld();
  const [only] = incident.chain;
  if (!only) throw new Error('the chain has a step');
  happens('cora', { ...incident, chain: [{ ...only, role: 'writer' }] });
  expect(verified()).toMatchObject({ ok: false, failure: { reason: 'ChainNotPlanned' } });
});
