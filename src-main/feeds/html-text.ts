import { decodeHTML } from 'entities';

/** Between these there is a gap on the screen, so there is one in the text. */
const GAPS: ReadonlySet<string> = new Set(
  `address article aside blockquote br dd div dl dt figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li main
  nav ol p pre section table td th tr ul`.split(/\s+/),
);
/** What stands in these is no text. */
const UNREAD: ReadonlySet<string> = new Set(['script', 'style', 'template', 'noscript']);
const TAG_NAME = /<\/?([a-z][a-z0-9]*)/iy;

/**
 * What a reader sees of a piece of HTML, in one line: tags and comments out, entities decoded, white space drawn
 * together. It judges nothing and makes nothing safe: the result is text, to be shown as text. One pass, whatever the
 * input looks like.
 */
export function htmlToText(html: string): string {
  let text = '';
  let at = 0;
  for (let open = html.indexOf('<'); open >= 0; open = html.indexOf('<', at)) {
    text += html.slice(at, open);
    if (html.startsWith('<!', open) || html.startsWith('<?', open)) {
      at = endOfMarkup(html, open);
      continue;
    }
    TAG_NAME.lastIndex = open;
    const name = TAG_NAME.exec(html)?.[1]?.toLowerCase();
    if (name === undefined) {
      text += '<'; // "1 < 2", "<3"
      at = open + 1;
      continue;
    }
    at = endOfTag(html, TAG_NAME.lastIndex);
    if (GAPS.has(name)) text += ' ';
    if (UNREAD.has(name) && html[open + 1] !== '/') at = endOfUnread(html, at, name);
  }
  return tidied(decodeHTML(text + html.slice(at)));
}

/** Plain text in one line: white space drawn together, and no NUL, which no database likes. */
export function tidied(text: string): string {
  return text.replaceAll('\0', '').replaceAll(/\s+/gu, ' ').trim().toWellFormed();
}

/** Of a comment, a declaration, or the CDATA that only XML knows. What never ends goes on to the end. */
function endOfMarkup(html: string, open: number): number {
  const mark = html.startsWith('<!--', open) ? '-->' : '>';
  const end = html.indexOf(mark, open + 2);
  return end < 0 ? html.length : end + mark.length;
}

/** After the `>` that ends the tag: one in a quoted attribute does not. A tag that was cut off goes on to the end. */
function endOfTag(html: string, from: number): number {
  for (let at = from; at < html.length; at += 1) {
    const sign = html[at];
    if (sign === '>') return at + 1;
    if (sign !== '"' && sign !== "'") continue;
    const closing = html.indexOf(sign, at + 1);
    if (closing < 0) return html.length;
    at = closing;
  }
  return html.length;
}

function endOfUnread(html: string, from: number, name: string): number {
  const end = new RegExp(`</${name}`, 'gi');
  end.lastIndex = from;
  return end.test(html) ? endOfTag(html, end.lastIndex) : html.length;
}
