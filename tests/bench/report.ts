/** One line of the benchmark's table. `ratio` compares with the floor named in `against`, measured in the same run. */
export interface BenchRow {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly against: string | null;
  readonly ratio: number | null;
  readonly goal: string;
  /** Whether the goal was reached; null where there is none. */
  readonly met: boolean | null;
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

export function table(rows: readonly BenchRow[]): string {
  const cells = rows.map(({ what, value, unit, against, ratio, goal, met }) => [
    what,
    `${value >= 100 ? value.toFixed(0) : value.toFixed(2)} ${unit}`,
    ratio === null ? '' : `${ratio.toFixed(2)} of ${against ?? ''}`,
    goal,
    met === null ? '' : met ? 'yes' : 'NO',
  ]);
  const all = [['what', 'measured', 'ratio', 'goal', 'reached'], ...cells];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const [head = [], ...body] = all;
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...body.map(line)].join('\n');
}
