import { type JSX, useEffect, useState } from 'react';
import type { Client } from '../../api/client';
import type { Refusal } from '../../api/wire.generated';
import { knownZones } from '../../model/moments';
import type { Field } from '../../model/parameters';
import {
  faultsOf,
  fieldOfRefusal,
  readParameters,
  type ScheduleDraft,
  type ScheduleField
} from '../../model/scheduleForm';
import { windowOf } from '../../model/schedulePolicy';
import { sentences } from '../../model/sentences';
import type { Texts } from '../../model/texts';
import { triggerOf } from '../../model/triggers';
import { TextsProvider } from '../context';
import { FormFold } from '../forms/FormFold';
import { CheckRow } from '../forms/FormRow';
import { ParameterGroup } from '../forms/ParameterFields';
import { TextField } from '../forms/TextField';
import { RefusalNotice } from '../ui/Notice';
import { useMinute } from '../useMinute';
import { LimitFields } from './LimitFields';
import { MoreFields } from './MoreFields';
import { ReadingBox, useReading } from './TriggerReading';
import { WhenField } from './WhenField';
import { draftFaultText } from './words';

export interface ScheduleFormProps {
  readonly client: Client;
  readonly texts: Texts;
  readonly initial: ScheduleDraft;
  /** Parameters of the notebook. */
  readonly fields: readonly Field[];
  /** Names to choose from; any other may be written, too. */
  readonly environments: readonly string[];
  readonly isNew: boolean;
  /** Why the server has not taken what the form said. */
  readonly refusal: Refusal | null;
  /** What the form says now; `null`: nothing that could be taken. */
  readonly onDraft: (draft: ScheduleDraft | null) => void;
}

/** A schedule as a form: what is typed is read by Python at once, and shown in plain words with the next fires. */
export function ScheduleForm(props: ScheduleFormProps): JSX.Element {
  return (
    <TextsProvider texts={props.texts}>
      <div className="jp-dataops-view jp-dataops-formView">
        <Rows {...props} />
      </div>
    </TextsProvider>
  );
}

function Rows(props: ScheduleFormProps): JSX.Element {
  const { client, texts, fields, refusal, isNew, onDraft } = props;
  const [draft, setDraft] = useState(props.initial);
  const [refused, setRefused] = useState<{ refusal: Refusal | null; draft: ScheduleDraft }>({ refusal, draft });
  if (refused.refusal !== refusal) {
    setRefused({ refusal, draft });
  }
  const change = (part: Partial<ScheduleDraft>) => setDraft(before => ({ ...before, ...part }));
  const window = windowOf(draft, draft.zone, useMinute());
  const read = useReading(client, triggerOf(draft.when), draft.zone, window.after);
  const faults = faultsOf(draft, fields);
  const isGood = faults.size === 0 && read.isCurrent && read.problem === '';
  useEffect(() => onDraft(isGood ? draft : null), [isGood, draft, onDraft]);
  // Said of what was sent: once something is changed, it may be right.
  const shown = refusal !== null && refused.draft === draft ? refusal : null;
  const field = shown && fieldOfRefusal(shown);
  const faultAt = (name: ScheduleField): string =>
    draftFaultText(faults.get(name), texts) || (shown && field === name ? sentences(shown.message, shown.hint) : '');
  const parameters = readParameters(fields, draft.typed);
  const set = Object.keys(parameters.values).length + parameters.faults.size;
  return (
    <>
      {shown && field === null ? <RefusalNotice refusal={shown} /> : null}
      <TextField
        label={texts.__('Name')}
        fault={faultAt('name')}
        value={draft.name}
        onChange={name => change({ name })}
      />
      <WhenField
        when={draft.when}
        fault={faultAt('when') || (read.isZoneBad ? '' : read.problem)}
        onWhen={when => change({ when })}
      />
      <TextField
        label={texts.__('Time zone')}
        fault={faultAt('zone') || (read.isZoneBad ? read.problem : '')}
        value={draft.zone}
        choices={knownZones()}
        onChange={zone => change({ zone })}
      />
      <ReadingBox read={read} before={window.before} />
      {fields.length > 0 ? (
        <FormFold
          title={texts.__('Parameters')}
          summary={set === 0 ? texts.__('all have their defaults') : texts._n('%1 is set', '%1 are set', set)}
          isBad={faults.has('parameters') || field === 'parameters'}
          isOpen={set > 0}
        >
          <ParameterGroup
            label={texts.__('Parameters')}
            fields={fields}
            typed={draft.typed}
            reading={parameters}
            onTyped={typed => change({ typed })}
          />
          <p className="jp-dataops-field-help">
            {texts.__(
              'Filled in at each fire: %1, %2 and %3.',
              '{{ fire_time }}',
              '{{ previous_success }}',
              '{{ run_id }}'
            )}
          </p>
          {field === 'parameters' ? <p className="jp-dataops-field-fault">{faultAt('parameters')}</p> : null}
        </FormFold>
      ) : null}
      <EnvironmentFields {...props} draft={draft} fault={faultAt('environment')} onChange={change} />
      <LimitFields draft={draft} faultAt={faultAt} onChange={change} />
      <MoreFields draft={draft} faultAt={faultAt} isNew={isNew} onChange={change} />
    </>
  );
}

interface EnvironmentFieldsProps extends ScheduleFormProps {
  readonly draft: ScheduleDraft;
  readonly fault: string;
  readonly onChange: (part: Partial<ScheduleDraft>) => void;
}

/** Where it runs, and whether what was deployed there does. */
function EnvironmentFields({ texts, environments, draft, fault, onChange }: EnvironmentFieldsProps): JSX.Element {
  return (
    <FormFold
      title={texts.__('Environment')}
      summary={draft.environment || texts.__('none: the notebook as it is')}
      isBad={fault !== ''}
      isOpen={draft.environment !== '' || draft.deployed}
    >
      <TextField
        label={texts.__('Environment')}
        fault={fault}
        help={texts.__('Whose settings a run has; may be empty.')}
        value={draft.environment}
        choices={environments}
        onChange={environment => onChange({ environment })}
      />
      <CheckRow
        label={texts.__('Run the deployed version')}
        help={texts.__('The version that is live there at each fire, and not the notebook as it is.')}
        isChecked={draft.deployed}
        onChange={deployed => onChange({ deployed })}
      />
    </FormFold>
  );
}
