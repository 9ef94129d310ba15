import { type JSX, type ReactNode, useId, useState } from 'react';

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
  const [isUnfolded, setUnfolded] = useState(isOpen);
  const id = useId();
  return (
    <section className="jp-dataops-tagGroup">
      <h3>
        <button
          type="button"
          className="jp-dataops-tagGroup-title"
          aria-expanded={isUnfolded}
          aria-controls={id}
          onClick={() => setUnfolded(!isUnfolded)}
        >
          <svg viewBox="0 0 16 16" aria-hidden="true" className="jp-dataops-cellStrokes">
            <path d="M6 4l4 4l-4 4" />
          </svg>
          {title}
          {count > 0 && (
            <span className="jp-dataops-tagGroup-count">
              <span aria-hidden="true">{count}</span>
              <span className="jp-dataops-hidden">{counted}</span>
            </span>
          )}
          {problem && <span className="jp-dataops-tagGroup-problem">{problem}</span>}
        </button>
      </h3>
      <div id={id} hidden={!isUnfolded}>
        {children}
      </div>
    </section>
  );
}
