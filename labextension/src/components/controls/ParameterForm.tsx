import { type JSX, memo, useId } from 'react';
import { type Field, initialText, type Parsed, type Fault, readForm, textOf } from '../../model/parameters';
import { useSelected, useSession, useTexts } from '../context';
import { formFields, shownRun } from '../sessionState';
import { Button } from '../ui/Button';
import { faultText } from './words';

/** One field for each parameter of the notebook. What equals its default is not sent. */
export function ParameterForm(): JSX.Element {
  const texts = useTexts();
  const session = useSession();
  const fields = useSelected(formFields);
  const typed = useSelected(state => state.draft.typed);
  const run = useSelected(shownRun);
  const { faults } = readForm(fields, typed);
  const set = (name: string, text: string | null) => {
    const next = { ...session.state.draft.typed };
    if (text === null) {
      delete next[name];
    } else {
      next[name] = text;
    }
    session.type({ typed: next });
  };
  const takeFromRun = () => {
    const known = fields.filter(field => run && Object.hasOwn(run.parameters, field.parameter.name));
    const entries = known.map(field => [field.parameter.name, textOf(field, run?.parameters[field.parameter.name])]);
    session.type({ typed: Object.fromEntries(entries) as Record<string, string> });
  };
  return (
    <form className="jp-dataops-form" aria-label={texts.__('Parameters')} onSubmit={event => event.preventDefault()}>
      {fields.map(field => {
        const { name } = field.parameter;
        const text = typed[name] ?? initialText(field);
        return (
          <ParameterField
            key={name}
            field={field}
            text={text}
            isSet={text !== initialText(field)}
            fault={faults.get(name) ?? null}
            set={set}
          />
        );
      })}
      <div className="jp-dataops-actions">
        <Button
          look="quiet"
          icon="reset"
          label={texts.__('Reset all')}
          reason={Object.keys(typed).length === 0 ? texts.__('All have their defaults.') : null}
          onClick={() => session.type({ typed: {} })}
        />
        {run && Object.keys(run.parameters).length > 0 ? (
          <Button look="quiet" icon="copy" label={texts.__('As in the shown run')} onClick={takeFromRun} />
        ) : null}
      </div>
    </form>
  );
}

interface ParameterFieldProps {
  readonly field: Field;
  readonly text: string;
  readonly isSet: boolean;
  readonly fault: (Parsed & { fault: Fault }) | null;
  readonly set: (name: string, text: string | null) => void;
}

export const ParameterField = memo(function ParameterField({ field, text, isSet, fault, set }: ParameterFieldProps) {
  const texts = useTexts();
  const id = useId();
  const { parameter, kind } = field;
  const described = [fault ? `${id}-fault` : '', `${id}-default`, parameter.help ? `${id}-help` : ''];
  const attributes = {
    id,
    'aria-describedby': described.filter(Boolean).join(' '),
    'aria-invalid': fault !== null,
    className: 'jp-dataops-input'
  };
  return (
    <div className="jp-dataops-field" data-set={isSet || undefined}>
      <label htmlFor={id} className="jp-dataops-field-label">
        {parameter.name}
        <span className="jp-dataops-field-type">{parameter.type ?? (kind === 'any' ? '' : kind)}</span>
      </label>
      <div className="jp-dataops-field-input">
        {kind === 'bool' ? (
          <select {...attributes} value={normalTruth(text)} onChange={event => set(parameter.name, event.target.value)}>
            {field.isOptional ? <option>None</option> : null}
            <option>True</option>
            <option>False</option>
          </select>
        ) : (
          <input
            {...attributes}
            type="text"
            inputMode={kind === 'int' ? 'numeric' : kind === 'float' ? 'decimal' : 'text'}
            spellCheck={false}
            autoComplete="off"
            value={text}
            placeholder={parameter.is_literal ? undefined : parameter.default}
            onChange={event => set(parameter.name, event.target.value)}
          />
        )}
        {isSet ? (
          <Button
            look="quiet"
            icon="reset"
            isIconOnly
            label={texts.__('Reset %1 to its default', parameter.name)}
            onClick={() => set(parameter.name, null)}
          />
        ) : null}
      </div>
      {fault ? (
        <div id={`${id}-fault`} className="jp-dataops-field-fault">
          {faultText(fault.fault, 'at' in fault ? fault.at : undefined, texts)}
        </div>
      ) : null}
      {parameter.help ? (
        <div id={`${id}-help`} className="jp-dataops-field-help">
          {parameter.help}
        </div>
      ) : null}
      <div id={`${id}-default`} className={isSet ? 'jp-dataops-field-help' : 'jp-dataops-hidden'}>
        {texts.__('Default: %1', parameter.default)}
      </div>
    </div>
  );
});

function normalTruth(text: string): string {
  const lower = text.trim().toLowerCase();
  return lower === 'true' ? 'True' : lower === 'false' ? 'False' : 'None';
}
