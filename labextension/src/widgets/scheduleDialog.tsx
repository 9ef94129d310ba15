import { PathExt } from '@jupyterlab/coreutils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Client } from '../api/client';
import type { ScheduleKept, ScheduleView } from '../api/wire.generated';
import { ScheduleForm } from '../components/schedules/ScheduleForm';
import { browserZone } from '../model/moments';
import type { Field } from '../model/parameters';
import { addRequest, draftOf, editRequest, fieldsOf, newDraft, type ScheduleDraft } from '../model/scheduleForm';
import { submitForm } from './submitDialog';

export interface ScheduleDialogOptions {
  readonly client: Client;
  readonly trans: TranslationBundle;
  /** Parameters of the notebook, as far as it can be read. */
  readonly fields: readonly Field[];
  readonly environments: readonly string[];
}

/** A new schedule of the notebook at `path`, which is saved; `null`: the user thought better of it. */
export function askNewSchedule(
  options: ScheduleDialogOptions & { readonly path: string; readonly name: string }
): Promise<ScheduleKept | null> {
  const { client, trans, fields, path, name } = options;
  return submitForm<ScheduleDraft, ScheduleKept>({
    title: trans.__('Schedule %1', PathExt.basename(path)),
    action: trans.__('Schedule'),
    focus: 'select',
    submit: draft => client.call('add_schedule', addRequest(draft, fields, path)),
    render: (tell, refusal) => (
      <ScheduleForm
        {...options}
        texts={trans}
        initial={newDraft(name, browserZone())}
        isNew
        refusal={refusal}
        onDraft={tell}
      />
    )
  });
}

/** The schedule as it was changed, from now on; `null`: it was not. */
export function askScheduleChange(
  options: ScheduleDialogOptions & { readonly schedule: ScheduleView }
): Promise<ScheduleKept | null> {
  const { client, trans, schedule } = options;
  const fields = fieldsOf(options.fields, schedule.parameters);
  const initial = draftOf(schedule, fields);
  return submitForm<ScheduleDraft, ScheduleKept>({
    title: trans.__('Edit %1', schedule.name),
    action: trans.__('Save'),
    focus: 'select',
    submit: draft => client.call('edit_schedule', editRequest(draft, fields, schedule)),
    render: (tell, refusal) => (
      <ScheduleForm
        {...options}
        fields={fields}
        texts={trans}
        initial={initial}
        isNew={false}
        refusal={refusal}
        onDraft={tell}
      />
    )
  });
}
