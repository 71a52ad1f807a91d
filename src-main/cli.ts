import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { OperatorId, RoomId } from '../shared/base/ids.ts';
import type { Result } from '../shared/base/result.ts';
import { Role } from '../shared/domain/roster/roles.ts';
import { DEFAULT_SENSITIVITY, Sensitivity } from '../shared/domain/spike/sensitivity.ts';
import { type EndpointInput, ExportFormat } from '../shared/protocol/endpoints.ts';
import type { Reply } from '../shared/protocol/wire.ts';
import { askHost, restoreFolder } from './app/ask-host.ts';
import { demoFolderOf } from './app/data-folder.ts';
import { joinFolder, recoverFolder } from './app/folder-identity.ts';
import { prepareForBundle } from './app/bundle-folder.ts';
import { defaultDataFolder } from './app/program.ts';
import { replayFile } from './app/spike-replay.ts';
import { scoreFile } from './app/spike-score.ts';
import { verifyFile } from './app/verify-file.ts';
import { serve } from './serve.ts';

const HELP = `Firebreak: a war room for the first ten minutes of a public-relations crisis.

  serve    --data DIR [--port N] [--host H] [--tls] [--tls-cert FILE --tls-key FILE] [--allow-host NAME] [--insecure]
           [--allow-private HOST]
           Serves the room to browsers. On an empty folder it makes a workspace and its first administrator. Off this
           machine it speaks TLS: with a certificate of its own, or with yours (PEM; read anew on SIGHUP). --tls does so
           on loopback, too; --insecure is plain HTTP on a network. --allow-host names what a proxy in front is called.
  invite   --data DIR --name NAME --role ROLE
           Prints {"url","token","operatorId","role"}. The token lasts until it is revoked.
  revoke   --data DIR --operator ID
           Ends every token and session of a person.
  enrol    --data DIR --name NAME --role ROLE | --data DIR --operator ID | --data DIR --relay NAME  [--qr FILE]
           Lets one more machine in: somebody new, one more of a person, or a relay. Prints {"link","code",...}, which
           holds for 24 hours and one machine; --qr also writes the link as a picture (SVG). A host must be running.
  join     LINK --data DIR
           Makes an empty data folder a host of the workspace that LINK (or the code, in quotes) is an invite to.
           With - for LINK it is read from standard input.
  recover  --data DIR --operator ID
           Makes ID an administrator again, with the printed recovery key on standard input. The host must not be running.
           Use that key at one machine only.
  import   --data DIR --file FILE [--replay xN]
           Takes mentions in. Without --replay it is history and never alarms. They are of the first watch query,
           or of QUERY when the file is called QUERY--anything.
  rooms    --data DIR
           Prints the rooms as JSON: id, title, phase, severity, t0, deadline.
  export   ROOM --data DIR --format jsonl|csv|md|html [--out FILE]
  bundle export --data DIR --out FILE [--room ROOM]
           Writes everything, or one room, into a signed file that can be carried to a host which cannot be reached.
  bundle import FILE --data DIR [--trust FINGERPRINT]
           Verifies a bundle and takes in what is new of it. Into an empty folder, to read it there.
  verify   FILE [--trust FINGERPRINT]
           Verifies a JSON Lines export or a bundle, trusting nobody. Exit code 1 when it does not hold.
  restore  --data DIR [--room ID]
           Puts the newest good backup in the place of a damaged file. The host must not be running.
  spike-score --in FILE.csv --out FILE.csv
           Scores a series of counts: timestamp,value in, timestamp,value,anomaly_score out. Needs no data folder.
  spike-replay --in FILE [--sensitivity monthly|weekly|daily]
           Runs the spike monitor over a CSV with epoch_s first, or over mentions in NDJSON, on their own time. Prints
           a JSON line per alarm and one with totals.
  access-link --data DIR
           Prints {"url"}: a link for whoever owns the data folder. A host must be running.

Roles: ${Role.options.join(', ')}.
Exit codes: 0 done; 1 refused or failed; 2 wrong usage.
Without --data the platform's application data folder is used.
`;

/** Wrong usage: one sentence, exit code 2. */
class UsageError extends Error {}

type Values = Readonly<Record<string, string | boolean | undefined>>;

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;

interface Command {
  readonly options: ParseArgsOptionsConfig;
  readonly positionals: number;
  run(values: Values, positionals: readonly string[]): Promise<number>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  serve: {
    options: {
      data: text,
      port: text,
      host: text,
      insecure: flag,
      tls: flag,
      'tls-cert': text,
      'tls-key': text,
      'allow-host': text,
      'first-run': flag,
      demo: flag,
      'demo-speed': text,
      'allow-private': text,
    },
    positionals: 0,
    run: (values) =>
      serve({
        dataDir: dataDirOf(values),
        port: wholeNumberOf(values, 'port', 0, 65_535) ?? 0,
        host: stringOf(values, 'host') ?? '127.0.0.1',
        insecure: values['insecure'] === true,
        tls: values['tls'] === true,
        certificateFiles: certificateFilesOf(values),
        allowedHosts: stringOf(values, 'allow-host')?.split(',') ?? [],
        ifEmpty: values['demo'] === true ? 'demo' : values['first-run'] === true ? 'ask' : 'found',
        demoSpeed: numberOf(values, 'demo-speed', 1, 60) ?? 4,
        allowedPrivateHosts: stringOf(values, 'allow-private')?.split(',') ?? [],
      }),
  },
  invite: {
    options: { data: text, name: text, role: text },
    positionals: 0,
    async run(values) {
      const name = required(values, 'name');
      const role = Role.safeParse(required(values, 'role'));
      if (!role.success) throw new UsageError(`--role is one of ${Role.options.join(', ')}.`);
      return printed(await askHost(dataDirOf(values), 'people.invite', { name, role: role.data }));
    },
  },
  revoke: {
    options: { data: text, operator: text },
    positionals: 0,
    async run(values) {
      return printed(await askHost(dataDirOf(values), 'people.revoke', { operatorId: operatorOf(values) }));
    },
  },
  enrol: {
    options: { data: text, name: text, role: text, operator: text, relay: text, qr: text },
    positionals: 0,
    async run(values) {
      const reply = await askHost(dataDirOf(values), 'hosts.enrol', enrolmentOf(values), { onlyRunning: true });
      if (!reply.ok) return printed(reply);
      const { qr, ...invite } = reply.value as { readonly qr: string };
      const picture = stringOf(values, 'qr');
      if (picture !== undefined) writeFileSync(resolve(callerFolder(), picture), qr, { mode: 0o600 });
      return printed({ ok: true, value: invite });
    },
  },
  join: {
    options: { data: text },
    positionals: 1,
    async run(values, [link]) {
      if (link === undefined) throw new UsageError('Name the link, or the code in quotes, that you were given.');
      // A command line can be read by others on this machine, and stays in the shell's history.
      const pasted = link === '-' ? await firstLineOfInput() : link;
      return done(await joinFolder(dataDirOf(values), pasted), (said) => `${said}\n`);
    },
  },
  recover: {
    options: { data: text, operator: text },
    positionals: 0,
    async run(values) {
      const operatorId = operatorOf(values);
      if (process.stdin.isTTY) process.stderr.write('The recovery key, as it was printed:\n');
      const printedKey = await firstLineOfInput();
      return done(await recoverFolder(dataDirOf(values), operatorId, printedKey), (said) => `${said}\n`);
    },
  },
  import: {
    options: { data: text, file: text, replay: text },
    positionals: 0,
    async run(values) {
      const file = resolve(callerFolder(), required(values, 'file'));
      const speed = stringOf(values, 'replay');
      const replay = speed === undefined ? null : Number(speed.replace(/^[x×]/, ''));
      if (replay !== null && !(replay >= 1 && replay <= 600)) throw new UsageError('--replay is x1 to x600.');
      return printed(await askHost(dataDirOf(values), 'mentions.import', { file, replay }));
    },
  },
  rooms: {
    options: { data: text },
    positionals: 0,
    async run(values) {
      return printed(await askHost(dataDirOf(values), 'rooms.list', {}));
    },
  },
  export: {
    options: { data: text, format: text, out: text },
    positionals: 1,
    async run(values, [room]) {
      const roomId = RoomId.safeParse(room);
      if (!roomId.success) throw new UsageError('Name a room, as "rooms" prints its id.');
      const format = ExportFormat.safeParse(values['format'] ?? 'jsonl');
      if (!format.success) throw new UsageError('--format is jsonl, csv, md or html.');
      const reply = await askHost(dataDirOf(values), 'room.export', { roomId: roomId.data, format: format.data });
      if (!reply.ok) return printed(reply);
      const { text: content } = reply.value as { readonly text: string };
      const out = stringOf(values, 'out');
      if (out === undefined) await written(content);
      else writeFileSync(resolve(callerFolder(), out), content);
      return 0;
    },
  },
  bundle: {
    options: { data: text, out: text, room: text, trust: text },
    positionals: 2,
    async run(values, [verb, file]) {
      if (verb === 'export') return exportBundle(values);
      if (verb === 'import' && file !== undefined) return importBundle(values, resolve(callerFolder(), file));
      throw new UsageError('Say "bundle export" or "bundle import FILE". See --help.');
    },
  },
  verify: {
    options: { trust: text },
    positionals: 1,
    async run(values, [file]) {
      if (file === undefined) throw new UsageError('Name the file to verify.');
      const trust = stringOf(values, 'trust');
      let bytes: Uint8Array;
      try {
        bytes = readFileSync(resolve(callerFolder(), file));
      } catch (cause) {
        process.stderr.write(`${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}\n`);
        return 1;
      }
      const { text: said, ok } = verifyFile(bytes, trust);
      await written(said);
      return ok ? 0 : 1;
    },
  },
  restore: {
    options: { data: text, room: text },
    positionals: 0,
    async run(values) {
      const room = stringOf(values, 'room');
      const roomId = room === undefined ? null : RoomId.safeParse(room);
      if (roomId && !roomId.success) throw new UsageError('--room is a room id, as "rooms" prints it.');
      const restored = restoreFolder(dataDirOf(values), roomId ? roomId.data : null);
      return done(restored, (said) => `${said}\n`);
    },
  },
  'spike-score': {
    options: { in: text, out: text },
    positionals: 0,
    run(values) {
      const [input, output] = [fileOf(values, 'in'), fileOf(values, 'out')];
      return Promise.resolve(done(scoreFile(input, output), ({ rows }) => `${String(rows)} rows scored.\n`));
    },
  },
  'spike-replay': {
    options: { in: text, sensitivity: text },
    positionals: 0,
    async run(values) {
      const sensitivity = Sensitivity.safeParse(values['sensitivity'] ?? DEFAULT_SENSITIVITY);
      if (!sensitivity.success) throw new UsageError('--sensitivity is monthly, weekly or daily.');
      const lines: string[] = [];
      const replayed = await replayFile(fileOf(values, 'in'), sensitivity.data, (line) => void lines.push(line));
      await written(lines.map((line) => `${line}\n`).join(''));
      return done(replayed, () => '');
    },
  },
  'access-link': {
    options: { data: text, demo: flag },
    positionals: 0,
    async run(values) {
      const reply = await askHost(dataDirOf(values), 'access.link', {}, { onlyRunning: true });
      return printed(reply);
    },
  },
};

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === 'help') {
    await written(HELP);
    return name === undefined ? 2 : 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) throw new UsageError(`There is no command "${name}". See --help.`);
  if (rest.includes('--help')) {
    await written(HELP);
    return 0;
  }
  const { values, positionals } = parsed(rest, command);
  return command.run(values, positionals);
}

function parsed(args: readonly string[], command: Command): { values: Values; positionals: readonly string[] } {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: command.options,
      allowPositionals: true,
      strict: true,
    });
    if (positionals.length > command.positionals)
      throw new UsageError(`"${positionals.at(-1) ?? ''}" is one too many. See --help.`);
    return { values: values as Values, positionals };
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const [sentence = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    throw new UsageError(`${sentence} See --help.`, { cause });
  }
}

/** Where relative paths are meant from: npm changes the folder before it runs a script. */
function callerFolder(): string {
  return process.env['INIT_CWD'] ?? process.cwd();
}

function dataDirOf(values: Values): string {
  const data = stringOf(values, 'data');
  const folder = data === undefined ? defaultDataFolder() : resolve(callerFolder(), data);
  return values['demo'] === true ? demoFolderOf(folder) : folder;
}

function stringOf(values: Values, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

function required(values: Values, name: string): string {
  const value = stringOf(values, name)?.trim();
  if (!value) throw new UsageError(`--${name} is missing. See --help.`);
  return value;
}

async function exportBundle(values: Values): Promise<number> {
  const room = stringOf(values, 'room');
  const roomId = room === undefined ? null : RoomId.safeParse(room);
  if (roomId && !roomId.success) throw new UsageError('--room is a room id, as "rooms" prints it.');
  const out = resolve(callerFolder(), required(values, 'out'));
  const reply = await askHost(dataDirOf(values), 'bundle.export', { roomId: roomId ? roomId.data : null });
  if (!reply.ok) return printed(reply);
  const { text: content } = reply.value as { readonly text: string };
  writeFileSync(out, content, { mode: 0o600 });
  return printed({ ok: true, value: { file: out, bytes: Buffer.byteLength(content) } });
}

async function importBundle(values: Values, file: string): Promise<number> {
  const prepared = prepareForBundle(dataDirOf(values), file, stringOf(values, 'trust'));
  if (!prepared.ok) return done(prepared, () => '');
  return printed(await askHost(dataDirOf(values), 'bundle.import', { file }));
}

function operatorOf(values: Values): OperatorId {
  const operatorId = OperatorId.safeParse(required(values, 'operator'));
  if (!operatorId.success) throw new UsageError('--operator is an id, as "invite" prints it.');
  return operatorId.data;
}

/** Whom an invite is for: exactly one of the three ways to say it. */
function enrolmentOf(values: Values): EndpointInput<'hosts.enrol'> {
  const given = ['name', 'operator', 'relay'].filter((name) => stringOf(values, name) !== undefined);
  if (given.length !== 1) throw new UsageError('Give --name with --role, or --operator, or --relay. See --help.');
  if (given[0] === 'relay') return { as: 'relay', name: required(values, 'relay') };
  if (given[0] === 'operator') return { as: 'person', operatorId: operatorOf(values) };
  const role = Role.safeParse(required(values, 'role'));
  if (!role.success) throw new UsageError(`--role is one of ${Role.options.join(', ')}.`);
  return { as: 'new-person', name: required(values, 'name'), role: role.data };
}

async function firstLineOfInput(): Promise<string> {
  for await (const line of createInterface({ input: process.stdin, terminal: false })) return line;
  return '';
}

function fileOf(values: Values, name: string): string {
  return resolve(callerFolder(), required(values, name));
}

function certificateFilesOf(values: Values): { readonly certFile: string; readonly keyFile: string } | null {
  const given = ['tls-cert', 'tls-key'].filter((name) => stringOf(values, name) !== undefined);
  if (given.length === 1) throw new UsageError('--tls-cert and --tls-key go together.');
  return given.length === 0 ? null : { certFile: fileOf(values, 'tls-cert'), keyFile: fileOf(values, 'tls-key') };
}

/** Says what came of it, and gives the exit code. */
function done<Value>(result: Result<Value, string>, say: (value: Value) => string): number {
  process[result.ok ? 'stdout' : 'stderr'].write(result.ok ? say(result.value) : `${result.error}\n`);
  return result.ok ? 0 : 1;
}

function numberOf(values: Values, name: string, least: number, most: number): number | undefined {
  const value = stringOf(values, name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!Number.isFinite(number) || number < least || number > most)
    throw new UsageError(`--${name} is a number from ${String(least)} to ${String(most)}.`);
  return number;
}

function wholeNumberOf(values: Values, name: string, least: number, most: number): number | undefined {
  const number = numberOf(values, name, least, most);
  if (number !== undefined && !Number.isInteger(number)) throw new UsageError(`--${name} is a whole number.`);
  return number;
}

async function printed(reply: Reply): Promise<number> {
  if (!reply.ok) {
    process.stderr.write(`${reply.error.message}\n`);
    return 1;
  }
  await written(`${JSON.stringify(reply.value)}\n`);
  return 0;
}

/** A pipe takes long texts in parts; leaving before it has all of it would cut them. */
function written(content: string): Promise<void> {
  return new Promise((done) => process.stdout.write(content, () => done()));
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (cause: unknown) => {
    process.stderr.write(
      `${cause instanceof Error ? (cause instanceof UsageError ? cause.message : (cause.stack ?? cause.message)) : String(cause)}\n`,
    );
    process.exit(cause instanceof UsageError ? 2 : 1);
  },
);
