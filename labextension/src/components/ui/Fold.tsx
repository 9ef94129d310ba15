import { type JSX, type ReactNode, useId, useState } from 'react';
import { Icon } from './Icon';

interface FoldProps {
  /** Whose look it has: the class of its element. */
  readonly look: string;
  readonly title: ReactNode;
  /** Said beside the title while it is folded. */
  readonly summary?: ReactNode;
  readonly isOpen?: boolean;
  /** It cannot be folded away: something in it is wrong. */
  readonly isHeld?: boolean;
  /** The title is a heading of the third level. */
  readonly isSection?: boolean;
  readonly children: ReactNode;
}

/** A title that shows and hides what is below it. */
export function Fold(props: FoldProps): JSX.Element {
  const { look, title, summary = null, isOpen = false, isHeld = false, isSection = false, children } = props;
  const [isUnfolded, setUnfolded] = useState(isOpen);
  const id = useId();
  const isShown = isUnfolded || isHeld;
  const button = (
    <button
      type="button"
      className="jp-dataops-fold-title"
      aria-expanded={isShown}
      aria-controls={id}
      onClick={() => setUnfolded(!isShown)}
    >
      <Icon name={isShown ? 'down' : 'next'} />
      {title}
      {isShown ? null : summary}
    </button>
  );
  return (
    <div className={`jp-dataops-fold ${look}`}>
      {isSection ? <h3>{button}</h3> : button}
      <div id={id} className="jp-dataops-fold-body" hidden={!isShown}>
        {children}
      </div>
    </div>
  );
}
