import type { WorkspaceEvent } from '../../shared/domain/workspace/workspace.ts';
import type { StoredEvent } from '../../shared/log/envelope.ts';
import { id, keyOf } from './founding-facts.ts';
import { createRandom } from './random.ts';
import { signedByHand } from './signed-by-hand.ts';

const TEAM = ['ada', 'ben', 'cleo', 'dora'] as const;

/** Four administrators who quarrel: what they sign rests on whatever they happen to have, and sometimes forks. */
export function aQuarrel(seed: number, acts = 14): readonly StoredEvent[] {
  const random = createRandom(seed);
  const hand = signedByHand('workspace');
  const byAuthor = new Map<string, StoredEvent[]>();
  const authors: string[] = [...TEAM];

  function pick<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(random() * items.length)];
    if (item === undefined) throw new Error('there is nothing to choose from');
    return item;
  }
  function says(author: string, fact: WorkspaceEvent, place: Parameters<typeof hand.sign>[2] = {}): StoredEvent {
    const stored = hand.sign(author, fact, place);
    byAuthor.set(author, [...(byAuthor.get(author) ?? []), stored]);
    return stored;
  }
  function cutOf(name: string): Extract<WorkspaceEvent, { type: 'KeyRetired' }>['cuts'] {
    const theirs = byAuthor.get(name) ?? [];
    const last = theirs.length === 0 || random() < 0.2 ? null : pick(theirs.slice(-4));
    return last ? [{ log: 'workspace', seq: last.envelope.seq, hash: last.hash }] : [];
  }
  function founding(name: string): WorkspaceEvent {
    return {
      type: 'WorkspaceCreated',
      organisation: `Of ${name}`,
      demo: false,
      administrator: { operatorId: id(name), name },
      hostKey: keyOf('host'),
      recoveryKey: keyOf('recovery'),
      restoreKey: keyOf('restore'),
    };
  }
  function anAct(): WorkspaceEvent {
    const operatorId = id(pick(TEAM));
    const chance = random();
    if (chance < 0.34) {
      const name = pick(authors);
      return { type: 'KeyRetired', key: keyOf(name), reason: 'a quarrel', cuts: cutOf(name) };
    }
    if (chance < 0.5) return { type: 'EventReaffirmed', log: 'workspace', hash: pick(hand.events.slice(8)).hash };
    if (chance < 0.62) return { type: 'RoleGranted', operatorId, role: pick(['administrator', 'legal', 'writer']) };
    if (chance < 0.74) return { type: 'RoleWithdrawn', operatorId, role: pick(['administrator', 'legal']) };
    if (chance < 0.8) return { type: 'OperatorRevoked', operatorId };
    if (chance < 0.84) return { type: 'OperatorReinstated', operatorId };
    if (chance < 0.92) {
      const name = `key ${String(authors.length)}`;
      authors.push(name);
      return { type: 'KeyBound', key: keyOf(name), operatorId, custody: 'device' };
    }
    if (chance < 0.97) {
      const name = `desk ${String(authors.length)}`;
      authors.push(name, `restore of ${name}`);
      const desktop = { operatorId, key: keyOf(name) };
      const keys = { hostKey: keyOf(`host of ${name}`), restoreKey: keyOf(`restore of ${name}`) };
      return { type: 'HostEnrolled', inviteId: 'i', name, ...keys, desktop };
    }
    return founding(pick(TEAM));
  }

  says('ada', founding('ada'));
  for (const name of TEAM.slice(1)) {
    says('ada', { type: 'OperatorAdded', operatorId: id(name), name });
    says('ada', { type: 'KeyBound', key: keyOf(name), operatorId: id(name), custody: 'device' });
    says('ada', { type: 'RoleGranted', operatorId: id(name), role: 'administrator' });
  }
  const team = hand.events.at(-1) as StoredEvent;
  for (let turn = 0; turn < acts; turn += 1) {
    const author = random() < 0.1 ? 'recovery' : pick(authors);
    const own = byAuthor.get(author) ?? [];
    const after = own.length > 0 && random() < 0.05 ? pick([...own.slice(-3), null]) : (own.at(-1) ?? null);
    const key = keyOf(author);
    const others = hand.events.filter(({ envelope }) => envelope.author !== key);
    const seen = new Set(author === 'ada' ? [] : [team]);
    for (let more = Math.floor(random() * 3); more > 0 && others.length > 0; more -= 1)
      seen.add(pick(others.slice(-5)));
    const walls = [after, ...seen].map((one) => one?.envelope.time.wall ?? 0);
    says(author, anAct(), { after, seen: [...seen], at: Math.max(...walls, 1) + 1 + Math.floor(random() * 4000) });
  }
  return hand.events;
}
