import { join } from 'node:path';
import { invariant } from '../../shared/base/invariant.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import type { Api } from '../commands/ports.ts';
import { createLocalSocket } from '../host/local-socket.ts';
import { createDesktopPage } from './desktop-page.ts';
import { type FirebreakHost, type HostConfig, openFirebreakHost } from './firebreak-host.ts';
import { createHttpDoor } from './http-door.ts';
import { createLoopbackSharing } from './loopback-sharing.ts';
import { createLog, programClock, programFolder, programVersion, timers } from './program.ts';
import { hostRefusalText } from './refusal-sentences.ts';

export interface DesktopHost {
  readonly api: Api;
  readonly version: string;
  /** One of the page's files by its path, with the headers it goes with. */
  readonly page: ReturnType<typeof createDesktopPage>;
  /** Where browsers reach this host; null while no port is open. */
  sharedAt(): string | null;
  /** The machine woke up: what a page shows of the host may be old. */
  refresh(): void;
  warn(what: string, about: object): void;
  close(): Promise<void>;
}

/** The host of a window. It opens no port: commands reach it by a socket file, browsers once the room is shared. */
export async function openDesktopHost(config: {
  readonly dataDir: string;
  readonly demo: boolean;
  readonly demoSpeed: number;
  readonly secretProtection: HostConfig['secretProtection'];
}): Promise<Result<DesktopHost, string>> {
  const folder = programFolder();
  const rendererRoot = join(folder, 'out', 'renderer');
  const version = programVersion(folder);
  const log = createLog(process.env['FIREBREAK_LOG'] ?? 'warn');
  const clock = programClock(log);

  let host: FirebreakHost | null = null;
  const sharing = createLoopbackSharing(() => {
    invariant(host, 'a room is shared by a host that is open');
    return createHttpDoor(host, { rendererRoot, clock, log });
  });
  const opened = openFirebreakHost({
    dataDir: config.dataDir,
    resourcesDir: join(folder, 'resources'),
    version,
    door: 'desktop',
    clock,
    schedule: timers,
    log,
    ifEmpty: config.demo ? 'demo' : 'ask',
    demoSpeed: config.demoSpeed,
    sharing,
    allowedPrivateHosts: [],
    secretProtection: config.secretProtection ?? null,
  });
  if (!opened.ok) return err(hostRefusalText(opened.error));
  host = opened.value;
  const { api, hostChanged, close } = opened.value;

  const local = createLocalSocket({ dataDir: config.dataDir, api, log });
  try {
    await local.listen();
  } catch (cause) {
    // The window works without it; only commands beside it have to wait until it is closed.
    log.warn({ err: cause }, 'commands cannot reach this host while its window is open');
  }

  return ok({
    api,
    version,
    page: createDesktopPage(rendererRoot),
    sharedAt: () => sharing.url(),
    refresh: () => hostChanged.emit(),
    warn: (what, about) => log.warn(about, what),
    async close() {
      await local.close();
      await sharing.end();
      close();
    },
  });
}
