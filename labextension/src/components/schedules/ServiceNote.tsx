import type { JSX } from 'react';
import type { Services } from '../../api/wire.generated';
import { sentence } from '../../model/sentences';
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
  if (services.is_served) {
    return hasSchedules ? (
      <p className="jp-dataops-serviceNote">
        <Icon name="clock" />
        <span>
          <Marked text={services.told} />
        </span>
      </p>
    ) : null;
  }
  return hasSchedules ? (
    <Notice kind="warning" title={<Marked text={sentence(services.told)} />}>
      {isShort ? null : (
        <div className="jp-dataops-notice-hint">
          <Marked text={texts.__('Or let this server do it: `DataOpsServerApp.run_scheduler = True`.')} />
        </div>
      )}
    </Notice>
  ) : null;
}
