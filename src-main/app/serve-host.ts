import { err, ok, type Result } from '../../shared/base/result.ts';
import type { Clock, Schedule } from '../commands/ports.ts';
import { decideBindAddress } from '../host/bind-address.ts';
import type { HostLog } from '../host/host-log.ts';
import { createLocalSocket } from '../host/local-socket.ts';
import { type FirebreakHost, openFirebreakHost } from './firebreak-host.ts';
import { createHttpDoor } from './http-door.ts';
import { hostRefusalText } from './refusal-sentences.ts';

export interface ServeConfig {
  readonly dataDir: string;
  readonly resourcesDir: string;
  readonly rendererRoot: string;
  readonly version: string;
  readonly port: number;
  readonly host: string;
  readonly insecure: boolean;
  readonly ifEmpty: 'ask' | 'found' | 'demo';
  readonly demoSpeed: number;
  readonly allowedPrivateHosts: readonly string[];
  readonly clock: Clock;
  readonly schedule: Schedule;
  readonly log: HostLog;
  readonly configDir?: string;
}

export interface ServedHost {
  readonly url: string;
  readonly port: number;
  readonly host: FirebreakHost;
  close(): Promise<void>;
}

/** A host without a window: its browser door and its local socket are open when this resolves. */
export async function serveHost(config: ServeConfig): Promise<Result<ServedHost, string>> {
  const address = decideBindAddress({ host: config.host, insecure: config.insecure });
  if (!address.ok) return err(address.error.message);
  let url: string | null = null;
  const opened = openFirebreakHost({
    ...config,
    door: 'headless',
    sharing: {
      url: () => url,
      open: () => Promise.resolve(url ?? ''),
      // A headless host is shared by being there; it stops when it is stopped.
      close: () => Promise.resolve(),
    },
  });
  if (!opened.ok) return err(hostRefusalText(opened.error));
  const host = opened.value;
  const http = createHttpDoor(host, config);
  const local = createLocalSocket({ dataDir: config.dataDir, api: host.api, log: config.log });
  async function close(): Promise<void> {
    await local.close();
    await http.close();
    host.close();
  }
  try {
    const listening = await http.listen({ port: config.port, host: address.value.host });
    url = listening.url;
    await local.listen();
    return ok({ ...listening, host, close });
  } catch (cause) {
    await close();
    return err(cause instanceof Error ? cause.message : String(cause));
  }
}
