import { registerHooks } from 'node:module';
import type { DiskFaults } from './disk.ts';

// Faults that are planted to see whether the simulator finds them. Two are the disk's; three take the place of one
// function of the program, in every host of the world alike.

export const PLANTS = {
  'acknowledges-before-sync': { faults: { syncAfterMs: 2_000 } },
  'drops-equal-times': { faults: { dropsEqualTimes: true } },
  'no-role-check': { replaces: 'shared/domain/roster/roles.ts', by: 'roles.ts' },
  'revocation-by-time': { replaces: 'shared/log/room-history.ts', by: 'room-history.ts' },
  'first-fork-wins': { replaces: 'shared/log/placing.ts', by: 'placing.ts' },
} as const;
export type PlantName = keyof typeof PLANTS;

export function isPlant(name: string): name is PlantName {
  return Object.hasOwn(PLANTS, name);
}

export function faultsOf(plant: PlantName | null): DiskFaults {
  const honest: DiskFaults = { syncAfterMs: null, dropsEqualTimes: false };
  const planted = plant === null ? null : PLANTS[plant];
  return planted !== null && 'faults' in planted ? { ...honest, ...planted.faults } : honest;
}

/** To be called before anything of the program is imported: from then on the fault is what gets imported. */
export function plant(name: PlantName): void {
  const planted = PLANTS[name];
  if (!('replaces' in planted)) return;
  const honest = new URL(`../../${planted.replaces}`, import.meta.url).href;
  const faulty = new URL(`planted/${planted.by}`, import.meta.url).href;
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context);
      return resolved.url === honest && context.parentURL !== faulty ? { ...resolved, url: faulty } : resolved;
    },
  });
}
