import { speakDuration } from '../../shared/base/format.ts';

/** The stretches of a countdown. The clock changes its weight and speaks where one begins. */
export type ClockMoment = 'calm' | 'five-minutes' | 'two-minutes' | 'one-minute' | 'half-minute' | 'late';

/** The stretch that `remainingMs` lies in; the bounds (5:00, 2:00, 1:00, 0:30, 0:00) belong to the nearer one. */
export function clockMoment(remainingMs: number): ClockMoment {
  if (remainingMs <= 0) return 'late';
  if (remainingMs <= 30_000) return 'half-minute';
  if (remainingMs <= 60_000) return 'one-minute';
  if (remainingMs <= 120_000) return 'two-minutes';
  if (remainingMs <= 300_000) return 'five-minutes';
  return 'calm';
}

const order: readonly ClockMoment[] = ['calm', 'five-minutes', 'two-minutes', 'one-minute', 'half-minute', 'late'];

/**
 * What is said when a clock that showed `before` now shows `remainingMs`, or undefined when nothing new began.
 * After a sleep only the newest moment is said; a deadline that moved away (declared complex) is not announced, and
 * the moments it passes again are.
 */
export function clockAnnouncement(before: ClockMoment, remainingMs: number): string | undefined {
  const now = clockMoment(remainingMs);
  if (order.indexOf(now) <= order.indexOf(before)) return undefined;
  if (now !== 'late') return `${speakDuration(Math.ceil(remainingMs / 1000) * 1000)} left.`;
  const overMs = -remainingMs;
  return overMs < 1000 ? 'The deadline has passed.' : `The deadline passed ${speakDuration(overMs)} ago.`;
}
