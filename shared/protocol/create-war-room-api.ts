import { err, ok, type Result } from '../base/result.ts';
import type {
  EndpointInput,
  EndpointName,
  EndpointOutputs,
  TopicName,
  TopicParams,
  TopicPayloads,
} from './endpoints.ts';
import { Reply, type Transport, type WireError } from './wire.ts';

/** The typed API that the page uses, over any transport. */
export interface WarRoomApi {
  /** Refusals and lost hosts are values: nobody has to catch. */
  call<Name extends EndpointName>(
    endpoint: Name,
    input: EndpointInput<Name>,
  ): Promise<Result<EndpointOutputs[Name], WireError>>;
  /** Returns the function that ends the subscription. */
  follow<Name extends TopicName>(
    topic: Name,
    params: TopicParams<Name>,
    push: (payload: TopicPayloads[Name]) => void,
  ): () => void;
}

export function createWarRoomApi(transport: Transport): WarRoomApi {
  return {
    async call(endpoint, input) {
      let answer: unknown;
      try {
        answer = await transport.invoke(endpoint, input);
      } catch {
        return err({
          code: 'HostUnreachable',
          message: 'The host cannot be reached. Nothing was recorded; what you typed is kept in this window.',
        });
      }
      const reply = Reply.safeParse(answer);
      if (!reply.success) return err({ code: 'BadReply', message: 'The host answered with something unreadable.' });
      // The host built the value from its own typed table; checking it again here would double the schema.
      return reply.data.ok ? ok(reply.data.value as EndpointOutputs[typeof endpoint]) : err(reply.data.error);
    },
    follow(topic, params, push) {
      return transport.subscribe(topic, params, (payload) => {
        push(payload as TopicPayloads[typeof topic]);
      });
    },
  };
}
