import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { FeedId, OperatorId, WatchQueryId } from '../../shared/base/ids.ts';
import { Role } from '../../shared/domain/roster/roles.ts';
import { queryFromTerms } from '../../shared/domain/watch-query/query-from-terms.ts';
import type { Founding, FoundingPerson } from '../commands/founding.ts';

export const DEMO_FEED = FeedId.parse('demo-crisis');

const DemoOrganisation = z.object({
  organisation: z.object({ name: z.string().min(1) }),
  watchQuery: z.object({ id: WatchQueryId, name: z.string(), terms: z.array(z.string()) }),
  people: z
    .array(
      z.object({
        id: OperatorId,
        name: z.string().min(1),
        roles: z.array(Role).min(1),
        deputyOf: z.object({ operatorId: OperatorId }).nullish(),
      }),
    )
    .min(1),
});

/** The fictional organisation of the demo, as a new workspace. */
export function demoFounding(resourcesDir: string): Founding {
  const text = readFileSync(join(resourcesDir, 'demo', 'organisation.json'), 'utf8');
  const { organisation, watchQuery, people } = DemoOrganisation.parse(JSON.parse(text));
  const founders = people.map((person): FoundingPerson => {
    const deputy = people.find((other) => other.deputyOf?.operatorId === person.id);
    return { operatorId: person.id, name: person.name, roles: person.roles, deputyId: deputy?.id ?? null };
  });
  // The administrator signs the genesis, so that person comes first.
  const sorted = founders.toSorted((one, other) => rank(one) - rank(other));
  const [first, ...others] = sorted;
  if (!first) throw new Error('The demo organisation has nobody in it.');
  return {
    organisation: organisation.name,
    demo: true,
    people: [first, ...others],
    watch: [{ watchQueryId: watchQuery.id, name: watchQuery.name, query: queryFromTerms(watchQuery.terms.join('\n')) }],
    chain: ['comms-lead', 'legal', 'spokesperson'],
  };
}

function rank(person: FoundingPerson): number {
  return person.roles.includes('administrator') ? 0 : 1;
}
