import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { uptime, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type BrowserContextOptions, expect, type Page, test as base } from '@playwright/test';
import { z } from 'zod';
import type { Role } from '../../shared/domain/roster/roles.ts';
import type { EndpointInput, EndpointName, EndpointOutputs } from '../../shared/protocol/endpoints.ts';
import type { Schedule } from '../../src-main/commands/ports.ts';
import { serveHost } from '../../src-main/app/serve-host.ts';
import { callLocalHost } from '../../src-main/host/call-local-host.ts';
import { createHostClock } from '../../src-main/host/clock.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');
const Listening = z.object({ url: z.string(), port: z.int() });

/** Asks a host as whoever owns its data folder does. Throws what it refuses. */
export type AskHost = <Name extends EndpointName>(
  endpoint: Name,
  input: EndpointInput<Name>,
) => Promise<EndpointOutputs[Name]>;

/** A served host with its own folder, whatever process it runs in. */
export interface E2eHost {
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  readonly ask: AskHost;
  close(): Promise<void>;
}

/** The three sources of the host's clock, moved by hand on top of real time. */
export interface MovableTime {
  /** As if that much time went by. */
  pass(ms: number): Promise<void>;
  /** As if the machine slept that long: what counts awake time only stands still. */
  sleep(ms: number): Promise<void>;
  /** As if somebody set the machine's clock. */
  setMachineClock(byMs: number): Promise<void>;
}

export interface PersonOptions extends BrowserContextOptions {
  /** How far the clock of this person's machine is ahead of the host's. */
  readonly wallAheadMs?: number;
}

/** What one end-to-end test plays on: hosts in folders of their own, and a browser context for each person. */
export interface Stage {
  /** In this process, with a clock that can be moved. */
  serve(options?: {
    readonly demo?: boolean;
    readonly demoSpeed?: number;
  }): Promise<E2eHost & { readonly time: MovableTime }>;
  /** As a process of its own, by the command line. `restart` uses the same folder and port after `kill`. */
  spawn(args: readonly string[]): Promise<E2eHost & { kill(): Promise<void>; restart(): Promise<void> }>;
  /** A page that nobody has signed in to yet, watched for faults. */
  blankPage(options?: PersonOptions): Promise<Page>;
  /** A page signed in by an access link of this person. */
  person(host: E2eHost, name: string, role: Role, options?: PersonOptions): Promise<Page>;
  /** From here on a host is away on purpose: what the browser says about that is no fault. */
  expectOutage(): void;
}

export const test = base.extend<{ stage: Stage }>({
  stage: async ({ browser }, use) => {
    const problems: string[] = [];
    const ends: (() => Promise<void> | void)[] = [];
    const pages: Page[] = [];
    let outage = false;

    function temporaryFolder() {
      const folder = mkdtempSync(join(tmpdir(), 'firebreak-e2e-'));
      ends.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
      const configDir = join(folder, 'config');
      mkdirSync(configDir);
      return { dataDir: join(folder, 'data'), configDir };
    }

    async function serve({ demo = false, demoSpeed = 10 } = {}) {
      const { dataDir, configDir } = temporaryFolder();
      const { clock, schedule, move } = createMovableClock();
      const failed = (details: unknown, message?: string): void =>
        void problems.push(`host: ${message ?? ''} ${describe(details)}`);
      const served = await serveHost({
        dataDir,
        configDir,
        resourcesDir: join(REPOSITORY, 'resources'),
        rendererRoot: join(REPOSITORY, 'out', 'renderer'),
        version: 'test',
        port: 0,
        host: '127.0.0.1',
        insecure: false,
        ifEmpty: demo ? 'demo' : 'ask',
        demoSpeed,
        allowedPrivateHosts: [],
        clock,
        schedule,
        log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: failed },
      });
      if (!served.ok) throw new Error(served.error);
      const { url, port, host, close } = served.value;
      ends.push(close);
      const local = { sessionId: 'test', operatorId: null, door: 'local' } as const;
      const ask = async (endpoint: string, input: unknown) =>
        unwrapReply(endpoint, await host.api.invoke(local, endpoint, input));
      /** Pages ask for the host's time when they come to the front, as after a machine woke up. */
      const moved = (by: Parameters<typeof move>[0]) => async (ms: number) => {
        move(by, ms);
        await Promise.all(
          pages
            .filter((page) => !page.isClosed())
            .map((page) => page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))),
        );
      };
      const time = { pass: moved('pass'), sleep: moved('sleep'), setMachineClock: moved('set') };
      return { url, port, dataDir, ask: ask as AskHost, close, time };
    }

    async function spawnHost(args: readonly string[]) {
      const { dataDir, configDir } = temporaryFolder();
      const env = {
        ...process.env,
        HOME: configDir,
        XDG_CONFIG_HOME: configDir,
        XDG_DATA_HOME: configDir,
        APPDATA: configDir,
      };
      let child = await startChild([...args, '--data', dataDir], env);
      ends.push(() => child.end('SIGKILL'));
      const { url, port } = child;
      return {
        url,
        port,
        dataDir,
        ask: (async (endpoint: string, input: unknown) =>
          unwrapReply(endpoint, await callLocalHost(dataDir, endpoint, input))) as AskHost,
        close: () => child.end('SIGTERM'),
        kill: () => child.end('SIGKILL'),
        restart: async () => {
          child = await startChild([...args, '--data', dataDir, '--port', String(port)], env);
        },
      };
    }

    async function blankPage({ wallAheadMs = 0, ...options }: PersonOptions = {}): Promise<Page> {
      const context = await browser.newContext(options);
      ends.push(() => context.close());
      await context.addInitScript(() => {
        document.addEventListener('securitypolicyviolation', (event) => {
          console.error(
            `policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${String(event.lineNumber)}`,
          );
        });
      });
      if (wallAheadMs !== 0) await context.addInitScript(setWallClock, wallAheadMs);
      context.setDefaultTimeout(15_000);
      const page = await context.newPage();
      pages.push(page);
      page.on('pageerror', (error) => problems.push(`page: ${error.stack ?? error.message}`));
      page.on('console', (message) => {
        if (message.type() !== 'error') return;
        // Chromium has a name for every moment at which a host can go away; while it is meant to be away, each will do.
        if (outage && /Failed to load resource: net::ERR_|WebSocket connection to/.test(message.text())) return;
        problems.push(`console: ${message.text()} ${message.location().url}`);
      });
      return page;
    }

    await use({
      serve,
      spawn: spawnHost,
      blankPage,
      async person(host, name, role, options) {
        const page = await blankPage(options);
        const { url } = await host.ask('people.invite', { name, role });
        await page.goto(url ?? '');
        await expect(page.getByRole('navigation', { name: 'Views' })).toContainText(name);
        return page;
      },
      expectOutage: () => void (outage = true),
    });
    for (const end of ends.reverse()) await end();
    expect(problems, 'the pages and the hosts reported nothing').toEqual([]);
  },
});

/** An organisation with a chain of three, quiet: no feed brings anything by itself. */
export async function found(host: E2eHost, organisation: string): Promise<void> {
  const person = (name: string, role: Role, deputyOf: number | null = null) => ({ name, roles: [role], deputyOf });
  await host.ask('setup.createWorkspace', {
    organisation,
    watch: [],
    people: [
      { name: 'Inês Okafor', roles: ['administrator', 'incident-commander'], deputyOf: null },
      person('Rafael Nakamura', 'social-lead'),
      person('Tomasz Adeyemi', 'writer', 1),
      person('Maren Solheim', 'comms-lead'),
      person('Leila Haddad', 'legal'),
      person('Anneli Moreau', 'spokesperson'),
    ],
    chain: ['comms-lead', 'legal', 'spokesperson'],
  });
}

/** Real time, the host's own clock over it, and timers that follow when it is moved. */
function createMovableClock() {
  const ahead = { wall: 0, monotonic: 0, boot: 0 };
  const monotonic = (): number => performance.now() + ahead.monotonic;
  const clock = createHostClock({
    wall: () => Date.now() + ahead.wall,
    monotonic,
    bootTime: () => uptime() * 1000 + ahead.boot,
  });
  const pending = new Map<object, { readonly dueAt: number; readonly act: () => void; timer: NodeJS.Timeout }>();

  const schedule: Schedule = (delayMs, act) => {
    const key = {};
    const run = (): void => {
      pending.delete(key);
      act();
    };
    pending.set(key, { dueAt: monotonic() + delayMs, act: run, timer: setTimeout(run, delayMs) });
    return () => {
      clearTimeout(pending.get(key)?.timer);
      pending.delete(key);
    };
  };

  function move(by: 'pass' | 'sleep' | 'set', ms: number): void {
    ahead.wall += ms;
    if (by === 'set') return;
    ahead.boot += ms;
    if (by === 'sleep') return;
    ahead.monotonic += ms;
    for (const one of pending.values()) {
      clearTimeout(one.timer);
      one.timer = setTimeout(one.act, Math.max(0, one.dueAt - monotonic()));
    }
  }
  return { clock, schedule, move };
}

async function startChild(args: readonly string[], env: NodeJS.ProcessEnv) {
  const cli = join(REPOSITORY, 'src-main', 'cli.ts');
  const child = spawn(process.execPath, [cli, 'serve', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (piece: string) => (said += piece));
  const line = await Promise.race([
    new Promise<string>((resolve) => createInterface({ input: child.stdout }).once('line', resolve)),
    exited.then(() => Promise.reject(new Error(`The host ended before it listened: ${said}`))),
  ]);
  return { ...Listening.parse(JSON.parse(line)), end: (signal: NodeJS.Signals) => endChild(child, exited, signal) };
}

async function endChild(child: ChildProcess, exited: Promise<void>, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal);
  await exited;
}

function unwrapReply(endpoint: string, reply: Awaited<ReturnType<typeof callLocalHost>>): unknown {
  if (!reply?.ok) throw new Error(`${endpoint}: ${reply?.error.message ?? 'no host answers'}`);
  return reply.value;
}

function describe(details: unknown): string {
  const cause = typeof details === 'object' && details !== null && 'err' in details ? details.err : details;
  return cause instanceof Error ? (cause.stack ?? cause.message) : JSON.stringify(cause);
}

/** Runs in the page before anything else: its wall clock, and nothing but that, is off. */
function setWallClock(aheadMs: number): void {
  const RealDate = Date;
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args: unknown[]) =>
      args.length === 0 ? new target(RealDate.now() + aheadMs) : (Reflect.construct(target, args) as Date),
    get: (target, key) => (key === 'now' ? () => RealDate.now() + aheadMs : (Reflect.get(target, key) as unknown)),
  });
}
