import type { JSX, ReactNode } from 'react';
import { Fold } from '../ui/Fold';

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
  return (
    <Fold
      look="jp-dataops-formFold"
      title={<span>{title}</span>}
      summary={summary === '' ? null : <span className="jp-dataops-formFold-summary">{summary}</span>}
      isHeld={isBad}
      isOpen={isOpen}
    >
      {children}
    </Fold>
  );
}
