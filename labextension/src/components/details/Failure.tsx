import type { JSX } from 'react';
import type { FailureView } from '../../api/wire.generated';
import { failingRows, foundValues } from '../../model/facts';
import { useTexts } from '../context';
import { DataTable } from '../ui/DataTable';
import { AnsiText } from './Ansi';

/** Why an attempt failed: in a sentence, in the cell, what a check found, and the traceback. */
export function Failure({ failure }: { failure: FailureView }): JSX.Element {
  const texts = useTexts();
  const { ename, evalue, meaning, traceback, cell_index: index, line, notebook } = failure;
  return (
    <div className="jp-dataops-failure">
      <div className="jp-dataops-failure-title">
        <span className="jp-dataops-failure-name">{ename}</span>
        {evalue ? <span className="jp-dataops-failure-value">{evalue}</span> : null}
      </div>
      <div className="jp-dataops-failure-meaning">
        {[
          meaning,
          index === null ? '' : texts.__('cell %1', index + 1),
          line === null ? '' : texts.__('line %1', line),
          notebook ?? ''
        ]
          .filter(Boolean)
          .join(' · ')}
      </div>
      <Source failure={failure} />
      <Found facts={failure.facts} />
      {traceback ? (
        <details className="jp-dataops-disclosure" open>
          <summary>{texts.__('Traceback')}</summary>
          <AnsiText text={traceback} label={texts.__('Traceback')} />
        </details>
      ) : null}
    </div>
  );
}

function Source({ failure }: { failure: FailureView }): JSX.Element | null {
  const texts = useTexts();
  if (failure.source.length === 0) {
    return null;
  }
  return (
    <pre className="jp-dataops-source" tabIndex={0} role="region" aria-label={texts.__('Lines of the cell')}>
      {failure.source.map(({ line, text }) => {
        const isFailing = line === failure.line;
        return (
          <span key={line} className="jp-dataops-source-line" data-failing={isFailing || undefined}>
            <span className="jp-dataops-source-number" aria-hidden="true">
              {line}
            </span>
            {isFailing ? <span className="jp-dataops-hidden">{texts.__('failed here:')} </span> : null}
            <span className="jp-dataops-source-text">{text || ' '}</span>
          </span>
        );
      })}
    </pre>
  );
}

/** What a check found: the values that it compared, and rows for which it does not hold. */
export function Found({ facts }: { facts: Readonly<Record<string, unknown>> }): JSX.Element | null {
  const texts = useTexts();
  const rows = failingRows(facts);
  const values = foundValues(facts);
  if (!rows && values.length === 0) {
    return null;
  }
  const title = rows ? texts._n('%1 failing row', '%1 failing rows', rows.count) : '';
  const isCut = rows !== null && rows.count > rows.rows.length;
  return (
    <>
      {values.length > 0 ? (
        <dl className="jp-dataops-facts">
          {values.map(([name, value]) => (
            <div key={name}>
              <dt>
                <code>{name}</code>
              </dt>
              <dd>
                <code>{value}</code>
              </dd>
            </div>
          ))}
        </dl>
      ) : null}
      {rows ? (
        <>
          <div className="jp-dataops-label">
            {isCut ? texts.__('%1, the first %2', title, rows.rows.length) : title}
          </div>
          <DataTable label={title} columns={rows.columns} rows={rows.rows} />
        </>
      ) : null}
    </>
  );
}
