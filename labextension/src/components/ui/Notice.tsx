import type { JSX, ReactNode } from 'react';
import { isOurs } from '../../api/refusals';
import type { Refusal } from '../../api/wire.generated';
import { useTexts } from '../context';
import { Button } from './Button';
import { Icon } from './Icon';

interface NoticeProps {
  readonly kind: 'error' | 'warning' | 'info';
  readonly title: ReactNode;
  readonly children?: ReactNode;
  readonly onDismiss?: (() => void) | undefined;
  readonly actions?: ReactNode;
}

/** Something to know, where it belongs. */
export function Notice({ kind, title, children, onDismiss, actions }: NoticeProps): JSX.Element {
  const texts = useTexts();
  return (
    <div className="jp-dataops-notice" data-kind={kind} role={kind === 'error' ? 'alert' : 'status'}>
      <Icon name="problems" />
      <div className="jp-dataops-notice-body">
        <div className="jp-dataops-notice-title">{title}</div>
        {children}
        {actions ? <div className="jp-dataops-actions">{actions}</div> : null}
      </div>
      {onDismiss ? (
        <Button look="quiet" icon="close" isIconOnly label={texts.__('Dismiss')} onClick={onDismiss} />
      ) : null}
    </div>
  );
}

interface RefusalNoticeProps {
  readonly refusal: Refusal;
  readonly onDismiss?: (() => void) | undefined;
  /** Asks again. */
  readonly onRetry?: (() => void) | undefined;
}

/** An error as what, where, what to do. */
export function RefusalNotice({ refusal, onDismiss, onRetry }: RefusalNoticeProps): JSX.Element {
  const texts = useTexts();
  const said = (text: string): string => (isOurs(text) ? texts.__(text) : text);
  return (
    <Notice
      kind="error"
      title={said(refusal.message)}
      onDismiss={onDismiss}
      actions={onRetry ? <Button icon="retry" label={texts.__('Try again')} onClick={onRetry} /> : null}
    >
      {refusal.where ? <div className="jp-dataops-notice-where">{refusal.where}</div> : null}
      {refusal.hint ? <div className="jp-dataops-notice-hint">{said(refusal.hint)}</div> : null}
    </Notice>
  );
}
