/** The latest identities, as many as `most`: what a resumed source brings twice is told by it. */
export function createRecent(most: number) {
  const known = new Set<string>();
  return {
    /** Whether it was not among them; it is from now on. */
    isNew(identity: string): boolean {
      if (known.has(identity)) return false;
      known.add(identity);
      if (known.size > most) {
        const [oldest] = known;
        if (oldest !== undefined) known.delete(oldest);
      }
      return true;
    },
  };
}
