import { OperatorId, type PublicKeyHex, WatchQueryId } from '../../shared/base/ids.ts';
import { chainFromRoles } from '../../shared/domain/playbook/default-chain.ts';
import { type Channel, type PlaybookOutline, withChain } from '../../shared/domain/playbook/playbook.ts';
import type { Role } from '../../shared/domain/roster/roles.ts';
import { DEFAULT_SENSITIVITY } from '../../shared/domain/spike/sensitivity.ts';
import { queryFromTerms } from '../../shared/domain/watch-query/query-from-terms.ts';
import type { WorkspaceEvent } from '../../shared/domain/workspace/workspace.ts';
import type { SetupInput } from '../../shared/protocol/endpoints.ts';

export interface FoundingPerson {
  readonly operatorId: OperatorId;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly deputyId: OperatorId | null;
}

/** What a new workspace begins with, beside its keys. */
export interface Founding {
  readonly organisation: string;
  readonly demo: boolean;
  /** The first is the administrator. */
  readonly people: readonly [FoundingPerson, ...FoundingPerson[]];
  readonly watch: readonly { readonly watchQueryId: WatchQueryId; readonly name: string; readonly query: string }[];
  readonly chain: readonly Exclude<Role, 'observer'>[];
}

/** A name as an id: what is left of it in lower-case ASCII, made unique among those taken. */
export function idFromName(name: string, taken: ReadonlySet<string>): string {
  const plain = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 48);
  const base = plain === '' ? 'person' : plain;
  if (!taken.has(base)) return base;
  for (let number = 2; ; number += 1) if (!taken.has(`${base}-${String(number)}`)) return `${base}-${String(number)}`;
}

/** What was asked for on the first screen, with ids. */
export function foundingOf(input: SetupInput): Founding {
  const taken = new Set<string>();
  const ids = input.people.map(({ name }) => {
    const id = idFromName(name, taken);
    taken.add(id);
    return OperatorId.parse(id);
  });
  const people = input.people.map((person, index): FoundingPerson => {
    // "Deputy of" is how people say it; the roster keeps it with whoever is stood in for.
    const deputyIndex = input.people.findIndex((other) => other.deputyOf === index);
    const deputyId = deputyIndex < 0 ? null : (ids[deputyIndex] ?? null);
    return { operatorId: ids[index] as OperatorId, name: person.name, roles: person.roles, deputyId };
  });
  const words = input.watch.length > 0 ? input.watch : [input.organisation];
  const takenQueries = new Set<string>();
  const watch = words.map((name) => {
    const id = idFromName(name, takenQueries);
    takenQueries.add(id);
    return { watchQueryId: WatchQueryId.parse(id), name, query: queryFromTerms(name) };
  });
  const [first, ...others] = people;
  return {
    organisation: input.organisation,
    demo: false,
    people: [first as FoundingPerson, ...others],
    watch,
    chain: input.chain,
  };
}

/** The first events of a workspace: useful without editing anything else. The first is the genesis. */
export function foundingEvents(
  founding: Founding,
  keys: {
    readonly host: PublicKeyHex;
    readonly recovery: PublicKeyHex;
    readonly restore: PublicKeyHex;
    of(operatorId: OperatorId): PublicKeyHex;
  },
  defaults: { readonly channels: readonly Channel[]; readonly playbooks: readonly PlaybookOutline[] },
): readonly WorkspaceEvent[] {
  const [administrator] = founding.people;
  const chain = chainFromRoles([...founding.chain]);
  return [
    {
      type: 'WorkspaceCreated',
      organisation: founding.organisation,
      demo: founding.demo,
      administrator: { operatorId: administrator.operatorId, name: administrator.name },
      hostKey: keys.host,
      recoveryKey: keys.recovery,
      restoreKey: keys.restore,
    },
    ...founding.people.flatMap((person) =>
      personEvents(person, keys.of(person.operatorId), { inGenesis: person === administrator }),
    ),
    ...founding.people.flatMap(({ operatorId, deputyId }): readonly WorkspaceEvent[] =>
      deputyId ? [{ type: 'DeputyAssigned', operatorId, deputyId }] : [],
    ),
    ...founding.watch.map((watched): WorkspaceEvent => ({
      type: 'WatchQuerySaved',
      ...watched,
      sensitivity: DEFAULT_SENSITIVITY,
    })),
    ...defaults.channels.map((channel): WorkspaceEvent => ({ type: 'ChannelSaved', channel })),
    ...defaults.playbooks.map((playbook): WorkspaceEvent => ({
      type: 'PlaybookSaved',
      playbook: withChain(playbook, chain),
    })),
  ];
}

/**
 * Adds one person with a key that the host keeps; `host` says which, where it is not the one that founded the workspace.
 * The genesis has added the first administrator already.
 */
export function personEvents(
  person: { readonly operatorId: OperatorId; readonly name: string; readonly roles: readonly Role[] },
  key: PublicKeyHex,
  { inGenesis = false, host }: { readonly inGenesis?: boolean; readonly host?: PublicKeyHex | undefined } = {},
): readonly WorkspaceEvent[] {
  const { operatorId, name } = person;
  const added: readonly WorkspaceEvent[] = inGenesis
    ? []
    : [
        { type: 'OperatorAdded', operatorId, name },
        { type: 'KeyBound', key, operatorId, custody: 'host', ...(host && { host }) },
      ];
  const roles = inGenesis ? person.roles.filter((role) => role !== 'administrator') : person.roles;
  return [...added, ...roles.map((role): WorkspaceEvent => ({ type: 'RoleGranted', operatorId, role }))];
}
