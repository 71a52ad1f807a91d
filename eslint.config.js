import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import { defineConfig, globalIgnores } from 'eslint/config';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

const worldlessTime = 'Take the time as an argument (an Instant): shared/ must fold the same way on every machine.';
const worldlessChance = 'Take randomness as an argument: shared/ must fold the same way on every machine.';

export default defineConfig(
  globalIgnores(['out', 'dist', '**/.svelte-check', '.cache', 'tests/e2e/.results', 'tests/fixtures', 'test-results']),
  js.configs.recommended,
  ts.configs.recommendedTypeChecked,
  svelte.configs.recommended,
  {
    languageOptions: {
      globals: { ...globals.node, ...globals.browser },
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname, extraFileExtensions: ['.svelte'] },
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
  },
  {
    files: ['src-renderer/**', 'tests/**'],
    // typescript-eslint sees an imported .svelte file as `any`; svelte-check sees its real type.
    rules: Object.fromEntries(
      ['argument', 'assignment', 'call', 'member-access', 'return'].map((what) => [
        `@typescript-eslint/no-unsafe-${what}`,
        'off',
      ]),
    ),
  },
  {
    rules: {
      eqeqeq: 'error',
      'no-undef': 'off', // the type checks know better
      'no-empty-pattern': ['error', { allowObjectPatternsAsParameters: true }], // Playwright fixtures
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // A Y.Text is its text, and says so.
      '@typescript-eslint/no-base-to-string': [
        'error',
        { ignoredTypeNames: ['Error', 'RegExp', 'URL', 'RawData', 'YText', 'Text'] },
      ],
      '@typescript-eslint/unbound-method': 'off', // we write factories: their methods know no `this`
      '@typescript-eslint/require-await': 'off', // a port may promise what an implementation has at once
    },
  },
  {
    files: ['shared/**/*.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: worldlessTime },
        { object: 'Math', property: 'random', message: worldlessChance },
        { object: 'performance', property: 'now', message: worldlessTime },
        { object: 'crypto', property: 'getRandomValues', message: worldlessChance },
        { object: 'crypto', property: 'randomUUID', message: worldlessChance },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: worldlessTime },
        { selector: "CallExpression[callee.name='Date']", message: worldlessTime },
      ],
    },
  },
  {
    files: ['tests/unit/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'CallExpression[callee.name=/^(setTimeout|setInterval|sleep)$/], CallExpression[callee.property.name=/^(setTimeout|setInterval|sleep)$/]',
          message: 'Unit tests do not wait: inject the clock, or pump the messages by hand.',
        },
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: ['node:timers/promises', 'timers/promises'].map((name) => ({
            name,
            message: 'Unit tests do not wait.',
          })),
        },
      ],
    },
  },
  { files: ['**/*.{js,mjs,cjs}'], extends: [ts.configs.disableTypeChecked] }, // must stand last
);
