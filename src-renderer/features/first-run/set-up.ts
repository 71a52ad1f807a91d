import type { Role } from '../../../shared/domain/roster/roles.ts';
import type { SetupInput } from '../../../shared/protocol/endpoints.ts';

export type StepRole = Exclude<Role, 'observer'>;

/** One row of the set-up form. */
export interface PersonRow {
  readonly key: number;
  name: string;
  role: Role;
  /** Key of the row this person stands in for; empty is nobody. */
  deputyOf: string;
}

export interface SetUpForm {
  readonly organisation: string;
  /** One per line, or with commas between. */
  readonly watch: string;
  readonly people: readonly PersonRow[];
  readonly chain: readonly StepRole[];
}

/** What a person who does everything alone needs to be allowed to do everything. */
export const EVERYTHING: readonly Role[] = ['administrator', 'incident-commander', 'comms-lead', 'spokesperson'];

export const DEFAULT_CHAIN: readonly StepRole[] = ['comms-lead', 'legal', 'spokesperson'];

/** Who sets up administers, whatever else they do; a row without a name is left out. */
export function setUpInput(form: SetUpForm, alone: boolean): SetupInput {
  const rows = form.people.filter((row, index) => index === 0 || row.name.trim() !== '');
  const indexByKey = new Map(rows.map((row, index) => [String(row.key), index]));
  return {
    organisation: form.organisation.trim(),
    watch: form.watch
      .split(/[\n,]/)
      .map((term) => term.trim())
      .filter((term) => term !== '')
      .slice(0, 20),
    people: (alone ? rows.slice(0, 1) : rows).map((row, index) => ({
      name: row.name.trim(),
      roles: alone ? [...EVERYTHING] : index === 0 ? [...new Set<Role>(['administrator', row.role])] : [row.role],
      deputyOf: alone ? null : (indexByKey.get(row.deputyOf) ?? null),
    })),
    chain: alone ? ['comms-lead'] : [...form.chain],
  };
}

/** What is still missing, in one sentence; undefined when it can be set up. */
export function setUpLack(form: SetUpForm, alone: boolean): string | undefined {
  if (form.organisation.trim() === '') return 'Give the name of the organisation.';
  if (!form.people[0] || form.people[0].name.trim() === '') return 'Give your own name.';
  if (!alone && form.chain.length === 0) return 'Sign-off needs at least one step.';
  return undefined;
}

/** Steps that nobody could take: sign-off would wait there for ever. */
export function unstaffedSteps(form: SetUpForm): readonly StepRole[] {
  const held = new Set(form.people.filter((row) => row.name.trim() !== '').map((row) => row.role));
  return form.chain.filter((role) => !held.has(role));
}
