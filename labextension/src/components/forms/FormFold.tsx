import { type JSX, type ReactNode, useId, useState } from 'react';
import { Icon } from '../ui/Icon';

interface FormFoldProps {
  readonly title: string;
  /** What is in it, in few words, while it is folded. */
  readonly summary?: string;
  /** Something in it is wrong: it cannot be folded away. */
  readonly isBad?: boolean;
  readonly isOpen?: boolean;
  readonly children: ReactNode;
}

/** A part of a form that most do not need. */
export function FormFold({ title, summary = '', isBad = false, isOpen = false, children }: FormFoldProps): JSX.Element {
  const [isUnfolded, setUnfolded] = useState(isOpen);
  const id = useId();
  const isShown = isUnfolded || isBad;
  return (
    <div className="jp-dataops-formFold">
      <button
        type="button"
        className="jp-dataops-formFold-title"
        aria-expanded={isShown}
        aria-controls={id}
        onClick={() => setUnfolded(!isShown)}
      >
        <Icon name={isShown ? 'down' : 'next'} />
        <span>{title}</span>
        {isShown || summary === '' ? null : <span className="jp-dataops-formFold-summary">{summary}</span>}
      </button>
      <div id={id} hidden={!isShown}>
        {children}
      </div>
    </div>
  );
}
