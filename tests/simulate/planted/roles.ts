import type { Role } from '../../../shared/domain/roster/roles.ts';

export * from '../../../shared/domain/roster/roles.ts';

/** The planted fault: somebody forgot to ask for the role. Whoever has any may do everything. */
export function mayDo(roles: readonly Role[]): boolean {
  return roles.length > 0;
}
