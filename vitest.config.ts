import type { TestProjectInlineConfiguration } from 'vitest/config';
import { defineConfig } from 'vitest/config';

function project(name: string, timeoutMs: number): TestProjectInlineConfiguration {
  return {
    extends: true,
    test: { name, include: [`tests/${name}/**/*.test.ts`], testTimeout: timeoutMs, hookTimeout: timeoutMs },
  };
}

export default defineConfig({
  test: {
    environment: 'node',
    // Two cores: more workers make every test slower and the slow ones time out.
    maxWorkers: 2,
    projects: [
      project('unit', 10_000),
      project('contract', 20_000),
      project('integration', 120_000),
      project('architecture', 120_000),
      project('packaging', 120_000),
    ],
  },
});
