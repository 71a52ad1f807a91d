import { z } from 'zod';
import { TemplateId } from '../../base/ids.ts';

/** A statement to begin with: words that hold whatever happened, and `[slots]` for what only this crisis knows. */
export const Template = z.strictObject({
  templateId: TemplateId,
  name: z.string().min(1).max(120),
  /** What kind of crisis it is for, in a few words. */
  use: z.string().max(300),
  complexity: z.enum(['simple', 'complex']),
  text: z.string().min(1).max(20_000),
});
export type Template = z.infer<typeof Template>;
