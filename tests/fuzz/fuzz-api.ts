import { err, ok } from '../../shared/base/result.ts';
import { endpointInputs, topicParams } from '../../shared/protocol/endpoints.ts';
import type { Api } from '../../src-main/commands/ports.ts';

/** What the endpoints of `createFuzzApi` do, beside those of the protocol. */
export const ODD_ENDPOINTS = [
  'echo',
  'throws',
  'nothing',
  'later',
  'large',
  '__proto__',
  'constructor',
  'toString',
  '',
];

const inputs = new Map(Object.entries(endpointInputs));
const params = new Map(Object.entries(topicParams));

/** Parses what the program's own endpoints and topics would, and does nothing more; some break on purpose. */
export function createFuzzApi() {
  let subscriptions = 0;
  const api: Api = {
    async invoke(_caller, endpoint, input) {
      if (endpoint === 'throws') throw new Error('a secret detail');
      if (endpoint === 'nothing') return ok(undefined);
      if (endpoint === 'large') return ok('x'.repeat(10_000));
      if (endpoint === 'later') await new Promise<void>((resolve) => void setImmediate(resolve));
      const parsed = inputs.get(endpoint)?.safeParse(input);
      return parsed?.success === false ? err({ code: 'BadInput', message: 'Not understood.' }) : ok(input);
    },
    subscribe(_caller, topic, wanted, push) {
      if (topic === 'throws') throw new Error('a secret detail');
      const schema = params.get(topic);
      if (schema?.safeParse(wanted).success === false) return err({ code: 'BadInput', message: 'Not understood.' });
      subscriptions += 1;
      push({ first: true });
      return ok(() => void (subscriptions -= 1));
    },
  };
  return { api, subscriptions: (): number => subscriptions };
}

export const ENDPOINTS: readonly string[] = [...inputs.keys()];
export const TOPICS: readonly string[] = [...params.keys()];
