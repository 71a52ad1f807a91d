import { expect, test } from 'vitest';
import { sha256Hex } from '../../../../../shared/base/digest.ts';
import { instant, PublicKeyHex, WatchQueryId } from '../../../../../shared/base/ids.ts';
import { Role } from '../../../../../shared/domain/roster/roles.ts';
import {
  evolveWorkspace,
  expectedPeakAt,
  initialWorkspace,
  LONGEST_PEAK_MS,
  mayChangeWorkspace,
  WorkspaceEvent,
  type WorkspaceState,
} from '../../../../../shared/domain/workspace/workspace.ts';

const ada = PublicKeyHex.parse(sha256Hex('ada'));
const bo = PublicKeyHex.parse(sha256Hex('bo'));
const event = (one: unknown): WorkspaceEvent => WorkspaceEvent.parse(one);
const brand = WatchQueryId.parse('brand');

const genesis = event({
  type: 'WorkspaceCreated',
  organisation: 'Nordlicht Dairy',
  demo: false,
  administrator: { operatorId: 'ada', name: 'Ada' },
  hostKey: sha256Hex('host'),
  recoveryKey: sha256Hex('recovery'),
  restoreKey: sha256Hex('restore'),
});
const saved = (query: string) =>
  event({ type: 'WatchQuerySaved', watchQueryId: 'brand', name: 'Brand', query, sensitivity: 'monthly' });
const removed = event({ type: 'WatchQueryRemoved', watchQueryId: 'brand' });
const feed = (name: string) =>
  event({ type: 'FeedSaved', feed: { kind: 'webhook', feedId: 'desk', name, watchQueryId: null, paused: false } });
const peak = (from: number, to: number, watchQueryId = 'brand') =>
  event({ type: 'PeakExpected', peakId: 'results', watchQueryId, from, to, label: 'Results day' });
const withdrawn = event({ type: 'ExpectedPeakWithdrawn', peakId: 'results' });

function workspace(...events: WorkspaceEvent[]): WorkspaceState {
  return [genesis, ...events].reduce((state, one) => {
    expect(mayChangeWorkspace(state, ada, one)).toBe(true);
    return evolveWorkspace(state, one, ada);
  }, initialWorkspace);
}

test('[ROS2] whoever may watch changes watch queries and expected peaks, and nothing else', () => {
  const watchers = Role.options.filter((role) => {
    const state = workspace(
      event({ type: 'OperatorAdded', operatorId: 'bo', name: 'Bo' }),
      event({ type: 'KeyBound', key: bo, operatorId: 'bo', custody: 'host' }),
      event({ type: 'RoleGranted', operatorId: 'bo', role }),
    );
    const allowed = [saved('x'), removed, peak(1, 2), withdrawn].map((one) => mayChangeWorkspace(state, bo, one));
    expect(new Set(allowed).size).toBe(1);
    for (const one of [feed('Desk'), event({ type: 'FeedRemoved', feedId: 'desk' })])
      expect(mayChangeWorkspace(state, bo, one)).toBe(role === 'administrator');
    return allowed[0];
  });
  expect(watchers).toEqual(['administrator', 'incident-commander', 'comms-lead', 'social-lead', 'analyst']);
});

test('[WSP1] the words of a first-release watch query become a query', () => {
  const state = workspace(
    event({ type: 'WatchQueryAdded', watchQueryId: 'brand', name: 'Brand', terms: 'Nordlicht Dairy, #nordlicht, OR' }),
  );
  expect(state.watchQueries).toEqual([
    { watchQueryId: 'brand', name: 'Brand', query: '"Nordlicht Dairy", #nordlicht, "OR"', sensitivity: 'weekly' },
  ]);
});

test('[WSP2] saving under an id that is there takes its place', () => {
  const state = workspace(saved('one'), saved('two'), feed('Desk'), feed('News desk'), peak(1, 2), peak(3, 4));
  expect(state.watchQueries).toMatchObject([{ query: 'two' }]);
  expect(state.feeds).toMatchObject([{ name: 'News desk' }]);
  expect(state.expectedPeaks).toMatchObject([{ from: 3, to: 4 }]);
});

test('[WSP3] removing what is not there changes nothing', () => {
  const state = workspace();
  for (const one of [removed, event({ type: 'FeedRemoved', feedId: 'desk' }), withdrawn])
    expect(evolveWorkspace(state, one, ada)).toBe(state);
  const full = workspace(saved('one'), feed('Desk'), peak(1, 2), event({ type: 'FeedRemoved', feedId: 'desk' }));
  expect(full.feeds).toEqual([]);
  expect(workspace(saved('one'), peak(1, 2), withdrawn).expectedPeaks).toEqual([]);
});

test('[WSP4] the expected peaks of a watch query go with it', () => {
  expect(workspace(saved('one'), peak(1, 2), removed)).toMatchObject({ watchQueries: [], expectedPeaks: [] });
});

test('[WSP5] a peak is of a watch query, ends after it begins, and lasts a week at the most', () => {
  const state = workspace(saved('one'));
  for (const one of [peak(2, 2), peak(3, 2), peak(0, LONGEST_PEAK_MS + 1), peak(1, 2, 'other')])
    expect(evolveWorkspace(state, one, ada)).toBe(state);
  expect(evolveWorkspace(state, peak(0, LONGEST_PEAK_MS), ada).expectedPeaks).toHaveLength(1);
});

test('[WSP6] a peak is on from its beginning up to its end', () => {
  const state = workspace(saved('one'), peak(10, 20));
  const on = [9, 10, 19, 20].map((at) => expectedPeakAt(state, brand, instant(at)) !== null);
  expect(on).toEqual([false, true, true, false]);
  expect(expectedPeakAt(state, WatchQueryId.parse('other'), instant(15))).toBeNull();
});
