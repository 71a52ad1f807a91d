import { expect, test } from 'vitest';
import { markerOf, visibleName, visibleText } from '../../../../shared/base/untrusted-text.ts';

test('zero-width and bidi control characters are shown as words', () => {
  expect(visibleText('pay\u200bload')).toBe('pay⟦zero-width space⟧load');
  expect(visibleText('\u202eevil\u202c')).toBe('⟦right-to-left override⟧evil⟦end of direction⟧');
  expect(visibleText('a\u2066b\u2069c\ufeff')).toBe(
    'a⟦left-to-right isolate⟧b⟦end of isolate⟧c⟦zero-width no-break space⟧',
  );
  expect(visibleText('bell\u0007 nul\u0000 tag\u{e0041}')).toBe('bell⟦U+0007⟧ nul⟦U+0000⟧ tag⟦U+E0041⟧');
});

test('every code point of the invisible ranges leaves nothing invisible behind', () => {
  for (const [from, to] of [
    [0x200b, 0x200f],
    [0x202a, 0x202e],
    [0x2060, 0x206f],
    [0xe0000, 0xe007f],
  ] as const) {
    for (let code = from; code <= to; code++) {
      const character = String.fromCodePoint(code);
      expect(visibleText(`a${character}b`)).toBe(`a${markerOf(character)}b`);
    }
  }
});

test('ordinary writing is left alone: emoji families, Persian, Hebrew, tabs and line ends', () => {
  for (const text of ['👩‍👩‍👧', '👩🏽‍🚒', 'می‌خواهم', 'שלום', 'é\tü\nß', '日本語']) expect(visibleText(text)).toBe(text);
  expect(visibleText('a\r\nb\rc')).toBe('a\nb\nc');
});

test('a joiner that joins nothing is shown', () => {
  expect(visibleText('ad\u200dmin')).toBe('ad⟦zero-width joiner⟧min');
  expect(visibleText('ad\u200cmin')).toBe('ad⟦zero-width non-joiner⟧min');
});

test('beyond its cap a text says how much more there is, and no character is cut in half', () => {
  expect(visibleText('x'.repeat(10_000), 128)).toBe(`${'x'.repeat(128)}… (9,872 more characters)`);
  expect(visibleText(`abc😀`, 4)).toBe('abc… (2 more characters)');
  expect(visibleText('abc', 3)).toBe('abc');
});

test('a name is one short line and never blank', () => {
  expect(visibleName(`  Ana\n\tRuiz `)).toBe('Ana Ruiz');
  expect(visibleName('')).toBe('(no name)');
  expect(visibleName('n'.repeat(10_000))).toBe(`${'n'.repeat(60)}… (9,940 more characters)`);
});

test('piled-up accents are cut', () => {
  expect(visibleText(`Z${'\u0301'.repeat(50)}`)).toBe(`Z${'\u0301'.repeat(4)}⟦more marks⟧`);
});
