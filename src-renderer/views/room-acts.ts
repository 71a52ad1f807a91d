import type { Incident } from '../../shared/domain/incident/incident.ts';
import type { Act } from '../../shared/domain/roster/roles.ts';
import type { PaletteItem } from '../ui/palette-items.ts';
import { NEXT_LABELS, type NextStep } from './next-step.ts';
import type { RoomFocus } from './room-focus.ts';

/** An act on the incident itself, as its panel opens with it. */
export type IncidentAct = 'complex' | 'severity' | 'mistake' | 'stand-down';

export interface RoomActsContext {
  readonly incident: Incident | undefined;
  readonly next: NextStep;
  readonly may: (act: Act) => boolean;
  /** The step that waits for this person behind the room; undefined while none does, or its card is open. */
  readonly waiting: string | undefined;
  readonly focus: RoomFocus;
  readonly takeNextStep: () => void;
  readonly openCard: () => void;
  readonly openAct: (act: IncidentAct) => void;
  readonly writeEntry: () => void;
  readonly goTo: (view: 'replay' | 'watch' | 'settings') => void;
  readonly showKeys: () => void;
}

/** Every act of the war room for the palette, with why one cannot be done now. */
export function roomActs(context: RoomActsContext): readonly PaletteItem[] {
  const { next, focus, waiting, goTo } = context;
  return [
    {
      id: 'next',
      label: `Next: ${NEXT_LABELS[next]}`,
      key: 'Mod Enter',
      words: 'go on continue',
      run: context.takeNextStep,
    },
    ...(waiting === undefined
      ? []
      : [{ id: 'card', label: `Sign off as ${waiting}`, words: 'approve card', run: context.openCard }]),
    { id: 'text', label: 'Go to the text', key: 'Esc', words: 'write editor', run: focus.text },
    place('decision', 'Go to sign-off and publishing', 'approve publish'),
    place('needs', 'Go to what the text needs', 'findings checks slots'),
    place('storm', 'Go to the storm', 'mentions chart'),
    place('timeline', 'Go to the timeline', 'log events'),
    {
      id: 'log',
      label: 'Add a log entry',
      words: 'note decision late',
      run: context.writeEntry,
      ...because(context.may('keep-log') ? undefined : 'Observers read and do not write.'),
    },
    ...incidentActs(context),
    { id: 'replay', label: 'Replay this incident', words: 'history scrub', run: () => goTo('replay') },
    { id: 'watch', label: 'Go to the watch', words: 'home overview', run: () => goTo('watch') },
    { id: 'settings', label: 'Open the settings', words: 'people channels invite', run: () => goTo('settings') },
    { id: 'keys', label: 'Show the keys of this screen', key: '?', words: 'help shortcuts', run: context.showKeys },
  ];

  function place(id: string, label: string, words: string): PaletteItem {
    return { id, label, words, run: () => focus.place(id) };
  }
}

function incidentActs({ incident, may, openAct }: RoomActsContext): readonly PaletteItem[] {
  const open = incident?.phase === 'open' ? incident : undefined;
  const notOpen = open ? undefined : 'The incident is not open.';
  const noDeclare = notOpen ?? (may('declare') ? undefined : 'Whoever may declare an incident may do this.');
  const isComplex = open?.complexity === 'complex' ? 'It is complex already.' : undefined;
  const noStandDown =
    notOpen ?? (may('stand-down') ? undefined : 'The incident commander and the comms lead may do this.');
  return [
    act('complex', 'Declare complex', '10 minutes', noDeclare ?? isComplex),
    act('severity', 'Change severity', 'sev', noDeclare),
    act('mistake', 'Declared by mistake', 'cancel false alarm', noDeclare),
    act('stand-down', 'Stand down', 'end finish over', noStandDown),
  ];

  function act(id: IncidentAct, label: string, words: string, why: string | undefined): PaletteItem {
    return { id, label, words, run: () => openAct(id), ...because(why) };
  }
}

function because(why: string | undefined): { readonly why?: string } {
  return why === undefined ? {} : { why };
}
