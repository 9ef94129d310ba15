import type { JSX, ReactNode } from 'react';
import { Icon } from './Icon';
import type { IconName } from './icons';

interface EmptyProps {
  readonly icon?: IconName;
  readonly title: string;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}

/** Why there is nothing here, and what makes something be here. */
export function Empty({ icon, title, children, actions }: EmptyProps): JSX.Element {
  return (
    <div className="jp-dataops-empty">
      {icon ? <Icon name={icon} /> : null}
      <div className="jp-dataops-empty-title">{title}</div>
      {children ? <div className="jp-dataops-empty-text">{children}</div> : null}
      {actions ? <div className="jp-dataops-actions">{actions}</div> : null}
    </div>
  );
}
