import { useCallback, useEffect, useState } from 'react';
import type { Client, OperationName, RequestOf, ResponseOf } from '../api/client';
import type { Refusal } from '../api/wire.generated';
import { isAbort, refusalOf } from '../model/refusals';

export interface Answer<Response> {
  /** Of the newest answer; stays while a newer one is asked for. */
  readonly data: Response | null;
  readonly problem: Refusal | null;
  readonly isLoading: boolean;
  readonly reload: () => void;
}

interface Known<Response> {
  readonly identity: string;
  readonly asked: string;
  readonly data: Response | null;
  readonly problem: Refusal | null;
}

/**
 * What Python answers. `request` `null`: nothing is asked. Another `version` asks again, and shows the old answer
 * meanwhile; another request forgets it.
 */
export function useCall<Name extends OperationName>(
  client: Client,
  name: Name,
  request: RequestOf<Name> | null,
  version: string | number = ''
): Answer<ResponseOf<Name>> {
  const [known, setKnown] = useState<Known<ResponseOf<Name>> | null>(null);
  const [reloads, setReloads] = useState(0);
  const identity = request === null ? '' : JSON.stringify([name, request]);
  const asked = `${identity} ${version} ${reloads}`;
  useEffect(() => {
    if (identity === '') {
      return;
    }
    const abort = new AbortController();
    const [, body] = JSON.parse(identity) as [Name, RequestOf<Name>];
    client.call(name, body, { signal: abort.signal }).then(
      data => {
        if (!abort.signal.aborted) {
          setKnown({ identity, asked, data, problem: null });
        }
      },
      (error: unknown) => {
        if (!abort.signal.aborted && !isAbort(error)) {
          setKnown(before => ({
            identity,
            asked,
            data: before?.identity === identity ? before.data : null,
            problem: refusalOf(error)
          }));
        }
      }
    );
    return () => abort.abort();
  }, [client, name, identity, asked]);
  const reload = useCallback(() => setReloads(count => count + 1), []);
  const fits = known !== null && known.identity === identity;
  return {
    data: fits ? known.data : null,
    problem: fits ? known.problem : null,
    isLoading: identity !== '' && known?.asked !== asked,
    reload
  };
}
