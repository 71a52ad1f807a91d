import { z } from 'zod';
import { type PublicKeyHex, RoomId, type Sha256Hex } from '../base/ids.ts';
import { actorOfKey } from '../domain/workspace/workspace.ts';
import { verifyChain, type ChainFault } from '../log/chain.ts';
import type { LogId, SignedEvent, StoredEvent } from '../log/envelope.ts';
import type { SignatureVerifier } from '../log/signing.ts';
import { isSoundTextBatch, textBatchHash, type TextBatch, type TextBatchHeader } from '../log/text-batch.ts';
import { judgeRoom, type VerifyReport } from '../log/verify-room.ts';
import { createWorkspaceHistory } from '../log/workspace-history.ts';
import { type Bundle, type BundleBroken, readBundle } from './bundle.ts';

export type BundleFault =
  BundleBroken['reason'] | ChainFault | 'NoGenesis' | 'OtherWorkspace' | 'ByStranger' | 'TextBroken' | 'RoomBroken';

/** What a stranger can find out from a bundle alone, trusting nobody. */
export interface BundleReport {
  readonly ok: boolean;
  /** Where it broke and why: the line of the bundle where that is known, else null. */
  readonly failure: { readonly line: number | null; readonly reason: BundleFault } | null;
  readonly organisation: string | null;
  readonly fingerprint: Sha256Hex | null;
  /** True only when the fingerprint that was asked for is this workspace's. */
  readonly trusted: boolean;
  readonly by: PublicKeyHex | null;
  readonly rooms: readonly VerifyReport[];
  /** Batches of words, and in how many documents. */
  readonly texts: { readonly documents: number; readonly batches: number };
}

/**
 * Verifies a bundle from its bytes: its form and manifest, every chain and signature, every batch of words, and what each
 * room's fold grants. `trust` is a genesis fingerprint one has from elsewhere.
 */
export function verifyBundle(
  text: string,
  deps: { readonly verifier: SignatureVerifier; readonly trust?: string },
): BundleReport {
  const { verifier, trust } = deps;
  const read = readBundle(text, verifier);
  if (!read.ok) return failed(read.error.reason, read.error.line);
  const bundle = read.value;
  const byLog = eventsByLog(bundle);
  const workspace = verifyChain({ log: 'workspace', events: byLog.get('workspace') ?? [], verifier });
  if (!workspace.ok) return failed(workspace.error.fault, null);
  const genesis = workspace.value[0];
  if (genesis?.hash !== bundle.header.workspace) return failed('NoGenesis', null);
  const history = createWorkspaceHistory(workspace.value);
  const report = {
    organisation: history.state.organisation,
    fingerprint: genesis.hash,
    trusted: trust === genesis.hash,
    by: bundle.header.by,
  };
  if (trust !== undefined && !report.trusted) return { ...failed('OtherWorkspace', 1), ...report };
  if (actorOfKey(history.state, bundle.header.by).kind !== 'host') return { ...failed('ByStranger', 1), ...report };
  const rooms: VerifyReport[] = [];
  for (const [log, events] of byLog) {
    if (log === 'workspace') continue;
    const judged = judgeLog(log, events, { workspaceEvents: workspace.value, bundle, verifier, trust });
    if (!judged.ok) return { ...failed(judged.fault, null), ...report, rooms };
    rooms.push(judged.report);
  }
  const texts = textsIn(bundle);
  const isTextWhole = texts.every(
    (batch) =>
      batch.header.workspace === genesis.hash &&
      history.knowsKey(batch.header.author) &&
      isSoundTextBatch(batch, verifier),
  );
  if (!isTextWhole || !areChained(texts)) return { ...failed('TextBroken', null), ...report, rooms };
  const documents = new Set(texts.map(({ header }) => header.document)).size;
  const whole = { ...report, rooms, texts: { documents, batches: texts.length } };
  const isWhole = rooms.every(({ ok }) => ok);
  return { ...whole, ok: isWhole, failure: isWhole ? null : { line: null, reason: 'RoomBroken' } };
}

interface JudgeContext {
  readonly workspaceEvents: readonly StoredEvent[];
  readonly bundle: Bundle;
  readonly verifier: SignatureVerifier;
  readonly trust: string | undefined;
}

function judgeLog(
  log: LogId,
  events: readonly SignedEvent[],
  { workspaceEvents, bundle, verifier, trust }: JudgeContext,
): { readonly ok: true; readonly report: VerifyReport } | { readonly ok: false; readonly fault: ChainFault } {
  const chain = verifyChain({ log, events, verifier, workspace: workspaceEvents });
  if (!chain.ok) return { ok: false, fault: chain.error.fault };
  const { workspace, by } = bundle.header;
  const manifest = { room: RoomId.parse(log), workspace, by, sha256: bundle.manifest.sha256 };
  return { ok: true, report: judgeRoom({ workspaceEvents, roomEvents: chain.value, manifest }, trust) };
}

function eventsByLog({ frames }: Bundle): ReadonlyMap<LogId, readonly SignedEvent[]> {
  const byLog = new Map<LogId, SignedEvent[]>();
  for (const frame of frames) {
    if (frame.kind !== 'events') continue;
    const events = byLog.get(frame.log) ?? [];
    byLog.set(frame.log, events);
    events.push(...frame.events);
  }
  return byLog;
}

function textsIn({ frames }: Bundle): readonly TextBatch[] {
  return frames.flatMap((frame) => {
    if (frame.kind !== 'text') return [];
    const { header, signature, data } = frame;
    return [{ header, signature, data: z.core.util.base64ToUint8Array(data) }];
  });
}

/** Each author's batches of a document follow one another, on whatever branch. */
function areChained(texts: readonly TextBatch[]): boolean {
  const known = new Map<Sha256Hex, TextBatchHeader>();
  return texts.every(({ header }) => {
    known.set(textBatchHash(header), header);
    if (header.previous === null) return header.n === 1;
    const before = known.get(header.previous);
    return before?.n === header.n - 1 && before.author === header.author && before.document === header.document;
  });
}

function failed(reason: BundleFault, line: number | null): BundleReport {
  return {
    ok: false,
    failure: { line, reason },
    organisation: null,
    fingerprint: null,
    trusted: false,
    by: null,
    rooms: [],
    texts: { documents: 0, batches: 0 },
  };
}
