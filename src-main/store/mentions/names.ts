import type { Database } from 'better-sqlite3';
import { invariant } from '../../../shared/base/invariant.ts';

/** The few names of one table by their numbers, remembered: watch queries and channels. */
export interface Names {
  /** The name's number; a new one is written, so this belongs into a transaction. */
  numberOf(name: string): number;
  /** Null when nothing has that name. */
  find(name: string): number | null;
  /** Of a number that a row holds. */
  nameOf(number: number): string;
  /** All numbers, in order. */
  numbers(): readonly number[];
  /** Reads anew: to be called when a transaction was taken back. */
  forget(): void;
}

export function createNames(db: Database, table: 'watch_query' | 'channel'): Names {
  const selectAll = db
    .prepare<[], readonly [string, number]>(`SELECT name, number FROM ${table} ORDER BY number`)
    .raw();
  const insert = db.prepare<[string]>(`INSERT INTO ${table} (name) VALUES (?)`);
  let numbersByName = new Map<string, number>();
  let namesByNumber = new Map<number, string>();

  function read(): void {
    numbersByName = new Map(selectAll.all());
    namesByNumber = new Map([...numbersByName].map(([name, number]) => [number, name]));
  }

  read();
  return {
    numberOf(name) {
      const known = numbersByName.get(name);
      if (known !== undefined) return known;
      const number = Number(insert.run(name).lastInsertRowid);
      numbersByName.set(name, number);
      namesByNumber.set(number, name);
      return number;
    },
    find: (name) => numbersByName.get(name) ?? null,
    nameOf(number) {
      const name = namesByNumber.get(number);
      invariant(name !== undefined, 'what a row names is in its table');
      return name;
    },
    numbers: () => [...numbersByName.values()],
    forget: read,
  };
}
