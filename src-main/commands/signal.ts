/** Tells whoever listens that something happened. Listeners are called in the order they came. */
export interface Signal<Value> {
  emit(value: Value): void;
  /** Returns the function that stops listening. */
  listen(listener: (value: Value) => void): () => void;
}

export function createSignal<Value>(): Signal<Value> {
  const listeners = new Set<(value: Value) => void>();
  return {
    emit(value) {
      for (const listener of [...listeners]) listener(value);
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
