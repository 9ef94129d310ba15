import { type JSX, useId } from 'react';
import { type Fault, type Field, initialText, type Parsed, type Reading, type Typed } from '../../model/parameters';
import { useTexts } from '../context';
import { faultText } from '../controls/words';
import { Button } from '../ui/Button';

interface ParameterFieldsProps {
  readonly fields: readonly Field[];
  /** What was typed, by the names of parameters; the others have their defaults. */
  readonly typed: Typed;
  readonly reading: Reading;
  readonly onTyped: (typed: Typed) => void;
}

/** One field for each parameter. */
export function ParameterFields({ fields, typed, reading, onTyped }: ParameterFieldsProps): JSX.Element {
  const set = (name: string, text: string | null) => {
    const rest = Object.fromEntries(Object.entries(typed).filter(([known]) => known !== name));
    onTyped(text === null ? rest : { ...rest, [name]: text });
  };
  return (
    <>
      {fields.map(field => {
        const { name } = field.parameter;
        const text = typed[name] ?? initialText(field);
        return (
          <ParameterField
            key={name}
            field={field}
            text={text}
            isSet={text !== initialText(field)}
            fault={reading.faults.get(name) ?? null}
            set={set}
          />
        );
      })}
    </>
  );
}

/** The same within a form that has more to it. */
export function ParameterGroup({ label, ...fields }: ParameterFieldsProps & { readonly label: string }): JSX.Element {
  return (
    <div className="jp-dataops-form" role="group" aria-label={label}>
      <ParameterFields {...fields} />
    </div>
  );
}

interface ParameterFieldProps {
  readonly field: Field;
  readonly text: string;
  readonly isSet: boolean;
  readonly fault: (Parsed & { fault: Fault }) | null;
  readonly set: (name: string, text: string | null) => void;
}

function ParameterField({ field, text, isSet, fault, set }: ParameterFieldProps): JSX.Element {
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
}

function normalTruth(text: string): string {
  const lower = text.trim().toLowerCase();
  return lower === 'true' ? 'True' : lower === 'false' ? 'False' : 'None';
}
