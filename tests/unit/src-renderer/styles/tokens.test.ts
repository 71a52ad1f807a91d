import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const renderer = join(import.meta.dirname, '../../../../src-renderer');
const css = readFileSync(join(renderer, 'styles/tokens.css'), 'utf8');
const colours = new Map(
  [...css.matchAll(/--([\w-]+):\s*light-dark\((#[0-9a-f]{6}),\s*(#[0-9a-f]{6})\)/g)].map((match) => [
    match[1] ?? '',
    { light: match[2] ?? '', dark: match[3] ?? '' },
  ]),
);

type Theme = 'light' | 'dark';

/** Relative luminance and contrast ratio as WCAG 2.2 defines them. */
function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string, theme: Theme): number {
  const [a, b] = [one, other].map((name) => {
    const colour = colours.get(name);
    if (!colour) throw new Error(`no colour token --${name}`);
    return luminance(colour[theme]);
  }) as [number, number];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

const states = ['alarm', 'yours', 'done', 'warning'] as const;
const surfaces = ['surface-page', 'surface', 'surface-raised', 'surface-sunken', 'surface-hover', 'surface-selected'];
const plain = ['surface-page', 'surface', 'surface-raised'];
const carets = [1, 2, 3, 4, 5, 6].map((number) => `caret-${number}`);

const channels = [1, 2, 3, 4, 5, 6].map((number) => `channel-${number}`);

const pairs: [text: string, on: string, least: number][] = [
  ...surfaces.flatMap((on) =>
    ['text', 'text-muted', 'text-faint', 'text-link'].map((text) => [text, on, 4.5] as [string, string, number]),
  ),
  ...states.map((state) => [`${state}-text`, `${state}-surface`, 4.5] as [string, string, number]),
  ...states.map((state) => ['text', `${state}-surface`, 4.5] as [string, string, number]),
  ...states.map((state) => ['text-muted', `${state}-surface`, 4.5] as [string, string, number]),
  ...states.flatMap((state) => plain.map((on) => [`${state}-text`, on, 4.5] as [string, string, number])),
  ...states.flatMap((state) => plain.map((on) => [`${state}-border`, on, 3] as [string, string, number])),
  ['alarm-on-solid', 'alarm-solid', 4.5],
  ['yours-on-solid', 'yours-solid', 4.5],
  ...['clock-text', 'clock-late-text'].flatMap((text) => plain.map((on) => [text, on, 7] as [string, string, number])),
  ['clock-late-text', 'alarm-surface', 7],
  ...surfaces.map((on) => ['focus', on, 3] as [string, string, number]),
  ...plain.map((on) => ['border-strong', on, 3] as [string, string, number]),
  ['chart-count', 'surface', 4.5],
  ['chart-count', 'chart-band', 4.5],
  ['chart-expected', 'surface', 3],
  ['chart-expected', 'chart-band', 3],
  ['chart-negative', 'surface', 3],
  ['text-muted', 'chart-peak', 4.5],
  ...channels.map((channel) => [channel, 'surface', 3] as [string, string, number]),
  ...carets.map((caret) => ['caret-label', caret, 4.5] as [string, string, number]),
  ...carets.map((caret) => ['text', `${caret}-surface`, 4.5] as [string, string, number]),
];

test.each(['light', 'dark'] as const)('every text keeps its contrast in the %s theme', (theme) => {
  const weak = pairs
    .map(([text, on, least]) => ({ text, on, least, ratio: contrast(text, on, theme) }))
    .filter(({ ratio, least }) => ratio < least)
    .map(({ text, on, least, ratio }) => `--${text} on --${on}: ${ratio.toFixed(2)} < ${least}`);
  expect(weak).toEqual([]);
});

/** Machado, Oliveira & Fernandes, "A physiologically-based model for simulation of color vision deficiency", 2009. */
const BLINDNESS = {
  none: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
} as const;

/** A colour in OKLab (Ottosson, 2020), as somebody with this blindness sees it. */
function seen(hex: string, matrix: readonly number[]): readonly number[] {
  const light = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  const times = (by: readonly number[], of: readonly number[]): number[] =>
    [0, 3, 6].map((row) => of.reduce((sum, part, column) => sum + part * (by[row + column] ?? 0), 0));
  const rgb = times(matrix, light).map((part) => Math.min(1, Math.max(0, part)));
  const cones = times(
    [
      0.4122214708, 0.5363325363, 0.0514459929, 0.2119034982, 0.6806995451, 0.1073969566, 0.0883024619, 0.2817188376,
      0.6299787005,
    ],
    rgb,
  );
  return times(
    [
      0.2104542553, 0.793617785, -0.0040720468, 1.9779984951, -2.428592205, 0.4505937099, 0.0259040371, 0.7827717662,
      -0.808675766,
    ],
    cones.map(Math.cbrt),
  );
}

test.each(['light', 'dark'] as const)('no two channels look alike in the %s theme, to whomever', (theme) => {
  const alike: string[] = [];
  for (const [name, matrix] of Object.entries(BLINDNESS)) {
    const labs = channels.map((channel) => seen(colours.get(channel)?.[theme] ?? '', matrix));
    for (const [index, one] of labs.entries())
      for (const [before, other] of labs.slice(0, index).entries()) {
        const apart = Math.hypot(...one.map((part, axis) => part - (other[axis] ?? 0)));
        if (!(apart > 0.11)) alike.push(`${name}: ${channels[before]} and ${channels[index]}, ${apart.toFixed(3)}`);
      }
  }
  expect(alike).toEqual([]);
});

test('every state colour has a surface, a border and a text', () => {
  for (const state of states) {
    for (const part of ['surface', 'border', 'text']) expect([...colours.keys()]).toContain(`${state}-${part}`);
  }
});

test('no colour literal stands outside the tokens', () => {
  const literal = /#[0-9a-f]{3,8}\b(?!\w)|\b(?:rgba?|hsla?|oklch|oklab|lab|lch|hwb)\(/i;
  const found: string[] = [];
  for (const entry of readdirSync(renderer, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(css|svelte|ts)$/.test(entry.name) || entry.name === 'tokens.css') continue;
    const path = join(entry.parentPath, entry.name);
    const lines = readFileSync(path, 'utf8').split('\n');
    lines.forEach((line, index) => {
      // `{#each` and `this.#field` share the sign with colours; a colour stands after a colon, a space or a quote.
      const without = line
        .replace(/\{#\w+/g, '')
        .replace(/\.#\w+/g, '')
        .replace(/^\s*(readonly |async )*#\w+/g, '');
      if (literal.test(without)) found.push(`${path.slice(renderer.length + 1)}:${index + 1} ${line.trim()}`);
    });
  }
  expect(found).toEqual([]);
});

test('every custom property that is used is defined', () => {
  const defined = new Set([...css.matchAll(/^\s*(--[\w-]+):/gm)].map((match) => match[1]));
  const missing = new Set<string>();
  for (const entry of readdirSync(renderer, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(css|svelte|ts)$/.test(entry.name)) continue;
    const text = readFileSync(join(entry.parentPath, entry.name), 'utf8');
    for (const match of text.matchAll(/var\((--[\w-]+)\)/g)) {
      const name = match[1] ?? '';
      const local = new RegExp(`${name}:|style:${name}|'${name}'`).test(text);
      if (!defined.has(name) && !local) missing.add(`${entry.name}: ${name}`);
    }
  }
  expect([...missing]).toEqual([]);
});
