import { type FocusEvent, useCallback, useEffect, useState } from 'react';

export interface Fresh {
  /** Another one whenever what is shown may be old. */
  readonly version: number;
  /** Something was done that changes what is shown. */
  readonly refresh: () => void;
  /** Of the part of the page: whoever comes back to it sees how things are now. */
  readonly onFocus: (event: FocusEvent<HTMLElement>) => void;
}

/** What nobody tells of is asked for anew when somebody looks: the page, or this part of it, gets the focus. */
export function useFresh(): Fresh {
  const [version, setVersion] = useState(0);
  const refresh = useCallback(() => setVersion(count => count + 1), []);
  useEffect(() => {
    window.addEventListener('focus', refresh);
    return () => window.removeEventListener('focus', refresh);
  }, [refresh]);
  const onFocus = useCallback(
    ({ currentTarget, relatedTarget }: FocusEvent<HTMLElement>) => {
      if (!currentTarget.contains(relatedTarget)) {
        refresh();
      }
    },
    [refresh]
  );
  return { version, refresh, onFocus };
}
