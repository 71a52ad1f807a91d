import { stringify } from 'csv-stringify/sync';
import type { Instant, Sha256Hex } from '../../shared/base/ids.ts';
import { sha256Hex } from '../../shared/base/digest.ts';
import { deadlineOf } from '../../shared/domain/incident/incident.ts';
import { writeExport } from '../../shared/log/export-jsonl.ts';
import type { Signer } from '../../shared/log/signing.ts';
import { describeEvent } from '../../shared/protocol/describe-event.ts';
import type { EndpointOutputs, ExportFormat } from '../../shared/protocol/endpoints.ts';
import { voidText } from '../../shared/protocol/void-text.ts';
import type { RoomBook } from '../commands/room-book.ts';

type Exported = EndpointOutputs['room.export'];

const MIME: { readonly [F in ExportFormat]: string } = {
  jsonl: 'application/x-ndjson',
  csv: 'text/csv',
  md: 'text/markdown',
  html: 'text/html',
};

interface Line {
  readonly at: string;
  readonly who: string;
  readonly what: string;
  readonly arrived: string;
  readonly void: string;
  readonly hash: string;
}

/** A room as a file. Only JSON Lines can be verified; the others are for reading, and name its digest. */
export function exportRoom(
  book: RoomBook,
  format: ExportFormat,
  by: { readonly signer: Signer; readonly now: Instant },
): Exported {
  const { roomId } = book.file;
  const jsonl = writeExport({
    ...book.forExport(),
    room: roomId,
    signer: by.signer,
    now: by.now,
  });
  const name = `firebreak-${roomId}.${format}`;
  if (format === 'jsonl') return { name, mime: MIME.jsonl, text: jsonl };
  const digest = sha256Hex(jsonl.slice(0, jsonl.lastIndexOf('\n', jsonl.length - 2) + 1));
  return { name, mime: MIME[format], text: WRITERS[format](book, linesOf(book), digest) };
}

function linesOf(book: RoomBook): readonly Line[] {
  const names = new Map(
    book.events.flatMap(({ actor }) => (actor.kind === 'operator' ? [[actor.operatorId as string, actor.name]] : [])),
  );
  const nameOf = (id: string) => names.get(id) ?? id;
  const { events, voids } = book;
  const context = { events, isVoid: (hash: string) => voids.has(hash as Sha256Hex), nameOf, timeZone: 'UTC' };
  return events.map((recorded) => {
    const reason = voids.get(recorded.hash);
    const { who, sentence } = describeEvent(recorded, { nameOf });
    const at = new Date(recorded.at).toISOString();
    const voided = reason ? voidText(recorded, reason, context) : '';
    return { at, who, what: sentence, arrived: arrivedOf(recorded), void: voided, hash: recorded.hash };
  });
}

/** When it came here, where that was noticeably later than it was recorded elsewhere. */
function arrivedOf({ at, arrivedAt }: RoomBook['events'][number]): string {
  return arrivedAt !== undefined && arrivedAt - at > LATE_MS ? new Date(arrivedAt).toISOString() : '';
}

const LATE_MS = 60_000;

const WRITERS: {
  readonly [F in Exclude<ExportFormat, 'jsonl'>]: (book: RoomBook, lines: readonly Line[], digest: string) => string;
} = {
  // A cell that begins like a formula would be run by a spreadsheet; csv-stringify escapes those.
  csv: (_book, lines, digest) =>
    stringify(
      [
        ...lines.map(({ at, who, what, arrived, void: voided, hash }) => [at, who, what, arrived, voided, hash]),
        ['', '', `SHA-256 of the JSON Lines export: ${digest}`, '', '', ''],
      ],
      {
        header: true,
        columns: ['time', 'who', 'what', 'arrived here', 'void because', 'event hash'],
        escape_formulas: true,
      },
    ),
  md: (book, lines, digest) => {
    const rows = lines.map(
      ({ at, who, what, arrived, void: voided }) =>
        `| ${at} | ${markdown(who)} | ${markdown(what)}${arrived ? ` (arrived ${arrived})` : ''}${voided ? ` **Void:** ${markdown(voided)}` : ''} |`,
    );
    return [
      `# ${markdown(titleOf(book))}`,
      '',
      ...factsOf(book).map((fact) => `- ${markdown(fact)}`),
      `- SHA-256 of the JSON Lines export: \`${digest}\``,
      '',
      '| time | who | what |',
      '| --- | --- | --- |',
      ...rows,
      '',
    ].join('\n');
  },
  html: (book, lines, digest) => {
    const rows = lines.map(
      ({ at, who, what, arrived, void: voided }) =>
        `<tr${voided ? ' class="void"' : ''}><td>${html(at)}</td><td>${html(who)}</td><td>${html(what)}${arrived ? ` (arrived ${html(arrived)})` : ''}${voided ? ` <strong>Void:</strong> ${html(voided)}` : ''}</td></tr>`,
    );
    const facts = factsOf(book).map((fact) => `<li>${html(fact)}</li>`);
    return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${html(titleOf(book))}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 64rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #999; padding: 0.25rem 0.5rem; text-align: left; vertical-align: top; }
td:first-child { font-variant-numeric: tabular-nums; white-space: nowrap; }
.void td { text-decoration: line-through; }
code { overflow-wrap: anywhere; }
</style>
</head>
<body>
<h1>${html(titleOf(book))}</h1>
<ul>
${facts.join('\n')}
<li>SHA-256 of the JSON Lines export: <code>${digest}</code></li>
</ul>
<table>
<thead><tr><th scope="col">time</th><th scope="col">who</th><th scope="col">what</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
</body>
</html>
`;
  },
};

function titleOf({ state }: RoomBook): string {
  if (state.incident.phase !== 'undeclared') return state.incident.title;
  return state.alarm.phase === 'none' ? 'Empty room' : state.alarm.what;
}

function factsOf({ state, file }: RoomBook): readonly string[] {
  const { incident } = state;
  if (incident.phase === 'undeclared') return [`Room ${file.roomId}`, 'Not declared'];
  return [
    ...(incident.demo ? ['DEMO: one person may have acted as everybody'] : []),
    `Room ${file.roomId}`,
    `${incident.severity.toUpperCase()}, ${incident.complexity}, ${incident.phase}`,
    `T0 ${new Date(incident.t0).toISOString()}, deadline ${new Date(deadlineOf(incident)).toISOString()}`,
  ];
}

/** Text of others must not become markup, a table cell or a link. */
function markdown(text: string): string {
  return html(text)
    .replaceAll(/[\\`*_[\]()#|!~]/g, (sign) => `\\${sign}`)
    .replaceAll(/\s+/g, ' ');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function html(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
}
