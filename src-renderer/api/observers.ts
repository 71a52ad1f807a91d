export interface Observers<Value> {
  add(observe: (value: Value) => void): () => void;
  tell(value: Value): void;
}

/** A set of listeners; each may remove itself while it is being told. */
export function createObservers<Value>(): Observers<Value> {
  const observers = new Set<(value: Value) => void>();
  return {
    add(observe) {
      // Its own function each time, so that the same listener added twice is removed once.
      const own = (value: Value): void => observe(value);
      observers.add(own);
      return () => observers.delete(own);
    },
    tell(value) {
      for (const observe of [...observers]) observe(value);
    },
  };
}
