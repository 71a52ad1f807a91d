/** Throws when the program itself is wrong. What people or files may get wrong is a `Result` instead. */
export function invariant(condition: unknown, reason: string): asserts condition {
  if (!condition) throw new Error(`Invariant broken: ${reason}`);
}

/** Makes a missing case a compile error, and a bug if one slips through at run time. */
export function assertNever(value: never): never {
  throw new Error(`Unexpected value: ${JSON.stringify(value)}`);
}
