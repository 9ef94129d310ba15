import type { JSX, ReactNode } from 'react';
import { useTexts } from '../context';
import type { Answer } from '../useCall';
import { RefusalNotice } from './Notice';

interface WaitingProps<Data> {
  readonly answer: Answer<Data>;
  readonly children: (data: Data) => ReactNode;
}

/** An answer of Python's: loading, refused, or there. An answer that is there stays when a newer one is refused. */
export function Waiting<Data>({ answer, children }: WaitingProps<Data>): JSX.Element {
  return (
    <>
      {answer.problem ? <RefusalNotice refusal={answer.problem} onRetry={answer.reload} /> : null}
      {answer.data !== null ? children(answer.data) : answer.problem ? null : <Loading />}
    </>
  );
}

export function Loading(): JSX.Element {
  return (
    <div className="jp-dataops-loading" role="status">
      {useTexts().__('Loading…')}
    </div>
  );
}
