import { expect, test } from 'vitest';
import { ariaKeys, keyLabel } from '../../../../src-renderer/ui/keys.ts';

test('a shortcut is written as the platform writes it', () => {
  expect(keyLabel('Mod K', 'Linux x86_64')).toBe('Ctrl K');
  expect(keyLabel('Mod Enter', 'MacIntel')).toBe('⌘ ↩');
  expect(ariaKeys('Mod Enter', 'Win32')).toBe('Control+Enter');
  expect(ariaKeys('Mod K', 'MacIntel')).toBe('Meta+K');
});
