import { join } from 'node:path';
import { instant, type Instant, type OperatorId } from '../../shared/base/ids.ts';
import type {
  EndpointInput,
  EndpointName,
  EndpointOutputs,
  TopicName,
  TopicParams,
  TopicPayloads,
} from '../../shared/protocol/endpoints.ts';
import type { Reply } from '../../shared/protocol/wire.ts';
import type { Caller } from '../../src-main/commands/ports.ts';
import type { ServeConfig } from '../../src-main/app/serve-host.ts';
import { serveInProcess } from './host-in-process.ts';
import { type TestFolder, testFolder } from './host-process.ts';
import { createFakeTime } from './mention-fixtures.ts';

/** A whole host whose clock and timers stand still until they are told to move, asked from the inside. */
export async function hostInFakeTime(
  options: Partial<ServeConfig> & { readonly at?: TestFolder; readonly from?: number } = {},
) {
  const { at = testFolder(), from = Date.UTC(2026, 5, 3, 9), ...config } = options;
  const time = createFakeTime(from);
  let ahead = 0;
  const clock = { now: (): Instant => instant(time.clock.now() + ahead) };
  const served = await serveInProcess(at, { clock, schedule: time.schedule, ...config });
  const { host } = served;

  /** Whoever owns the folder, or the person named. */
  function caller(operatorId?: OperatorId): Caller {
    return operatorId === undefined
      ? { sessionId: 'test', operatorId: null, door: 'local' }
      : {
          sessionId: host.access.openSession(host.access.issueToken(operatorId))?.sessionId ?? '',
          operatorId,
          door: 'browser',
        };
  }

  async function ask<Name extends EndpointName>(
    endpoint: Name,
    input: EndpointInput<Name>,
    as?: OperatorId,
  ): Promise<Reply> {
    return host.api.invoke(caller(as), endpoint, input);
  }

  return {
    ...served,
    at,
    now: clock.now,
    pass: time.pass,
    /** Time goes by in which nothing ran. */
    jump: (ms: number) => void (ahead += ms),
    ask,
    async get<Name extends EndpointName>(
      endpoint: Name,
      input: EndpointInput<Name>,
      as?: OperatorId,
    ): Promise<EndpointOutputs[Name]> {
      const reply = await ask(endpoint, input, as);
      if (!reply.ok) throw new Error(`${endpoint}: ${reply.error.code}: ${reply.error.message}`);
      return reply.value as EndpointOutputs[Name];
    },
    /** The latest payload of a topic, and how many there were. */
    follow<Name extends TopicName>(topic: Name, params: TopicParams<Name>) {
      const payloads: TopicPayloads[Name][] = [];
      const opened = host.api.subscribe(caller(), topic, params, (payload) => {
        payloads.push(payload as TopicPayloads[Name]);
      });
      if (!opened.ok) throw new Error(`${topic}: ${opened.error.code}`);
      return {
        payloads,
        latest(): TopicPayloads[Name] {
          const last = payloads.at(-1);
          if (last === undefined) throw new Error(`nothing was pushed on ${topic}`);
          return last;
        },
        stop: opened.value,
      };
    },
    rooms: () => [...(host.founded()?.warRoom.rooms.values() ?? [])],
    notices: () => host.notices.all(),
    feedFile: (name: string) => join(at.dataDir, 'feeds', name),
  };
}

export type HostInFakeTime = Awaited<ReturnType<typeof hostInFakeTime>>;

export interface Line {
  readonly id: string;
  readonly at: number;
  readonly author?: string;
  readonly text?: string;
}

/** Records of a mention file. */
export function lines(mentions: readonly Line[]): string {
  return mentions
    .map(({ id, at, author = '@a', text = `about ${id}` }) =>
      JSON.stringify({ id, author, text, channel: 'news', observedAt: at }),
    )
    .map((line) => `${line}\n`)
    .join('');
}

/** Two quiet hours that end a little before, so that the monitor knows what is usual. */
export function quietHours(now: number): string {
  const from = now - 2 * 60 * 60_000;
  return lines(Array.from({ length: 60 }, (_, n) => ({ id: `q${String(now)}-${String(n)}`, at: from + n * 100_000 })));
}

/** Many at once, by different people: a spike whoever looks. */
export function outbreak(now: number, count = 80): string {
  const said = { text: 'Glass in the yoghurt, does anybody know more?' };
  return lines(
    Array.from({ length: count }, (_, n) => ({
      id: `o${String(now)}-${String(n)}`,
      at: now,
      author: `@p${String(n % 30)}`,
      ...said,
    })),
  );
}
