import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { ChannelId, PublicationId, RoomId, Sha256Hex, StatementId } from '../../shared/base/ids.ts';
import { draftHash } from '../../shared/domain/statement/draft.ts';
import { verifyRoom } from '../../shared/log/verify-room.ts';
import type { RoomCommand } from '../../shared/protocol/commands.ts';
import type { CommandAccepted, EndpointOutputs } from '../../shared/protocol/endpoints.ts';
import { verifyEd25519 } from '../../src-main/identity/ed25519.ts';
import { type ApiClient, connectApi, Disconnected } from '../support/api-client.ts';
import { CHAIN, declaration, setUpPeople } from '../support/crisis-story.ts';
import { type HostProcess, invite, runCommand, startHostProcess, testFolder } from '../support/host-process.ts';
import { createRandom } from '../support/random.ts';
import { connectStock } from '../support/sync-host.ts';

const KILLS = Number(process.env['TEST_KILLS'] ?? 50);
const WORDS_EACH = 40;
const PATIENCE_MS = 30_000;

type Person = (typeof CHAIN)[number];

/**
 * People at work on one data folder while its host dies again and again. Everybody behaves as a page does: whoever
 * gets no answer comes back, looks at the room as it is, and does what is still to be done.
 */
test(
  `the host is killed ${String(KILLS)} times: no acknowledged act and no seen character is lost`,
  { timeout: 400_000 },
  async () => {
    const seed = Number(process.env['TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
    console.info(`kill seed ${String(seed)}`);
    const random = createRandom(seed);
    const below = (limit: number) => Math.floor(random() * limit);
    const startedAt = performance.now();
    const at = testFolder();
    const { token: adminToken } = await invite(at, 'Administrator', 'administrator');
    let host = await startHostProcess(at);
    const port = host.port;
    const admin = await connectApi(host.url, adminToken);
    const tokens = await setUpPeople(admin, [...CHAIN]);
    admin.close();

    /** Every act that was acknowledged, by room: these must be in the log for ever, in this place. */
    const acknowledged: {
      readonly roomId: RoomId;
      readonly index: number;
      readonly hash: string;
      readonly type: string;
    }[] = [];
    const rooms = new Set<RoomId>();
    let apis = await connectAll(host);
    let acts = 0;
    let unanswered = 0;

    async function connectAll(to: HostProcess): Promise<Record<Person, ApiClient>> {
      const [comms, legal, spokesperson] = await Promise.all(CHAIN.map((person) => connectApi(to.url, tokens[person])));
      if (!comms || !legal || !spokesperson) throw new Error('three people');
      return { 'comms-lead': comms, legal, spokesperson };
    }

    async function act(person: Person, roomId: RoomId, command: RoomCommand): Promise<CommandAccepted | null> {
      const accepted = await answered(apis[person].ask('room.command', { roomId, command }));
      if (!accepted?.ok) return null;
      const value = accepted.value as CommandAccepted;
      acts += 1;
      for (const event of value.events) acknowledged.push({ roomId, ...event });
      return value;
    }

    /** The answer, or null when the host died first: then nobody knows, and the room must tell. */
    async function answered<Answer>(asked: Promise<Answer>): Promise<Answer | null> {
      try {
        return await asked;
      } catch (cause) {
        if (!(cause instanceof Disconnected)) throw cause;
        if (cause.wasAsked) unanswered += 1;
        return null;
      }
    }

    async function look(roomId: RoomId): Promise<EndpointOutputs['room.export'] | null> {
      const reply = await answered(apis['comms-lead'].ask('room.export', { roomId, format: 'jsonl' }));
      return reply?.ok ? (reply.value as EndpointOutputs['room.export']) : null;
    }

    /** What the log says, parsed as a stranger would. */
    function logOf(text: string) {
      const events = text
        .trimEnd()
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as { envelope: { log: string; type: string }; body: Record<string, unknown> });
      return events.filter(({ envelope }) => envelope.log !== 'workspace');
    }

    // ---- the script: one step at a time, each taken from what the room is -----------------------------------------
    const clients: ReturnType<typeof connectStock>[] = [];
    const typed = [0, 0];
    const seen = [new Set<string>(), new Set<string>()];
    const story: {
      current: { readonly roomId: RoomId; statementId: StatementId | null } | null;
      isPublished: boolean;
    } = { current: null, isPublished: false };

    function openTexts(roomId: RoomId, statementId: StatementId): void {
      for (const client of clients.splice(0)) client.destroy();
      for (const set of seen) set.clear();
      typed.fill(0);
      for (const [n, person] of (['comms-lead', 'legal'] as const).entries()) {
        const client = connectStock(
          `ws://127.0.0.1:${String(port)}/yjs`,
          `${roomId}/statement/${statementId}`,
          tokens[person],
        );
        clients.push(client);
        // Whatever of the other's words one has on the screen may never vanish.
        client.text.observe(() => {
          for (const word of client.text.toString().matchAll(n === 0 ? /b\d+;/g : /a\d+;/g)) seen[n]?.add(word[0]);
        });
      }
    }

    function type(): void {
      for (const [n, { text }] of clients.entries()) {
        const words = text.toString();
        // At the end or before a word of either, so that both write into each other's lines.
        const starts = [...words.matchAll(/[ab]\d+;/g)].map(({ index }) => index);
        const place = random() < 0.5 ? words.length : (starts[below(starts.length)] ?? words.length);
        text.insert(place, `${n === 0 ? 'a' : 'b'}${String((typed[n] = (typed[n] ?? 0) + 1))};`);
      }
    }

    async function step(): Promise<void> {
      if (!story.current) {
        const raised = await answered(
          apis['comms-lead'].ask('alarm.raise', { what: `Ovens ${String(rooms.size)}`, why: 'calls' }),
        );
        if (!raised?.ok) return;
        const { roomId } = raised.value as EndpointOutputs['alarm.raise'];
        rooms.add(roomId);
        story.current = { roomId, statementId: null };
        return;
      }
      const { roomId } = story.current;
      const text = (await look(roomId))?.text;
      if (text === undefined) return;
      const log = logOf(text);
      const last = (name: string) => log.findLast(({ envelope }) => envelope.type === name)?.body;
      const all = (name: string) => log.filter(({ envelope }) => envelope.type === name).map(({ body }) => body);
      const alarm = last('AlarmRaised');
      if (!last('AlarmAcknowledged'))
        return void (await act('legal', roomId, { type: 'acknowledgeAlarm', alarmId: alarm?.['alarmId'] as never }));
      const declared = last('IncidentDeclared');
      if (!declared) return void (await act('comms-lead', roomId, declaration));
      const started = last('StatementStarted');
      if (!started)
        return void (await act('comms-lead', roomId, {
          type: 'startStatement',
          kind: 'holding',
          title: 'Words',
          templateId: null,
        }));
      const statementId = started['statementId'] as StatementId;
      if (story.current.statementId !== statementId) {
        story.current.statementId = statementId;
        openTexts(roomId, statementId);
      }
      const submitted = last('RevisionSubmitted');
      if (!submitted) {
        if ((typed[0] ?? 0) < WORDS_EACH) {
          for (let burst = 0; burst < 8; burst += 1) {
            type();
            await new Promise((resolve) => setImmediate(resolve));
          }
          return;
        }
        // Refused as long as the other's words are still under way; then it is tried again.
        return void (await act('comms-lead', roomId, {
          type: 'submitRevision',
          statementId,
          seen: draftHash({ master: clients[0]?.text.toString() ?? '', variants: {} }),
        }));
      }
      type(); // drafting goes on while the revision is being cleared
      const revision = {
        statementId,
        revision: submitted['revision'] as number,
        hash: submitted['hash'] as Sha256Hex,
      };
      const steps = (declared['chain'] as readonly { readonly stepId: string }[]).map(({ stepId }) => stepId);
      const approved = new Set<string>(all('RevisionApproved').map((body) => body['stepId'] as string));
      const turn = steps.findIndex((stepId) => !approved.has(stepId));
      if (turn >= 0)
        return void (await act(CHAIN[turn] ?? 'legal', roomId, {
          type: 'approve',
          ...revision,
          stepId: steps[turn] as never,
          findingsSeen: [],
        }));
      const publication = last('PublicationStarted');
      if (!publication)
        return void (await act('comms-lead', roomId, {
          type: 'publish',
          ...revision,
          channelId: 'website' as ChannelId,
        }));
      if (!last('PublicationConfirmed')) {
        const publicationId = publication['publicationId'] as PublicationId;
        return void (await act('comms-lead', roomId, {
          type: 'confirmPublication',
          publicationId,
          address: 'https://example.org/1',
          publishedAt: null,
          evidence: null,
        }));
      }
      story.isPublished = true; // drafting goes on until the host dies once more; then the story is over
    }

    // ---- what must hold after every restart ----------------------------------------------------------------------
    async function checkTexts(): Promise<void> {
      const [one, other] = clients;
      if (!one || !other) return;
      await vi.waitFor(
        () => {
          expect(clients.map(({ provider }) => provider.synced)).toEqual([true, true]);
          expect(one.text.toString()).toBe(other.text.toString());
          const words = [...one.text.toString().matchAll(/[ab]\d+;/g)].map(([word]) => word);
          // Everything that anybody typed, connected or not, is there once; so nothing that anybody saw is lost.
          expect(words).toHaveLength((typed[0] ?? 0) + (typed[1] ?? 0));
          expect(new Set(words).size).toBe(words.length);
          expect(one.text.length).toBe(words.join('').length);
        },
        { timeout: PATIENCE_MS, interval: 20 },
      );
    }

    /** Straight from the restarted host, before any client could bring its own words back. */
    function checkSeen(held: string): void {
      for (const set of seen) for (const word of set) expect(held).toContain(word);
    }

    async function checkLogs(which: Iterable<RoomId>): Promise<void> {
      for (const roomId of which) {
        const exported = await apis.legal.get('room.export', { roomId, format: 'jsonl' });
        const report = verifyRoom(exported.text, { verifier: verifyEd25519 });
        expect(report, JSON.stringify(report.failure)).toMatchObject({ ok: true, voids: [] });
        const { events } = await apis['comms-lead'].follow('room', { roomId });
        const hashes = events.map(({ hash }) => hash as string);
        expect(new Set(hashes).size).toBe(hashes.length);
        for (const known of acknowledged.filter((one) => one.roomId === roomId)) {
          expect(hashes[known.index], `${known.type} at ${String(known.index)} of ${roomId}`).toBe(known.hash);
          expect(events[known.index]?.event.type).toBe(known.type);
        }
      }
    }

    let finished = 0;
    const restarts: number[] = [];
    let checkedMs = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      // After some steps, however slow the machine is, and then in the middle of whatever is under way: a commit, a
      // relay, a checkpoint, an answer.
      const steps = below(10);
      const delayMs = below(20);
      const dying = Promise.withResolvers<void>();
      let dead = false;
      async function die(): Promise<void> {
        await host.kill();
        // Nobody may bring words back before it was looked what the host itself has kept.
        for (const client of clients) client.provider.disconnect();
        dead = true;
        dying.resolve();
      }
      for (let done = 0; !dead; done += 1) {
        if (done === steps) setTimeout(() => void die(), delayMs);
        await step();
        await new Promise((resolve) => setImmediate(resolve));
      }
      await dying.promise;
      for (let n = below(3); n > 0 && clients.length > 0; n -= 1) type(); // without a host

      const from = performance.now();
      host = await startHostProcess(at, ['--port', String(port)]);
      const checkingFrom = performance.now();
      restarts.push(checkingFrom - from);
      apis = await connectAll(host);
      const summaries = await apis.legal.get('rooms.list', {});
      for (const { id } of summaries) rooms.add(id);
      if (story.current && clients.length > 0) {
        const { statementId } = story.current;
        const fresh = connectStock(
          `ws://127.0.0.1:${String(port)}/yjs`,
          `${story.current.roomId}/statement/${statementId ?? ''}`,
          tokens.spokesperson,
        );
        await vi.waitFor(() => expect(fresh.provider.synced).toBe(true), { timeout: PATIENCE_MS, interval: 10 });
        checkSeen(fresh.text.toString());
        fresh.destroy();
        for (const client of clients) client.provider.connect();
        await checkTexts();
      }
      await checkLogs(story.current ? [story.current.roomId] : rooms);
      checkedMs += performance.now() - checkingFrom;
      if (!story.current || !story.isPublished) continue;
      expect(await act('comms-lead', story.current.roomId, { type: 'standDown', reason: 'it is out' })).not.toBeNull();
      for (const client of clients.splice(0)) client.destroy();
      story.current = null;
      story.isPublished = false;
      finished += 1;
    }
    await checkLogs(rooms);

    for (const client of clients.splice(0)) client.destroy();
    await host.kill();
    const [first = ''] = rooms;
    const out = join(at.folder, 'room.jsonl');
    expect((await runCommand(at, ['export', first, '--data', at.dataDir, '--out', out])).code).toBe(0);
    expect(await runCommand(at, ['verify', out])).toMatchObject({ code: 0 });
    const seconds = (performance.now() - startedAt) / 1000;
    const [mean, slowest] = [restarts.reduce((sum, ms) => sum + ms, 0) / KILLS, Math.max(...restarts)];
    console.info(
      `${String(KILLS)} kills in ${seconds.toFixed(1)} s: ${String(acts)} acknowledged acts in ${String(rooms.size)} rooms, ` +
        `${String(unanswered)} left unanswered, ${String(finished)} stories finished, ` +
        `restart ${mean.toFixed(0)} ms on average and ${slowest.toFixed(0)} ms at most, checks ${(checkedMs / KILLS).toFixed(0)} ms`,
    );
    expect(acts).toBeGreaterThan(KILLS);
  },
);
