import { expect, test } from 'vitest';
import { type RoomActsContext, roomActs } from '../../../../src-renderer/views/room-acts.ts';
import { declaredRoom, ines, ringingRoom } from '../../../support/given.ts';
import { mayDo } from '../../../../shared/domain/roster/roles.ts';

const did: string[] = [];
const note =
  (what: string) =>
  (which?: string | boolean): void =>
    void did.push(which === undefined ? what : `${what} ${String(which)}`);

const context: RoomActsContext = {
  incident: declaredRoom().state.incident,
  next: 'submit',
  may: (act) => mayDo(ines.roles, act),
  waiting: undefined,
  focus: { place: note('go to'), text: note('text'), walk: note('walk') },
  takeNextStep: note('next'),
  openCard: note('card'),
  openAct: note('act'),
  writeEntry: note('entry'),
  goTo: note('view'),
  showKeys: note('keys'),
};

test('every act has a name of its own and does something', () => {
  const acts = roomActs({ ...context, waiting: 'Legal' });
  expect(new Set(acts.map(({ id }) => id)).size).toBe(acts.length);
  for (const act of acts) act.run();
  expect(did).toHaveLength(acts.length);
  expect(did).toEqual(expect.arrayContaining(['next', 'card', 'go to needs', 'act stand-down', 'view replay']));
});

test('what cannot be done now stays in the list and says why', () => {
  const why = (parts: Partial<RoomActsContext>) =>
    Object.fromEntries(roomActs({ ...context, ...parts }).map((act) => [act.id, act.why]));
  expect(why({})['stand-down']).toBeUndefined();
  expect(why({ incident: ringingRoom().state.incident }).severity).toBe('The incident is not open.');
  expect(why({ incident: declaredRoom({ complexity: 'complex', complexityReason: 'Four countries' }).state.incident }).complex).toBe('It is complex already.'); // prettier-ignore
  expect(why({ may: () => false })).toMatchObject({
    log: expect.stringContaining('Observers') as string,
    'stand-down': expect.stringContaining('commander') as string,
  });
});

test('the card is offered only while it waits behind the room', () => {
  expect(roomActs(context).some(({ id }) => id === 'card')).toBe(false);
  expect(roomActs({ ...context, waiting: 'Legal' })[1]?.label).toBe('Sign off as Legal');
});
