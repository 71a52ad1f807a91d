import { ChannelId, OperatorId, PlaybookId, WatchQueryId } from '../../shared/base/ids.ts';
import type { Channel, PlaybookOutline } from '../../shared/domain/playbook/playbook.ts';
import type { Role } from '../../shared/domain/roster/roles.ts';
import type { Founding } from '../../src-main/commands/founding.ts';

// Who is in every simulated organisation: one of each right, and as few as that takes.

function person(name: string, roles: readonly Role[], deputyId: string | null = null) {
  const operatorId = OperatorId.parse(name);
  return { operatorId, name, roles, deputyId: deputyId === null ? null : OperatorId.parse(deputyId) };
}

export const ADA = OperatorId.parse('ada');
export const BEN = OperatorId.parse('ben');

const people = [
  person('ada', ['administrator']),
  person('ben', ['administrator', 'incident-commander']),
  person('cora', ['comms-lead']),
  person('lea', ['legal'], 'dora'),
  person('dora', ['loggist']),
  person('wim', ['writer']),
  person('otto', ['observer']),
] as const;

export const PEOPLE: readonly OperatorId[] = people.map(({ operatorId }) => operatorId);

export const FOUNDING: Founding = {
  organisation: 'Simulated',
  demo: false,
  people,
  watch: [{ watchQueryId: WatchQueryId.parse('simulated'), name: 'Simulated', query: 'simulated' }],
  chain: ['comms-lead', 'legal'],
};

export const PLAYBOOK = PlaybookId.parse('product-safety');

export const CHANNELS: readonly Channel[] = [
  { channelId: ChannelId.parse('website'), name: 'Website', limit: null, via: { kind: 'hand' } },
  {
    channelId: ChannelId.parse('press'),
    name: 'Press',
    limit: null,
    via: { kind: 'webhook', url: 'https://press.example/in' },
  },
];

export const PLAYBOOKS: readonly PlaybookOutline[] = [
  { playbookId: PLAYBOOK, name: 'Product safety', templateId: null, complexity: 'simple' },
];
