import type { JSX } from 'react';
import type { DifferenceView } from '../../api/wire.generated';
import { formatLiteral } from '../../model/literals';
import { useTexts } from '../context';

/** What is not as it was: in a sentence, and as old and new. */
export function Differences({ differences }: { differences: readonly DifferenceView[] }): JSX.Element {
  const texts = useTexts();
  return (
    <ol className="jp-dataops-differences">
      {differences.map((difference, index) => (
        <li key={index} data-pointed-at={difference.pointed_at || undefined}>
          <div className="jp-dataops-difference-sentence">
            <span className="jp-dataops-tag">{texts.__(difference.kind)}</span>
            {difference.sentence}
            {difference.pointed_at ? (
              <span className="jp-dataops-difference-pointed">{texts.__('the traceback points here')}</span>
            ) : null}
          </div>
          {difference.diff ? <Diff diff={difference.diff} /> : <OldAndNew difference={difference} />}
        </li>
      ))}
    </ol>
  );
}

function OldAndNew({ difference }: { difference: DifferenceView }): JSX.Element | null {
  const texts = useTexts();
  const { old, new: now } = difference;
  if ((old === null || old === undefined) && (now === null || now === undefined)) {
    return null;
  }
  return (
    <div className="jp-dataops-oldNew">
      <code data-side="old">
        <span className="jp-dataops-hidden">{texts.__('before:')} </span>
        {shown(old)}
      </code>
      <span aria-hidden="true">→</span>
      <code data-side="new">
        <span className="jp-dataops-hidden">{texts.__('now:')} </span>
        {shown(now)}
      </code>
    </div>
  );
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : formatLiteral(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

const KINDS: Readonly<Record<string, string>> = { '+': 'new', '-': 'old', '@': 'place' };

/** A unified diff, without the names of files. */
function Diff({ diff }: { diff: string }): JSX.Element {
  const texts = useTexts();
  const lines = diff.split('\n').filter(line => !line.startsWith('+++') && !line.startsWith('---'));
  return (
    <pre className="jp-dataops-diff" tabIndex={0} role="region" aria-label={texts.__('Difference')}>
      {lines.map((line, index) => (
        <span key={index} data-kind={KINDS[line.charAt(0)]}>
          {line || ' '}
        </span>
      ))}
    </pre>
  );
}
