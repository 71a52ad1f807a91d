import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { instant, type PublicKeyHex, type Sha256Hex } from '../../shared/base/ids.ts';
import type { SignedEvent } from '../../shared/log/envelope.ts';
import { isSoundTextBatch } from '../../shared/log/text-batch.ts';
import type { Schedule } from '../../src-main/commands/ports.ts';
import { prepareEd25519, verifyEd25519 } from '../../src-main/identity/ed25519.ts';
import { createReplicaDoor, type AcceptLimits, type FailureBackOff } from '../../src-main/replica/accept.ts';
import { createFollower, type Follower } from '../../src-main/replica/follow.ts';
import { createReplica } from '../../src-main/replica/replica.ts';
import { createVerifyPool } from '../../src-main/replica/verify-pool.ts';
import { signerOf } from './log-fixtures.ts';
import { createMemoryLocal } from './replica-local.ts';
import { selfSigned } from './self-signed.ts';

const clock = { now: () => instant(Date.now()) };
const schedule: Schedule = (delayMs, act) => {
  const timer = setTimeout(act, delayMs);
  return () => clearTimeout(timer);
};

/** Hosts in memory with real sockets, real time and real signatures; `stop` ends all of it. */
export function createReplicaServers(beginning: readonly SignedEvent[], workspaceId: Sha256Hex) {
  const stops: (() => void)[] = [];
  const hostKeys = new Set<PublicKeyHex>();
  const verify = createVerifyPool(prepareEd25519);

  function host(name: string, workspace = workspaceId) {
    const memory = createMemoryLocal(workspace, clock);
    const signer = signerOf(`host ${name}`);
    const replica = createReplica({
      local: memory.local,
      clock,
      schedule,
      soon: (act) => void setImmediate(act),
      verify,
      verifyText: async (batch) => isSoundTextBatch(batch, verifyEd25519),
      log: { info: () => undefined, warn: () => undefined },
    });
    hostKeys.add(signer.publicKey);
    stops.push(() => replica.close());
    const handshake = {
      workspaceId: workspace,
      signer,
      verifier: verifyEd25519,
      isHostKey: (key: PublicKeyHex) => hostKeys.has(key),
      hostOf: (key: PublicKeyHex) => ({ hostId: key, name: key.slice(0, 6) }),
      clock,
      schedule,
      nonce: () => randomBytes(32).toString('hex'),
      replica,
    };

    async function serve(
      options: {
        readonly tls?: boolean;
        readonly port?: number;
        readonly limits?: Partial<AcceptLimits>;
        readonly failures?: FailureBackOff;
      } = {},
    ) {
      const pair = options.tls === true ? selfSigned() : null;
      const certificate = pair && fingerprint(pair.cert);
      const server = pair ? createHttpsServer(pair) : createHttpServer();
      const door = createReplicaDoor({
        ...handshake,
        certificate: () => certificate,
        log: { info: () => undefined, warn: () => undefined },
        failures: options.failures ?? { waitMs: () => 0, failed: () => undefined, succeeded: () => undefined },
        ...(options.limits && { limits: options.limits }),
      });
      server.on('upgrade', (request, stream, head) => door.handleReplicaUpgrade(request, stream, head));
      server.listen(options.port ?? 0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      function stop(): void {
        door.close();
        server.close();
        server.closeAllConnections();
      }
      stops.push(stop);
      return { port, url: `${pair ? 'wss' : 'ws'}://127.0.0.1:${String(port)}`, certificate, stop };
    }

    function follow(url: string, pinned: Sha256Hex | null = null): Follower {
      const follower = createFollower({
        ...handshake,
        target: { url, pinned },
        random: () => 0,
        onChanged: () => undefined,
      });
      stops.push(() => follower.stop());
      return follower;
    }

    return { ...memory, name, signer, replica, serve, follow };
  }

  return {
    host,
    founded(name: string) {
      const made = host(name);
      made.local.receive('workspace', beginning);
      return made;
    },
    retire: (key: PublicKeyHex) => void hostKeys.delete(key),
    stop: () => stops.splice(0).forEach((stop) => stop()),
  };
}

export function fingerprint(pem: string): Sha256Hex {
  return createHash('sha256').update(new X509Certificate(pem).raw).digest('hex') as Sha256Hex;
}
