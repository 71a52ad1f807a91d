import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import cruiser from '../../.dependency-cruiser.mjs';
import type { PlantedTree } from './planted-tree.ts';
import { plantTree } from './planted-tree.ts';

const Violation = z.object({
  from: z.string(),
  rule: z.object({ name: z.string() }),
  /** A circle is reported once, at any of its files. */
  cycle: z.array(z.object({ name: z.string() })).optional(),
});
const Report = z.object({ summary: z.object({ violations: z.array(Violation) }) });

/** What breaches point at, and a file of every layer that keeps the rules. */
const SOUND = {
  'shared/base/thing.ts': 'export const thing = 1;\n',
  'shared/domain/alarm/alarm.ts': "import { thing } from '../../base/thing.ts';\nexport const alarm = thing;\n",
  'shared/domain/spike/spike.ts': "import { alarm } from '../alarm/alarm.ts';\nexport const spike = alarm;\n",
  'shared/log/log.ts': "import { spike } from '../domain/spike/spike.ts';\nexport const log = spike;\n",
  'shared/protocol/wire.ts': "import { log } from '../log/log.ts';\nexport const wire = log;\n",
  'src-main/commands/ports.ts': "import { wire } from '../../shared/protocol/wire.ts';\nexport const port = wire;\n",
  'src-main/commands/endpoints.ts': "import { port } from './ports.ts';\nexport const endpoints = port;\n",
  'src-main/store/store.ts':
    "import { port } from '../commands/ports.ts';\nimport 'node:fs';\nexport const store = port;\n",
  'src-main/host/host.ts': "import { port } from '../commands/ports.ts';\nexport const host = port;\n",
  'src-main/app/app.ts':
    "import { endpoints } from '../commands/endpoints.ts';\nimport { store } from '../store/store.ts';\nimport { host } from '../host/host.ts';\nexport const app = [endpoints, store, host];\n",
  'src-main/shell/shell.ts':
    "import { app as electron } from 'electron';\nimport { port } from '../commands/ports.ts';\nexport const shell = [electron, port];\n",
  'src-main/main.ts':
    "import { app } from './app/app.ts';\nimport { shell } from './shell/shell.ts';\nexport const main = [app, shell];\n",
  'src-main/serve.ts': "import { app } from './app/app.ts';\nexport const serve = app;\n",
  'src-main/cli.ts': "import { serve } from './serve.ts';\nexport const cli = serve;\n",
  'src-renderer/api/api.ts': "import { wire } from '../../shared/protocol/wire.ts';\nexport const api = wire;\n",
  'src-renderer/state/state.ts': "import { api } from '../api/api.ts';\nexport const state = api;\n",
  'src-renderer/ui/Button.svelte':
    '<script lang="ts">\n  import { thing } from \'../../shared/base/thing.ts\';\n</script>\n\n{thing}\n',
  'src-renderer/features/alarm/Alarm.svelte':
    "<script lang=\"ts\">\n  import { state } from '../../state/state.ts';\n  import Button from '../../ui/Button.svelte';\n</script>\n\n<Button />{state}\n",
  'src-renderer/features/inbox/Inbox.svelte': '<p>Inbox</p>\n',
  'src-renderer/views/WarRoom.svelte':
    "<script lang=\"ts\">\n  import Alarm from '../features/alarm/Alarm.svelte';\n  import Inbox from '../features/inbox/Inbox.svelte';\n</script>\n\n<Alarm /><Inbox />\n",
  'src-renderer/App.svelte':
    '<script lang="ts">\n  import WarRoom from \'./views/WarRoom.svelte\';\n</script>\n\n<WarRoom />\n',
  'tests/support/given.ts': 'export const given = 1;\n',
  // A circle of types alone is allowed.
  'shared/base/left.ts': "import type { Right } from './right.ts';\nexport type Left = Right | 1;\n",
  'shared/base/right.ts': "import type { Left } from './left.ts';\nexport type Right = Left | 2;\n",
};

interface Breach {
  readonly rule: string;
  readonly at: string;
  readonly text: string;
  readonly also?: Readonly<Record<string, string>>;
}

function imports(rule: string, at: string, target: string): Breach {
  const line = `import '${target}';\n`;
  return {
    rule,
    at,
    text: at.endsWith('.svelte')
      ? `<script lang="ts">\n  import Planted from '${target}';\n</script>\n\n{Planted}\n`
      : line,
  };
}

const BREACHES: readonly Breach[] = [
  imports('base-imports-nothing-of-ours', 'shared/base/breach.ts', '../domain/alarm/alarm.ts'),
  imports('domain-imports-base-only', 'shared/domain/alarm/breach.ts', '../../log/log.ts'),
  imports('log-knows-no-protocol', 'shared/log/breach.ts', '../protocol/wire.ts'),
  imports('shared-imports-nothing-above', 'shared/protocol/breach.ts', '../../src-main/store/store.ts'),
  imports('shared-uses-no-node', 'shared/log/breach-node.ts', 'node:fs'),
  imports('shared-uses-no-edge-package', 'shared/log/breach-package.ts', 'ws'),
  {
    ...imports('domain-folders-form-no-circle', 'shared/domain/roster/breach.ts', '../drill/drill.ts'),
    also: {
      'shared/domain/drill/drill.ts': 'export const drill = 1;\n',
      'shared/domain/drill/back.ts': "import '../roster/roster.ts';\n",
      'shared/domain/roster/roster.ts': 'export const roster = 1;\n',
    },
  },
  imports('commands-see-shared-only', 'src-main/commands/breach.ts', '../store/store.ts'),
  imports('adapters-see-shared-and-ports-only', 'src-main/store/breach.ts', '../host/host.ts'),
  imports('adapters-see-shared-and-ports-only', 'src-main/host/breach.ts', '../commands/endpoints.ts'),
  imports('only-app-imports-adapters', 'src-main/breach.ts', './store/store.ts'),
  imports('app-knows-no-door', 'src-main/app/breach.ts', '../serve.ts'),
  imports('only-main-imports-shell', 'src-main/commands/breach-shell.ts', '../shell/shell.ts'),
  imports('shell-sees-shared-and-ports-only', 'src-main/shell/breach.ts', '../app/app.ts'),
  imports('nobody-imports-a-door', 'src-main/host/breach-door.ts', '../main.ts'),
  imports('preload-stands-alone', 'src-main/preload.ts', './commands/ports.ts'),
  imports('electron-only-in-the-shell', 'src-main/notify/breach.ts', 'electron'),
  {
    // The other doors are sound above; here the chain of one of them is broken two steps away.
    rule: 'serve-never-reaches-electron',
    at: 'src-main/serve.ts',
    text: "import { app } from './app/app.ts';\nimport './app/breach-chain.ts';\nexport const serve = app;\n",
    also: { 'src-main/app/breach-chain.ts': "import '../notify/breach.ts';\n" },
  },
  imports('renderer-uses-no-node', 'src-renderer/api/breach-node.ts', 'node:fs'),
  imports('renderer-uses-no-main-package', 'src-renderer/api/breach-package.ts', 'better-sqlite3'),
  imports('api-sees-shared-only', 'src-renderer/api/breach.ts', '../state/state.ts'),
  imports('state-sees-no-screen', 'src-renderer/state/breach.svelte.ts', '../ui/Button.svelte'),
  imports('ui-imports-base-only', 'src-renderer/ui/Breach.svelte', '../../shared/domain/alarm/alarm.ts'),
  imports('a-feature-imports-no-other-feature', 'src-renderer/features/alarm/Breach.svelte', '../inbox/Inbox.svelte'),
  imports('features-know-no-view', 'src-renderer/features/inbox/Breach.svelte', '../../views/WarRoom.svelte'),
  imports('views-know-no-app', 'src-renderer/views/Breach.svelte', '../App.svelte'),
  imports('main-imports-no-renderer', 'src-main/app/breach-renderer.ts', '../../src-renderer/api/api.ts'),
  imports('renderer-imports-no-main', 'src-renderer/api/breach-main.ts', '../../src-main/commands/ports.ts'),
  imports('nobody-imports-tests', 'src-main/app/breach-tests.ts', '../../tests/support/given.ts'),
  {
    ...imports('no-barrels', 'src-main/feeds/breach.ts', './index.ts'),
    also: { 'src-main/feeds/index.ts': 'export const feed = 1;\n' },
  },
  {
    ...imports('no-runtime-circles', 'src-main/publish/breach.ts', './back.ts'),
    also: { 'src-main/publish/back.ts': "import './breach.ts';\n" },
  },
  imports('every-import-resolves', 'src-main/app/breach-missing.ts', './nowhere.ts'),
  imports('never-the-codemirror-package', 'src-renderer/state/breach-codemirror.ts', 'codemirror'),
];

let sound: PlantedTree;
let planted: PlantedTree;
let violations: readonly z.infer<typeof Violation>[];

beforeAll(async () => {
  sound = plantTree(SOUND);
  const breaches = BREACHES.flatMap(({ at, text, also }) => [...Object.entries(also ?? {}), [at, text] as const]);
  planted = plantTree({ ...SOUND, ...Object.fromEntries(breaches) });
  violations = await cruise(planted);
});

afterAll(() => {
  sound.remove();
  planted.remove();
});

async function cruise(tree: PlantedTree): Promise<typeof violations> {
  const folders = ['shared', 'src-main', 'src-renderer', 'tests'];
  const args = ['--config', '.dependency-cruiser.mjs', '--output-type', 'json', ...folders];
  const { output } = await tree.run('dependency-cruiser/bin/dependency-cruiser.mjs', args);
  return Report.parse(JSON.parse(output)).summary.violations;
}

test('a tree that keeps the layers breaks no rule', async () => {
  expect(await cruise(sound)).toEqual([]);
});

test.each(BREACHES)('$rule catches the breach planted in $at', ({ rule, at }) => {
  const caught = violations
    .filter(({ from, cycle = [] }) => [from, ...cycle.map(({ name }) => name)].some((place) => covers(place, at)))
    .map((violation) => violation.rule.name);
  expect(caught).toContain(rule);
});

/** A rule about folders names the folder. */
function covers(place: string, file: string): boolean {
  return place === file || file.startsWith(`${place}/`);
}

test('every rule has a planted breach and names its fix', () => {
  expect([...new Set(BREACHES.map(({ rule }) => rule))].sort()).toEqual(
    cruiser.forbidden.map(({ name }) => name).sort(),
  );
  expect(cruiser.forbidden.filter(({ comment }) => !/[a-z]{3,}.*[.:]/.test(comment))).toEqual([]);
});
