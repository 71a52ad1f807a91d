import { z } from 'zod';
import { canonicalJson } from '../../base/canonical.ts';
import { sha256Hex } from '../../base/digest.ts';
import { type Sha256Hex, TemplateId } from '../../base/ids.ts';

const text = z.string().max(200_000);

/** A frozen text: what approvals and publications name by its hash. */
export const RevisionContent = z.strictObject({
  templateId: TemplateId.nullable(),
  master: text,
  /** Texts that differ from the master, by channel id. */
  variants: z.record(z.string().max(64), text),
  /** What was filled into the template's slots, by slot name, as far as it can be told. */
  slots: z.record(z.string().max(200), z.string().max(10_000)),
  locale: z.string().max(35),
});
export type RevisionContent = z.infer<typeof RevisionContent>;

/** LF line ends; nothing else about a text is ever rewritten, Unicode included. */
export function withUnixLineEnds(value: string): string {
  return value.replaceAll('\r\n', '\n').replaceAll('\r', '\n');
}

/** SHA-256 of the canonical JSON of the content: the only bridge between the log and the words. */
export function revisionHash(content: RevisionContent): Sha256Hex {
  return sha256Hex(canonicalJson(content));
}

/** The text as it leaves on one channel: the channel's own variant, else the master. */
export function textFor(content: Pick<RevisionContent, 'master' | 'variants'>, channelId: string): string {
  const variant = Object.hasOwn(content.variants, channelId) ? content.variants[channelId] : undefined;
  return variant === undefined || variant === '' ? content.master : variant;
}
