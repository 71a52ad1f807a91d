import { expect, test } from 'vitest';
import { FeedId } from '../../../../../shared/base/ids.ts';
import { decodeDocument } from '../../../../../src-main/feeds/rss/document-encoding.ts';
import { parseFeedDate } from '../../../../../src-main/feeds/rss/feed-date.ts';
import { type FeedItem, readFeedDocument } from '../../../../../src-main/feeds/rss/feed-document.ts';
import { itemId } from '../../../../../src-main/feeds/rss/item-post.ts';
import { unwrap } from '../../../../support/unwrap.ts';

const read = (text: string) => unwrap(readFeedDocument(text));
const why = (text: string): string => {
  const document = readFeedDocument(text);
  return document.ok ? 'read' : document.error;
};

test('RSS 2.0 with its modules', () => {
  const { items, ttlMinutes, skipHours, isCut } = read(`<?xml version="1.0"?>
    <rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/">
    <channel><title>The Daily</title><language>en-gb</language><ttl>30</ttl><skipHours><hour>0</hour><hour>24</hour><hour>3</hour></skipHours>
    <item><title>Lid flies off &amp;amp; hits ceiling</title><link>https://daily.example/lid?utm_source=rss</link>
      <guid isPermaLink="false">1234</guid><dc:creator>Jane Doe</dc:creator><pubDate>Sat, 18 Apr 2026 14:00:00 +0200</pubDate>
      <description>short</description><content:encoded><![CDATA[<p>A <b>pressure cooker</b>.</p><p>Second.</p>]]></content:encoded></item>
    <item><description>No title here</description></item>
    <item><title></title></item>
    </channel></rss>`);
  expect(items).toEqual([
    {
      guid: '1234',
      link: 'https://daily.example/lid?utm_source=rss',
      author: 'Jane Doe',
      text: 'Lid flies off & hits ceiling – A pressure cooker. Second.',
      language: 'en-gb',
      publishedAt: Date.UTC(2026, 3, 18, 12),
    },
    expect.objectContaining({ guid: null, link: null, author: 'The Daily', text: 'No title here', publishedAt: null }),
  ]);
  expect({ ttlMinutes, skipHours, isCut }).toEqual({ ttlMinutes: 30, skipHours: [0, 0, 3], isCut: false });
});

test('Atom: plain text stays plain, markup becomes text, the first publication counts', () => {
  const { items } =
    read(`<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>Blog</title><id>urn:x</id><updated>2026-04-18T12:00:00Z</updated>
    <entry><title>1 &lt; 2</title><id>tag:blog.example,2026:1</id><link rel="self" href="https://blog.example/1.atom"/><link href="https://blog.example/1"/>
      <published>2026-04-18T10:00:00Z</published><updated>2026-04-18T12:00:00Z</updated>
      <summary type="html">&lt;i&gt;sum&lt;/i&gt;mary</summary><author><name>Ann</name></author></entry></feed>`);
  expect(items).toEqual([
    {
      guid: 'tag:blog.example,2026:1',
      link: 'https://blog.example/1',
      author: 'Ann',
      text: '1 < 2 – summary',
      language: 'de',
      publishedAt: Date.UTC(2026, 3, 18, 10),
    },
  ]);
});

test('JSON Feed and RDF', () => {
  const json = {
    version: 'https://jsonfeed.org/version/1.1',
    title: 'J',
    items: [{ id: '7', url: 'https://j.example/7', content_text: 'plain <b>', date_published: '2026-04-18T10:00:00Z' }],
  };
  expect(read(JSON.stringify(json)).items).toMatchObject([
    { guid: '7', link: 'https://j.example/7', author: 'J', text: 'plain <b>', publishedAt: Date.UTC(2026, 3, 18, 10) },
  ]);
  const rdf = `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
    <channel rdf:about="https://r.example/"><title>R</title><link>https://r.example/</link></channel>
    <item rdf:about="https://r.example/1"><title>T</title><link>https://r.example/1</link><dc:date>2026-04-18</dc:date></item></rdf:RDF>`;
  expect(read(rdf).items).toMatchObject([
    { guid: 'https://r.example/1', text: 'T', publishedAt: Date.UTC(2026, 3, 18) },
  ]);
});

test('entities that a document defines for itself never unfold, and none is fetched', () => {
  const definitions = `<!ENTITY a "${'ha'.repeat(1000)}"><!ENTITY b "${'&a;'.repeat(1000)}"><!ENTITY c "${'&b;'.repeat(1000)}">`;
  const bomb = (more: string) =>
    `<!DOCTYPE rss [${definitions}${more}]><rss version="2.0"><channel><item><title>x &c; y</title></item></channel></rss>`;
  expect(read(bomb('')).items[0]?.text).toBe('x &c; y');
  expect(why(bomb('<!ENTITY d SYSTEM "file:///etc/passwd">'))).toContain('no feed that can be read');
});

test.each([
  ['', 'The answer is empty.'],
  ['hello', 'The answer is neither XML nor JSON.'],
  ['<!doctype html><html><body>404</body></html>', 'The answer is a web page and no feed.'],
  [
    '<rss version="2.0"><channel><item><title>a</title></item><item><ti',
    'The answer is no feed, or only a part of one.',
  ],
  [
    '{"version":"https://jsonfeed.org/version/1.1","title":"J","items":[{"id',
    'The answer is no feed that can be read.',
  ],
  [`<rss version="2.0"><channel>${'<a>'.repeat(10_000)}</channel></rss>`, 'The answer is no feed that can be read.'],
])('refuses %j whole', (text, reason) => {
  expect(why(text)).toBe(reason);
});

test('an article that quotes another format changes nothing', () => {
  const quoted = '<rss version="2.0"><channel><item><title>quoted</title></item></channel></rss>';
  const atom = `<feed xmlns="http://www.w3.org/2005/Atom"><title>A</title><entry><id>urn:1</id><title>T</title><content><![CDATA[ ${quoted}]]></content></entry></feed>`;
  expect(read(atom).items).toMatchObject([{ guid: 'urn:1' }]);
  const json = {
    version: 'https://jsonfeed.org/version/1.1',
    title: 'J',
    items: [{ id: '1', content_text: ` ${quoted}` }],
  };
  expect(read(JSON.stringify(json)).items).toMatchObject([{ guid: '1', text: quoted }]);
});

test('a document that nests without end is refused at once', () => {
  const head = '{"version":"https://jsonfeed.org/version/1.1","title":"a \\" [ b","items":[';
  expect(why(`${head}{"id":"1","content_text":"[[[["}]}`)).toBe('read');
  const start = performance.now();
  expect(why(`${head}${'['.repeat(5_000_000)}]}`)).toBe('The answer is no feed that can be read.');
  expect(performance.now() - start).toBeLessThan(1_000);
});

test('an archive is read as far as it is news, and says that it goes on', () => {
  const { items, isCut } = read(
    `<rss version="2.0"><channel>${'<item><title>a</title></item>'.repeat(1_500)}</channel></rss>`,
  );
  expect([items.length, isCut]).toEqual([1_000, true]);
});

test.each([
  ['Sat, 18 Apr 2026 14:00:00 GMT', Date.UTC(2026, 3, 18, 14)],
  ['18 Apr 26 14:00 EST', Date.UTC(2026, 3, 18, 19)],
  ['Saturday, 18-April-2026 14:00:00 -0730', Date.UTC(2026, 3, 18, 21, 30)],
  ['Sat, 18 Apr 2026 14:00:00', Date.UTC(2026, 3, 18, 14)],
  ['Sat, 18 Apr 2026 14:00:00 CEST', Date.UTC(2026, 3, 18, 12)],
  ['2026-04-18T14:00:00+02:00', Date.UTC(2026, 3, 18, 12)],
  ['Sat, 18 Apr 2026 14:00:00 XYZ', null],
  ['Sat, 31 Feb 2026 14:00:00 GMT', null],
  ['Sat, 18 Apr 2026 25:00:00 GMT', null],
  ['yesterday', null],
  ['', null],
])('reads the date %j', (text, at) => {
  expect(parseFeedDate(text)).toBe(at);
});

const item: FeedItem = { guid: null, link: null, author: null, text: 'words', language: null, publishedAt: null };
const feed = FeedId.parse('one');
const other = FeedId.parse('two');

test('an address is the same identity in every spelling and feed; a bare number only in its own feed', () => {
  const link = 'https://daily.example/lid';
  for (const spelling of ['http://Daily.Example/lid/', `${link}?utm_source=x&fbclid=y`, `${link}#top`]) {
    expect(itemId({ ...item, guid: spelling }, feed)).toBe(link);
    expect(itemId({ ...item, link: spelling }, other)).toBe(link);
  }
  expect(itemId({ ...item, link: `${link}?page=2` }, feed)).not.toBe(link);
  expect(itemId({ ...item, guid: 'tag:x,2026:1', link }, feed)).toBe('tag:x,2026:1');
  expect(itemId({ ...item, guid: '12' }, feed)).not.toBe(itemId({ ...item, guid: '12' }, other));
  expect(itemId(item, feed)).toMatch(/^sha256:/);
  expect(itemId({ ...item, guid: `https://x.example/${'a'.repeat(600)}` }, feed)).toMatch(/^sha256:[0-9a-f]{64}$/);
});

test.each([
  ['utf-8 by default', Buffer.from('süß'), null, 'süß'],
  [
    'the header wins over the declaration',
    Buffer.from('<?xml version="1.0" encoding="utf-8"?>\xfc', 'latin1'),
    'text/xml; charset="iso-8859-1"',
    '<?xml version="1.0" encoding="utf-8"?>ü',
  ],
  [
    'the declaration',
    Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?>\xfc', 'latin1'),
    'text/xml',
    '<?xml version="1.0" encoding="ISO-8859-1"?>ü',
  ],
  ['a byte order mark wins over everything', Buffer.from('\ufeffsüß', 'utf16le'), 'text/xml; charset=utf-8', 'süß'],
  ['a name that nobody knows', Buffer.from('süß'), 'text/xml; charset=klingon', 'süß'],
])('decodes by %s', (_, bytes, contentType, text) => {
  expect(decodeDocument(bytes, contentType)).toBe(text);
});
