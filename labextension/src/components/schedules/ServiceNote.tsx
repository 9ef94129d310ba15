import type { JSX } from 'react';
import type { Services } from '../../api/wire.generated';
import type { Texts } from '../../model/texts';
import { useTexts } from '../context';
import { Icon } from '../ui/Icon';
import { Marked } from '../ui/Marked';
import { Notice } from '../ui/Notice';

interface ServiceNoteProps {
  readonly services: Services;
  readonly hasSchedules: boolean;
  /** One schedule is shown, which is what it is about. */
  readonly isShort: boolean;
}

/** Who starts what is due; where nobody does, how to change that. */
export function ServiceNote({ services, hasSchedules, isShort }: ServiceNoteProps): JSX.Element | null {
  const texts = useTexts();
  const unserved = texts.__(
    'No scheduler is running: what is due will not start. Start one with %1.',
    '`jupyter dataops scheduler`'
  );
  if (services.is_served) {
    return hasSchedules ? (
      <p className="jp-dataops-serviceNote">
        <Icon name="clock" />
        <span>
          <Marked text={servedBy(services, texts)} />
        </span>
      </p>
    ) : null;
  }
  return hasSchedules ? (
    <Notice kind="warning" title={<Marked text={unserved} />}>
      {isShort ? null : (
        <div className="jp-dataops-notice-hint">
          <Marked text={texts.__('Or let this server do it: `DataOpsServerApp.run_scheduler = True`.')} />
        </div>
      )}
    </Notice>
  ) : null;
}

function servedBy({ services }: Services, texts: Texts): string {
  const hosts = [...new Set(services.map(one => one.host))].join(', ');
  return texts._n(
    'A scheduler on %2 starts what is due.',
    '%1 schedulers on %2 start what is due.',
    services.length,
    hosts
  );
}
