// node scripts/with-node.mjs scripts/notices.mjs [--check]
//
// Writes NOTICE: who made what is shipped, under which licence. Shipped is what the build put into a bundle
// (out/packages/) and what it left outside (package.json, `dependencies`). With --check nothing is written.
import { globSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from './build.mjs';

const root = path.dirname(import.meta.dirname);
const target = path.join(root, 'NOTICE');
const RULE = '-'.repeat(80);
const HEAD = `Firebreak
Copyright 2026 the Firebreak contributors

Licensed under the Apache License, Version 2.0 (see LICENSE).

The program contains the packages below. Written by \`npm run notices\`; do not edit. A packaged desktop program also
contains Electron and Chromium, whose own licence files lie beside its executable.
`;

if (!(await build())) process.exit(1);
const text = notice();
if (!process.argv.includes('--check')) {
  writeFileSync(target, text);
} else if (text !== current()) {
  process.stderr.write('NOTICE does not list what is shipped now: run `npm run notices` and commit the result.\n');
  process.exitCode = 1;
}

function notice() {
  const sections = shippedPackages().map((name) => {
    const folder = path.join(root, 'node_modules', name);
    const { version, license, homepage } = readJson(path.join(folder, 'package.json'));
    const head = [`${name} ${version}`, `Licence: ${license ?? 'see below'}`, ...(homepage ? [homepage] : [])].join(
      '\n',
    );
    return `${RULE}\n${head}\n\n${licenceText(folder) ?? 'The package carries no licence text of its own.'}\n`;
  });
  return `${HEAD}\n${sections.join('\n')}`;
}

function shippedPackages() {
  const bundled = globSync('out/packages/*.json', { cwd: root }).flatMap((file) => readJson(path.join(root, file)));
  const outside = Object.keys(readJson(path.join(root, 'package.json')).dependencies);
  return [...new Set([...bundled, ...outside])].sort();
}

function licenceText(folder) {
  const names = readdirSync(folder)
    .filter((name) => /^(licen[cs]e|copying|notice|ofl)([.-]|$)/i.test(name))
    .sort();
  const texts = names.map((name) => readFileSync(path.join(folder, name), 'utf8').replaceAll('\r\n', '\n').trim());
  return texts.length > 0 ? texts.join('\n\n') : null;
}

function current() {
  try {
    return readFileSync(target, 'utf8').replaceAll('\r\n', '\n');
  } catch {
    return null;
  }
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
