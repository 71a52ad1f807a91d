/** What one peer may cost us. Counts, bytes and milliseconds. */
export interface ReplicaLimits {
  /** Events and texts that wait for what they stand on. */
  readonly waitingPerPeer: number;
  readonly waitingBytesPerPeer: number;
  readonly waitingInAll: number;
  readonly waitingBytesInAll: number;
  /** So much that is bad within `badWithinMs`, and a peer is not listened to for `quarantineMs`, doubled each time. */
  readonly mostBad: number;
  readonly badWithinMs: number;
  readonly quarantineMs: number;
  readonly longestQuarantineMs: number;
  /** Beyond so many bytes that the network has not taken, nothing more is sent to it. */
  readonly bufferedBytes: number;
  /** A peer that leaves frames unacknowledged and says nothing for so long is gone. */
  readonly silenceMs: number;
  /** A log's vector is said again, and a log is sent from its beginning again, at most once in so long. */
  readonly startOverMs: number;
}

export const DEFAULT_REPLICA_LIMITS: ReplicaLimits = {
  waitingPerPeer: 2_000,
  waitingBytesPerPeer: 8 * 1024 * 1024,
  waitingInAll: 20_000,
  waitingBytesInAll: 64 * 1024 * 1024,
  mostBad: 100,
  badWithinMs: 10 * 60_000,
  quarantineMs: 60_000,
  longestQuarantineMs: 64 * 60_000,
  bufferedBytes: 256 * 1024,
  silenceMs: 60_000,
  startOverMs: 1_000,
};
