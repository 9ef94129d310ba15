import type { JSX, MouseEvent, ReactNode } from 'react';
import { Icon } from './Icon';
import type { IconName } from './icons';

export interface ButtonProps {
  readonly label: string;
  readonly icon?: IconName;
  readonly onClick: (event: MouseEvent<HTMLButtonElement>) => void;
  /** Why it cannot be used now. It keeps its place in the order of keys, so that the reason can be read. */
  readonly reason?: string | null | undefined;
  /** What it does, where the label does not say it all. */
  readonly help?: string | undefined;
  readonly look?: 'primary' | 'plain' | 'quiet' | 'danger';
  /** Only the icon is seen; the label is its name and tooltip. */
  readonly isIconOnly?: boolean;
  /** Only the icon is seen where there is little room. */
  readonly canShrink?: boolean;
  readonly isPressed?: boolean | undefined;
  readonly isExpanded?: boolean | undefined;
  readonly controls?: string | undefined;
  readonly isBusy?: boolean | undefined;
  readonly children?: ReactNode;
}

export function Button(props: ButtonProps): JSX.Element {
  const { label, icon, onClick, reason, help, look = 'plain', isIconOnly = false, canShrink = false } = props;
  const tooltip = reason ?? help ?? (isIconOnly || canShrink ? label : undefined);
  return (
    <button
      type="button"
      className="jp-dataops-button"
      data-look={look}
      data-icon-only={isIconOnly || undefined}
      data-can-shrink={canShrink || undefined}
      data-busy={props.isBusy || undefined}
      aria-label={isIconOnly || canShrink ? label : undefined}
      aria-disabled={reason ? true : undefined}
      aria-description={reason ?? help}
      aria-pressed={props.isPressed}
      aria-expanded={props.isExpanded}
      aria-controls={props.isExpanded ? props.controls : undefined}
      title={tooltip}
      onClick={event => {
        if (!reason) {
          onClick(event);
        }
      }}
    >
      {icon ? <Icon name={icon} /> : null}
      {isIconOnly ? null : <span className="jp-dataops-button-label">{label}</span>}
      {props.children}
    </button>
  );
}
