import type { BenchRow } from './report.ts';

/** A part that breaks off is a goal that was missed, and no reason to lose what the others measured. */
export async function whole(name: string, part: () => Promise<readonly BenchRow[]>): Promise<readonly BenchRow[]> {
  try {
    return await part();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    const what = `${name} broke off, see above`;
    return [{ what, value: 0, unit: '', against: null, ratio: null, goal: 'to end', met: false }];
  }
}
