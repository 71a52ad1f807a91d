// What the Electron binary does before the application: load it whole, then become ready.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { becomeReady } from './app.mjs';

const root = path.resolve(process.argv[2] ?? '.');
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
process.argv.splice(1, 1);

if (process.env.STANDIN_LOADER) createRequire(import.meta.url)(process.env.STANDIN_LOADER);
await import(pathToFileURL(path.join(root, manifest.main)).href);
await becomeReady();
