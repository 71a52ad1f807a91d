// Reads the two runners' reports into one shape: how many passed, and the names of what failed or was skipped.
import { readFileSync } from 'node:fs';

/** @typedef {{ passed: number, failed: string[], skipped: string[] }} Tally */

/**
 * @param {string} file written by `vitest-report.mjs`
 * @returns {Tally}
 */
export function readVitestReport(file) {
  const report = read(file);
  if (report === null) return { passed: 0, failed: ['vitest: wrote no report'], skipped: [] };
  return tally(report.tests, report.errors);
}

/**
 * @param {string} file written by Playwright's own JSON reporter
 * @returns {Tally}
 */
export function readPlaywrightReport(file) {
  const report = read(file);
  if (report === null) return { passed: 0, failed: ['end to end: wrote no report'], skipped: [] };
  const tests = specsOf(report.suites ?? [], []).flatMap(({ names, spec }) =>
    spec.tests.map((one) => ({
      name: [...names, spec.title].join(' > '),
      // A test that passed only when tried again has not shown that it works.
      state: one.status === 'expected' ? 'passed' : one.status === 'skipped' ? 'skipped' : 'failed',
      reason: one.annotations.find(({ type }) => type === 'skip' || type === 'fixme')?.description,
    })),
  );
  return tally(
    tests,
    (report.errors ?? []).map(({ message }) => `end to end: ${firstLine(message)}`),
  );
}

function specsOf(suites, above) {
  return suites.flatMap((suite) => {
    const names = [...above, suite.title];
    const own = suite.specs.map((spec) => ({ names, spec }));
    return [...own, ...specsOf(suite.suites ?? [], names)];
  });
}

function tally(tests, errors) {
  const named = (state) => tests.filter((test) => test.state === state);
  return {
    passed: named('passed').length,
    failed: [...named('failed').map(({ name }) => name), ...errors],
    skipped: named('skipped').map(({ name, reason }) => `${name}: ${reason ?? 'no reason given'}`),
  };
}

function firstLine(message) {
  return String(message ?? 'an error without a message').split('\n')[0];
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}
