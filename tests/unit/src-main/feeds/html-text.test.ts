import fc from 'fast-check';
import { expect, test } from 'vitest';
import { htmlToText } from '../../../../src-main/feeds/html-text.ts';

test.each([
  ['<p>One</p><p>two</p>', 'One two'],
  ['one<br/>two<br>three', 'one two three'],
  ['<ul><li>a</li><li>b</li></ul>', 'a b'],
  ['in<b>div</b>isible', 'indivisible'],
  ['AT&amp;T &lt;3 &quot;caf&eacute;&quot; &#x1F525; &nbsp; end', 'AT&T <3 "café" 🔥 end'],
  ['&amp;lt;b&amp;gt;', '&lt;b&gt;'],
  ['1 < 2 and I <3 you', '1 < 2 and I <3 you'],
  ['a <!-- <b>hidden</b> --> b', 'a b'],
  ['a<script>if (1 < 2) alert("x")</script>b<style>p{}</style>c', 'abc'],
  ['<a title="a > b" href=\'x\'>link</a>', 'link'],
  ['<span class="invisible">https://</span><span>example.org/a</span>', 'https://example.org/a'],
  ['cut off <a href="https://exa', 'cut off'],
  ['cut off <!-- never closed', 'cut off'],
  ['<script>never closed', ''],
  ['  spaces \n\t drawn \u00a0 together ', 'spaces drawn together'],
  ['no tags & no entities', 'no tags & no entities'],
  ['&#0;NUL\0 and half a character \ud83d', '�NUL and half a character �'],
  ['', ''],
])('reads %j as %j', (html, text) => {
  expect(htmlToText(html)).toBe(text);
});

test('what is no HTML stays as it is, and nothing throws', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(htmlToText(text)).toBeTypeOf('string');
      const plain = text.replaceAll(/[<&\0]/g, '');
      expect(htmlToText(plain)).toBe(plain.replaceAll(/\s+/gu, ' ').trim().toWellFormed());
    }),
  );
});

test.each(['<', '<a ', '<a "', "<a '", '<!--', '<script>', '<p>', '</script', '<a b="c">', '&', '&amp'])(
  'a megabyte of %j takes no longer than one pass',
  (piece) => {
    const short = timed(piece.repeat(Math.ceil(50_000 / piece.length)));
    const long = timed(piece.repeat(Math.ceil(1_000_000 / piece.length)));
    // 20 times the input: quadratic would be 400 times the time. Very short times say nothing.
    expect(long).toBeLessThan(Math.max(500, short * 200));
  },
);

function timed(html: string): number {
  const start = performance.now();
  htmlToText(html);
  return performance.now() - start;
}
