import { expect, test, vi } from 'vitest';
import { instant, type OperatorId, type PeakId, type RoomId, type WatchQueryId } from '../../shared/base/ids.ts';
import { endpointInputs, type EndpointName } from '../../shared/protocol/endpoints.ts';
import type { RoomCommand } from '../../shared/protocol/commands.ts';
import type { Reply } from '../../shared/protocol/wire.ts';
import { type ApiClient, connectApi, openApi } from '../support/api-client.ts';
import {
  act,
  blankStatement,
  CHAIN,
  declaration,
  PLAYBOOK,
  setUpPeople,
  stepIds,
  submit,
} from '../support/crisis-story.ts';
import { serveInProcess } from '../support/host-in-process.ts';
import { testFolder } from '../support/host-process.ts';
import { connectStock } from '../support/sync-host.ts';

const ROLES = [...CHAIN, 'writer', 'analyst', 'observer', 'incident-commander'] as const;

/** What a reply says in one word: its value's presence, or the code of its refusal and what may not be done. */
function outcome(reply: Reply): string {
  if (reply.ok) return 'done';
  const { act: denied } = (reply.error.refusal ?? {}) as { act?: string };
  return denied === undefined ? reply.error.code : `${reply.error.code} ${denied}`;
}

async function peopled() {
  const served = await serveInProcess(testFolder());
  const { host, url, port } = served;
  const admin = await connectApi(url, host.access.issueToken(host.founded()?.owner() ?? null));
  const tokens = await setUpPeople(admin, ROLES);
  const as = {} as Record<(typeof ROLES)[number], ApiClient>;
  for (const role of ROLES) as[role] = await connectApi(url, tokens[role]);
  const say = async (api: ApiClient, roomId: RoomId, command: RoomCommand) =>
    outcome(await api.ask('room.command', { roomId, command }));

  function typist(document: string, token: string) {
    return connectStock(`ws://127.0.0.1:${String(port)}/yjs`, document, token);
  }

  /** Words into a document, arrived at the host. */
  async function write(document: string, words: string, token: string): Promise<void> {
    const client = typist(document, token);
    client.text.insert(0, words);
    await vi.waitFor(() => expect(host.sync.textOf(document)?.text).toBe(words), { timeout: 10_000 });
    client.destroy();
  }
  return { ...served, admin, tokens, as, say, typist, write };
}

test('an observer reads everything and changes nothing, by any endpoint or document', async () => {
  const { as, say, tokens, typist, host } = await peopled();
  const { observer, 'comms-lead': comms } = as;
  const { roomId } = await comms.get('alarm.raise', { what: 'Ovens', why: '' });
  expect(outcome(await observer.ask('alarm.raise', { what: 'Mine', why: '' }))).toBe('NotAllowed raise-alarm');
  const alarm = (await observer.follow('room', { roomId })).events.find(
    ({ event }) => event.type === 'AlarmRaised',
  )?.event;
  const alarmId = alarm?.type === 'AlarmRaised' ? alarm.alarmId : ('none' as never);
  expect(await say(observer, roomId, { type: 'acknowledgeAlarm', alarmId })).toBe('NotAllowed acknowledge-alarm');
  expect(await say(observer, roomId, declaration)).toBe('NotAllowed declare');
  await act(comms, roomId, declaration);
  const { statementId } = await act(comms, roomId, blankStatement);
  if (!statementId) throw new Error('no statement');
  const document = `${roomId}/statement/${statementId}`;
  const writer = typist(document, tokens.writer);
  writer.text.insert(0, 'We know of it.');
  const reader = typist(document, tokens.observer);
  await vi.waitFor(() => expect(reader.text.toString()).toBe('We know of it.'), { timeout: 10_000 });
  const { revision } = await submit(comms, roomId, statementId, 'We know of it.');
  const [stepId] = await stepIds(observer, roomId);
  if (!stepId) throw new Error('no step');

  const note = {
    type: 'addLogEntry',
    text: 'x',
    kind: 'note',
    occurredAt: null,
    lateReason: null,
    corrects: null,
  } as const;
  expect(await say(observer, roomId, note)).toBe('NotAllowed keep-log');
  expect(await say(observer, roomId, { type: 'standDown', reason: 'x' })).toBe('NotAllowed stand-down');
  expect(await say(observer, roomId, { type: 'declareMistaken', reason: 'x' })).toMatch(/^NotAllowed/);
  expect(await say(observer, roomId, { type: 'declareComplex', reason: 'x' })).toMatch(/^NotAllowed/);
  expect(await say(observer, roomId, { type: 'changeSeverity', to: 'sev1', reason: 'x' })).toMatch(/^NotAllowed/);
  expect(await say(observer, roomId, blankStatement)).toMatch(/^NotAllowed/);
  expect(await say(observer, roomId, { type: 'approve', ...revision, stepId, findingsSeen: [] })).toBe('NotYourStep');
  expect(await say(observer, roomId, { type: 'sendBack', ...revision, stepId, reason: 'x' })).toBe('NotYourStep');
  expect(
    await say(observer, roomId, { type: 'delegate', ...revision, stepId, to: 'the-writer' as OperatorId, reason: 'x' }),
  ).toBe('NotYourStep');
  expect(await say(observer, roomId, { type: 'publish', ...revision, channelId: 'website' as never })).toMatch(
    /NotAllowed publish|NotCleared/,
  );
  expect(outcome(await observer.ask('evidence.attach', { roomId, name: 'a', mime: 'text/plain', data: 'aGk=' }))).toBe(
    'NotAllowed keep-log',
  );
  const mention = { watchQueryId: 'acme' as WatchQueryId, id: 'x' };
  const entry = { ...mention, channel: 'x', url: null, author: null, text: 'x', observedAt: null, engagement: null };
  const { id: _, ...typed } = { ...entry, reach: null, roomId: null, capture: null };
  expect(outcome(await observer.ask('mention.enter', typed))).toBe('NotAllowed keep-log');
  expect(outcome(await observer.ask('mention.pin', { roomId, mention, reason: '' }))).toBe('NotAllowed keep-log');
  const span = { from: instant(0), to: instant(Date.now() + 60_000) };
  expect(outcome(await observer.ask('storm.expect', { watchQueryId: mention.watchQueryId, ...span, label: 'x' }))).toBe(
    'NotAllowed watch',
  );
  expect(outcome(await observer.ask('storm.unexpect', { peakId: 'x' as PeakId }))).toBe('NotAllowed watch');
  expect(
    outcome(
      await observer.ask('workspace.change', {
        change: { type: 'saveWatchQuery', watchQueryId: null, name: 'x', query: 'x', sensitivity: 'daily' },
      }),
    ),
  ).toBe('NotAllowed watch');
  const page = { text: '', watchQueryId: null, before: null, limit: 10 };
  expect(outcome(await observer.ask('mentions.search', page))).toBe('done');
  expect(outcome(await observer.ask('watch.preview', { query: 'x' }))).toBe('done');
  expect(outcome(await observer.ask('rooms.list', {}))).toBe('done');
  expect(outcome(await observer.ask('room.export', { roomId, format: 'md' }))).toBe('done');
  expect(outcome(await observer.ask('room.verify', { roomId }))).toBe('done');
  expect(outcome(await observer.ask('document.history', { document }))).toBe('done');
  expect(outcome(await observer.ask('document.token', { document }))).toBe('done');
  expect(outcome(await observer.ask('document.restore', { document, at: instant(1) }))).toBe('MayNotWrite');
  for (const topic of ['session', 'workspace', 'rooms', 'watch', 'host'] as const) await observer.follow(topic, {});
  await observer.follow('document.notices', { document });

  expect(reader.closes).toEqual([]);
  reader.text.insert(0, 'Not mine. ');
  await vi.waitFor(() => expect(reader.closes.map(({ code }) => code)).toEqual([4403]), { timeout: 10_000 });
  const shortLived = await observer.get('document.token', { document });
  const again = typist(document, shortLived.token);
  await vi.waitFor(() => expect(again.provider.synced).toBe(true), { timeout: 10_000 });
  again.text.insert(0, 'Nor this. ');
  await vi.waitFor(() => expect(again.closes.map(({ code }) => code)).toEqual([4403]), { timeout: 10_000 });
  expect(host.sync.textOf(document)?.text).toBe('We know of it.');
  for (const client of [writer, reader, again]) client.destroy();
});

test('every endpoint that changes the organisation is an administrator’s, and importing is the command line’s', async () => {
  const { as, admin, host } = await peopled();
  const inputs = {
    'people.invite': { name: 'Mallory', role: 'administrator' },
    'people.revoke': { operatorId: 'the-legal' },
    'workspace.change': { change: { type: 'grantRole', operatorId: 'the-observer', role: 'administrator' } },
    'share.open': {},
    'share.close': {},
    'hosts.enrol': { as: 'relay', name: 'Mine' },
    'hosts.retire': { hostId: 'a'.repeat(64), reason: 'x' },
    'feed.setSecret': { feedId: 'desk', secret: null },
  } as const;
  for (const [role, api] of Object.entries(as))
    for (const [endpoint, input] of Object.entries(inputs))
      expect(`${role} ${endpoint} ${outcome(await api.ask(endpoint as EndpointName, input as never))}`).toBe(
        `${role} ${endpoint} NotAllowed administer`,
      );
  expect(Object.keys(host.founded()?.workspace.state.operators ?? {})).not.toContain('mallory');
  for (const api of [admin, as.observer]) {
    expect(outcome(await api.ask('mentions.import', { file: '/etc/passwd', replay: null }))).toBe('LocalOnly');
    expect(outcome(await api.ask('access.link', {}))).toBe('LocalOnly');
    expect(outcome(await api.ask('yjs.send', { channel: 'channel-1', bytes: new Uint8Array() }))).toMatch(
      /DesktopOnly|BadInput/,
    );
    expect(outcome(await api.ask('session.actAs', { operatorId: 'the-legal' as OperatorId }))).toBe('DemoOnly');
    expect(outcome(await api.ask('demo.start', { speed: 60 }))).toBe('AlreadyFounded');
    expect(outcome(await api.ask('demo.leave', {}))).toBe('NotADemo');
    expect(outcome(await api.ask('hosts.join', { link: 'firebreak://join#x' }))).toBe('AlreadyFounded');
    expect(
      outcome(
        await api.ask('setup.createWorkspace', {
          organisation: 'Mine',
          watch: [],
          people: [{ name: 'M', roles: ['comms-lead'], deputyOf: null }],
          chain: ['comms-lead'],
        }),
      ),
    ).toBe('AlreadyFounded');
    expect(outcome(await api.ask('constructor' as EndpointName, {}))).toBe('NoSuchEndpoint');
  }
  expect(outcome(await admin.ask('people.revoke', { operatorId: 'administrator' as OperatorId }))).not.toBe('done');
});

test('nobody approves twice, out of turn, or as somebody else; only a cleared revision is published', async () => {
  const { as, say, tokens, write, host } = await peopled();
  const { 'comms-lead': comms, legal, spokesperson, writer, analyst } = as;
  const { roomId } = await comms.get('alarm.raise', { what: 'Ovens', why: '' });
  await act(comms, roomId, declaration);
  const { statementId } = await act(writer, roomId, blankStatement);
  if (!statementId) throw new Error('no statement');
  await write(`${roomId}/statement/${statementId}`, 'We know of it.', tokens.writer);
  expect(await say(analyst, roomId, { type: 'submitRevision', statementId, seen: 'a'.repeat(64) as never })).not.toBe(
    'done',
  );
  expect(await say(writer, roomId, { type: 'submitRevision', statementId, seen: 'a'.repeat(64) as never })).toBe(
    'DraftMoved',
  );
  const { revision } = await submit(writer, roomId, statementId, 'We know of it.');
  const [first, second, third] = await stepIds(comms, roomId);
  if (!first || !second || !third) throw new Error('three steps');
  const approve = (stepId: typeof first): RoomCommand => ({ type: 'approve', ...revision, stepId, findingsSeen: [] });
  const publish: RoomCommand = { type: 'publish', ...revision, channelId: 'website' as never };

  expect(await say(legal, roomId, approve(second))).toBe('NotYourTurn');
  expect(await say(spokesperson, roomId, approve(third))).toBe('NotYourTurn');
  expect(await say(legal, roomId, approve(first))).toBe('NotYourStep');
  expect(await say(writer, roomId, approve(first))).toBe('NotYourStep');
  expect(await say(comms, roomId, publish)).toBe('NotCleared');
  expect(await say(comms, roomId, { ...approve(first), hash: 'b'.repeat(64) } as RoomCommand)).toBe('HashMismatch');
  // A person is who the session says, never who the message says.
  expect(
    outcome(
      await writer.ask('room.command', {
        roomId,
        command: { ...approve(first), by: 'the-comms-lead', actor: 'the-comms-lead' } as never,
      }),
    ),
  ).toBe('BadInput');
  expect(await say(comms, roomId, approve(first))).toBe('done');
  expect(await say(comms, roomId, approve(first))).toBe('NotYourTurn');
  expect(await say(comms, roomId, approve(second))).toMatch(/NotYourStep|AlreadyApproved/);
  expect(await say(legal, roomId, { type: 'withdraw', ...revision, stepId: first, reason: 'x' })).toBe(
    'NothingToWithdraw',
  );
  expect(
    await say(legal, roomId, {
      type: 'delegate',
      ...revision,
      stepId: second,
      to: 'the-comms-lead' as OperatorId,
      reason: 'x',
    }),
  ).toBe('CannotTakeOver');
  expect(
    await say(legal, roomId, {
      type: 'delegate',
      ...revision,
      stepId: second,
      to: 'nobody-here' as OperatorId,
      reason: 'x',
    }),
  ).toBe('NoSuchPerson');
  expect(
    await say(legal, roomId, {
      type: 'delegate',
      ...revision,
      stepId: second,
      to: 'the-writer' as OperatorId,
      reason: 'on a train',
    }),
  ).toBe('done');
  expect(await say(writer, roomId, approve(second))).toBe('done');
  expect(await say(legal, roomId, approve(third))).toBe('NotYourStep');
  expect(await say(comms, roomId, publish)).toBe('NotCleared');
  expect(await say(spokesperson, roomId, approve(third))).toBe('done');
  expect(await say(writer, roomId, publish)).toBe('NotAllowed publish');
  expect(await say(legal, roomId, publish)).toBe('NotAllowed publish');
  expect(await say(comms, roomId, publish)).toBe('done');

  const { events } = await comms.follow('room', { roomId });
  const approvers = events.flatMap(({ event, actor }) =>
    event.type === 'RevisionApproved' && actor.kind === 'operator' ? [actor.operatorId] : [],
  );
  expect(approvers).toEqual(['the-comms-lead', 'the-writer', 'the-spokesperson']);
  expect(await comms.get('room.verify', { roomId })).toMatchObject({ ok: true, voids: [] });
  const started = events.find(({ event }) => event.type === 'PublicationStarted')?.event;
  expect(started).toMatchObject({ hash: revision.hash, revision: 1 });
  expect(host.founded()?.warRoom.rooms.get(roomId)?.state.publications).toBeDefined();
});

test('an observer is no delegate, and a role that is withdrawn counts no more at once', async () => {
  const { as, say, tokens, write, admin, typist } = await peopled();
  const { 'comms-lead': comms, observer, legal } = as;
  const { roomId } = await comms.get('alarm.raise', { what: 'Ovens', why: '' });
  await act(comms, roomId, declaration);
  const { statementId } = await act(comms, roomId, blankStatement);
  if (!statementId) throw new Error('no statement');
  const document = `${roomId}/statement/${statementId}`;
  await write(document, 'We know of it.', tokens.writer);
  const { revision } = await submit(comms, roomId, statementId, 'We know of it.');
  const [first, second] = await stepIds(comms, roomId);
  if (!first || !second) throw new Error('steps');
  expect(
    await say(comms, roomId, {
      type: 'delegate',
      ...revision,
      stepId: first,
      to: 'the-observer' as OperatorId,
      reason: 'x',
    }),
  ).toBe('CannotTakeOver');
  expect(await say(observer, roomId, { type: 'approve', ...revision, stepId: first, findingsSeen: [] })).toBe(
    'NotYourStep',
  );
  expect(await say(comms, roomId, { type: 'approve', ...revision, stepId: first, findingsSeen: [] })).toBe('done');

  const typing = typist(document, tokens.writer);
  await vi.waitFor(() => expect(typing.provider.synced).toBe(true), { timeout: 10_000 });
  await admin.get('workspace.change', {
    change: { type: 'withdrawRole', operatorId: 'the-legal' as OperatorId, role: 'legal' },
  });
  await admin.get('workspace.change', {
    change: { type: 'grantRole', operatorId: 'the-writer' as OperatorId, role: 'observer' },
  });
  await admin.get('workspace.change', {
    change: { type: 'withdrawRole', operatorId: 'the-writer' as OperatorId, role: 'writer' },
  });
  expect(await say(legal, roomId, { type: 'approve', ...revision, stepId: second, findingsSeen: [] })).toBe(
    'NotYourStep',
  );
  await vi.waitFor(() => expect(typing.provider.synced).toBe(true), { timeout: 10_000 });
  typing.text.insert(0, 'Still writing? ');
  await vi.waitFor(() => expect(typing.closes.at(-1)?.code).toBe(4403), { timeout: 10_000 });
  typing.destroy();
});

test('without a session there is nothing: no page, no topic, no document, no act', async () => {
  const { url, port, host, as, tokens } = await peopled();
  // A page cannot see the status of an upgrade, so it is told by the close code.
  for (const cookie of ['', `firebreak_session_${String(port)}=${'x'.repeat(43)}`])
    expect(await (await openApi(url, { origin: url, cookie })).closed).toBe(4401);
  await expect(openApi(url, {})).rejects.toThrow(/403/);
  await expect(openApi(url, { origin: 'https://evil.test' })).rejects.toThrow(/403/);

  // A first-run token that nobody took speaks for nobody.
  const nobody = await connectApi(url, host.access.issueToken(null));
  expect((await nobody.get('session.get', {})).operator).toBeNull();
  const { roomId } = await as['comms-lead'].get('alarm.raise', { what: 'Ovens', why: '' });
  const inputs: { readonly [Name in EndpointName]?: unknown } = {
    'session.actAs': { operatorId: 'administrator' },
    'alarm.raise': { what: 'x', why: '' },
    'room.command': { roomId, command: declaration },
    'rooms.list': {},
    'document.token': { document: 'workspace/notes' },
    'document.history': { document: 'workspace/notes' },
    'document.restore': { document: 'workspace/notes', at: 1 },
    'evidence.attach': { roomId, name: 'a', mime: 'text/plain', data: 'aGk=' },
    'room.export': { roomId, format: 'jsonl' },
    'room.verify': { roomId },
    'bundle.export': { roomId },
    'bundle.import': { file: 'x' },
    'workspace.change': { change: { type: 'addOperator', name: 'x', roles: [] } },
    'people.invite': { name: 'x', role: 'administrator' },
    'people.revoke': { operatorId: 'administrator' },
    'mentions.import': { file: 'x', replay: null },
    'access.link': {},
    'share.open': {},
    'share.close': {},
    'hosts.enrol': { as: 'relay', name: 'x' },
    'hosts.retire': { hostId: 'a'.repeat(64), reason: 'x' },
    'demo.setSpeed': { speed: 2 },
    'demo.leave': {},
    'mention.enter': {
      watchQueryId: 'acme',
      channel: 'x',
      url: null,
      author: null,
      text: 'x',
      observedAt: null,
      engagement: null,
      reach: null,
      roomId: null,
      capture: null,
    },
    'mention.pin': { roomId, mention: { watchQueryId: 'acme', id: 'x' }, reason: '' },
    'mentions.search': { text: '', watchQueryId: null, before: null, limit: 10 },
    'watch.preview': { query: 'x' },
    'watch.dial': { watchQueryId: 'acme', sensitivity: 'daily' },
    'storm.expect': { watchQueryId: 'acme', from: 0, to: 1, label: 'x' },
    'storm.unexpect': { peakId: 'x' },
    'feed.setSecret': { feedId: 'desk', secret: null },
  };
  for (const [endpoint, input] of Object.entries(inputs)) {
    const said = outcome(await nobody.ask(endpoint as EndpointName, input as never));
    expect(`${endpoint} ${said}`).toMatch(/ (SignedOut|NotADemo|DemoOnly|LocalOnly)$/);
  }
  const harmless = ['session.get', 'time.now', 'setup.createWorkspace', 'demo.start', 'hosts.join', 'yjs.send'];
  expect(
    Object.keys(endpointInputs)
      .filter((name) => !(name in inputs))
      .sort(),
  ).toEqual(harmless.sort());
  for (const topic of ['workspace', 'rooms', 'watch'] as const)
    await expect(nobody.follow(topic, {})).rejects.toThrow('SignedOut');
  await expect(nobody.follow('room', { roomId })).rejects.toThrow('SignedOut');
  const storm = { watchQueryId: 'acme' as WatchQueryId, hours: 1 } as const;
  await expect(nobody.follow('storm', storm)).rejects.toThrow('SignedOut');
  await expect(nobody.follow('document.notices', { document: 'workspace/notes' })).rejects.toThrow('SignedOut');

  // A document's own token is good for that document only, and ends with its session.
  const { token } = await as.writer.get('document.token', { document: 'workspace/notes' });
  const other = connectStock(`ws://127.0.0.1:${String(port)}/yjs`, `${roomId}/notes`, token);
  await vi.waitFor(() => expect(other.closes.map(({ code }) => code)).toEqual([4401]), { timeout: 10_000 });
  other.destroy();
  const right = connectStock(`ws://127.0.0.1:${String(port)}/yjs`, 'workspace/notes', token);
  await vi.waitFor(() => expect(right.provider.synced).toBe(true), { timeout: 10_000 });
  const admin = await connectApi(url, host.access.issueToken(host.founded()?.owner() ?? null));
  await admin.get('people.revoke', { operatorId: 'the-writer' as OperatorId });
  await vi.waitFor(() => expect(right.closes.map(({ code }) => code)).toEqual([4401]), { timeout: 10_000 });
  expect(await as.writer.closed).toBe(4401);
  right.destroy();
  await expect(connectApi(url, tokens.writer)).rejects.toThrow('401');
});

test('in a demo one person acts as each role in turn, and everything says that it is a demo', async () => {
  const { url, host } = await serveInProcess(testFolder(), { ifEmpty: 'demo' });
  const api = await connectApi(url, host.access.issueToken(host.founded()?.owner() ?? null));
  const { operators, playbooks } = await api.follow('workspace', {});
  const holder = (role: string) =>
    operators.find(({ roles }) => (roles as readonly string[]).includes(role))?.operatorId ?? ('none' as OperatorId);
  const actAs = async (role: string) =>
    (await api.get('session.actAs', { operatorId: holder(role) })).operator?.operatorId;
  expect(outcome(await api.ask('session.actAs', { operatorId: 'nobody' as OperatorId }))).toBe('NoSuchPerson');
  expect(await actAs('comms-lead')).toBe(holder('comms-lead'));
  const { roomId } = await api.get('alarm.raise', { what: 'Ovens', why: '' });
  await act(api, roomId, { ...declaration, playbookId: playbooks[0]?.playbookId ?? PLAYBOOK } as RoomCommand);
  const { statementId } = await act(api, roomId, blankStatement);
  if (!statementId) throw new Error('no statement');
  const document = `${roomId}/statement/${statementId}`;
  const { token } = await api.get('document.token', { document });
  const client = connectStock(`${url.replace(/^http/, 'ws')}/yjs`, document, token);
  client.text.insert(0, 'We know of it.');
  await vi.waitFor(() => expect(host.sync.textOf(document)?.text).toBe('We know of it.'), { timeout: 10_000 });
  client.destroy();
  const { revision } = await submit(api, roomId, statementId, 'We know of it.');
  const steps = await stepIds(api, roomId);
  for (const [n, stepId] of steps.entries()) {
    expect(await actAs(CHAIN[n] ?? '')).toBe(holder(CHAIN[n] ?? ''));
    await act(api, roomId, { type: 'approve', ...revision, stepId, findingsSeen: [] });
  }
  expect(await actAs('observer')).toBe(holder('observer'));
  expect(
    outcome(
      await api.ask('room.command', {
        roomId,
        command: { type: 'publish', ...revision, channelId: 'website' as never },
      }),
    ),
  ).toBe('NotAllowed publish');
  expect((await api.get('rooms.list', {})).every(({ demo }) => demo)).toBe(true);
  const report = await api.get('room.verify', { roomId });
  expect(report).toMatchObject({ ok: true, demo: true, voids: [] });
  const { text } = await api.get('room.export', { roomId, format: 'md' });
  expect(text).toContain('DEMO');
});
