// Who may import whom: the layers. What may run where (DOM, Node) is also kept by the TypeScript project references.
// `tests/architecture/layers.test.ts` plants one breach per rule and sees it caught.

const ADAPTERS = '(?:store|host|replica|feeds|publish|notify|identity)';
const PORTS = '^src-main/commands/ports\\.ts$';
// Not `^electron$`: that name resolves to a file as soon as the package is installed, and the rule would sleep.
const ELECTRON = '(^|/)electron(/|$)';
const MAIN_PACKAGES = '(^|/)(electron|better-sqlite3|ws|pino|env-paths|open)(/|$)';
const PAGE_PACKAGES =
  '(^|/)node_modules/(svelte|@codemirror|@lucide|@fontsource-variable|bits-ui|paneforge|uplot|y-codemirror\\.next|y-indexeddb)/';

function rule(name, comment, from, to) {
  return { name, severity: 'error', comment, from, to };
}

export default {
  forbidden: [
    // ---- shared: base -> domain -> log -> protocol
    rule(
      'base-imports-nothing-of-ours',
      'Move what base needs into shared/base, or the importing code up a layer.',
      { path: '^shared/base/' },
      { path: '^(shared/(?!base/)|src-main/|src-renderer/|tests/|scripts/)' },
    ),
    rule(
      'domain-imports-base-only',
      'The domain knows neither the log nor the wire: take the value as an argument, or move the code to shared/log.',
      { path: '^shared/domain/' },
      { path: '^shared/(log|protocol)/' },
    ),
    rule(
      'log-knows-no-protocol',
      'The log is below the protocol: move the type down to shared/log and let the protocol import it.',
      { path: '^shared/log/' },
      { path: '^shared/protocol/' },
    ),
    rule(
      'shared-imports-nothing-above',
      'shared runs anywhere: pass it in as an argument, or move the code to src-main or src-renderer.',
      { path: '^shared/' },
      { path: '^(src-main|src-renderer|scripts)/' },
    ),
    rule(
      'shared-uses-no-node',
      'shared runs in the page too: put the Node part behind a port in src-main/commands/ports.ts.',
      { path: '^shared/' },
      { dependencyTypes: ['core'] },
    ),
    rule(
      'shared-uses-no-edge-package',
      'This package needs a disk, a socket or a window: use it in src-main or src-renderer, behind a port.',
      { path: '^shared/' },
      { path: [MAIN_PACKAGES, PAGE_PACKAGES] },
    ),
    {
      ...rule(
        'domain-folders-form-no-circle',
        'Two concepts that need each other: move what both need into the lower one, or into a third folder.',
        { path: '^shared/domain/[^/]+$' },
        { circular: true },
      ),
      scope: 'folder',
    },

    // ---- src-main: commands -> app -> doors; adapters beside commands, behind ports
    rule(
      'commands-see-shared-only',
      'A handler asks for what it needs through a port: add it to src-main/commands/ports.ts; app/ brings the adapter.',
      { path: '^src-main/commands/' },
      { path: '^src-main/(?!commands/)' },
    ),
    rule(
      'adapters-see-shared-and-ports-only',
      'Adapters never import each other nor the handlers: move the common part to shared/, or pass it in from app/.',
      { path: `^src-main/(${ADAPTERS})/` },
      { path: '^src-main/', pathNot: ['^src-main/$1/', PORTS] },
    ),
    rule(
      'only-app-imports-adapters',
      'Build it in src-main/app/ and pass it in; say what you need of it in src-main/commands/ports.ts.',
      { path: '^src-main/', pathNot: `^src-main/(app|${ADAPTERS})/` },
      { path: `^src-main/${ADAPTERS}/` },
    ),
    rule(
      'app-knows-no-door',
      'app/ is opened by the doors and does not know them: let the door pass the function in.',
      { path: '^src-main/app/' },
      { path: '^src-main/(shell/|[^/]+\\.ts$)' },
    ),
    rule(
      'only-main-imports-shell',
      'shell/ brings Electron with it: call it from src-main/main.ts and pass what others need as a function.',
      { path: '^src-main/', pathNot: '^src-main/(main\\.ts$|shell/)' },
      { path: '^src-main/shell/' },
    ),
    rule(
      'shell-sees-shared-and-ports-only',
      'main.ts injects what the shell needs: take it as an argument typed in src-main/commands/ports.ts.',
      { path: '^src-main/shell/' },
      { path: '^src-main/', pathNot: ['^src-main/shell/', PORTS] },
    ),
    rule(
      'nobody-imports-a-door',
      'Doors are where the program starts: move the common part to src-main/app/.',
      { path: '^(src-main|src-renderer|shared)/', pathNot: '^src-main/cli\\.ts$' },
      { path: '^src-main/(main|serve|cli|preload)\\.ts$' },
    ),
    rule(
      'preload-stands-alone',
      'The preload is sandboxed and exposes two functions: constants it shares with the shell belong to shared/protocol.',
      { path: '^src-main/preload\\.ts$' },
      { path: '^src-main/' },
    ),
    rule(
      'electron-only-in-the-shell',
      'Only shell/, main.ts and preload.ts may import electron: pass the capability in from main.ts.',
      { path: '^(src-main|src-renderer|shared)/', pathNot: '^src-main/(shell/|main\\.ts$|preload\\.ts$)' },
      { path: ELECTRON },
    ),
    rule(
      'serve-never-reaches-electron',
      'The headless host runs where there is no Electron: find the chain with `npm run walls` and cut it at app/.',
      { path: '^src-main/(serve|cli)\\.ts$' },
      { path: ELECTRON, reachable: true },
    ),

    // ---- src-renderer: api -> state -> features -> views -> App; ui beside them
    rule(
      'renderer-uses-no-node',
      'The page has no Node: ask the host for it through an endpoint of shared/protocol.',
      { path: '^src-renderer/' },
      { dependencyTypes: ['core'] },
    ),
    rule(
      'renderer-uses-no-main-package',
      'This package needs a disk or a socket: use it in src-main and offer an endpoint of shared/protocol.',
      { path: '^src-renderer/' },
      { path: MAIN_PACKAGES },
    ),
    rule(
      'api-sees-shared-only',
      'Transports know the protocol and nothing of the page: move the code to src-renderer/state.',
      { path: '^src-renderer/api/' },
      { path: '^src-renderer/(?!api/)' },
    ),
    rule(
      'state-sees-no-screen',
      'Controllers know nothing of what shows them: pass the value in, or move the code to the feature.',
      { path: '^src-renderer/state/' },
      { path: '^src-renderer/(?!state/|api/)' },
    ),
    rule(
      'ui-imports-base-only',
      'ui/ has no domain words: take a string, a number or a snippet as a property, or move the component to a feature.',
      { path: '^src-renderer/ui/' },
      { path: ['^shared/(?!base/)', '^src-renderer/(?!ui/)'] },
    ),
    rule(
      'a-feature-imports-no-other-feature',
      'Compose the two in a view, or move what both need to src-renderer/state or src-renderer/ui.',
      { path: '^src-renderer/features/([^/]+)/' },
      { path: '^src-renderer/features/', pathNot: '^src-renderer/features/$1/' },
    ),
    rule(
      'features-know-no-view',
      'Views compose features, never the other way: take a snippet or a callback as a property.',
      { path: '^src-renderer/features/' },
      { path: '^src-renderer/(views/|App\\.svelte$|main\\.ts$)' },
    ),
    rule(
      'views-know-no-app',
      'App composes views, never the other way: take a callback as a property, or use a controller of src-renderer/state.',
      { path: '^src-renderer/views/' },
      { path: '^src-renderer/(App\\.svelte$|main\\.ts$)' },
    ),

    // ---- between the parts
    rule(
      'main-imports-no-renderer',
      'The two sides meet in shared/ only: move the common part there.',
      { path: '^src-main/' },
      { path: ['^src-renderer/', PAGE_PACKAGES] },
    ),
    rule(
      'renderer-imports-no-main',
      'The two sides meet in shared/ only: move the common part there.',
      { path: '^src-renderer/' },
      { path: '^src-main/' },
    ),
    rule(
      'nobody-imports-tests',
      'Tests are not part of the program: move the helper to where it is used.',
      { path: '^(shared|src-main|src-renderer|scripts)/' },
      { path: '^tests/' },
    ),
    rule(
      'no-barrels',
      'Import the file that has the thing: an index file hides who needs what and makes circles.',
      {},
      {
        path: [
          '^(shared|src-main|src-renderer|tests)/index\\.(ts|js|mjs)$',
          '^(shared|src-main|src-renderer|tests)/.*/index\\.(ts|js|mjs)$',
        ],
      },
    ),
    rule(
      'no-runtime-circles',
      'Move what both files need into a third one; a circle of types only is allowed (`import type`).',
      {},
      { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    ),
    rule(
      'every-import-resolves',
      'The file or package is not there: fix the path (with its extension) or ask for the package.',
      {},
      {
        couldNotResolve: true,
        pathNot: '\\.(css|woff2?|svg|png|mp3|ogg|wav)(\\?|$)|\\?(raw|url|worker|inline)$|^virtual:',
      },
    ),
    rule(
      'never-the-codemirror-package',
      'The newest 6.x of `codemirror` is a mis-published version 5: import from @codemirror/* instead.',
      {},
      { path: '(^|/)node_modules/codemirror/|^codemirror$' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['^(out|dist|\\.cache)/', '/\\.svelte-check/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.svelte', '.js', '.mjs', '.json'],
      conditionNames: ['svelte', 'import', 'types', 'default'],
      exportsFields: ['exports'],
    },
  },
};
