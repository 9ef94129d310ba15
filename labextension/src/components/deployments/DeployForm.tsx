import { type JSX, useEffect, useState } from 'react';
import type { Refusal } from '../../api/wire.generated';
import { type DeployDraft, deployRefusal, isOfAnother } from '../../model/deployments';
import { type Field, readForm } from '../../model/parameters';
import type { Texts } from '../../model/texts';
import { TextsProvider } from '../context';
import { CheckRow } from '../forms/FormRow';
import { ParameterGroup } from '../forms/ParameterFields';
import { TextField } from '../forms/TextField';
import { Marked } from '../ui/Marked';
import { Notice } from '../ui/Notice';
import { TakeoverRow } from './TakeoverRow';

export interface DeployFormProps {
  readonly texts: Texts;
  readonly initial: DeployDraft;
  readonly fields: readonly Field[];
  /** Names to choose from; any other may be written, too. */
  readonly environments: readonly string[];
  /** Why the server has not taken what the form said. */
  readonly refusal: Refusal | null;
  readonly onDraft: (draft: DeployDraft | null) => void;
}

/** Where to deploy, and whether the version is tried first. */
export function DeployForm({ texts, initial, fields, environments, refusal, onDraft }: DeployFormProps): JSX.Element {
  const [draft, setDraft] = useState(initial);
  const change = (part: Partial<DeployDraft>) => setDraft(before => ({ ...before, ...part }));
  const reading = readForm(fields, draft.typed);
  const isGood = draft.environment.trim() !== '' && draft.name.trim() !== '' && reading.faults.size === 0;
  useEffect(() => onDraft(isGood ? draft : null), [isGood, draft, onDraft]);
  const needed = texts.__('Something is needed here.');
  return (
    <TextsProvider texts={texts}>
      <div className="jp-dataops-view jp-dataops-formView">
        {refusal ? <Refused refusal={deployRefusal(refusal, texts)} /> : null}
        <TextField
          label={texts.__('Environment')}
          fault={draft.environment.trim() === '' ? needed : ''}
          help={texts.__('The version is live there, in place of the one that is now.')}
          value={draft.environment}
          choices={environments}
          onChange={environment => change({ environment, takeover: false })}
        />
        <TextField
          label={texts.__('Name')}
          fault={draft.name.trim() === '' ? needed : ''}
          value={draft.name}
          onChange={name => change({ name, takeover: false })}
        />
        {isOfAnother(refusal) || draft.takeover ? (
          <TakeoverRow isChecked={draft.takeover} onChange={takeover => change({ takeover })} />
        ) : null}
        <CheckRow
          label={texts.__('Test it first')}
          help={texts.__('The version runs, and is live only if that succeeds.')}
          isChecked={draft.test}
          onChange={test => change({ test })}
        />
        {draft.test && fields.length > 0 ? (
          <div className="jp-dataops-formFold">
            <p className="jp-dataops-label">{texts.__('Parameters of the test')}</p>
            <ParameterGroup
              label={texts.__('Parameters of the test')}
              fields={fields}
              typed={draft.typed}
              reading={reading}
              onTyped={typed => change({ typed })}
            />
          </div>
        ) : null}
      </div>
    </TextsProvider>
  );
}

/** A refusal by the policy has many lines, one for each rule that is broken. */
function Refused({ refusal }: { refusal: Refusal }): JSX.Element {
  return (
    <Notice kind="error" title={<Marked text={refusal.message} />}>
      <div className="jp-dataops-versionDiff-refusal">{refusal.where}</div>
      <div className="jp-dataops-notice-hint">
        <Marked text={refusal.hint} />
      </div>
    </Notice>
  );
}
