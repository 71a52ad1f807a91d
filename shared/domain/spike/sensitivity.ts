import { z } from 'zod';

/** The one dial, in words that mean the same for every watch query: how often it may call people for nothing. */
export const Sensitivity = z.enum(['monthly', 'weekly', 'daily']);
export type Sensitivity = z.infer<typeof Sensitivity>;

export const DEFAULT_SENSITIVITY: Sensitivity = 'weekly';

/** As people read it. */
export const SENSITIVITY_WORDS: { readonly [S in Sensitivity]: string } = {
  monthly: 'about 1 false alarm a month',
  weekly: 'about 1 false alarm a week',
  daily: 'about 1 false alarm a day',
};
