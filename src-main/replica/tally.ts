/** Counts by name, and in all. What is zero takes no memory. */
export interface Tally {
  add(name: string, count: number): void;
  set(name: string, count: number): void;
  count(name: string): number;
  readonly total: number;
}

export function createTally(): Tally {
  const counts = new Map<string, number>();
  let total = 0;

  function set(name: string, count: number): void {
    total += count - (counts.get(name) ?? 0);
    if (count === 0) counts.delete(name);
    else counts.set(name, count);
  }

  return {
    set,
    add: (name, count) => set(name, (counts.get(name) ?? 0) + count),
    count: (name) => counts.get(name) ?? 0,
    get total() {
      return total;
    },
  };
}
