/** How much is measured. What is written is the same in every run; keys and salts of people and hosts have fixed seeds. */
export interface ReplicaBenchSize {
  readonly runs: number;
  /** Events of the room that an empty host joins. */
  readonly joinEvents: readonly number[];
  /** What the room holds already when somebody writes into it through a relay. */
  readonly heldEvents: number;
  readonly warmUpAppends: number;
  readonly appends: number;
  readonly keystrokes: number;
}

export const FULL: ReplicaBenchSize = {
  runs: 3,
  joinEvents: [10_000, 100_000],
  heldEvents: 2000,
  warmUpAppends: 100,
  appends: 300,
  keystrokes: 300,
};

/** To see that it works; its figures mean nothing. */
export const QUICK: ReplicaBenchSize = {
  runs: 1,
  joinEvents: [1000],
  heldEvents: 100,
  warmUpAppends: 10,
  appends: 30,
  keystrokes: 30,
};
