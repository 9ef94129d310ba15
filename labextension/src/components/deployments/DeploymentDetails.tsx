import { type JSX, useEffect, useRef, useState } from 'react';
import type { Client } from '../../api/client';
import type { DeploymentDetail, DeploymentView } from '../../api/wire.generated';
import { deployRefusal, versionBefore } from '../../model/deployments';
import { useTexts } from '../context';
import { type Host, mayChange } from '../host';
import { Button } from '../ui/Button';
import { RefusalNotice } from '../ui/Notice';
import { Waiting } from '../ui/Waiting';
import { useActing } from '../useActing';
import { useCall } from '../useCall';
import { DiffView } from './DiffView';
import { LiveEnvironments } from './LiveEnvironments';
import { Moves } from './Moves';
import { Versions } from './Versions';

interface DeploymentDetailsProps {
  readonly deployment: DeploymentView;
  readonly environments: readonly string[];
  /** Another one: what is shown may be old. */
  readonly version: string;
  readonly client: Client;
  readonly host: Host;
  readonly onChange: () => void;
  readonly onShow: (name: string | null) => void;
}

/** One deployment: where it is live, its versions, what differs between them, and how all that came to be. */
export function DeploymentDetails(props: DeploymentDetailsProps): JSX.Element {
  const { deployment, client, host, onShow } = props;
  const { name, newest } = deployment;
  const texts = useTexts();
  const answer = useCall(client, 'get_deployment', { deployment: name }, props.version);
  const head = useRef<HTMLDivElement>(null);
  useEffect(() => head.current?.querySelector('button')?.focus(), []);
  const { path } = newest;
  const canDeploy = host.deployNotebook && path !== null && mayChange(host);
  return (
    <>
      <div className="jp-dataops-schedule-head" ref={head}>
        <Button look="quiet" icon="back" isIconOnly label={texts.__('All deployments')} onClick={() => onShow(null)} />
        <h2 className="jp-dataops-title" title={name}>
          {name}
        </h2>
        {canDeploy ? (
          <Button icon="deploy" label={texts.__('Deploy…')} onClick={() => host.deployNotebook?.(path)} />
        ) : null}
      </div>
      <div className="jp-dataops-schedule-about">
        <p className="jp-dataops-faint">
          {path !== null && host.openFile ? (
            <button type="button" className="jp-dataops-link" onClick={() => host.openFile?.(path)}>
              {path}
            </button>
          ) : (
            newest.notebook
          )}
        </p>
      </div>
      <div className="jp-dataops-scroll jp-dataops-schedule-body">
        <Waiting answer={answer}>{detail => <Sections {...props} detail={detail} />}</Waiting>
      </div>
    </>
  );
}

function Sections({
  detail,
  environments,
  client,
  host,
  onChange
}: DeploymentDetailsProps & { detail: DeploymentDetail }): JSX.Element {
  const texts = useTexts();
  const acting = useActing();
  const [compared, setCompared] = useState<{ before: number; after: number } | null>(null);
  const { name, versions, live, moves } = detail;
  const compare = (after: number) => {
    const before = versionBefore(versions, after);
    setCompared(before === null ? null : { before, after });
  };
  return (
    <>
      <h3 className="jp-dataops-label">{texts.__('Live')}</h3>
      {acting.refusal ? (
        <RefusalNotice refusal={deployRefusal(acting.refusal, texts)} onDismiss={acting.forgive} />
      ) : null}
      {live.length === 0 ? (
        <p className="jp-dataops-faint">{texts.__('No version is live anywhere.')}</p>
      ) : (
        <LiveEnvironments
          detail={detail}
          environments={environments}
          client={client}
          host={host}
          acting={acting}
          onChange={onChange}
        />
      )}
      <h3 className="jp-dataops-label">{texts.__('Versions')}</h3>
      <Versions versions={versions} onCompare={compare} />
      {compared ? (
        <DiffView
          deployment={name}
          versions={versions.map(one => one.version)}
          {...compared}
          client={client}
          onChoose={setCompared}
          onClose={() => setCompared(null)}
        />
      ) : null}
      <h3 className="jp-dataops-label">{texts.__('History')}</h3>
      <Moves moves={moves} client={client} host={host} />
    </>
  );
}
