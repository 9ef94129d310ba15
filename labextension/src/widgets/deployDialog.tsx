import { PathExt } from '@jupyterlab/coreutils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Client } from '../api/client';
import type { Deploying } from '../api/wire.generated';
import { DeployForm } from '../components/deployments/DeployForm';
import type { DeployDraft } from '../model/deployments';
import { type Field, readForm } from '../model/parameters';
import { submitForm } from './submitDialog';

export interface DeployDialogOptions {
  readonly client: Client;
  readonly trans: TranslationBundle;
  /** Of the notebook, which is saved. */
  readonly path: string;
  readonly initial: DeployDraft;
  readonly fields: readonly Field[];
  readonly environments: readonly string[];
}

/** A version of the notebook is live, or being tested; `null`: the user thought better of it. */
export function askDeployment(options: DeployDialogOptions): Promise<Deploying | null> {
  const { client, trans, path, initial, fields, environments } = options;
  return submitForm<DeployDraft, Deploying>({
    title: trans.__('Deploy %1', PathExt.basename(path)),
    action: trans.__('Deploy'),
    focus: 'input',
    submit: ({ environment, name, test, typed, takeover }) =>
      client.call('deploy', {
        path,
        environment: environment.trim(),
        name: name.trim(),
        test,
        parameters: test ? { ...readForm(fields, typed).values } : {},
        takeover
      }),
    render: (tell, refusal) => (
      <DeployForm
        texts={trans}
        initial={initial}
        fields={fields}
        environments={environments}
        refusal={refusal}
        onDraft={tell}
      />
    )
  });
}
