import { StepId } from '../../../shared/base/ids.ts';
import { Chain, type ChainStep } from '../../../shared/domain/playbook/chain.ts';
import { chainFromRoles } from '../../../shared/domain/playbook/default-chain.ts';
import { slugFrom } from './slug.ts';

export const MAX_STEPS = 8;

/** Moves a step one place up (-1) or down (1); at the ends nothing changes. */
export function moveStep(chain: readonly ChainStep[], index: number, by: -1 | 1): ChainStep[] {
  const step = chain[index];
  const other = chain[index + by];
  return step && other ? chain.with(index, other).with(index + by, step) : [...chain];
}

/** Takes a step out; the last one stays, because a chain is never empty. */
export function removeStep(chain: readonly ChainStep[], index: number): ChainStep[] {
  return chain.length <= 1 ? [...chain] : chain.filter((_step, at) => at !== index);
}

/** Adds a step for this role at the end, with the words that such a step usually has. */
export function addStep(chain: readonly ChainStep[], role: ChainStep['role']): ChainStep[] {
  const [usual] = chainFromRoles([role]);
  if (!usual || chain.length >= MAX_STEPS) return [...chain];
  const taken = chain.map(({ stepId }) => stepId as string);
  return [...chain, { ...usual, stepId: StepId.parse(slugFrom(role, taken, 'step')) }];
}

/** What keeps the chain from being saved, in one sentence; undefined when nothing does. */
export function chainLack(chain: readonly ChainStep[]): string | undefined {
  if (chain.length === 0) return 'Sign-off needs at least one step.';
  const unnamed = chain.findIndex(({ name }) => name.trim() === '');
  if (unnamed >= 0) return `Give step ${unnamed + 1} a name.`;
  return Chain.safeParse(chain).success
    ? undefined
    : 'A name has at most 80 characters, what is certified at most 200.';
}
