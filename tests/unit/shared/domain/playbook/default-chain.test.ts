import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Chain } from '../../../../../shared/domain/playbook/chain.ts';
import { chainFromRoles } from '../../../../../shared/domain/playbook/default-chain.ts';
import { Role } from '../../../../../shared/domain/roster/roles.ts';

test('[ROS10] a chain from roles is never empty and has no two step ids alike', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...Role.options), { maxLength: 20 }), (roles) => {
      const chain = chainFromRoles(roles);
      expect(Chain.parse(chain)).toEqual(chain);
      const approving = roles.filter((role) => role !== 'observer').slice(0, 8);
      expect(chain.map((step) => step.role)).toEqual(approving.length > 0 ? approving : ['comms-lead']);
    }),
  );
});

test('[ROS10] the usual three steps, and a role named twice', () => {
  expect(chainFromRoles(['comms-lead', 'legal', 'spokesperson']).map((step) => [step.stepId, step.name])).toEqual([
    ['comms-lead', 'Communications'],
    ['legal', 'Legal'],
    ['spokesperson', 'Spokesperson'],
  ]);
  expect(chainFromRoles(['legal', 'legal']).map((step) => [step.stepId, step.name])).toEqual([
    ['legal', 'Legal'],
    ['legal-2', 'Legal 2'],
  ]);
  expect(chainFromRoles(['observer'])).toHaveLength(1);
});
