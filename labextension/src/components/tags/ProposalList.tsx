import { type JSX, useEffect, useState } from 'react';
import type { ProposedTags } from '../../api/wire.generated';
import { sentence } from '../../model/sentences';
import type { Texts } from '../../model/texts';
import { usePlainId } from '../ui/usePlainId';

/** One proposal with the beginning of the cell that it is for. */
export interface Proposal extends ProposedTags {
  readonly source: string;
}

interface ProposalListProps {
  readonly texts: Texts;
  readonly proposals: readonly Proposal[];
  /** Those that are wanted. Called once at first, and after each change. */
  readonly onChosen: (chosen: readonly Proposal[]) => void;
}

/** Tags proposed for a notebook, to be looked through: what each cell gets, and why. */
export function ProposalList({ texts, proposals, onChosen }: ProposalListProps): JSX.Element {
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const id = usePlainId();
  useEffect(() => {
    onChosen(proposals.filter(({ cell_id }) => !left.has(cell_id)));
  }, [left, proposals, onChosen]);
  const toggle = (cell: string): void => {
    const next = new Set(left);
    if (!next.delete(cell)) {
      next.add(cell);
    }
    setLeft(next);
  };
  const chosen = proposals.length - left.size;
  return (
    <div className="jp-dataops-proposals">
      <p className="jp-dataops-proposals-summary">
        {texts.__('Cells between two of these go on with the one above. Code is not changed.')}
      </p>
      <label className="jp-dataops-proposals-all">
        <input
          type="checkbox"
          className="jp-mod-styled"
          checked={left.size === 0}
          ref={box => {
            if (box !== null) {
              box.indeterminate = chosen > 0 && left.size > 0;
            }
          }}
          onChange={() => setLeft(new Set(left.size === 0 ? proposals.map(({ cell_id }) => cell_id) : []))}
        />
        <span aria-live="polite">{texts.__('%1 of %2 chosen', chosen, proposals.length)}</span>
      </label>
      <ul>
        {proposals.map(({ cell_id, cell_index, before, after, reason, source }) => (
          <li key={cell_id} className="jp-dataops-proposal" data-left={left.has(cell_id)}>
            <input
              type="checkbox"
              className="jp-mod-styled"
              id={`${id}-${cell_id}`}
              aria-describedby={`${id}-${cell_id}-why`}
              checked={!left.has(cell_id)}
              onChange={() => toggle(cell_id)}
            />
            <label htmlFor={`${id}-${cell_id}`}>
              <span className="jp-dataops-proposal-head">
                <span className="jp-dataops-proposal-index">{texts.__('Cell %1', cell_index + 1)}</span>
                <TagList tags={before} others={after} none={texts.__('no tags')} />
                <span role="img" aria-label={texts.__('becomes')}>
                  →
                </span>
                <TagList tags={after} others={before} none={texts.__('no tags')} isNew />
              </span>
              <code className="jp-dataops-proposal-source">{firstLines(source)}</code>
            </label>
            <p className="jp-dataops-tagField-help" id={`${id}-${cell_id}-why`}>
              {sentence(reason)}
            </p>
          </li>
        ))}
      </ul>
    </div>
  );
}

interface TagListProps {
  readonly tags: readonly string[];
  /** Those before, or after. */
  readonly others: readonly string[];
  readonly none: string;
  readonly isNew?: boolean;
}

function TagList({ tags, others, none, isNew = false }: TagListProps): JSX.Element {
  return (
    <span className="jp-dataops-proposal-tags">
      {tags.length === 0 && <em>{none}</em>}
      {tags.map(tag => (
        <code key={tag} data-new={isNew && !others.includes(tag)}>
          {tag}
        </code>
      ))}
    </span>
  );
}

const LINES = 3;

function firstLines(source: string): string {
  const lines = source.split('\n').filter(line => line.trim() !== '');
  return lines.length > LINES ? [...lines.slice(0, LINES), '…'].join('\n') : lines.join('\n');
}
