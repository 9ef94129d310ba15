import { createContext, type JSX, type ReactNode, useContext, useSyncExternalStore } from 'react';
import type { Store } from '../model/store';
import type { Texts } from '../model/texts';
import type { Host } from './host';
import type { Session } from './session';
import type { SessionState } from './sessionState';

const SessionContext = createContext<Session | null>(null);
const TextsContext = createContext<Texts | null>(null);

export function SessionProvider({ session, children }: { session: Session; children: ReactNode }): JSX.Element {
  return (
    <SessionContext.Provider value={session}>
      <TextsProvider texts={session.host.texts}>{children}</TextsProvider>
    </SessionContext.Provider>
  );
}

export function TextsProvider({ texts, children }: { texts: Texts; children: ReactNode }): JSX.Element {
  return <TextsContext.Provider value={texts}>{children}</TextsContext.Provider>;
}

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) {
    throw new Error('There is no session around this component.');
  }
  return session;
}

export function useHost(): Host {
  return useSession().host;
}

export function useTexts(): Texts {
  const texts = useContext(TextsContext);
  if (!texts) {
    throw new Error('There are no texts around this component.');
  }
  return texts;
}

/**
 * A part of the state. The component renders again only when `select` returns another value, so `select` must return
 * parts of the state, or what is kept with them, and never a new object.
 */
export function useSelected<Value>(select: (state: SessionState) => Value): Value {
  return useStore(useSession().store, select);
}

export function useStore<State, Value>(store: Store<State>, select: (state: State) => Value): Value {
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}
