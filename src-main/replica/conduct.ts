import { instant, type Instant, type PublicKeyHex } from '../../shared/base/ids.ts';
import type { Clock } from '../commands/ports.ts';
import type { ReplicaLimits } from './limits.ts';

/** A peer that sent so much that was bad that it is not listened to until then. */
export interface Quarantined {
  readonly hostId: PublicKeyHex;
  readonly until: Instant;
  readonly bad: number;
}

/** Keeps count of what each host sent that was bad. It is always the sender who is charged: a claimed author proves nothing. */
export interface Conduct {
  /** True when this was one too many: from now on the host is in quarantine. */
  charge(hostId: PublicKeyHex, count?: number): boolean;
  /** Everything bad that the host ever sent. */
  bad(hostId: PublicKeyHex): number;
  isQuarantined(hostId: PublicKeyHex): boolean;
  quarantined(): readonly Quarantined[];
}

interface Account {
  bad: number;
  /** Within the window, since the last quarantine. */
  recent: { at: Instant; count: number }[];
  quarantines: number;
  until: Instant | null;
}

export function createConduct(deps: {
  readonly clock: Clock;
  readonly limits: Pick<ReplicaLimits, 'mostBad' | 'badWithinMs' | 'quarantineMs' | 'longestQuarantineMs'>;
}): Conduct {
  const { clock, limits } = deps;
  const accounts = new Map<PublicKeyHex, Account>();

  function accountOf(hostId: PublicKeyHex): Account {
    const known = accounts.get(hostId) ?? { bad: 0, recent: [], quarantines: 0, until: null };
    accounts.set(hostId, known);
    return known;
  }

  function isQuarantined({ until }: Account): boolean {
    return until !== null && until > clock.now();
  }

  return {
    charge(hostId, count = 1) {
      const account = accountOf(hostId);
      const now = clock.now();
      account.bad += count;
      if (isQuarantined(account)) return true;
      account.recent = account.recent.filter(({ at }) => at > now - limits.badWithinMs);
      account.recent.push({ at: now, count });
      if (account.recent.reduce((sum, each) => sum + each.count, 0) < limits.mostBad) return false;
      const waitMs = Math.min(limits.longestQuarantineMs, limits.quarantineMs * 2 ** account.quarantines);
      account.quarantines += 1;
      account.until = instant(now + waitMs);
      account.recent = [];
      return true;
    },
    bad: (hostId) => accounts.get(hostId)?.bad ?? 0,
    isQuarantined(hostId) {
      const account = accounts.get(hostId);
      return account !== undefined && isQuarantined(account);
    },
    quarantined: () =>
      [...accounts].flatMap(([hostId, account]) => {
        const { until, bad } = account;
        return until !== null && isQuarantined(account) ? [{ hostId, until, bad }] : [];
      }),
  };
}
