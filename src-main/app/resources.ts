import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { Channel, PlaybookOutline } from '../../shared/domain/playbook/playbook.ts';
import { Template } from '../../shared/domain/statement/template.ts';

/** What ships with the program for an organisation to begin with. */
export interface Resources {
  readonly templates: readonly Template[];
  readonly playbooks: readonly PlaybookOutline[];
  readonly channels: readonly Channel[];
}

export interface ResourceBroken {
  readonly type: 'ResourceBroken';
  /** Below the resources folder. */
  readonly file: string;
  readonly reason: string;
}

interface Read<Value> {
  readonly file: string;
  readonly value: Value;
}

/** Reads `templates/*.json`, `playbooks/*.json` and `channels.json`; the first file that does not fit is named. */
export function loadResources(resourcesDir: string): Result<Resources, ResourceBroken> {
  const templates = readFolder(resourcesDir, 'templates', Template, (template) => template.templateId);
  if (!templates.ok) return templates;
  const playbooks = readFolder(resourcesDir, 'playbooks', PlaybookOutline, (playbook) => playbook.playbookId);
  if (!playbooks.ok) return playbooks;
  const known = new Set(templates.value.map(({ value }) => value.templateId));
  for (const { file, value } of playbooks.value)
    if (value.templateId !== null && !known.has(value.templateId))
      return broken(file, `there is no template "${value.templateId}"`);
  const channels = readJson(resourcesDir, 'channels.json', z.array(Channel).min(1));
  if (!channels.ok) return channels;
  if (new Set(channels.value.map((channel) => channel.channelId)).size < channels.value.length)
    return broken('channels.json', 'two channels have the same id');
  return ok({
    templates: templates.value.map(({ value }) => value),
    playbooks: playbooks.value.map(({ value }) => value),
    channels: channels.value,
  });
}

/** Every JSON file of a folder, by name; each is called after the id in it, so that no id is there twice. */
function readFolder<Value>(
  resourcesDir: string,
  folder: string,
  schema: z.ZodType<Value>,
  idOf: (value: Value) => string,
): Result<readonly Read<Value>[], ResourceBroken> {
  let names: readonly string[];
  try {
    names = readdirSync(join(resourcesDir, folder)).filter((name) => name.endsWith('.json'));
  } catch (cause) {
    return broken(folder, reasonOf(cause));
  }
  if (names.length === 0) return broken(folder, 'the folder has no JSON files');
  const read: Read<Value>[] = [];
  for (const name of [...names].sort()) {
    const file = `${folder}/${name}`;
    const one = readJson(resourcesDir, file, schema);
    if (!one.ok) return one;
    if (name !== `${idOf(one.value)}.json`) return broken(file, `the id in it is "${idOf(one.value)}"`);
    read.push({ file, value: one.value });
  }
  return ok(read);
}

function readJson<Value>(resourcesDir: string, file: string, schema: z.ZodType<Value>): Result<Value, ResourceBroken> {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(join(resourcesDir, file), 'utf8'));
  } catch (cause) {
    return broken(file, reasonOf(cause));
  }
  const parsed = schema.safeParse(json);
  return parsed.success ? ok(parsed.data) : broken(file, z.prettifyError(parsed.error));
}

function broken(file: string, reason: string): Result<never, ResourceBroken> {
  return err({ type: 'ResourceBroken', file, reason });
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
