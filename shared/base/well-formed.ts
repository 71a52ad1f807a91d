/**
 * The value with every lone surrogate in its texts replaced by U+FFFD. Such a half character has no UTF-8, so it could
 * neither be hashed nor stored; pages can send one by cutting an emoji in two.
 */
export function wellFormed<Value>(value: Value): Value {
  if (typeof value === 'string') return value.toWellFormed() as Value;
  if (Array.isArray(value)) return value.map(wellFormed) as Value;
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, wellFormed(one)])) as Value;
}
