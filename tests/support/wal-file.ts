/** A page that a write-ahead log holds, and where it ends in the file (SQLite, "WAL-mode File Format"). */
export interface WalFrame {
  readonly ends: number;
  readonly isCommit: boolean;
}

export const WAL_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

/** The frames of the log's present run: what lies behind them is of an earlier one and counts no more. */
export function walFrames(wal: Buffer): readonly WalFrame[] {
  if (wal.length < WAL_HEADER_BYTES) return [];
  const step = FRAME_HEADER_BYTES + wal.readUInt32BE(8);
  const salts = wal.subarray(16, 24);
  const frames: WalFrame[] = [];
  for (let start = WAL_HEADER_BYTES; start + step <= wal.length; start += step) {
    if (!wal.subarray(start + 8, start + 16).equals(salts)) break;
    frames.push({ ends: start + step, isCommit: wal.readUInt32BE(start + 4) !== 0 });
  }
  return frames;
}
