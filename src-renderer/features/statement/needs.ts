import type { Draft } from '../../../shared/domain/statement/draft.ts';
import type { Finding } from '../../../shared/domain/statement/finding.ts';
import { unfilledSlots } from '../../../shared/domain/statement/slots.ts';

export interface Needs {
  readonly slotsFilled: number;
  readonly slotsTotal: number;
  /** Of the six parts of a first message, as the check sees them. */
  readonly partsPresent: number;
}

/** Counted over the master: the template's slots and those that people wrote themselves. */
export function needsOf(draft: Draft, findings: readonly Finding[], templateText: string | null): Needs {
  const open = unfilledSlots(draft.master);
  const planned = templateText === null ? [] : unfilledSlots(templateText);
  const openNames = new Set(open.map((slot) => slot.name));
  const filled = planned.filter((slot) => !openNames.has(slot.name)).length;
  const missing = findings.filter((finding) => finding.check === 'six-parts' && finding.channelId === null).length;
  return {
    slotsFilled: filled,
    slotsTotal: filled + open.length,
    partsPresent: draft.master.trim() === '' ? 0 : Math.max(0, 6 - missing),
  };
}

export const SEVERITY_WORDS = {
  blocking: { chip: 'alarm', word: 'stop' },
  warning: { chip: 'warning', word: 'warning' },
  info: { chip: 'plain', word: 'hint' },
} as const;
