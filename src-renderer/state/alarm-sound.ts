/** Whether an alarm would be heard. A browser plays nothing before the first click or key in the page. */
export type SoundState = 'unarmed' | 'armed' | 'playing' | 'impossible';

export interface AlarmSound {
  readonly state: SoundState;
  onState(observe: (state: SoundState) => void): () => void;
  /** To be called from a click or a key. Resolves to whether sound is possible now. */
  arm(): Promise<boolean>;
  /** Sounds until `stop`. While unarmed nothing is heard, and it begins as soon as it is armed. */
  start(): void;
  stop(): void;
}

const TONES_HZ = [880, 660] as const;
const TONE_S = 0.4;
const PAUSE_S = 0.7;
const LOUDNESS = 0.25;

/** Two falling tones and a pause, over and over: made here, so that no file has to be there for it. */
export function createAlarmSound(createContext: () => AudioContext): AlarmSound {
  const observers = new Set<(state: SoundState) => void>();
  let state: SoundState = 'unarmed';
  let context: AudioContext | undefined;
  let source: AudioBufferSourceNode | undefined;
  let wanted = false;

  function change(next: SoundState): void {
    if (state === next) return;
    state = next;
    for (const observe of [...observers]) observe(next);
  }

  function play(): void {
    if (!context || context.state !== 'running' || source) return;
    source = context.createBufferSource();
    source.buffer = twoTones(context);
    source.loop = true;
    source.connect(context.destination);
    source.start();
    change('playing');
  }

  return {
    get state() {
      return state;
    },
    onState(observe) {
      observers.add(observe);
      observe(state);
      return () => observers.delete(observe);
    },
    async arm() {
      try {
        context ??= createContext();
        await context.resume();
      } catch {
        change('impossible'); // no sound device, or forbidden by policy
        return false;
      }
      if (context.state !== 'running') return false;
      if (state !== 'playing') change('armed');
      if (wanted) play();
      return true;
    },
    start() {
      wanted = true;
      play();
    },
    stop() {
      wanted = false;
      source?.stop();
      source?.disconnect();
      source = undefined;
      if (state === 'playing') change('armed');
    },
  };
}

/** Arms at the first click or key anywhere; returns the function that stops waiting for it. */
export function armAtFirstGesture(sound: AlarmSound, target: EventTarget): () => void {
  const kinds = ['pointerdown', 'keydown'] as const;
  function end(): void {
    for (const kind of kinds) target.removeEventListener(kind, gesture, true);
  }
  function gesture(): void {
    void sound.arm().then((armed) => {
      if (armed) end();
    });
  }
  for (const kind of kinds) target.addEventListener(kind, gesture, true);
  return end;
}

function twoTones(context: AudioContext): AudioBuffer {
  const rate = context.sampleRate;
  const length = Math.round(rate * (TONE_S * TONES_HZ.length + PAUSE_S));
  const buffer = context.createBuffer(1, length, rate);
  const samples = buffer.getChannelData(0);
  TONES_HZ.forEach((hertz, tone) => {
    const first = Math.round(tone * TONE_S * rate);
    const count = Math.round(TONE_S * rate);
    for (let at = 0; at < count; at++) {
      const edge = Math.min(1, at / (0.01 * rate), (count - at) / (0.05 * rate)); // no clicks at the edges
      samples[first + at] = LOUDNESS * edge * Math.sin((2 * Math.PI * hertz * at) / rate);
    }
  });
  return buffer;
}
