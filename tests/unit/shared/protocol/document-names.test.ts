import { expect, test } from 'vitest';
import { formatDocumentName, parseDocumentName } from '../../../../shared/protocol/document-names.ts';

test.each([
  ['workspace/notes', 'workspace-notes'],
  ['glasgow-2013/notes', 'room-notes'],
  ['glasgow-2013/statement/holding-1', 'statement'],
])('%s is a document and formats back to itself', (name, type) => {
  const parsed = parseDocumentName(name);
  expect(parsed?.type).toBe(type);
  expect(parsed && formatDocumentName(parsed)).toBe(name);
});

test.each([
  '',
  '/',
  'notes',
  'workspace',
  'workspace/',
  'workspace/notes/',
  '/workspace/notes',
  'workspace/statement/one',
  'short/notes',
  'UPPER-CASE-ROOM/notes',
  'glasgow-2013/statement',
  'glasgow-2013/statement/',
  'glasgow-2013/statement/a/b',
  'glasgow-2013/statement/-x',
  'glasgow-2013/statement/../notes',
  'glasgow-2013/text',
  'glasgow-2013/notes\n',
  `${'r'.repeat(41)}/notes`,
])('%j is no document', (name) => {
  expect(parseDocumentName(name)).toBeNull();
});
