// npm test -- [--only NAME[,NAME…]]
//
// Everything that decides whether the program is good: a browser, the build, the static checks, vitest, Playwright.
// A step that fails does not keep the next from running. The last line is the sum over all of them.
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBrowser } from './browser.mjs';
import { build } from './build.mjs';
import { CHECKS, runChecks } from './check.mjs';
import { readPlaywrightReport, readVitestReport } from './tally.mjs';

const root = path.dirname(import.meta.dirname);
const reports = path.join(root, '.cache', 'reports');
const PROJECTS = ['unit', 'contract', 'integration', 'architecture', 'packaging'];
const NAMES = ['build', 'check', ...PROJECTS, 'e2e'];

const only = readOnly();
/** @type {{ passed: number, failed: string[], skipped: string[] }} */
const total = { passed: 0, failed: [], skipped: [] };
const startedAt = Date.now();
await main();

async function main() {
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports, { recursive: true });
  if (wants('e2e')) {
    const missing = await ensureBrowser();
    if (missing !== null) {
      heading('browser');
      process.stdout.write(`${missing}\n`);
      total.failed.push(`browser: ${missing}`);
    }
  }
  // The contract and end-to-end tests start the built program.
  if (NAMES.some((name) => name !== 'check' && wants(name))) {
    heading('build');
    count('build', await build());
  }
  if (wants('check')) {
    heading('checks');
    for (const { name, passed } of await runChecks(CHECKS)) count(`check ${name}`, passed);
  }
  const projects = PROJECTS.filter(wants);
  if (projects.length > 0) {
    heading('vitest');
    const file = path.join(reports, 'vitest.json');
    const picks = projects.flatMap((name) => ['--project', name]);
    const args = ['run', ...picks, '--reporter=default', '--reporter=./scripts/vitest-report.mjs'];
    const code = await tool('vitest/vitest.mjs', args, { FIREBREAK_VITEST_REPORT: file, FIREBREAK_BUILT: '1' });
    add('vitest', code, readVitestReport(file));
  }
  if (wants('e2e')) {
    heading('end to end');
    const file = path.join(reports, 'playwright.json');
    const code = await tool('@playwright/test/cli.js', ['test', '--reporter=list,json'], {
      PLAYWRIGHT_JSON_OUTPUT_NAME: file,
    });
    add('end to end', code, readPlaywrightReport(file));
  }
  finish();
}

function readOnly() {
  try {
    const { values } = parseArgs({ options: { only: { type: 'string' } } });
    const names = values.only?.split(',') ?? null;
    const unknown = names?.find((name) => !NAMES.includes(name));
    if (unknown !== undefined) throw new Error(`There is no part named ${unknown}; there are ${NAMES.join(', ')}`);
    return names;
  } catch (cause) {
    process.stderr.write(`${String(cause.message).split(/[.\n] ?/)[0]}.\n`);
    process.exit(2);
  }
}

function wants(name) {
  return only === null || only.includes(name);
}

function heading(text) {
  process.stdout.write(`\n== ${text} (${Math.round((Date.now() - startedAt) / 1000)} s)\n`);
}

function count(name, passed) {
  if (passed) total.passed += 1;
  else total.failed.push(name);
}

/** A runner that ended badly without naming a failed test, or that ran none, has failed itself. */
function add(name, code, report) {
  total.passed += report.passed;
  total.failed.push(...report.failed);
  total.skipped.push(...report.skipped);
  if (code !== 0 && report.failed.length === 0) total.failed.push(`${name}: ended with ${code}`);
  if (code === 0 && report.passed + report.failed.length === 0) total.failed.push(`${name}: no test ran`);
}

function tool(program, args, env) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [path.join(root, 'node_modules', program), ...args], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...env },
    });
    child.on('error', () => resolve(1));
    child.on('close', (code) => resolve(code ?? 1));
  });
}

function finish() {
  const { passed, failed, skipped } = total;
  heading('result');
  for (const name of failed) process.stdout.write(`failed   ${name}\n`);
  for (const name of skipped) process.stdout.write(`skipped  ${name}\n`);
  const tail = skipped.length > 0 ? `, ${skipped.length} skipped` : '';
  process.stdout.write(`${passed} passed, ${failed.length} failed${tail}\n`);
  process.exitCode = failed.length === 0 && passed > 0 ? 0 : 1;
}
