import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');

/** Words that the domain has a better one for; WORDS.md says which. Compared with whole words of an identifier. */
const INSTEAD: Readonly<Record<string, string>> = {
  user: 'operator',
  users: 'operators',
  item: 'mention, inquiry, commitment or fact',
  items: 'mentions, inquiries, commitments or facts',
  ticket: 'inquiry, query or commitment',
  tickets: 'inquiries, queries or commitments',
  action: 'command',
  actions: 'commands',
  reducer: 'evolve',
  provider: 'feed, publisher or notifier',
  integration: 'feed, publisher or notifier',
  workflow: 'clearance chain',
  reject: 'send back',
  rejected: 'sent back',
  retro: 'post-mortem',
  resolve: 'stand down',
  resolved: 'stood down',
};

/** The words of `approvedByUserId`: approved, by, user, id. */
function wordsOf(identifier: string): string[] {
  return identifier
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.toLowerCase());
}

function exportedNames(source: ts.SourceFile): string[] {
  return source.statements.flatMap((statement) => {
    const exported =
      ts.canHaveModifiers(statement) &&
      ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
    if (!exported) return [];
    if (ts.isVariableStatement(statement)) {
      return statement.declarationList.declarations.map(({ name }) => name.getText(source));
    }
    const named = statement as ts.Statement & { readonly name?: ts.Node };
    return named.name === undefined ? [] : [named.name.getText(source)];
  });
}

function bannedIn(file: string, text: string): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  return exportedNames(source).flatMap((name) =>
    wordsOf(name).flatMap((word) => {
      const better = INSTEAD[word];
      return better === undefined ? [] : [`${file}: ${name} says "${word}"; say ${better}`];
    }),
  );
}

test('what the domain exports is named in the words of the dictionary', () => {
  const files = globSync('shared/domain/**/*.ts', { cwd: root });
  expect(files.length).toBeGreaterThan(0);
  expect(files.flatMap((file) => bannedIn(file, readFileSync(path.join(root, file), 'utf8')))).toEqual([]);
});

test('a banned word in an exported name is found, in a private one it is not', () => {
  const text =
    'export interface UserRole {}\nexport const lastItem = 1;\nconst user = 2;\nexport function itemise() {}\n';
  expect(bannedIn('planted.ts', text)).toEqual([
    'planted.ts: UserRole says "user"; say operator',
    'planted.ts: lastItem says "item"; say mention, inquiry, commitment or fact',
  ]);
});
