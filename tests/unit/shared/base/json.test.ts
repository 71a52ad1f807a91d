import { describe, expect, test } from 'vitest';
import { parseJson } from '../../../../shared/base/json.ts';

describe('parseJson', () => {
  test('what the text says', () => {
    expect(parseJson('{"a":[1,null]}')).toEqual({ a: [1, null] });
    expect(parseJson('null')).toBeNull();
  });

  test.each(['', '{', '{"a":1} and more', '{a: 1}', 'undefined', '\u0000', '[1,]'])('%j is no JSON', (text) => {
    expect(parseJson(text)).toBeUndefined();
  });
});
