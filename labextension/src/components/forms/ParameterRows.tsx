import type { JSX } from 'react';
import { type Field, initialText, type Reading, type Typed } from '../../model/parameters';
import { ParameterField } from '../controls/ParameterForm';

interface ParameterRowsProps {
  readonly label: string;
  readonly fields: readonly Field[];
  readonly typed: Typed;
  readonly reading: Reading;
  readonly onTyped: (typed: Typed) => void;
}

/** One field for each parameter, outside of a session. */
export function ParameterRows({ label, fields, typed, reading, onTyped }: ParameterRowsProps): JSX.Element {
  const set = (name: string, text: string | null) => {
    const rest = Object.fromEntries(Object.entries(typed).filter(([known]) => known !== name));
    onTyped(text === null ? rest : { ...rest, [name]: text });
  };
  return (
    <div className="jp-dataops-form" role="group" aria-label={label}>
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
    </div>
  );
}
