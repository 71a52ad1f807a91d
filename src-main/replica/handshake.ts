import type { PublicKeyHex, Sha256Hex } from '../../shared/base/ids.ts';
import { parseJson } from '../../shared/base/json.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import type { SignedEvent } from '../../shared/log/envelope.ts';
import type { SignatureVerifier, Signer } from '../../shared/log/signing.ts';
import { HelloFrame, ProofFrame, REPLICA_CLOSE, REPLICA_VERSION } from '../../shared/protocol/replica-frames.ts';
import { isSessionProof, proveSession, type SessionBinding } from '../../shared/protocol/replica-handshake.ts';
import type { Clock, ReplicaLink, Schedule } from '../commands/ports.ts';

// How two hosts show each other who they are. The client speaks first, and the server proves first:
//   client: hello   server: hello, proof   client: proof
// 1. A server tells nothing to a client of another workspace, or whose key is no host's.
// 2. A client proves nothing to a server that did not prove itself, on this connection, under this certificate.
// 3. Whoever is known by its own key is refused: it is a copy of this very host, and would fork it.

export type HandshakeFailure =
  | 'malformed'
  | 'otherVersion'
  | 'otherWorkspace'
  /** The other side's key is no host's, is retired, or it did not sign. */
  | 'notEnrolled'
  | 'sameHost'
  | 'late'
  | 'closed';

export interface ProvedPeer {
  readonly key: PublicKeyHex;
  readonly clockOffMs: number;
  /** What comes after the proof. */
  readonly link: ReplicaLink;
}

export interface HandshakeDeps {
  readonly side: 'client' | 'server';
  readonly workspaceId: Sha256Hex;
  /** This host's key in force. */
  readonly signer: Signer;
  readonly verifier: SignatureVerifier;
  readonly isHostKey: (key: PublicKeyHex) => boolean;
  /** What makes this host one of the workspace. A server says it to clients who say it. */
  readonly introduction?: () => readonly SignedEvent[];
  /** Of a client: whether it introduces itself. */
  readonly introduces?: boolean;
  /** Takes in what makes another host one of the workspace, as far as it holds. */
  readonly introduce?: (introduction: readonly SignedEvent[]) => void;
  /** SHA-256 of the server's certificate as this side sees it; null without TLS. */
  readonly certificate: Sha256Hex | null;
  readonly clock: Clock;
  readonly schedule: Schedule;
  /** 32 random bytes in hexadecimal, never the same twice. */
  readonly nonce: () => string;
  readonly withinMs?: number;
}

const WITHIN_MS = 10_000;
/** Nobody has proved anything yet: room for a hello with an introduction, and no more. */
const LONGEST_MESSAGE = 256 * 1024;

/** Resolves when both have proved themselves, or with why not; then the link is closed. */
export function shakeHands(raw: ReplicaLink, deps: HandshakeDeps): Promise<Result<ProvedPeer, HandshakeFailure>> {
  const { side, signer, verifier, clock } = deps;
  let ours: HelloFrame = {
    kind: 'hello',
    v: REPLICA_VERSION,
    workspace: deps.workspaceId,
    key: signer.publicKey,
    nonce: deps.nonce(),
    now: clock.now(),
  };
  if (side === 'client' && deps.introduces === true) ours = introduced(ours);
  const passed = createPassOn(raw);

  function introduced(hello: HelloFrame): HelloFrame {
    return { ...hello, introduction: [...(deps.introduction?.() ?? [])] };
  }

  return new Promise((resolve) => {
    let theirs: HelloFrame | null = null;
    let isOver = false;
    let clockAtHello: number = clock.now();
    const cancel = deps.schedule(deps.withinMs ?? WITHIN_MS, () => fail('late'));

    function fail(failure: HandshakeFailure): void {
      if (isOver) return;
      isOver = true;
      cancel();
      if (failure !== 'closed') raw.close(...CLOSING[failure]);
      resolve(err(failure));
    }

    function succeed(hello: HelloFrame): void {
      isOver = true;
      cancel();
      resolve(ok({ key: hello.key, clockOffMs: hello.now - clockAtHello, link: passed.link }));
    }

    function binding(hello: HelloFrame): SessionBinding {
      const [client, server] = side === 'client' ? [ours, hello] : [hello, ours];
      return { certificate: deps.certificate, client, server };
    }

    function prove(hello: HelloFrame): void {
      raw.send(JSON.stringify({ kind: 'proof', signature: proveSession(signer, side, binding(hello)) }));
    }

    function hearHello(message: unknown): void {
      const failure = refusalOf(message);
      if (failure !== null) return fail(failure);
      theirs = HelloFrame.parse(message);
      clockAtHello = clock.now();
      if (side === 'client') return;
      if (theirs.introduction) ours = introduced(ours);
      raw.send(JSON.stringify(ours));
      prove(theirs);
    }

    function refusalOf(message: unknown): HandshakeFailure | null {
      const hello = HelloFrame.safeParse(message).data;
      if (hello === undefined) return isOtherVersion(message) ? 'otherVersion' : 'malformed';
      if (hello.workspace !== deps.workspaceId) return 'otherWorkspace';
      if (hello.key === signer.publicKey) return 'sameHost';
      if (!deps.isHostKey(hello.key) && hello.introduction) hearIntroduction(hello.introduction);
      return deps.isHostKey(hello.key) ? null : 'notEnrolled';
    }

    /** A disk that refuses is not the other's fault, and they come again. */
    function hearIntroduction(introduction: readonly SignedEvent[]): void {
      try {
        deps.introduce?.(introduction);
      } catch {
        // Then it is not known here, and turned away as before.
      }
    }

    function hearProof(hello: HelloFrame, message: unknown): void {
      const proof = ProofFrame.safeParse(message).data;
      if (proof === undefined) return fail('malformed');
      const other = side === 'client' ? 'server' : 'client';
      // It may have been retired since it said hello.
      const isProved = deps.isHostKey(hello.key) && isSessionProof(proof.signature, other, binding(hello), verifier);
      if (!isProved) return fail('notEnrolled');
      passed.begin();
      if (side === 'client') prove(hello);
      succeed(hello);
    }

    raw.onClose(() => fail('closed'));
    raw.onMessage((text) => {
      if (isOver) return passed.hear(text);
      const message = parse(text);
      if (theirs === null) hearHello(message);
      else hearProof(theirs, message);
    });
    if (side === 'client') raw.send(JSON.stringify(ours));
  });
}

const CLOSING: Readonly<Record<Exclude<HandshakeFailure, 'closed'>, readonly [number, string]>> = {
  malformed: [REPLICA_CLOSE.malformed, 'not a message of this protocol'],
  otherVersion: [REPLICA_CLOSE.otherVersion, 'another version of the protocol'],
  otherWorkspace: [REPLICA_CLOSE.otherWorkspace, 'another workspace'],
  notEnrolled: [REPLICA_CLOSE.notEnrolled, 'not a host of this workspace'],
  sameHost: [REPLICA_CLOSE.sameHost, 'the key of this very host'],
  late: [REPLICA_CLOSE.tryAgain, 'no proof in time'],
};

function parse(text: string): unknown {
  return text.length > LONGEST_MESSAGE ? undefined : parseJson(text);
}

function isOtherVersion(message: unknown): boolean {
  const { kind, v } = (message ?? {}) as { readonly kind?: unknown; readonly v?: unknown };
  return kind === 'hello' && typeof v === 'number' && v !== REPLICA_VERSION;
}

/** What arrives before the next owner of the link listens is kept for it. */
function createPassOn(raw: ReplicaLink) {
  let handler: ((text: string) => void) | null = null;
  let early: string[] | null = null;
  return {
    begin: () => void (early ??= []),
    hear(text: string): void {
      if (handler !== null) handler(text);
      else early?.push(text);
    },
    link: {
      send: raw.send,
      close: raw.close,
      bufferedBytes: raw.bufferedBytes,
      onClose: raw.onClose,
      onMessage(next) {
        handler = next;
        for (const text of early?.splice(0) ?? []) next(text);
      },
    } satisfies ReplicaLink,
  };
}
