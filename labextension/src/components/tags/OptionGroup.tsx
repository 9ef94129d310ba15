import type { JSX, ReactNode } from 'react';
import { Fold } from '../ui/Fold';

interface OptionGroupProps {
  readonly title: string;
  /** How many of its options are given. */
  readonly count: number;
  /** Said of the count to whoever does not see it. */
  readonly counted: string;
  /** Said where something in it is wrong; empty: nothing is. */
  readonly problem: string;
  readonly isOpen: boolean;
  readonly children: ReactNode;
}

/** Options that belong together, folded away until they are wanted. */
export function OptionGroup({ title, count, counted, problem, isOpen, children }: OptionGroupProps): JSX.Element {
  const words = (
    <>
      {title}
      {count > 0 && (
        <span className="jp-dataops-tagGroup-count">
          <span aria-hidden="true">{count}</span>
          <span className="jp-dataops-hidden">{counted}</span>
        </span>
      )}
      {problem && <span className="jp-dataops-tagGroup-problem">{problem}</span>}
    </>
  );
  return (
    <Fold look="jp-dataops-tagGroup" title={words} isOpen={isOpen} isSection>
      {children}
    </Fold>
  );
}
