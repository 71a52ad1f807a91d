import type { Instant, OperatorId } from '../base/ids.ts';
import type { Recorded } from '../domain/roster/actor.ts';
import type { AnyRoomEvent } from '../domain/room/room.ts';
import { countOf, formatCount, formatDuration, formatShare, formatTime, shortHash } from '../base/format.ts';
import { visibleName, visibleText } from '../base/untrusted-text.ts';

export type EntryKind =
  'alarm' | 'decision' | 'words' | 'sign-off' | 'publication' | 'note' | 'presence' | 'storm' | 'unknown';

export interface Entry {
  /** When it happened; for a late log entry that is earlier than when it was written. */
  readonly at: Instant;
  readonly time: string;
  /** Name of whoever did it; `the host` for what no person did. */
  readonly who: string;
  readonly sentence: string;
  readonly kind: EntryKind;
}

export interface Describe {
  readonly nameOf: (operatorId: OperatorId) => string;
  readonly timeZone?: string;
}

const STATEMENT_KINDS = {
  holding: 'a holding statement',
  update: 'an update',
  correction: 'a correction',
  apology: 'an apology',
  closing: 'a closing statement',
} as const;

/** Where an approval was given. What a browser shows comes from its host, so it is said wherever the approval stands. */
const DOORS = {
  desktop: 'in the desktop window',
  browser: 'in a browser, on a page that the host sent',
  local: 'on the command line of the host',
} as const;

/** One event as a line of the timeline. Pure, and total: an unknown event gets a line of its own. */
export function describeEvent(recorded: Recorded<AnyRoomEvent>, describe: Describe): Entry {
  const { event, actor } = recorded;
  const who =
    actor.kind === 'operator' ? visibleName(actor.name) : actor.kind === 'host' ? 'the host' : 'somebody unknown';
  const at = event.type === 'LogEntryAdded' ? (event.occurredAt ?? recorded.at) : recorded.at;
  const { kind, sentence } = lineOf(recorded.event, describe);
  return { at, time: formatTime(at, describe.timeZone), who, sentence, kind };
}

function lineOf(event: AnyRoomEvent, { nameOf, timeZone }: Describe): { kind: EntryKind; sentence: string } {
  const time = (at: Instant): string => formatTime(at, timeZone);
  const name = (id: OperatorId): string => visibleName(nameOf(id));
  switch (event.type) {
    case 'SpikeDetected':
      return storm(
        `saw a spike: ${countOf(event.observed, 'mention')} in ${formatDuration(event.windowMs)}, normal is ` +
          `${formatCount(event.expected)} (${formatCount(event.lower)} to ${formatCount(event.upper)}).`,
      );
    case 'AlarmRaised':
      return {
        kind: 'alarm',
        sentence:
          `raised the alarm${event.isHistory === true ? ' without a sound, because it is old' : ''}: ` +
          `${visibleText(event.what, 300)}. T0 is ${time(event.t0)}.`,
      };
    case 'AlarmAcknowledged':
      return { kind: 'alarm', sentence: 'acknowledged the alarm.' };
    case 'AlarmEscalated':
      return { kind: 'alarm', sentence: `had no answer and called ${name(event.to)}.` };
    case 'WatchChosen':
      return {
        kind: 'decision',
        sentence:
          `decided to watch instead${event.until ? ` until ${time(event.until)}` : ''}: ` +
          visibleText(event.reason, 300),
      };
    case 'WatchEnded':
      return {
        kind: 'alarm',
        sentence:
          event.why === 'time'
            ? 'let the alarm ring again: the time to watch is over.'
            : 'let the alarm ring again: while it was watched, it got worse.',
      };
    case 'IncidentDeclared':
      return {
        kind: 'decision',
        sentence:
          `declared ${event.severity.toUpperCase()}, ${event.complexity}: ${visibleText(event.title, 200)}.` +
          (event.complexityReason === null ? '' : ` Complex because: ${visibleText(event.complexityReason, 300)}`),
      };
    case 'ComplexDeclared':
      return { kind: 'decision', sentence: `declared it complex, so 10:00 from T0: ${visibleText(event.reason, 300)}` };
    case 'SeverityChanged':
      return {
        kind: 'decision',
        sentence: `changed the severity to ${event.to.toUpperCase()}: ${visibleText(event.reason, 300)}`,
      };
    case 'DeadlinePassed':
      return {
        kind: 'alarm',
        sentence: `recorded that the deadline of ${time(event.deadline)} passed with nothing published.`,
      };
    case 'IncidentStoodDown':
      return { kind: 'decision', sentence: `stood down: ${visibleText(event.reason, 300)}` };
    case 'IncidentMistaken':
      return { kind: 'decision', sentence: `said it was declared by mistake: ${visibleText(event.reason, 300)}` };
    case 'StatementStarted':
      return {
        kind: 'words',
        sentence: `started ${STATEMENT_KINDS[event.kind]}, "${visibleText(event.title, 200)}", from ${event.templateId === null ? 'a blank page' : 'a template'}.`,
      };
    case 'RevisionSubmitted': {
      const findings = event.findings.length === 0 ? 'no findings' : countOf(event.findings.length, 'finding');
      return {
        kind: 'words',
        sentence: `submitted revision ${event.revision} (${shortHash(event.hash)}) for sign-off, ${findings}.`,
      };
    }
    case 'RevisionApproved':
      return {
        kind: 'sign-off',
        sentence: `approved revision ${event.revision} (${shortHash(event.hash)}) as step ${event.stepId}, ${DOORS[event.door]}.`,
      };
    case 'RevisionSentBack':
      return { kind: 'sign-off', sentence: `sent revision ${event.revision} back: ${visibleText(event.reason, 300)}` };
    case 'StepDelegated':
      return {
        kind: 'sign-off',
        sentence: `delegated step ${event.stepId} of revision ${event.revision} to ${name(event.to)}: ${visibleText(event.reason, 300)}`,
      };
    case 'ApprovalWithdrawn':
      return {
        kind: 'sign-off',
        sentence: `withdrew the approval of revision ${event.revision}: ${visibleText(event.reason, 300)}`,
      };
    case 'PublicationStarted':
      return {
        kind: 'publication',
        sentence: `began to publish revision ${event.revision} (${shortHash(event.hash)}) on ${event.channelId}${event.via === 'hand' ? ', by hand' : ''}.`,
      };
    case 'PublicationConfirmed':
      return {
        kind: 'publication',
        sentence:
          `recorded it as published at ${time(event.publishedAt)}` +
          `${event.address === null ? '' : `, at ${visibleText(event.address, 200)}`}` +
          `${event.evidence ? `, with proof (${visibleName(event.evidence.name)})` : ''}.`,
      };
    case 'PublicationFailed':
      return { kind: 'publication', sentence: `recorded that publishing failed: ${visibleText(event.reason, 300)}` };
    case 'PublicationInDoubt':
      return { kind: 'publication', sentence: 'does not know whether it went out. A person must look and say.' };
    case 'OperatorJoined':
      return { kind: 'presence', sentence: `let ${name(event.operatorId)} in.` };
    case 'OperatorLeft':
      return { kind: 'presence', sentence: `saw ${name(event.operatorId)} leave.` };
    case 'RateSampled':
      if (!event.covered) return storm(`had no data for the minute from ${time(event.from)}.`);
      return storm(
        `counted ${countOf(event.count, 'mention')} in the minute from ${time(event.from)}` +
          `${event.negativeShare === null ? '' : `, ${formatShare(event.negativeShare)} negative`}.`,
      );
    case 'FeedStateChanged':
      return storm(`noted that the feed ${visibleName(event.name)} is ${event.state} since ${time(event.since)}.`);
    case 'MentionPinned': {
      const { author, channel, text, url, observedAt } = event.mention;
      const by = author === null ? 'somebody' : visibleName(author);
      return {
        kind: 'note',
        sentence:
          `kept what ${by} said on ${visibleName(channel)} at ${time(observedAt)}: "${visibleText(text, 4000)}"` +
          `${url === null ? '' : ` (${visibleText(url, 200)})`}${numbersOf(event.mention)}.` +
          `${event.reason === '' ? '' : ` Because: ${visibleText(event.reason, 500)}`}` +
          `${event.capture === null ? '' : ` A capture of it is kept (${shortHash(event.capture)}).`}`,
      };
    }
    case 'LogEntryAdded': {
      const late = event.lateReason === null ? '' : ` (written late: ${visibleText(event.lateReason, 300)})`;
      const word =
        event.corrects === null ? (event.kind === 'decision' ? 'decided: ' : 'noted: ') : 'corrected an entry: ';
      return {
        kind: event.kind === 'decision' ? 'decision' : 'note',
        sentence: `${word}${visibleText(event.text, 4000)}${late}`,
      };
    }
    case 'Unknown':
      return {
        kind: 'unknown',
        sentence: `wrote an entry this version does not know (${visibleName(event.name)}). It is kept.`,
      };
  }
}

/** The numbers of a kept mention at that moment, as far as they were known. */
function numbersOf({
  engagement,
  reach,
}: {
  readonly engagement: number | null;
  readonly reach: number | null;
}): string {
  const known = [
    ...(engagement === null ? [] : [`${formatCount(engagement)} likes, reposts and replies`]),
    ...(reach === null ? [] : [countOf(reach, 'follower')]),
  ];
  return known.length === 0 ? '' : `, then ${known.join(' and ')}`;
}

function storm(sentence: string): { kind: EntryKind; sentence: string } {
  return { kind: 'storm', sentence };
}
