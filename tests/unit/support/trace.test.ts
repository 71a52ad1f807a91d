import { expect, test } from 'vitest';
import { checkOrder, earlyCheckpoints, readTrace } from '../../support/trace.ts';

// As strace writes it, with pages cut down to a few bytes: the frames of two commits, their syncs, and two answers.
const WAL = '22</data/rooms/a.db-wal>';
const SOCKET = '31<TCP:[127.0.0.1:40000->127.0.0.1:50000]>';
const LOCAL = String.raw`25<UNIX-STREAM:[12->13,"/data/host.sock"]>`;
const RECORDED = [
  String.raw`700 pwrite64(${WAL}, "7\177\6\202\0-\342\30\0\0\20\0\0\0\0\0P\263\325\"\1b\344\370\270\3\0067\363\1\225\r", 32, 0) = 32`,
  String.raw`700 fsync(${WAL}) = 0`,
  String.raw`700 pwrite64(${WAL}, "\0\0\0\1\0\0\0\0P\263\325\"\1b\344\370\254Ne\4\307\20\226\270", 24, 32) = 24`,
  String.raw`700 pwrite64(${WAL}, "\r\0first-token\0", 14, 56) = 14`,
  String.raw`700 pwrite64(${WAL}, "\0\0\0\2\0\0\0\2P\263\325\"\1b\344\370\254Ne\4\307\20\226\270", 24, 4152) = 24`,
  String.raw`700 pwrite64(${WAL}, "\r\0the rest\0", 11, 4176 <unfinished ...>`,
  String.raw`701 write(40</data/other>, "nothing", 7) = 7`,
  String.raw`700 <... pwrite64 resumed>) = 11`,
  String.raw`700 fsync(${WAL}) = 0`,
  String.raw`700 writev(${SOCKET}, [{iov_base="\202\24", iov_len=2}, {iov_base="{\"hash\":\"first-token\"}", iov_len=22}], 2) = 24`,
  String.raw`700 pwrite64(${WAL}, "\0\0\0\2\0\0\0\3P\263\325\"\1b\344\370\254Ne\4\307\20\226\270", 24, 8272) = 24`,
  String.raw`700 pwrite64(${WAL}, "\r\0second-token\0", 15, 8296) = 15`,
  String.raw`701 fsync(${WAL} <unfinished ...>`,
  String.raw`701 <... fsync resumed>) = 0`,
  String.raw`700 write(${LOCAL}, "{\"hash\":\"second-token\"}\n", 24) = 24`,
  String.raw`700 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=702} ---`,
  String.raw`700 pwrite64(21</data/rooms/a.db>, "SQLite format 3\0", 16, 0) = 16`,
  String.raw`700 +++ exited with 0 +++`,
];
const TOKENS = ['first-token', 'second-token', 'never-seen'];

/** The recorded lines in another order, by their numbers. */
function reordered(order: readonly number[]): string {
  return order.map((number) => RECORDED[number]).join('\n');
}

const inOrder = RECORDED.map((_, number) => number);
const moved = (number: number, to: number) => inOrder.toSpliced(number, 1).toSpliced(to, 0, number);

test('what was synced first is in order, and what never left is not counted', () => {
  const report = checkOrder(readTrace(RECORDED.join('\n')), TOKENS);
  expect(report).toEqual({ left: ['first-token', 'second-token'], tooEarly: [] });
  expect(earlyCheckpoints(readTrace(RECORDED.join('\n')))).toEqual([]);
});

test('an answer before the sync, before the write, or while the sync is under way is too early', () => {
  const early = (text: string) => checkOrder(readTrace(text), TOKENS).tooEarly;
  for (const order of [moved(9, 8), moved(9, 4), moved(9, 2)])
    expect(early(reordered(order))).toEqual([expect.stringMatching(/^first-token left at line/)]);
  expect(early(reordered(moved(14, 13)))).toEqual([expect.stringMatching(/^second-token left at line/)]);
});

test('a sync before the last page of the commit does not count, nor one of another file, nor one that failed', () => {
  const halfSynced = moved(8, 4);
  expect(checkOrder(readTrace(reordered(halfSynced)), TOKENS).tooEarly).toHaveLength(1);
  const elsewhere = RECORDED.with(8, 'fsync(23</data/rooms/b.db-wal>) = 0');
  expect(checkOrder(readTrace(elsewhere.join('\n')), TOKENS).tooEarly).toHaveLength(1);
  const failed = RECORDED.with(8, `700 fsync(${WAL}) = -1 EIO (Input/output error)`);
  expect(checkOrder(readTrace(failed.join('\n')), TOKENS).tooEarly).toHaveLength(1);
  const never = RECORDED.filter((line) => !line.includes('fsync'));
  expect(checkOrder(readTrace(never.join('\n')), TOKENS).tooEarly).toEqual([
    expect.stringMatching(/^first-token .* was never synced$/),
    expect.stringMatching(/^second-token .* was never synced$/),
  ]);
});

test('a page that reaches the database before its log is synced is named', () => {
  expect(earlyCheckpoints(readTrace(reordered(moved(16, 12))))).toEqual([
    expect.stringMatching(/^\/data\/rooms\/a\.db was written/),
  ]);
});

test('bytes are read as they were, and a trace that left some out is refused', () => {
  const [call] = readTrace(String.raw`700 pwrite64(${WAL}, "\0\1\0012\377\n\"\\z", 9, 7) = 9`);
  expect(call).toMatchObject({ bytes: '\0\x01\x012\xff\n"\\z', offset: 7, file: '/data/rooms/a.db-wal' });
  expect(() => readTrace(`700 pwrite64(${WAL}, "abc"..., 4096, 7) = 4096`)).toThrow('raise its -s');
});
