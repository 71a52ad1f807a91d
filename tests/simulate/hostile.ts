import { instant, type PublicKeyHex } from '../../shared/base/ids.ts';
import { type Head, type LogId, saltOf, type SignedEvent, type StoredEvent } from '../../shared/log/envelope.ts';
import type { EventLog } from '../../shared/log/event-log.ts';
import type { HybridTime } from '../../shared/log/hybrid-time.ts';
import { signEvent, type Signer } from '../../shared/log/signing.ts';
import type { Draws } from '../fuzz/draws.ts';
import { PEOPLE } from './cast.ts';
import type { Process } from './host.ts';
import type { VirtualLink } from './network.ts';
import type { SignatureScheme } from './signatures.ts';

/** What somebody who holds a host, its keys and its connections can do beside what the program would. */
export interface HostileDeed {
  readonly what: string;
  readonly do: () => void;
}

const YEAR = 365 * 24 * 60 * 60_000;

export function drawHostileDeed(deps: {
  readonly draws: Draws;
  readonly process: Process;
  /** Every key that was ever kept here, retired ones too. */
  readonly signers: readonly Signer[];
  readonly links: readonly VirtualLink[];
  /** Frames that went over its connections before. */
  readonly overheard: readonly string[];
  readonly signatures: SignatureScheme;
}): HostileDeed {
  const { draws, process, links, overheard, signatures } = deps;
  const signer = draws.pick(deps.signers);
  const logs: readonly EventLog[] = [
    process.workspaceLog,
    ...[...process.warRoom.rooms.values()].map(({ file }) => file.log),
  ];
  const log = draws.chance(0.25) ? process.workspaceLog : draws.pick(logs);
  const own = { events: ofAuthor(log, signer.publicKey) };

  return draws.weighted<() => HostileDeed>([
    [5, fork],
    [4, backdate],
    [2, fromTheFuture],
    [3, withoutRight],
    [2, inAnothersName],
    [2, replay],
    [2, garbage],
    [1, lie],
    [2, withhold],
  ])();

  function ofAuthor({ read }: EventLog, author: PublicKeyHex): readonly StoredEvent[] {
    return read().filter(({ envelope }) => envelope.author === author);
  }

  /** Signs by hand, after `previous` in that log, whatever the log would say. */
  function sign(
    previous: StoredEvent | undefined,
    time: HybridTime,
    fact: { readonly type: string; readonly body: Record<string, unknown> },
    parts: { readonly seen?: readonly Head[]; readonly workspace?: readonly Head[]; readonly by?: Signer } = {},
  ): SignedEvent {
    const place = {
      log: log.logId,
      seq: (previous?.envelope.seq ?? 0) + 1,
      time,
      previous: previous?.hash ?? null,
      seen: parts.seen ?? [],
      workspace: parts.workspace ?? (log.logId === 'workspace' || previous ? [] : process.workspaceLog.heads()),
      type: fact.type,
    };
    return signEvent(parts.by ?? signer, place, fact.body, saltOf(draws.bytes(16))).event;
  }

  function frameOf(events: readonly SignedEvent[], logId: LogId = log.logId): string {
    return JSON.stringify({ kind: 'events', log: logId, events });
  }

  /** To all of its peers, or to one of them alone. */
  function tell(text: string): void {
    if (links.length === 0) return;
    for (const link of draws.chance(0.5) ? links : [draws.pick(links)]) link.send(text);
  }

  function after(time: HybridTime | undefined): HybridTime {
    return time === undefined
      ? { wall: instant(1_000_000), counter: 0 }
      : { wall: time.wall, counter: time.counter + 1 };
  }

  function now(): HybridTime {
    const newest = log.read().reduce((latest, { envelope }) => Math.max(latest, envelope.time.wall), 0);
    return { wall: instant(Math.max(newest, process.clock.now()) + 1 + draws.below(50)), counter: 0 };
  }

  function entry(what: string): { readonly type: string; readonly body: Record<string, unknown> } {
    if (log.logId === 'workspace')
      return { type: 'RoleGranted', body: { operatorId: draws.pick(PEOPLE), role: draws.pick(['legal', 'writer']) } };
    const body = { text: what, kind: 'note', occurredAt: null, lateReason: null, corrects: null };
    return { type: 'LogEntryAdded', body };
  }

  /** Two events with one number, one for these and one for those. */
  function fork(): HostileDeed {
    const previous = own.events.length === 0 ? undefined : draws.pick([...own.events, undefined]);
    const time = draws.chance(0.5) ? now() : after(previous?.envelope.time);
    const seen = draws.chance(0.3) ? log.heads().filter((head) => head.author !== signer.publicKey) : [];
    const [one, other] = [1, 2].map((side) =>
      sign(previous, draws.chance(0.5) ? time : now(), entry(`side ${side}`), { seen }),
    );
    return {
      what: `forks at number ${one?.envelope.seq} of ${log.logId}`,
      do() {
        for (const [at, link] of links.entries()) link.send(frameOf([(at % 2 === 0 ? one : other) as SignedEvent]));
        if (draws.chance(0.3)) tell(frameOf([one, other] as SignedEvent[]));
      },
    };
  }

  /** In the time of what it signed long ago, as if it had been then. */
  function backdate(): HostileDeed {
    const previous = own.events.at(-1);
    const event = sign(previous, after(previous?.envelope.time), entry('backdated'));
    return { what: `backdates in ${log.logId}`, do: () => tell(frameOf([event])) };
  }

  function fromTheFuture(): HostileDeed {
    const { wall } = now();
    const event = sign(own.events.at(-1), { wall: instant(wall + YEAR), counter: 0 }, entry('from the future'));
    return { what: `signs a year ahead in ${log.logId}`, do: () => tell(frameOf([event])) };
  }

  function withoutRight(): HostileDeed {
    const events = process.workspaceLog.read();
    const about = log.read().findLast(({ envelope }) => envelope.type === 'RevisionSubmitted')?.body ?? {};
    const revision = {
      statementId: 's-1',
      revision: 1,
      hash: '0'.repeat(64),
      ...pick(about, ['statementId', 'revision', 'hash']),
    };
    const inRoom = [
      { type: 'IncidentStoodDown', body: { reason: 'over' } },
      {
        type: 'RevisionApproved',
        body: { ...revision, stepId: draws.pick(['comms-lead', 'legal']), findingsSeen: [], door: 'desktop' },
      },
      { type: 'ApprovalWithdrawn', body: { ...revision, stepId: 'legal', reason: 'no' } },
      {
        type: 'PublicationStarted',
        body: {
          publicationId: `p-${draws.below(1e9)}`,
          ...revision,
          channelId: 'website',
          via: 'hand',
          approvals: log
            .read()
            .filter(({ envelope }) => envelope.type === 'RevisionApproved')
            .slice(0, 2)
            .map(({ hash }) => hash),
        },
      },
      { type: 'DeadlinePassed', body: { deadline: 1 } },
    ];
    const ofOffice = [
      { type: 'RoleGranted', body: { operatorId: draws.pick(PEOPLE), role: 'administrator' } },
      { type: 'EventReaffirmed', body: { log: 'workspace', hash: draws.pick(events).hash } },
      { type: 'WorkspaceCreated', body: events[0]?.body ?? {} },
      { type: 'KeyBound', body: { key: signer.publicKey, operatorId: draws.pick(PEOPLE), custody: 'device' } },
    ];
    const fact = draws.pick<{ readonly type: string; readonly body: Record<string, unknown> }>(
      log.logId === 'workspace' ? ofOffice : inRoom,
    );
    const seen = log.heads().filter((head) => head.author !== signer.publicKey);
    const event = sign(own.events.at(-1), now(), fact, { seen });
    return { what: `signs ${fact.type} in ${log.logId}`, do: () => tell(frameOf([event])) };
  }

  /** Somebody else's key in the envelope, its own signature under it; or a key that nobody was ever given. */
  function inAnothersName(): HostileDeed {
    const stranger = signatures.signerOf(`stranger ${draws.below(3)}`, 'device');
    const victim = draws.pick(log.read().map(({ envelope }) => envelope.author));
    if (victim === undefined || draws.chance(0.4)) {
      const event = sign(undefined, now(), entry('by a stranger'), { by: stranger });
      return { what: 'sends what a stranger signed', do: () => tell(frameOf([event])) };
    }
    const event = sign(own.events.at(-1), now(), entry('forged'));
    const forged = { ...event, envelope: { ...event.envelope, author: victim } };
    return { what: `forges in the name of ${victim.slice(0, 6)}`, do: () => tell(frameOf([forged])) };
  }

  function replay(): HostileDeed {
    const frames = overheard.slice(-40);
    return { what: `replays ${frames.length} frames`, do: () => frames.forEach((frame) => tell(frame)) };
  }

  function garbage(): HostileDeed {
    const known = log.read();
    const event = known.length === 0 ? undefined : draws.pick(known);
    const frames: readonly string[] = [
      '{',
      JSON.stringify({ kind: 'events', log: log.logId, events: [] }),
      JSON.stringify({ kind: 'nothing' }),
      ...(event
        ? [
            frameOf([{ ...asSigned(event), body: { text: 'another body' } }]),
            frameOf([{ ...asSigned(event), envelope: { ...event.envelope, seq: event.envelope.seq + 1 } }]),
            frameOf([asSigned(event)], log.logId === 'workspace' ? (logs.at(-1)?.logId ?? 'workspace') : 'workspace'),
          ]
        : []),
    ];
    const frame = draws.pick(frames);
    return { what: `sends garbage: ${frame.slice(0, 40)}`, do: () => tell(frame) };
  }

  /** Says that it holds what it does not. */
  function lie(): HostileDeed {
    const kind = draws.pick(['vector', 'ack'] as const);
    const tips = log
      .tips()
      .map((tip) => ({ ...tip, seq: tip.seq + draws.below(3), hash: draws.chance(0.5) ? tip.hash : '7'.repeat(64) }));
    const frame = JSON.stringify({ kind, log: log.logId, tips, length: log.length + 5 });
    return { what: `lies in a ${kind}`, do: () => tell(frame) };
  }

  function withhold(): HostileDeed {
    const share = draws.pick([0, 0.5, 0.9]);
    return {
      what: `keeps back ${share * 100} % of the events`,
      do() {
        for (const link of links) {
          const { tap } = link;
          link.tap = (text) =>
            text.startsWith('{"kind":"events"') && draws.chance(share) ? null : tap === null ? text : tap(text);
        }
      },
    };
  }
}

function asSigned({ envelope, body, salt }: StoredEvent): SignedEvent {
  return { envelope, body, salt };
}

function pick(body: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.flatMap((name) => (name in body ? [[name, body[name]]] : [])));
}
