import { StepId } from '../../base/ids.ts';
import type { Role } from '../roster/roles.ts';
import type { Chain, ChainStep } from './chain.ts';

type ApprovingRole = ChainStep['role'];

const STEPS: { readonly [R in ApprovingRole]: Pick<ChainStep, 'name' | 'certifies'> } = {
  administrator: { name: 'Management', certifies: 'The organisation stands behind this text.' },
  'incident-commander': { name: 'Incident command', certifies: 'It fits what we do and what is decided.' },
  'comms-lead': { name: 'Communications', certifies: 'It says what we know, in plain words, and how we go on.' },
  writer: { name: 'Second reader', certifies: 'Read again word for word: names, numbers and times are right.' },
  'social-lead': { name: 'Social media', certifies: 'It fits the channels it goes to and what is said there.' },
  legal: { name: 'Legal', certifies: 'Nothing in it is untrue, private, or puts the organisation at legal risk.' },
  spokesperson: { name: 'Spokesperson', certifies: 'I can say this in public, with my name.' },
  executive: { name: 'Executive', certifies: 'The organisation stands behind this text and its promises.' },
  loggist: { name: 'Log', certifies: 'It agrees with what the log has as confirmed.' },
  analyst: { name: 'Analysis', certifies: 'The numbers in it are the numbers we measured.' },
};

const MAX_STEPS = 8;

/**
 * The clearance chain of an organisation that named whose word is needed, in turn. Observers only read, so they are left
 * out; nobody named at all means the comms lead alone, because a chain is never empty. A role named twice takes two
 * steps, for two different people.
 */
export function chainFromRoles(roles: readonly Role[]): Chain {
  const approving = roles.filter((role) => role !== 'observer').slice(0, MAX_STEPS);
  const named: readonly ApprovingRole[] = approving.length > 0 ? approving : ['comms-lead'];
  return named.map((role, index) => {
    const times = named.slice(0, index + 1).filter((one) => one === role).length;
    const again = times > 1 ? String(times) : '';
    const { name, certifies } = STEPS[role];
    return {
      stepId: StepId.parse(again ? `${role}-${again}` : role),
      name: again ? `${name} ${again}` : name,
      role,
      certifies,
    };
  });
}
