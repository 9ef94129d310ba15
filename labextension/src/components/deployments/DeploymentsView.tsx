import type { JSX } from 'react';
import type { Client } from '../../api/client';
import type { DeploymentView } from '../../api/wire.generated';
import { formatExactly } from '../../model/durations';
import { formatAgo } from '../../model/moments';
import type { Store } from '../../model/store';
import { useStore, useTexts } from '../context';
import { type Host, mayChange } from '../host';
import type { Place } from '../place';
import { Button } from '../ui/Button';
import { Empty } from '../ui/Empty';
import { Icon } from '../ui/Icon';
import { Waiting } from '../ui/Waiting';
import { useCall } from '../useCall';
import { useMinute } from '../useMinute';
import { DeploymentDetails } from './DeploymentDetails';
import { LiveTag } from './LiveTag';
import { useFresh } from './useFresh';

interface DeploymentsProps {
  readonly client: Client;
  readonly host: Host;
  readonly place: Store<Place>;
}

/** What is deployed, and live where; or the deployment that is open. */
export function DeploymentsView({ client, host, place }: DeploymentsProps): JSX.Element {
  const open = useStore(place, state => state.deployment);
  const revision = useStore(place, state => state.revision);
  const fresh = useFresh();
  const answer = useCall(client, 'list_deployments', {}, `${fresh.version} ${revision}`);
  const show = (deployment: string | null) => place.update(state => ({ ...state, deployment }));
  return (
    <div className="jp-dataops-deployments" onFocus={fresh.onFocus}>
      <Waiting answer={answer}>
        {({ deployments, environments }) => {
          const shown = deployments.find(one => one.name === open);
          return shown ? (
            <DeploymentDetails
              key={shown.name}
              deployment={shown}
              environments={environments}
              version={`${fresh.version} ${revision}`}
              client={client}
              host={host}
              onChange={fresh.refresh}
              onShow={show}
            />
          ) : (
            <DeploymentList deployments={deployments} host={host} onShow={show} />
          );
        }}
      </Waiting>
    </div>
  );
}

interface DeploymentListProps {
  readonly deployments: readonly DeploymentView[];
  readonly host: Host;
  readonly onShow: (name: string) => void;
}

function DeploymentList({ deployments, host, onShow }: DeploymentListProps): JSX.Element {
  const texts = useTexts();
  const now = useMinute();
  const canDeploy = host.deployNotebook !== undefined && mayChange(host);
  const deploying = canDeploy ? (
    <Button icon="deploy" label={texts.__('Deploy notebook…')} onClick={() => host.deployNotebook?.()} />
  ) : null;
  if (deployments.length === 0) {
    return (
      <Empty icon="deploy" title={texts.__('Nothing is deployed yet.')} actions={deploying}>
        {texts.__('A deployment keeps versions of a notebook, says which is live in each environment, and goes back.')}
      </Empty>
    );
  }
  return (
    <>
      <div className="jp-dataops-filter">
        <span className="jp-dataops-faint">{texts._n('%1 deployment', '%1 deployments', deployments.length)}</span>
        <span className="jp-dataops-bar-end">{deploying}</span>
      </div>
      <ul className="jp-dataops-schedules" aria-label={texts.__('Deployments')}>
        {deployments.map(({ name, newest, live }) => (
          <li key={name} className="jp-dataops-schedule" data-is="active" data-deployment={name}>
            <button type="button" className="jp-dataops-schedule-open" onClick={() => onShow(name)}>
              <span className="jp-dataops-run-line">
                <Icon name="deploy" />
                <span className="jp-dataops-run-name">{name}</span>
                <span className="jp-dataops-schedule-next">@{newest.version}</span>
              </span>
              <span className="jp-dataops-deployment-live">
                {live.length === 0 ? texts.__('not live anywhere') : null}
                {live.map(move => (
                  <LiveTag key={move.environment} environment={move.environment} version={move.version} />
                ))}
              </span>
              <span className="jp-dataops-schedule-facts">
                <span title={newest.path ?? undefined}>{newest.notebook}</span>
                <span title={formatExactly(newest.created_at)}>
                  {texts.__('newest %1 by %2', formatAgo(newest.created_at, now, texts), newest.created_by)}
                </span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
