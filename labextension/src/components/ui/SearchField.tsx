import type { JSX, KeyboardEvent } from 'react';
import { useTexts } from '../context';
import { Icon } from './Icon';

interface SearchFieldProps {
  /** What is looked for, and where, as a sentence. */
  readonly label: string;
  readonly placeholder?: string;
  readonly words: string;
  readonly onWords: (words: string) => void;
  readonly onKeyDown?: (event: KeyboardEvent) => void;
}

/** Words to look for. */
export function SearchField({ label, placeholder, words, onWords, onKeyDown }: SearchFieldProps): JSX.Element {
  const texts = useTexts();
  return (
    <label className="jp-dataops-search">
      <Icon name="search" />
      <input
        type="search"
        aria-label={label}
        placeholder={placeholder ?? texts.__('Filter')}
        spellCheck={false}
        value={words}
        onChange={event => onWords(event.target.value)}
        onKeyDown={onKeyDown}
      />
    </label>
  );
}
