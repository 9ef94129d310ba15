import { useEffect, useState } from 'react';

/** Follows `value` once it has been the same for so long: typing is left alone. */
export function useQuiet<Value>(value: Value, ms: number): Value {
  const [quiet, setQuiet] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setQuiet(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return quiet;
}

/** The latest value that there was: what is shown stays while the next one is asked for. */
export function useKept<Value>(value: Value | null): Value | null {
  const [kept, setKept] = useState(value);
  if (value !== null && value !== kept) {
    setKept(value);
  }
  return value ?? kept;
}
