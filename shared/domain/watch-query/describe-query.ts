import type { QueryExpression } from './query-expression.ts';

const languageNames = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'code' });

/** A query in plain words, for the screen: `“acme” and not (“jobs” or “careers”) and written in German`. */
export function describeQuery(expression: QueryExpression): string {
  switch (expression.type) {
    case 'words':
    case 'part':
      if (expression.type === 'words' && expression.prefix) return `words that begin with “${expression.written}”`;
      return `“${expression.written}”`;
    case 'hashtag':
      return expression.prefix ? `hashtags that begin with #${expression.written}` : `#${expression.written}`;
    case 'account':
      return expression.prefix
        ? `by or to accounts that begin with @${expression.written}`
        : `by or to @${expression.written}`;
    case 'language':
      return `written in ${languageNames.of(expression.language) ?? expression.language}`;
    case 'channel':
      return `on ${expression.channel}`;
    case 'site':
      return `with a link to ${expression.host}${expression.path}`;
    case 'and':
      return expression.all.map(bracketed).join(' and ');
    case 'or':
      return expression.any.map(bracketed).join(' or ');
    case 'not':
      return `not ${bracketed(expression.not)}`;
  }
}

function bracketed(expression: QueryExpression): string {
  const described = describeQuery(expression);
  return expression.type === 'and' || expression.type === 'or' ? `(${described})` : described;
}
