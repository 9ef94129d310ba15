import { type JSX, useId, useState } from 'react';
import { type Action, hindrance } from '../../model/controls';
import { isEnded } from '../../model/run';
import { useHost, useSelected, useSession, useTexts } from '../context';
import { formFields, reading, shownRun, situationOf } from '../sessionState';
import { Button } from '../ui/Button';
import { RefusalNotice } from '../ui/Notice';
import { ParameterForm } from './ParameterForm';
import { PlanPreview } from './PlanPreview';
import { RunOptions } from './RunOptions';
import { hindranceText } from './words';

type Drawer = 'parameters' | 'options' | 'plan';

/** Everything that starts or ends a run, and what it is started with. */
export function Controls(): JSX.Element {
  const texts = useTexts();
  const host = useHost();
  const [drawer, setDrawer] = useState<Drawer | null>(null);
  const id = useId();
  const trouble = useSelected(state => state.trouble);
  const session = useSession();
  const toggle = (name: Drawer) => setDrawer(open => (open === name ? null : name));
  if (host.isReadOnly) {
    return (
      <div className="jp-dataops-readOnly" role="note">
        {hindranceText('read_only', texts)}
      </div>
    );
  }
  return (
    <div className="jp-dataops-controls">
      <div className="jp-dataops-toolbar" role="group" aria-label={texts.__('Run the pipeline')}>
        <Actions />
      </div>
      <div
        className="jp-dataops-toolbar jp-dataops-drawers"
        role="group"
        aria-label={texts.__('What a run is started with')}
      >
        <DrawerButtons drawer={drawer} toggle={toggle} controls={`${id}-drawer`} />
      </div>
      <div id={`${id}-drawer`} hidden={drawer === null} className="jp-dataops-drawer">
        {drawer === 'parameters' ? <ParameterForm /> : null}
        {drawer === 'options' ? <RunOptions /> : null}
        {drawer === 'plan' ? <PlanPreview /> : null}
      </div>
      {trouble?.place === 'controls' ? (
        <RefusalNotice refusal={trouble.refusal} onDismiss={() => session.forgive()} />
      ) : null}
    </div>
  );
}

function Actions(): JSX.Element {
  const texts = useTexts();
  const session = useSession();
  const state = useSelected(whole => whole);
  const run = shownRun(state);
  const situation = situationOf(state, session.host);
  const reason = (action: Action) => hindranceText(hindrance(action, situation), texts);
  const isGoingOn = run !== null && !isEnded(run);
  const isBusy = (action: Action) => state.busy === action;
  return (
    <>
      <Button
        look="primary"
        icon="play"
        label={texts.__('Run')}
        help={texts.__('Run every node')}
        reason={reason('run')}
        isBusy={isBusy('run')}
        onClick={() => void session.startRun()}
      />
      <Button
        icon="changed"
        label={texts.__('Run changed')}
        help={texts.__('Run what has changed, reuse the rest')}
        reason={reason('run_changed')}
        isBusy={isBusy('run_changed')}
        onClick={() => void session.startRun({ changed: true })}
      />
      <Button
        icon="retry"
        label={texts.__('Retry failed')}
        help={texts.__('Run again what failed, and what is below; the rest is kept')}
        reason={reason('retry_failed')}
        isBusy={isBusy('retry_failed')}
        onClick={() => void session.retry()}
      />
      {run?.state === 'crashed' ? (
        <Button
          icon="resume"
          label={texts.__('Resume')}
          help={texts.__('Go on where the run crashed')}
          reason={reason('resume')}
          isBusy={isBusy('resume')}
          onClick={() => void session.resume()}
        />
      ) : null}
      {isGoingOn ? (
        <Button
          look="danger"
          icon="stop"
          label={texts.__('Cancel')}
          help={texts.__('Stop the run; what has been computed is kept')}
          reason={reason('cancel')}
          isBusy={isBusy('cancel')}
          onClick={() => void session.cancel()}
        />
      ) : null}
    </>
  );
}

interface DrawerButtonsProps {
  readonly drawer: Drawer | null;
  readonly toggle: (drawer: Drawer) => void;
  readonly controls: string;
}

function DrawerButtons({ drawer, toggle, controls }: DrawerButtonsProps): JSX.Element {
  const texts = useTexts();
  const fields = useSelected(formFields);
  const draft = useSelected(state => state.draft);
  const canPlan = useSelected(state => state.source.preview?.is_pipeline ?? false);
  const { values, faults } = reading(useSession().state);
  const set = Object.keys(values).length + faults.size;
  const options =
    Number(draft.select.trim() !== '') + Number(draft.jobs.trim() !== '') + Number(draft.failFast !== null);
  return (
    <>
      {fields.length > 0 ? (
        <Button
          look="quiet"
          icon="sliders"
          label={texts.__('Parameters')}
          isExpanded={drawer === 'parameters'}
          controls={controls}
          onClick={() => toggle('parameters')}
        >
          <Count count={set} what={texts._n('%1 is set', '%1 are set', set)} isBad={faults.size > 0} />
        </Button>
      ) : null}
      <Button
        look="quiet"
        icon="gear"
        label={texts.__('Options')}
        isExpanded={drawer === 'options'}
        controls={controls}
        onClick={() => toggle('options')}
      >
        <Count count={options} what={texts._n('%1 is set', '%1 are set', options)} isBad={false} />
      </Button>
      {canPlan ? (
        <Button
          look="quiet"
          icon="plan"
          label={texts.__('What would run?')}
          isExpanded={drawer === 'plan'}
          controls={controls}
          onClick={() => toggle('plan')}
        />
      ) : null}
    </>
  );
}

function Count({ count, what, isBad }: { count: number; what: string; isBad: boolean }): JSX.Element | null {
  if (count === 0) {
    return null;
  }
  return (
    <span className="jp-dataops-badge" data-bad={isBad || undefined} title={what}>
      <span aria-hidden>{count}</span>
      <span className="jp-dataops-hidden">{what}</span>
    </span>
  );
}
