import type { JSX } from 'react';
import type { FireView, NoticeView } from '../../api/wire.generated';
import { formatExactly } from '../../model/durations';
import { useTexts } from '../context';
import { NoticeItems, useNoticesAgain } from '../NoticeItems';

interface ScheduleNoticesProps {
  readonly notices: readonly NoticeView[];
  /** Which they are about. */
  readonly fires: readonly FireView[];
  /** The run of a fire is shown; `null`: it cannot be. */
  readonly onOpenRun: ((runId: string) => void) | null;
  readonly onReload: () => void;
}

/** Whom the fires of a schedule have told of what: missed, late, failed, recovered; nothing where nobody was told. */
export function ScheduleNotices({ notices, fires, onOpenRun, onReload }: ScheduleNoticesProps): JSX.Element | null {
  const texts = useTexts();
  useNoticesAgain(notices, false, onReload);
  if (notices.length === 0) {
    return null;
  }
  const about = ({ run_id, fire_time, at }: NoticeView) => {
    const fire = fires.find(one => (run_id === null ? one.fire_time === fire_time : one.run_id === run_id));
    const told = fire?.told ?? formatExactly(fire_time ?? at);
    return run_id !== null && onOpenRun ? (
      <button
        type="button"
        className="jp-dataops-link"
        aria-label={texts.__('Show the run of %1', told)}
        onClick={() => onOpenRun(run_id)}
      >
        {told}
      </button>
    ) : (
      told
    );
  };
  return (
    <>
      <h3 className="jp-dataops-label">{texts.__('Notifications')}</h3>
      <div className="jp-dataops-notices">
        <NoticeItems label={texts.__('Notifications of this schedule')} notices={notices} about={about} />
      </div>
    </>
  );
}
