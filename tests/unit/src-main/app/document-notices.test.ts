import { expect, test } from 'vitest';
import { instant, OperatorId } from '../../../../shared/base/ids.ts';
import type { DocumentNotices } from '../../../../shared/protocol/views.ts';
import { createDocumentNotices } from '../../../../src-main/app/document-notices.ts';

const MINUTE = 60_000;

function setUp() {
  let now = 1_700_000_000_000;
  const notices = createDocumentNotices({ now: () => instant(now) });
  function deleteMuch(document = 'workspace/notes') {
    const at = instant(now);
    const seen = { document, operatorId: OperatorId.parse('ada'), at, deleted: 900, held: 1_000 };
    notices.massDeletion({ ...seen, restoreAt: instant(at - 1) });
    return at;
  }
  function follow(document = 'workspace/notes') {
    const pushed: DocumentNotices[] = [];
    const stop = notices.follow(document, (one) => pushed.push(one));
    return { pushed, stop, times: () => pushed.at(-1)?.massDeletions.map(({ at }) => at) ?? [] };
  }
  return { notices, deleteMuch, follow, pass: (ms: number) => (now += ms) };
}

test('it reaches whoever follows that document, and nobody of another', () => {
  const { deleteMuch, follow } = setUp();
  const [here, there] = [follow(), follow('glasgow/notes')];
  const at = deleteMuch();
  expect(here.times()).toEqual([at]);
  expect(here.pushed.at(-1)?.massDeletions[0]).toMatchObject({ deleted: 900, held: 1_000, restoreAt: at - 1 });
  expect(there.pushed).toEqual([{ massDeletions: [] }]);
  here.stop();
  deleteMuch();
  expect(here.pushed).toHaveLength(2);
});

test('who comes within a quarter of an hour is told, and keeps it; who comes later is not', () => {
  const { deleteMuch, follow, pass } = setUp();
  const at = deleteMuch();
  pass(15 * MINUTE);
  const early = follow();
  pass(1);
  const late = follow();
  expect([early.times(), late.times()]).toEqual([[at], []]);
  pass(60 * MINUTE);
  const again = deleteMuch();
  expect([early.times(), late.times()]).toEqual([[at, again], [again]]);
});

test('bringing a moment back ends the notices of what was deleted after it, and of nothing before', () => {
  const { notices, deleteMuch, follow, pass } = setUp();
  const first = deleteMuch();
  pass(5_000);
  const second = deleteMuch();
  const page = follow();
  notices.restored('glasgow/notes', instant(0));
  notices.restored('workspace/notes', second);
  expect(page.pushed).toHaveLength(1);
  notices.restored('workspace/notes', instant(second - 1));
  expect(page.times()).toEqual([first]);
  notices.restored('workspace/notes', instant(first - 1));
  expect(page.times()).toEqual([]);
});

test('only the newest few of a document are kept, and of the documents those it happened to last', () => {
  const { notices, deleteMuch, follow, pass } = setUp();
  const times: number[] = [];
  for (let n = 0; n < 7; n += 1) {
    times.push(deleteMuch());
    pass(1_000);
  }
  const page = follow();
  expect(page.times()).toEqual(times.slice(-5));
  const ids = page.pushed.at(-1)?.massDeletions.map(({ id }) => id);
  expect(new Set(ids).size).toBe(5);
  for (let n = 0; n < 200; n += 1) deleteMuch(`room-${String(n)}/notes`);
  expect(follow().times()).toEqual([]);
  expect(follow('room-199/notes').times()).toHaveLength(1);
  notices.clear();
  expect(follow('room-199/notes').times()).toEqual([]);
});
