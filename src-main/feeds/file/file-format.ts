import { parse } from 'csv-parse/sync';
import { err, ok, type Result } from '../../../shared/base/result.ts';

/** How the records of one mention file are written. */
export type FileFormat =
  | { readonly format: 'ndjson'; readonly headerBytes: number }
  | {
      readonly format: 'csv';
      readonly delimiter: ',' | ';' | '\t';
      readonly columns: readonly string[];
      /** Where the first row after the header starts. */
      readonly headerBytes: number;
    };

/** `wait`: not one whole line is there yet. */
export type FormatRefusal = { readonly type: 'UnknownFormat'; readonly message: string } | { readonly type: 'Wait' };

/** Looks at the beginning of the file, not at its name: a first line with an object is NDJSON, one with a `text` column is CSV. */
export function detectFormat(head: Buffer, isWhole: boolean): Result<FileFormat, FormatRefusal> {
  const bom = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;
  const lineEnd = head.indexOf(0x0a, bom);
  const firstLine = head.toString('utf8', bom, lineEnd < 0 ? head.length : lineEnd).trim();
  if (firstLine.startsWith('{')) return ok({ format: 'ndjson', headerBytes: bom });
  if (lineEnd < 0 && !isWhole) return err({ type: 'Wait' });
  if (firstLine.startsWith('[')) {
    return unknown('The file is one JSON array. Write one object a line (NDJSON) instead.');
  }
  const delimiter = ([',', ';', '\t'] as const).reduce((best, sign) =>
    firstLine.split(sign).length > firstLine.split(best).length ? sign : best,
  );
  const columns = rowsOf(firstLine, delimiter)?.[0] ?? [];
  if (columns.some((column) => column.trim().toLowerCase() === 'text')) {
    return ok({ format: 'csv', delimiter, columns, headerBytes: lineEnd < 0 ? head.length : lineEnd + 1 });
  }
  return unknown('The file is neither NDJSON (one object a line) nor CSV with a header that has a column "text".');
}

/** Null when it is not CSV. */
export function rowsOf(text: string, delimiter: string): string[][] | null {
  try {
    // A quote inside an unquoted field is a quote: people write inches and nicknames.
    return parse(text, { delimiter, relax_quotes: true, relax_column_count: true });
  } catch {
    return null;
  }
}

function unknown(message: string): Result<never, FormatRefusal> {
  return err({ type: 'UnknownFormat', message });
}
