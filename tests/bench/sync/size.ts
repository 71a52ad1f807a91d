/** How much is measured. Every history and every typist has a fixed seed, so two runs of the benchmark type the same. */
export interface BenchSize {
  readonly seed: number;
  readonly runs: number;
  /** Clients in one document. */
  readonly latencyClients: readonly number[];
  readonly latencyEdits: number;
  readonly throughputMs: number;
  /** Edits of the documents that are joined. */
  readonly joinEdits: readonly number[];
  /** The longest of them that the peers are asked for too. */
  readonly peerJoinEdits: number;
  readonly stormClients: number;
  readonly memoryClients: readonly [number, number];
  readonly idleDocuments: number;
  readonly killAfterMs: number;
}

export const FULL: BenchSize = {
  seed: 20_261_104,
  runs: 3,
  latencyClients: [2, 10, 50, 200],
  latencyEdits: 300,
  throughputMs: 3000,
  joinEdits: [10_000, 100_000, 1_000_000],
  peerJoinEdits: 100_000,
  stormClients: 200,
  memoryClients: [50, 200],
  idleDocuments: 10_000,
  killAfterMs: 3000,
};

/** To see that it works; its figures mean nothing. */
export const QUICK: BenchSize = {
  ...FULL,
  runs: 1,
  latencyClients: [2, 10],
  latencyEdits: 60,
  throughputMs: 500,
  joinEdits: [5000],
  stormClients: 20,
  memoryClients: [10, 30],
  idleDocuments: 200,
  killAfterMs: 1500,
};
