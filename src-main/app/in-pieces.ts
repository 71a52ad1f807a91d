/** How long one piece may keep everybody else waiting. */
const PIECE_MS = 12;

/**
 * Walks through something long in small pieces, so that mentions, people and the clock are served in between.
 * `visit` gives false to end early.
 */
export async function inPieces<Value>(
  values: Iterable<Value>,
  visit: (value: Value) => boolean,
  clock: { elapsedMs(): number } = { elapsedMs: () => performance.now() },
): Promise<void> {
  let until = clock.elapsedMs() + PIECE_MS;
  for (const value of values) {
    if (!visit(value)) return;
    if (clock.elapsedMs() < until) continue;
    await new Promise<void>((resolve) => setImmediate(resolve));
    until = clock.elapsedMs() + PIECE_MS;
  }
}
