import { randomBytes } from 'node:crypto';
import { hostname, networkInterfaces } from 'node:os';
import type { Sha256Hex } from '../../shared/base/ids.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import type { Clock, Schedule } from '../commands/ports.ts';
import { type BindAddress, decideBindAddress } from '../host/bind-address.ts';
import type { HostLog } from '../host/host-log.ts';
import { createLocalSocket } from '../host/local-socket.ts';
import { openOwnCertificate } from '../identity/certificate-own.ts';
import { type CertificateFiles, printedFingerprint, readCertificate } from '../identity/certificate.ts';
import { pathsOf } from './data-folder.ts';
import { type FirebreakHost, openFirebreakHost } from './firebreak-host.ts';
import { createHttpDoor } from './http-door.ts';
import { reachableAddresses } from './reachable-addresses.ts';
import { hostRefusalText } from './refusal-sentences.ts';

export interface ServeConfig {
  readonly dataDir: string;
  readonly resourcesDir: string;
  readonly rendererRoot: string;
  readonly version: string;
  readonly port: number;
  readonly host: string;
  readonly insecure: boolean;
  /** TLS on loopback, too, where plain HTTP would do. */
  readonly tls?: boolean;
  /** The organisation's certificate; without it the host has one of its own where it needs one. */
  readonly certificateFiles?: CertificateFiles | null;
  /** Further names under which this host is reached, `name` or `name:port`. */
  readonly allowedHosts?: readonly string[];
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
  /** What others pin; null where there is no TLS. */
  readonly certificate: {
    readonly fingerprint: Sha256Hex;
    /** As browsers print it. */
    readonly printed: string;
    readonly selfSigned: boolean;
  } | null;
  /** It speaks plain text to a network, because somebody asked for that. */
  readonly isInsecure: boolean;
  /**
   * Reads the organisation's certificate anew, for whoever connects from now on; a bad one leaves the old in force.
   * Returns its fingerprint as browsers print it.
   */
  reloadCertificate(): Result<string, string>;
  close(): Promise<void>;
}

/** A host without a window: its browser door and its local socket are open when this resolves. */
export async function serveHost(config: ServeConfig): Promise<Result<ServedHost, string>> {
  const { clock, certificateFiles: files = null } = config;
  const tls = config.tls === true || files !== null;
  const address = decideBindAddress({ host: config.host, insecure: config.insecure, tls });
  if (!address.ok) return err(address.error.message);
  const organisations = files && readCertificate(files, clock.now());
  if (organisations && !organisations.ok) return err(organisations.error.message);
  let url: string | null = null;
  let reachable: readonly string[] = [];
  let pin: Sha256Hex | null = null;
  const opened = openFirebreakHost({
    ...config,
    door: 'headless',
    sharing: {
      url: () => url,
      open: () => Promise.resolve(url ?? ''),
      // A headless host is shared by being there; it stops when it is stopped.
      close: () => Promise.resolve(),
      addresses: () => reachable,
      certificate: () => pin,
    },
  });
  if (!opened.ok) return err(hostRefusalText(opened.error));
  const host = opened.value;
  const certified = organisations ?? (address.value.encrypted ? ownCertificate(config, address.value) : ok(null));
  if (!certified.ok) {
    host.close();
    return err(certified.error.message);
  }
  const certificate = certified.value;
  const http = createHttpDoor(host, { ...config, certificate });
  const local = createLocalSocket({ dataDir: config.dataDir, api: host.api, log: config.log });
  async function close(): Promise<void> {
    await local.close();
    await http.close();
    host.close();
  }
  function reloadCertificate(): Result<string, string> {
    if (files === null) return err("This host's certificate is its own; there is no file to read anew.");
    const read = readCertificate(files, clock.now());
    if (!read.ok) return err(`${read.error.message} The one from before goes on.`);
    http.renewCertificate(read.value);
    return ok(printedFingerprint(read.value.fingerprint));
  }
  try {
    const listening = await http.listen({ port: config.port, host: address.value.host });
    url = listening.url;
    const bound = { host: address.value.host, port: listening.port, encrypted: certificate !== null };
    reachable = reachableAddresses(bound, config.allowedHosts ?? [], ownAddresses());
    // The organisation's is renewed by the organisation, and vouched for: it is not pinned.
    pin = certificate?.selfSigned === true ? certificate.fingerprint : null;
    await local.listen();
    const shown = certificate && {
      fingerprint: certificate.fingerprint,
      printed: printedFingerprint(certificate.fingerprint),
      selfSigned: certificate.selfSigned,
    };
    const isInsecure = !address.value.loopback && !address.value.encrypted;
    return ok({ ...listening, host, certificate: shown, isInsecure, reloadCertificate, close });
  } catch (cause) {
    await close();
    return err(cause instanceof Error ? cause.message : String(cause));
  }
}

function ownAddresses() {
  return Object.values(networkInterfaces()).flatMap((each = []) => each);
}

/** Named after whatever this machine is reached by, as far as is known when it is made. */
function ownCertificate(
  { dataDir, clock, allowedHosts = [] }: ServeConfig,
  { host }: BindAddress,
): ReturnType<typeof openOwnCertificate> {
  const isWildcard = host === '0.0.0.0' || host === '::';
  const bound = isWildcard ? ownAddresses() : [];
  const addresses = isWildcard ? bound.map(({ address }) => address.replace(/%.*$/, '')) : [host];
  const named = allowedHosts.map((name) => name.replace(/:\d+$/, ''));
  const names = ['localhost', '127.0.0.1', '::1', ...addresses, hostname(), ...named];
  return openOwnCertificate(pathsOf(dataDir).keysDir, { names, now: clock.now(), randomBytes });
}
