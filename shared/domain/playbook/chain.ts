import { z } from 'zod';
import { StepId } from '../../base/ids.ts';
import { Role } from '../roster/roles.ts';

/** One step of a clearance chain as it is planned in peacetime: which role's word is needed. */
export const ChainStep = z.strictObject({
  stepId: StepId,
  name: z.string().min(1).max(80),
  role: Role.exclude(['observer']),
  /** What the approver certifies by approving. */
  certifies: z.string().max(200),
});
export type ChainStep = z.infer<typeof ChainStep>;

/** In turn, first to last. A chain may have one step; it is never empty. */
export const Chain = z
  .array(ChainStep)
  .min(1)
  .max(8)
  .refine((steps) => new Set(steps.map((step) => step.stepId)).size === steps.length, 'two steps have the same id');
export type Chain = z.infer<typeof Chain>;
