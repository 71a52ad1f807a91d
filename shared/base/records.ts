/** Records that one computation made itself and nobody else has seen: it alone may write into them. */
export type Owned = WeakSet<object>;

/**
 * The record with one entry set. A copy, unless `owned` says that this computation made the record: then it is written
 * into, so that folding thousands of events does not copy thousands of entries for each of them.
 */
export function withEntry<Value>(
  record: Readonly<Record<string, Value>>,
  key: string,
  value: Value,
  owned?: Owned,
): Readonly<Record<string, Value>> {
  if (owned?.has(record)) {
    (record as Record<string, Value>)[key] = value;
    return record;
  }
  const copy = { ...record, [key]: value };
  owned?.add(copy);
  return copy;
}
