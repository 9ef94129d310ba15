import type { JSX } from 'react';
import { readForm, textOf, type Typed } from '../../model/parameters';
import { useSelected, useSession, useTexts } from '../context';
import { ParameterFields } from '../forms/ParameterFields';
import { formFields, shownRun } from '../sessionState';
import { Button } from '../ui/Button';

/** One field for each parameter of the notebook. What equals its default is not sent. */
export function ParameterForm(): JSX.Element {
  const texts = useTexts();
  const session = useSession();
  const fields = useSelected(formFields);
  const typed = useSelected(state => state.draft.typed);
  const run = useSelected(shownRun);
  const setTyped = (next: Typed) => session.type({ typed: next });
  const takeFromRun = () => {
    const known = fields.filter(field => run && Object.hasOwn(run.parameters, field.parameter.name));
    const entries = known.map(field => [field.parameter.name, textOf(field, run?.parameters[field.parameter.name])]);
    setTyped(Object.fromEntries(entries) as Record<string, string>);
  };
  return (
    <form className="jp-dataops-form" aria-label={texts.__('Parameters')} onSubmit={event => event.preventDefault()}>
      <ParameterFields fields={fields} typed={typed} reading={readForm(fields, typed)} onTyped={setTyped} />
      <div className="jp-dataops-actions">
        <Button
          look="quiet"
          icon="reset"
          label={texts.__('Reset all')}
          reason={Object.keys(typed).length === 0 ? texts.__('All have their defaults.') : null}
          onClick={() => setTyped({})}
        />
        {run && Object.keys(run.parameters).length > 0 ? (
          <Button look="quiet" icon="copy" label={texts.__('As in the shown run')} onClick={takeFromRun} />
        ) : null}
      </div>
    </form>
  );
}
