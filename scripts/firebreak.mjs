// npm run -s firebreak -- COMMAND [arguments]
//
// The command line of the repository. Once built it goes straight to the built program, in this very process: exit
// code, signals and standard output are the command's own. `npm start` and `npm run build` are what builds anew.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const program = path.join(import.meta.dirname, '..', 'out', 'main', 'cli.js');

if (!existsSync(program)) {
  const { build } = await import('./build.mjs');
  if (!(await build())) process.exit(1);
}
// npm moves to the repository's folder; FILE and DIR are meant from where the caller stood.
process.chdir(process.env.INIT_CWD ?? process.cwd());
process.argv[1] = program;
await import(pathToFileURL(program).href);
