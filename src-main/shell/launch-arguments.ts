import { resolve } from 'node:path';
import { LINK_SCHEME } from '../../shared/protocol/bridge.ts';

export interface LaunchArguments {
  /** Absolute; null is the platform's own place. */
  readonly dataDir: string | null;
  readonly demo: boolean;
  readonly demoSpeed: number;
  readonly link: string | null;
}

/**
 * Reads what the program was started with. Systems and Chromium put switches of their own in between, so what is not
 * ours is passed over. `args` begins after the program and, in a development run, after the application's folder.
 */
export function readLaunchArguments(args: readonly string[], workingFolder: string): LaunchArguments {
  let dataDir: string | null = null;
  let demo = false;
  let demoSpeed = 4;
  let link: string | null = null;
  for (let at = 0; at < args.length; at++) {
    const [name = '', inline] = split(args[at] ?? '');
    const value = () => inline ?? args[++at] ?? '';
    if (name === '--demo') demo = true;
    else if (name === '--data') dataDir = resolve(workingFolder, value());
    else if (name === '--demo-speed') demoSpeed = speedOf(value());
    else if (name.startsWith(`${LINK_SCHEME}:`)) link ??= args[at] ?? null;
  }
  return { dataDir, demo, demoSpeed, link };
}

function split(argument: string): readonly [string, string | undefined] {
  const at = argument.startsWith('--') ? argument.indexOf('=') : -1;
  return at < 0 ? [argument, undefined] : [argument.slice(0, at), argument.slice(at + 1)];
}

function speedOf(text: string): number {
  const speed = Number(text);
  return speed >= 1 && speed <= 60 ? speed : 2;
}
