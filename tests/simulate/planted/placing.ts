import { placingOf as honestPlacingOf, type Placing } from '../../../shared/log/placing.ts';

export * from '../../../shared/log/placing.ts';

/** The planted fault: of two events with one number the one that came first is right, and the other is refused. */
export function placingOf(...about: Parameters<typeof honestPlacingOf>): Placing {
  const placing = honestPlacingOf(...about);
  return placing.type === 'Fits' && placing.isFork ? { type: 'Never', why: 'WrongPrevious' } : placing;
}
