import { NEGATIVE_AT_MOST } from '../../../shared/domain/mention/mention.ts';

// Half a million mentions are counted for one chart, and bringing a row over from SQLite takes longer than counting it. So
// all that a chart needs of a mention is brought over as one number where it fits into the 53 bits that JavaScript holds
// exactly: 25 of the author, 20 of the reach (0: unknown, else one more than it is), 6 of the channel, 2 of the judgement.

const REACHES = 2 ** 20;
const CHANNELS = 2 ** 6;
const JUDGEMENTS = 4;
const BELOW_REACH = CHANNELS * JUDGEMENTS;

/** The largest numbers that fit; a store that has larger ones is counted by `ROWS`. */
export const PACKED_LIMITS = { author: 2 ** 25 - 1, reach: REACHES - 2, channel: CHANNELS - 1 } as const;

/** 0: nobody knows; 1: not negative; 2: negative. */
const JUDGEMENT = `ifnull((sentiment <= ${String(NEGATIVE_AT_MOST)}) + 1, 0)`;

/** Columns of `mention`; the cap of the reach is the first parameter of both. Numbers are bound as real ones. */
export const PACKED = `${String(BELOW_REACH)} * ifnull(
  ifnull(author, 0) * ${String(REACHES)} + CAST(min(reach, ?) AS INTEGER) + 1, 0) + channel * ${String(JUDGEMENTS)} + ${JUDGEMENT}`;
export const ROWS = `CAST(min(reach, ?) AS INTEGER), channel, ${JUDGEMENT}, author`;

/** One row of `ROWS`. */
export type TallyRow = [reach: number | null, channel: number, judgement: number, author: number | null];

/** What was said on one channel. */
export interface ChannelTally {
  readonly channel: number;
  readonly count: number;
  readonly negative: number;
  readonly withSentiment: number;
  /** Of the different authors together; a mention without one is its own. Null when none is known. */
  readonly reach: number | null;
}

export interface Tally {
  add(...row: TallyRow): void;
  /** A value of `PACKED`. */
  addPacked(packed: number): void;
  /** In the order of their numbers. */
  channels(): readonly ChannelTally[];
}

export function createTally(): Tally {
  const counts: number[] = [];
  const reachOfNobody: (number | undefined)[] = [];
  const reachByAuthor: (Map<number, number> | undefined)[] = [];

  function reached(channel: number, author: number, reach: number): void {
    if (author === 0) {
      reachOfNobody[channel] = (reachOfNobody[channel] ?? 0) + reach;
      return;
    }
    const known = (reachByAuthor[channel] ??= new Map<number, number>());
    const before = known.get(author);
    if (before === undefined || before < reach) known.set(author, reach);
  }

  function reachOf(channel: number): number | null {
    let sum = reachOfNobody[channel] ?? null;
    for (const reach of reachByAuthor[channel]?.values() ?? []) sum = (sum ?? 0) + reach;
    return sum;
  }

  function add(...[reach, channel, judgement, author]: TallyRow): void {
    const code = channel * JUDGEMENTS + judgement;
    counts[code] = (counts[code] ?? 0) + 1;
    if (reach !== null) reached(channel, author ?? 0, reach);
  }

  return {
    add,
    addPacked(packed) {
      const code = packed % BELOW_REACH;
      counts[code] = (counts[code] ?? 0) + 1;
      if (packed < BELOW_REACH) return;
      const said = Math.floor(packed / BELOW_REACH);
      reached(Math.floor(code / JUDGEMENTS), Math.floor(said / REACHES), (said % REACHES) - 1);
    },
    channels() {
      const found = new Set(Object.keys(counts).map((code) => Math.floor(Number(code) / JUDGEMENTS)));
      return Array.from(found, (channel) => {
        const of = (judgement: number) => counts[channel * JUDGEMENTS + judgement] ?? 0;
        const withSentiment = of(1) + of(2);
        const reach = reachOf(channel);
        return { channel, count: of(0) + withSentiment, negative: of(2), withSentiment, reach };
      });
    },
  };
}
