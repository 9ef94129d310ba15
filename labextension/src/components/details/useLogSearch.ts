import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { findMatches, type Match } from '../../model/search';
import type { LogReader } from './logReader';

export interface LogSearchState {
  readonly words: string;
  readonly matches: readonly Match[];
  /** Number of the match that was gone to, from 0 on. */
  readonly current: number;
  /** Another one each time somebody goes to a match. */
  readonly moves: number;
  setWords(words: string): void;
  /** To the next match, or to one before; around the ends. */
  move(step: 1 | -1): void;
}

const NONE: readonly Match[] = [];

/** What is searched for in the log, and where it stands. */
export function useLogSearch(reader: LogReader, version: number): LogSearchState {
  const [words, setWords] = useState('');
  const [place, setPlace] = useState({ current: 0, moves: 0 });
  const wanted = useDeferredValue(words);
  const matches = useMatches(reader, version, wanted);
  return {
    words,
    matches,
    current: Math.min(place.current, Math.max(0, matches.length - 1)),
    moves: place.moves,
    setWords(text) {
      setWords(text);
      setPlace({ current: 0, moves: place.moves + 1 });
    },
    move(step) {
      const count = matches.length;
      if (count > 0) {
        setPlace(now => ({ current: (now.current + step + count) % count, moves: now.moves + 1 }));
      }
    }
  };
}

/** Searches again only what has come since, as far as the words are the same. */
function useMatches(reader: LogReader, version: number, words: string): readonly Match[] {
  const [found, setFound] = useState({ words: '', text: reader.text, matches: NONE });
  const known = useRef(found);
  useEffect(() => {
    const { text } = reader;
    const { matches: before, ...knew } = known.current;
    const changed = text.takeFirstChanged();
    const isSame = knew.words === words && knew.text === text;
    const matches = isSame ? findMatches(text.lines, words, changed, before) : findMatches(text.lines, words);
    known.current = { words, text, matches };
    if (matches !== before && (matches.length > 0 || before.length > 0)) {
      setFound(known.current);
    }
  }, [reader, version, words]);
  return useMemo(() => (found.words === words ? found.matches : NONE), [found, words]);
}
