// A vitest reporter: every test's outcome with the reason it was skipped for, which vitest's own JSON leaves out.
import { writeFileSync } from 'node:fs';
import process from 'node:process';

export default class TallyReporter {
  /**
   * @param {readonly import('vitest/node').TestModule[]} modules
   * @param {readonly { message: string }[]} unhandled
   */
  onTestRunEnd(modules, unhandled) {
    const tests = modules.flatMap((module) => [...module.children.allTests()].map(outcomeOf));
    const broken = modules
      .flatMap((module) => [module, ...module.children.allSuites()])
      .flatMap((place) =>
        place
          .errors()
          .map(({ message }) => `${place.type === 'module' ? place.relativeModuleId : place.fullName}: ${message}`),
      );
    const errors = [...broken, ...unhandled.map(({ message }) => `outside any test: ${message}`)];
    const file = process.env['FIREBREAK_VITEST_REPORT'];
    if (file) writeFileSync(file, JSON.stringify({ tests, errors: errors.map((text) => text.split('\n')[0]) }));
  }
}

/** @param {import('vitest/node').TestCase} test */
function outcomeOf(test) {
  const result = test.result();
  return {
    name: `${test.module.relativeModuleId} > ${test.fullName}`,
    state: result.state === 'pending' ? 'failed' : result.state,
    reason: result.state === 'skipped' ? result.note : undefined,
  };
}
