import { beforeAll, expect, test, vi } from 'vitest';
import { instant, OperatorId } from '../../../../shared/base/ids.ts';
import type { WarRoomApi } from '../../../../shared/protocol/create-war-room-api.ts';
import type { DocumentNotices as Pushed } from '../../../../shared/protocol/views.ts';
import { DocumentNotices } from '../../../../src-renderer/state/document-notices.svelte.ts';

// Nothing compiles runes here: a rune is the value that it holds.
beforeAll(() =>
  vi.stubGlobal(
    '$state',
    Object.assign(<Value>(value: Value) => value, { raw: <Value>(value: Value) => value }),
  ),
);

const deletion = (id: string) => ({
  id,
  operatorId: OperatorId.parse('ada'),
  at: instant(2_000),
  deleted: 1_240,
  held: 1_300,
  restoreAt: instant(1_999),
});

function open(first: Pushed) {
  let push: (pushed: Pushed) => void = () => undefined;
  const ended: string[] = [];
  const api = {
    follow: (topic: string, _params: unknown, take: (pushed: Pushed) => void) => {
      push = take;
      take(first);
      return () => void ended.push(topic);
    },
  };
  const notices = new DocumentNotices(api as unknown as WarRoomApi, 'workspace/notes');
  const ids = () => notices.massDeletions.map(({ id }) => id);
  return { notices, ids, push: (pushed: Pushed) => push(pushed), ended };
}

test('a notice stays until the host says that it is mended, or it is dismissed here, also after coming back', () => {
  const one = open({ massDeletions: [deletion('a')] });
  expect(one.ids()).toEqual(['a']);
  one.push({ massDeletions: [deletion('a'), deletion('b')] });
  one.notices.dismiss('a');
  expect(one.ids()).toEqual(['b']);
  one.push({ massDeletions: [deletion('a'), deletion('b'), deletion('c')] });
  expect(one.ids()).toEqual(['b', 'c']);
  one.push({ massDeletions: [deletion('c')] });
  expect(one.ids()).toEqual(['c']);
  one.notices.destroy();
  expect(one.ended).toEqual(['document.notices']);
  expect(open({ massDeletions: [deletion('a'), deletion('c')] }).ids()).toEqual(['c']);
});
