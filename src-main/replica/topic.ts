import type { LogId } from '../../shared/log/envelope.ts';

/** What two hosts talk about: one log, or the text of one document. */
export type Topic = { readonly log: LogId } | { readonly document: string };

/** A name for it: no log's is a document's. */
export function keyOf(topic: Topic): string {
  return 'log' in topic ? `log/${topic.log}` : `text/${topic.document}`;
}

export function topicOf(key: string): Topic {
  const name = key.slice(key.indexOf('/') + 1);
  return key.startsWith('log/') ? { log: name as LogId } : { document: name };
}
