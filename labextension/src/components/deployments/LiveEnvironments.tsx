import { type JSX, useState } from 'react';
import type { Client } from '../../api/client';
import type { DeploymentDetail, LiveView } from '../../api/wire.generated';
import { isOfAnother, promotionTargets, rollbackTargets } from '../../model/deployments';
import { formatExactly } from '../../model/durations';
import { formatAgo } from '../../model/moments';
import { refusalOf } from '../../model/refusals';
import { sentence } from '../../model/sentences';
import { useTexts } from '../context';
import { FormRow } from '../forms/FormRow';
import { type Host, mayChange } from '../host';
import { Button } from '../ui/Button';
import type { Acting } from '../useActing';
import { useMinute } from '../useMinute';
import { LiveTag } from './LiveTag';
import { TakeoverRow } from './TakeoverRow';

interface LiveEnvironmentsProps {
  readonly detail: DeploymentDetail;
  readonly environments: readonly string[];
  readonly client: Client;
  readonly host: Host;
  readonly acting: Acting;
  readonly onChange: () => void;
}

/** Which version is live in each environment, and what can be made live instead. */
export function LiveEnvironments(props: LiveEnvironmentsProps): JSX.Element {
  const texts = useTexts();
  return (
    <ul className="jp-dataops-live" aria-label={texts.__('Environments')}>
      {props.detail.live.map(live => (
        <LiveRow key={live.environment} live={live} {...props} />
      ))}
    </ul>
  );
}

type Drawer = 'promote' | 'rollback';

function LiveRow({ live, ...props }: LiveEnvironmentsProps & { live: LiveView }): JSX.Element {
  const { detail, environments, client, host, acting, onChange } = props;
  const texts = useTexts();
  const now = useMinute();
  const [drawer, setDrawer] = useState<Drawer | null>(null);
  const [owned, setOwned] = useState<string | null>(null);
  const { environment, version, at, by, back_to } = live;
  const back = rollbackTargets(detail, live);
  const targets = promotionTargets(environments, detail.live, live);
  const mayMove = mayChange(host);
  const { name: deployment } = detail;
  const move = async (
    question: string,
    body: string,
    action: string,
    ask: () => Promise<unknown>,
    warning: string = ''
  ) => {
    const agrees = (await host.agree?.(question, body, action, warning)) ?? true;
    if (agrees && (await acting.act('move', ask))) {
      setDrawer(null);
      onChange();
    }
  };
  const promote = (target: string, takeover: boolean) =>
    void move(
      texts.__('Promote %1@%2 to %3?', deployment, version, target),
      texts.__('It is live there at once. Runs that go on keep the version that they began with.'),
      texts.__('Promote'),
      () =>
        client.call('promote', { deployment, source: environment, target, takeover }).catch((error: unknown) => {
          setOwned(isOfAnother(refusalOf(error)) ? target : null);
          throw error;
        })
    );
  const rollBack = async (to: string) => {
    const request = { deployment, environment, to };
    let warning = '';
    const foresee = async () => {
      const { remarks } = await client.call('plan_rollback', request);
      warning = remarks.map(sentence).join('\n');
    };
    if (await acting.act('plan', foresee)) {
      await move(
        texts.__('Roll %1 back to %2@%3?', environment, deployment, to),
        texts.__(
          '%1@%2 is not live there any more. Runs that go on keep the version that they began with.',
          deployment,
          version
        ),
        texts.__('Roll back'),
        () => client.call('rollback', request),
        warning
      );
    }
  };
  const reason = acting.busy === null ? null : texts.__('Another request is on its way.');
  const first = texts.__('No version was live in %1 before this one.', environment);
  const show = (name: Drawer | null) => {
    setOwned(null);
    setDrawer(name);
  };
  const toggle = (name: Drawer) => show(drawer === name ? null : name);
  return (
    <li data-environment={environment}>
      <div className="jp-dataops-live-line">
        <LiveTag environment={environment} version={version} />
        <span className="jp-dataops-faint" title={texts.__('%1 by %2', formatExactly(at), by)}>
          {formatAgo(at, now, texts)}
        </span>
        {mayMove ? (
          <span className="jp-dataops-bar-end">
            {targets.length > 0 ? (
              <Button
                look="quiet"
                icon="promote"
                label={texts.__('Promote')}
                help={texts.__('Make live elsewhere what is live in %1', environment)}
                isExpanded={drawer === 'promote'}
                reason={reason}
                onClick={() => toggle('promote')}
              />
            ) : null}
            <Button
              look="quiet"
              icon="rollback"
              label={texts.__('Roll back')}
              help={texts.__('Make an earlier version live in %1', environment)}
              isExpanded={drawer === 'rollback'}
              reason={reason ?? (back.length > 0 ? null : first)}
              onClick={() => toggle('rollback')}
            />
          </span>
        ) : null}
      </div>
      {drawer === 'promote' ? (
        <MoveForm
          key="promote"
          label={texts.__('To')}
          action={texts.__('Promote')}
          options={targets.map(target => [target, target])}
          owned={owned}
          onMove={promote}
          onClose={() => show(null)}
        />
      ) : null}
      {drawer === 'rollback' ? (
        <MoveForm
          key="rollback"
          label={texts.__('Back to')}
          action={texts.__('Roll back')}
          options={back.map(number => [String(number), `@${number}`])}
          undecided={back_to === null ? first : ''}
          onMove={to => void rollBack(to)}
          onClose={() => show(null)}
        />
      ) : null}
    </li>
  );
}

interface MoveFormProps {
  readonly label: string;
  readonly action: string;
  readonly options: readonly (readonly [string, string])[];
  /** The option where something of another notebook is live, as far as it is known. */
  readonly owned?: string | null;
  /** Why none of the options is the one to be expected; empty: the first is. */
  readonly undecided?: string;
  readonly onMove: (chosen: string, takeover: boolean) => void;
  readonly onClose: () => void;
}

function MoveForm(props: MoveFormProps): JSX.Element {
  const { label, action, options, owned = null, undecided = '', onMove, onClose } = props;
  const texts = useTexts();
  const [chosen, setChosen] = useState(undecided ? '' : (options[0]?.[0] ?? ''));
  const [takeover, setTakeover] = useState(false);
  const isOwned = owned === chosen;
  const choose = (option: string) => {
    setChosen(option);
    setTakeover(false);
  };
  return (
    <div
      className="jp-dataops-drawer jp-dataops-backfill"
      role="group"
      aria-label={action}
      onKeyDown={event => {
        if (event.key === 'Escape') {
          event.stopPropagation();
          onClose();
        }
      }}
    >
      <FormRow label={label} help={undecided}>
        {attributes => (
          <>
            <select {...attributes} value={chosen} onChange={event => choose(event.target.value)}>
              {undecided ? (
                <option value="" disabled>
                  {texts.__('Choose a version')}
                </option>
              ) : null}
              {options.map(([key, word]) => (
                <option key={key} value={key}>
                  {word}
                </option>
              ))}
            </select>
            <Button
              look="primary"
              label={`${action}…`}
              reason={chosen === '' ? texts.__('Choose a version') : null}
              onClick={() => onMove(chosen, isOwned && takeover)}
            />
            <Button look="quiet" label={texts.__('Cancel')} onClick={onClose} />
          </>
        )}
      </FormRow>
      {isOwned ? <TakeoverRow isChecked={takeover} onChange={setTakeover} /> : null}
    </div>
  );
}
