import { useEffect, useState } from 'react';

/** Follows `value`, but changes no more often than every `ms`; the last value always arrives. */
export function useThrottled<Value>(value: Value, ms: number): Value {
  const [shown, setShown] = useState({ value, at: 0 });
  useEffect(() => {
    if (Object.is(shown.value, value)) {
      return;
    }
    const timer = setTimeout(() => setShown({ value, at: Date.now() }), Math.max(0, shown.at + ms - Date.now()));
    return () => clearTimeout(timer);
  }, [value, ms, shown]);
  return shown.value;
}
