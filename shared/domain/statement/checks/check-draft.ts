import type { Instant } from '../../../base/ids.ts';
import type { Draft } from '../draft.ts';
import type { Finding } from '../finding.ts';
import type { Statement } from '../statement.ts';
import { checkAsksForPersonalData } from './asks-for-personal-data.ts';
import { checkChannelLengths, type MeasuredChannel } from './channel-length.ts';
import { checkNextUpdate } from './next-update.ts';
import type { Note } from './note.ts';
import { checkOverPromise } from './over-promise.ts';
import { checkPersonalData } from './personal-data.ts';
import { checkShoutingCapitals } from './shouting-capitals.ts';
import { checkSixParts } from './six-parts.ts';
import { checkUnfilledSlots } from './unfilled-slot.ts';

export interface CheckContext {
  readonly channels: readonly MeasuredChannel[];
  /** With it, a next update promised for a time that has passed is told. */
  readonly now?: Instant;
  readonly templateText?: string;
  /** A closing text needs no next update, and only a first message its six parts. Left out: a first message. */
  readonly kind?: Statement['kind'];
}

/** As many as a submitted revision may carry. */
const MAX_FINDINGS = 200;

const RANK = { blocking: 0, warning: 1, info: 2 } as const;

/**
 * Everything that the checks say about a draft: by text (the master first, then the variants), and in it by check. Beyond
 * 200 the least severe are left out. It is linear in the length of the texts.
 */
export function checkDraft(draft: Draft, context: CheckContext): readonly Finding[] {
  const { channels, now, templateText, kind = 'holding' } = context;
  const findings: Finding[] = [];
  add('unfilled-slot', null, checkUnfilledSlots(draft.master, templateText));
  if (kind === 'holding') add('six-parts', null, checkSixParts(draft.master));
  if (kind === 'holding' || kind === 'update') add('next-update', null, checkNextUpdate(draft.master, now));
  checkWords(null, draft.master);
  for (const [channelId, text] of Object.entries(draft.variants)) {
    add('unfilled-slot', channelId, checkUnfilledSlots(text, templateText));
    checkWords(channelId, text);
  }
  for (const { channelId, ...note } of checkChannelLengths(draft, channels)) add('channel-length', channelId, [note]);
  return withinMaximum(findings);

  function checkWords(channelId: string | null, text: string): void {
    add('personal-data', channelId, checkPersonalData(text));
    add('asks-for-personal-data', channelId, checkAsksForPersonalData(text));
    add('over-promise', channelId, checkOverPromise(text));
    add('shouting-capitals', channelId, checkShoutingCapitals(text));
  }

  function add(check: string, channelId: string | null, notes: readonly Note[]): void {
    for (const note of notes) findings.push({ check, channelId, ...note });
  }
}

function withinMaximum(findings: readonly Finding[]): readonly Finding[] {
  if (findings.length <= MAX_FINDINGS) return findings;
  const worst = [...findings].sort((a, b) => RANK[a.severity] - RANK[b.severity]).slice(0, MAX_FINDINGS);
  const kept = new Set(worst);
  return findings.filter((finding) => kept.has(finding));
}
