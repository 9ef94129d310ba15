import { type JSX, type KeyboardEvent, type ReactNode, useId, useRef } from 'react';
import { Icon } from './Icon';
import type { IconName } from './icons';

export interface TabItem<Key extends string> {
  readonly key: Key;
  readonly label: string;
  readonly icon?: IconName;
  /** Small number or word behind the label. */
  readonly badge?: ReactNode;
  /** What the badge means, for screen readers. */
  readonly badgeText?: string | undefined;
}

interface TabsProps<Key extends string> {
  readonly label: string;
  readonly items: readonly TabItem<Key>[];
  readonly chosen: Key;
  readonly onChoose: (key: Key) => void;
  readonly children: ReactNode;
  readonly look?: 'views' | 'details';
  /** Controls at the end of the bar. */
  readonly end?: ReactNode;
}

const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };

/** The WAI-ARIA pattern: one tab is in the order of keys, arrows go to the others, and the panel follows the focus. */
export function Tabs<Key extends string>(props: TabsProps<Key>): JSX.Element {
  const { items, chosen, onChoose, look = 'details' } = props;
  const id = useId();
  const bar = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step === undefined) {
      return;
    }
    event.preventDefault();
    const at = items.findIndex(item => item.key === chosen);
    const to =
      step === -Infinity ? 0 : step === Infinity ? items.length - 1 : (at + step + items.length) % items.length;
    const next = items[to];
    if (next) {
      onChoose(next.key);
      bar.current?.querySelectorAll<HTMLElement>('[role=tab]')[to]?.focus();
    }
  };
  return (
    <div className="jp-dataops-tabs" data-look={look}>
      <div className="jp-dataops-tabs-head">
        <div ref={bar} role="tablist" aria-label={props.label} className="jp-dataops-tabs-bar" onKeyDown={onKeyDown}>
          {items.map(item => (
            <button
              key={item.key}
              type="button"
              role="tab"
              id={`${id}-${item.key}`}
              aria-selected={item.key === chosen}
              aria-controls={`${id}-panel`}
              tabIndex={item.key === chosen ? 0 : -1}
              title={item.icon ? item.label : undefined}
              className="jp-dataops-tab"
              onClick={() => onChoose(item.key)}
            >
              {item.icon ? <Icon name={item.icon} /> : null}
              <span className="jp-dataops-tab-label">{item.label}</span>
              {item.badge === undefined ? null : (
                <span className="jp-dataops-badge">
                  <span aria-hidden={item.badgeText ? true : undefined}>{item.badge}</span>
                  {item.badgeText ? <span className="jp-dataops-hidden">{item.badgeText}</span> : null}
                </span>
              )}
            </button>
          ))}
        </div>
        {props.end}
      </div>
      <div
        role="tabpanel"
        id={`${id}-panel`}
        aria-labelledby={`${id}-${chosen}`}
        className="jp-dataops-tabs-panel"
        tabIndex={-1}
      >
        {props.children}
      </div>
    </div>
  );
}
