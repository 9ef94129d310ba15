import type { JSX } from 'react';
import { MOST_MATCHES } from '../../model/search';
import { useTexts } from '../context';
import { Button } from '../ui/Button';
import { SearchField } from '../ui/SearchField';
import type { LogSearchState } from './useLogSearch';

interface LogSearchProps {
  readonly search: LogSearchState;
  readonly onMove: () => void;
}

/** Finds words in the log: Enter goes to the next place, Shift and Enter to the one before. */
export function LogSearch({ search, onMove }: LogSearchProps): JSX.Element {
  const texts = useTexts();
  const { words, matches, current } = search;
  const move = (step: 1 | -1) => {
    search.move(step);
    onMove();
  };
  const count = matches.length >= MOST_MATCHES ? `${MOST_MATCHES}+` : String(matches.length);
  const none = matches.length === 0 ? texts.__('No matches') : null;
  return (
    <span className="jp-dataops-logSearch" role="search">
      <SearchField
        label={texts.__('Search the log')}
        placeholder={texts.__('Search')}
        words={words}
        onWords={next => {
          search.setWords(next);
          onMove();
        }}
        onKeyDown={event => {
          if (event.key === 'Enter') {
            move(event.shiftKey ? -1 : 1);
            event.preventDefault();
          } else if (event.key === 'Escape' && words !== '') {
            search.setWords('');
            event.stopPropagation();
          }
        }}
      />
      {words === '' ? null : (
        <>
          <span className="jp-dataops-logSearch-count" role="status">
            {none ?? texts.__('%1 of %2', current + 1, count)}
          </span>
          <Button
            look="quiet"
            icon="up"
            isIconOnly
            label={texts.__('Previous match')}
            reason={none}
            onClick={() => move(-1)}
          />
          <Button
            look="quiet"
            icon="down"
            isIconOnly
            label={texts.__('Next match')}
            reason={none}
            onClick={() => move(1)}
          />
        </>
      )}
    </span>
  );
}
