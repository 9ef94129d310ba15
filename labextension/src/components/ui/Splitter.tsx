import { type JSX, type KeyboardEvent, type PointerEvent, type RefObject } from 'react';
import { useTexts } from '../context';

interface SplitterProps {
  /** What is divided. */
  readonly container: RefObject<HTMLElement | null>;
  /** The two parts stand side by side. */
  readonly isSideBySide: boolean;
  /** Share of the second part, in percent. */
  readonly share: number;
  readonly onShare: (share: number) => void;
}

const LEAST = 15;
const MOST = 85;

/** The line between two parts: dragged, or moved with the arrow keys. */
export function Splitter({ container, isSideBySide, share, onShare }: SplitterProps): JSX.Element {
  const texts = useTexts();
  const set = (next: number) => onShare(Math.max(LEAST, Math.min(MOST, Math.round(next))));
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    const box = container.current?.getBoundingClientRect();
    if (!box || !event.currentTarget.hasPointerCapture(event.pointerId)) {
      return;
    }
    const part = isSideBySide ? (box.right - event.clientX) / box.width : (box.bottom - event.clientY) / box.height;
    set(part * 100);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowUp: 5, ArrowLeft: 5, ArrowDown: -5, ArrowRight: -5 };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      set(share + step);
    }
  };
  return (
    <div
      role="separator"
      tabIndex={0}
      aria-label={texts.__('Size of the details')}
      aria-orientation={isSideBySide ? 'vertical' : 'horizontal'}
      aria-valuenow={share}
      aria-valuemin={LEAST}
      aria-valuemax={MOST}
      className="jp-dataops-splitter"
      onPointerDown={event => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={onPointerMove}
      onKeyDown={onKeyDown}
      onDoubleClick={() => onShare(50)}
    />
  );
}
