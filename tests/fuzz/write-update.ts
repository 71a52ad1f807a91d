import * as encoding from 'lib0/encoding';

/** A Yjs update of format V1 as plain data, so that a test can write what no Yjs would. */
export interface PlainUpdate {
  readonly sections: readonly PlainSection[];
  readonly deletes: readonly PlainDeletes[];
}

export interface PlainSection {
  readonly client: number;
  readonly clock: number;
  readonly structs: readonly PlainStruct[];
  /** What it says, where that is not how many there are. */
  readonly saysCount?: number;
}

export interface PlainDeletes {
  readonly client: number;
  readonly ranges: readonly { readonly clock: number; readonly length: number }[];
  readonly saysCount?: number;
}

export interface PlainId {
  readonly client: number;
  readonly clock: number;
}

export type PlainStruct =
  | { readonly kind: 'gc' | 'skip'; readonly length: number }
  | {
      readonly kind: 'item';
      readonly origin?: PlainId;
      readonly rightOrigin?: PlainId;
      /** Written only when there is no origin, as Yjs does: the name of a shared type, or an item's id. */
      readonly parent?: string | PlainId;
      readonly parentSub?: string;
      readonly content: PlainContent;
    };

export type PlainContent =
  | { readonly type: 'deleted'; readonly length: number }
  | { readonly type: 'json'; readonly texts: readonly string[]; readonly saysCount?: number }
  | { readonly type: 'binary'; readonly bytes: Uint8Array }
  | { readonly type: 'string'; readonly text: string }
  | { readonly type: 'embed'; readonly json: string }
  | { readonly type: 'format'; readonly key: string; readonly json: string }
  | { readonly type: 'type'; readonly ref: number; readonly name?: string }
  | { readonly type: 'any'; readonly encoded: readonly Uint8Array[]; readonly saysCount?: number }
  | { readonly type: 'doc'; readonly guid: string };

const CONTENT_REF = {
  deleted: 1,
  json: 2,
  binary: 3,
  string: 4,
  embed: 5,
  format: 6,
  type: 7,
  any: 8,
  doc: 9,
} as const;

export function writeUpdate({ sections, deletes }: PlainUpdate): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, sections.length);
  for (const { client, clock, structs, saysCount = structs.length } of sections) {
    encoding.writeVarUint(encoder, saysCount);
    encoding.writeVarUint(encoder, client);
    encoding.writeVarUint(encoder, clock);
    for (const struct of structs) writeStruct(encoder, struct);
  }
  encoding.writeVarUint(encoder, deletes.length);
  for (const { client, ranges, saysCount = ranges.length } of deletes) {
    encoding.writeVarUint(encoder, client);
    encoding.writeVarUint(encoder, saysCount);
    for (const { clock, length } of ranges) {
      encoding.writeVarUint(encoder, clock);
      encoding.writeVarUint(encoder, length);
    }
  }
  return encoding.toUint8Array(encoder);
}

function writeStruct(encoder: encoding.Encoder, struct: PlainStruct): void {
  if (struct.kind !== 'item') {
    encoding.writeUint8(encoder, struct.kind === 'gc' ? 0 : 10);
    return encoding.writeVarUint(encoder, struct.length);
  }
  const { origin, rightOrigin, parent = 'text', parentSub, content } = struct;
  const flags = (origin ? 0x80 : 0) | (rightOrigin ? 0x40 : 0) | (parentSub === undefined ? 0 : 0x20);
  encoding.writeUint8(encoder, CONTENT_REF[content.type] | flags);
  if (origin) writeId(encoder, origin);
  if (rightOrigin) writeId(encoder, rightOrigin);
  if (!origin && !rightOrigin) {
    encoding.writeVarUint(encoder, typeof parent === 'string' ? 1 : 0);
    if (typeof parent === 'string') encoding.writeVarString(encoder, parent);
    else writeId(encoder, parent);
    if (parentSub !== undefined) encoding.writeVarString(encoder, parentSub);
  }
  writeContent(encoder, content);
}

function writeId(encoder: encoding.Encoder, { client, clock }: PlainId): void {
  encoding.writeVarUint(encoder, client);
  encoding.writeVarUint(encoder, clock);
}

function writeContent(encoder: encoding.Encoder, content: PlainContent): void {
  switch (content.type) {
    case 'deleted':
      return encoding.writeVarUint(encoder, content.length);
    case 'json':
      encoding.writeVarUint(encoder, content.saysCount ?? content.texts.length);
      return content.texts.forEach((text) => encoding.writeVarString(encoder, text));
    case 'binary':
      return encoding.writeVarUint8Array(encoder, content.bytes);
    case 'string':
      return encoding.writeVarString(encoder, content.text);
    case 'embed':
      return encoding.writeVarString(encoder, content.json);
    case 'format':
      encoding.writeVarString(encoder, content.key);
      return encoding.writeVarString(encoder, content.json);
    case 'type':
      encoding.writeVarUint(encoder, content.ref);
      // An XML element and an XML hook have a name.
      if (content.ref === 3 || content.ref === 5) encoding.writeVarString(encoder, content.name ?? 'p');
      return;
    case 'any':
      encoding.writeVarUint(encoder, content.saysCount ?? content.encoded.length);
      return content.encoded.forEach((one) => encoding.writeUint8Array(encoder, one));
    case 'doc':
      encoding.writeVarString(encoder, content.guid);
      return encoding.writeAny(encoder, {});
  }
}

export function anyOf(value: encoding.AnyEncodable): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeAny(encoder, value);
  return encoding.toUint8Array(encoder);
}

/** Lists within lists, so deep that whoever reads them by recursion may run out of stack. */
export function deepAny(depth: number): Uint8Array {
  const nested = new Uint8Array(depth * 2 + 1);
  for (let level = 0; level < depth; level++) nested.set([117, 1], level * 2);
  nested[depth * 2] = 126;
  return nested;
}
