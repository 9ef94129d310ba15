import { useCallback, useRef, useState } from 'react';
import type { Refusal } from '../api/wire.generated';
import { isAbort, refusalOf } from '../model/refusals';

export interface Acting {
  /** What is being done; `null`: nothing. */
  readonly busy: string | null;
  /** Why the latest could not be done. */
  readonly refusal: Refusal | null;
  readonly forgive: () => void;
  /** One at a time: what comes while another is on its way is not done. Resolves to whether it was. */
  readonly act: (name: string, what: () => Promise<unknown>) => Promise<boolean>;
}

/** What the user does here, one thing at a time, and what went wrong with it. */
export function useActing(): Acting {
  const [busy, setBusy] = useState<string | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const isBusy = useRef(false);
  const act = useCallback(async (name: string, what: () => Promise<unknown>) => {
    if (isBusy.current) {
      return false;
    }
    isBusy.current = true;
    setBusy(name);
    setRefusal(null);
    try {
      await what();
      return true;
    } catch (error) {
      if (!isAbort(error)) {
        setRefusal(refusalOf(error));
      }
      return false;
    } finally {
      isBusy.current = false;
      setBusy(null);
    }
  }, []);
  return { busy, refusal, forgive: useCallback(() => setRefusal(null), []), act };
}
