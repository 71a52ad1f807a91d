import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WatchQueryId } from '../../../../../shared/base/ids.ts';
import { matchesExpression } from '../../../../../shared/domain/watch-query/match-expression.ts';
import { createMatcher } from '../../../../../shared/domain/watch-query/matcher.ts';
import { parseWatchQuery } from '../../../../../shared/domain/watch-query/parse-watch-query.ts';
import { queryFromTerms } from '../../../../../shared/domain/watch-query/query-from-terms.ts';
import { type MatchedPost, readPost } from '../../../../../shared/domain/watch-query/read-post.ts';

const ID = WatchQueryId.parse('asked');

function post(fields: Partial<MatchedPost>): MatchedPost {
  return { text: '', author: null, language: null, channel: 'other', url: null, ...fields };
}

function finds(query: string, about: string | Partial<MatchedPost>): boolean {
  const matcher = createMatcher([{ watchQueryId: ID, query }]);
  return matcher.match(post(typeof about === 'string' ? { text: about } : about)).length === 1;
}

test('[ASK1] words in any order, phrases in theirs', () => {
  expect(finds('acme recall', 'A recall by ACME!')).toBe(true);
  expect(finds('acme recall', 'ACME pots')).toBe(false);
  expect(finds('"acme corp"', 'the Acme-Corp. lid')).toBe(true);
  expect(finds('"acme corp"', 'corp acme')).toBe(false);
  expect(finds('"a b a c"', 'a b a b a c')).toBe(true);
  expect(finds("don't", 'I don’t know')).toBe(true);
});

test('[ASK2] a list finds any', () => {
  expect(finds('Acme, Acme Corp', 'acme')).toBe(true);
  expect(finds('pots\nlids', 'my lids')).toBe(true);
  expect(finds('pots, lids', 'my pans')).toBe(false);
});

test('[ASK3] operators', () => {
  expect(finds('acme -jobs', 'acme jobs')).toBe(false);
  expect(finds('acme -jobs', 'acme pots')).toBe(true);
  expect(finds('acme OR pots recall', 'acme')).toBe(true);
  expect(finds('(acme OR pots) recall', 'acme')).toBe(false);
});

test('[ASK4] case, accents and width', () => {
  for (const text of ['Müller', 'MULLER', 'mu\u0308ller', 'ｍüｌｌｅｒ', 'Mül\u00adler', 'mül\u200bler']) {
    expect(finds('muller', text), text).toBe(true);
    expect(finds('Müller', text), text).toBe(true);
  }
  expect(finds('strasse', 'Straße')).toBe(true);
  expect(finds('İstanbul', 'istanbul')).toBe(true);
  expect(finds('الشركة', 'الشَّرِكة')).toBe(true);
  expect(finds('кран', 'край')).toBe(false);
});

test('[ASK5] whole words', () => {
  for (const text of ["Acme's lid", '#acme', '@acme: hello', '@acme.bsky.social hi', '(acme)', '_acme_', 'acme,pots']) {
    expect(finds('acme', text), text).toBe(true);
  }
  for (const text of ['acmeology', '#AcmeFail', '@acme_help', 'me@acmes.example']) {
    expect(finds('acme', text), text).toBe(false);
    expect(finds('acme*', text), text).toBe(true);
  }
  expect(finds('#acme', 'acme')).toBe(false);
  expect(finds('#acme', 'so #ACME')).toBe(true);
  expect(finds('#acme*', '#AcmeFail')).toBe(true);
  expect(finds('हिन्दी', 'यह हिन्दी है')).toBe(true);
});

test('[ASK6] scripts without spaces', () => {
  expect(finds('東京', '今日は東京駅で')).toBe(true);
  expect(finds('アクメ', 'ｱｸﾒの鍋')).toBe(true);
  expect(finds('หม้อ', 'เช้านี้ฝาหม้อกระเด็น')).toBe(true);
  expect(finds('에이스', '에이스가 또')).toBe(true);
  expect(finds('大阪', '今日は東京駅で')).toBe(false);
});

test('[ASK7] addresses', () => {
  expect(finds('apple', 'listen https://podcasts.apple.com/apple?apple=1')).toBe(false);
  expect(finds('apple', 'podcasts.apple.com/apple')).toBe(false);
  expect(finds('apple', 'I rate apple 3.5/5')).toBe(true);
  expect(finds('url:apple.com', 'listen https://podcasts.Apple.com/x')).toBe(true);
  expect(finds('url:apple.com', 'listen www.apple.com')).toBe(true);
  expect(finds('site:apple.com/news', { url: 'https://apple.com/news/today' })).toBe(true);
  expect(finds('site:apple.com/news', { url: 'https://apple.com/shop' })).toBe(false);
  expect(finds('url:apple.com', 'https://pineapple.com/')).toBe(false);
});

test('[ASK8] accounts', () => {
  expect(finds('@acme', { author: '@Acme' })).toBe(true);
  expect(finds('@acme', { author: 'acme@mastodon.social' })).toBe(true);
  expect(finds('@acme', { author: 'acme.bsky.social' })).toBe(true);
  expect(finds('@acme', 'thanks @acme.')).toBe(true);
  expect(finds('@acme', 'thanks @acme@mastodon.social')).toBe(true);
  expect(finds('@acme@mastodon.social', 'thanks @acme@fosstodon.org')).toBe(false);
  expect(finds('@acme', 'thanks acme')).toBe(false);
  expect(finds('@acme', 'thanks @acmes')).toBe(false);
  expect(finds('@acme*', 'thanks @acme_help')).toBe(true);
  expect(finds('@did:plc:abc123', { author: 'did:plc:abc123' })).toBe(true);
});

test('[ASK9] language and channel', () => {
  expect(finds('acme lang:de', { text: 'acme', language: 'de' })).toBe(true);
  expect(finds('acme lang:pt-BR', { text: 'acme', language: 'pt' })).toBe(true);
  expect(finds('acme lang:no', { text: 'acme', language: 'nb' })).toBe(true);
  expect(finds('acme lang:de', { text: 'acme', language: null })).toBe(false);
  expect(finds('acme -lang:de', { text: 'acme', language: null })).toBe(true);
  expect(finds('acme channel:bluesky', { text: 'acme', channel: 'bluesky' })).toBe(true);
  expect(finds('acme channel:bluesky', { text: 'acme', channel: 'news' })).toBe(false);
});

test('[ASK12] a query that cannot be read matches nothing and disturbs no other', () => {
  const other = WatchQueryId.parse('other');
  const matcher = createMatcher([
    { watchQueryId: ID, query: '(acme' },
    { watchQueryId: WatchQueryId.parse('empty'), query: '' },
    { watchQueryId: other, query: 'acme' },
  ]);
  expect(matcher.match(post({ text: 'acme' }))).toEqual([other]);
});

test('[ASK13] the word filter changes no answer', () => {
  const word = fc.constantFrom('acme', 'lid', 'pot', 'jobs');
  const term = fc.oneof(
    word,
    word.map((text) => `#${text}`),
    word.map((text) => `@${text}`),
    word.map((text) => `${text.slice(0, 2)}*`),
    fc.tuple(word, word).map((pair) => `"${pair.join(' ')}"`),
    fc.constantFrom('東京', 'lang:de', 'channel:news', 'url:acme.example', '-lid', '-"lid pot"'),
  );
  const { query } = fc.letrec<{ query: string }>((tie) => ({
    query: fc.oneof(
      { maxDepth: 3 },
      term,
      fc.tuple(tie('query'), tie('query')).map(([a, b]) => `(${a}) OR (${b})`),
      fc.tuple(tie('query'), tie('query')).map(([a, b]) => `(${a}) (${b})`),
      fc.tuple(tie('query'), tie('query')).map(([a, b]) => `(${a}) -(${b})`),
    ),
  }));
  const text = fc
    .array(fc.oneof(word, fc.constantFrom('#acme', '@pot', 'https://acme.example/lid', '東京で', 'other')), {
      maxLength: 6,
    })
    .map((words) => words.join(' '));
  let matched = 0;
  fc.assert(
    fc.property(
      fc.array(query, { minLength: 1, maxLength: 6 }),
      text,
      fc.constantFrom(null, 'de'),
      (queries, said, language) => {
        const about = post({ text: said, language, channel: 'news' });
        const named = queries.map((asked, index) => ({ watchQueryId: WatchQueryId.parse(`q-${index}`), query: asked }));
        const alone = named.filter((one) => {
          const parsed = parseWatchQuery(one.query);
          return parsed.ok && matchesExpression(parsed.value, readPost(about));
        });
        matched += alone.length;
        expect(createMatcher(named).match(about)).toEqual(alone.map(({ watchQueryId }) => watchQueryId));
      },
    ),
    { seed: 5, numRuns: 1000 },
  );
  expect(matched).toBeGreaterThan(250);
});

test('[ASK13] a hostile text costs no more than its length', () => {
  for (const unit of ['a.', '@a:', 'a-', '#', 'https://', '\u0301', '@@a', 'a.a/', '((']) {
    expect(finds('acme url:acme.example @acme', unit.repeat(20_000 / unit.length)), unit).toBe(false);
  }
});

test('[ASK14] old lists of terms', () => {
  const query = queryFromTerms('Acme, Acme Corp (UK); AT&T\n24" pan, OR, -x,, !');
  expect(query).toBe('Acme, "Acme Corp (UK)", "AT&T", "24 pan", "OR", "-x"');
  for (const text of ['acme', 'the acme corp uk', 'at&t', 'a 24 pan']) expect(finds(query, text), text).toBe(true);
  expect(finds(query, 'at the corp')).toBe(false);
  expect(queryFromTerms(' , ')).toBe('');
});

test('a post is asked for its language only where a query that may match needs it', () => {
  const matcher = createMatcher([
    { watchQueryId: ID, query: 'acme' },
    { watchQueryId: WatchQueryId.parse('german'), query: 'deckel lang:de' },
  ]);
  let asked = 0;
  const about = (text: string) => ({
    ...{ text, author: null, channel: 'other', url: null },
    get language() {
      asked += 1;
      return 'de';
    },
  });
  expect([matcher.match(about('acme')).length, matcher.match(about('nothing')).length, asked]).toEqual([1, 0, 0]);
  expect(matcher.match(about('Der Deckel'))).toEqual(['german']);
  expect(asked).toBe(1);
});
