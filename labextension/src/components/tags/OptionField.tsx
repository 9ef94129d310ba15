import type { JSX } from 'react';
import type { TagRow } from '../../api/wire.generated';
import { sentence } from '../../model/sentences';
import type { Field } from '../../model/tagGroups';
import type { Texts } from '../../model/texts';
import { usePlainId } from '../ui/usePlainId';

/** Ids of the lists of what may be meant, which are offered while typing. */
export interface Lists {
  readonly node: string;
  readonly variable: string;
}

interface OptionFieldProps {
  readonly texts: Texts;
  readonly row: TagRow;
  readonly field: Field;
  readonly values: readonly string[];
  readonly lists: Lists;
  readonly isReadOnly: boolean;
  /** What is wrong with the value at that place; empty: nothing. */
  readonly problemAt: (at: number) => string;
  readonly onValues: (values: readonly string[]) => void;
}

/** One option: what it is called, what it means, and what fits. */
export function OptionField(props: OptionFieldProps): JSX.Element {
  const { texts, row, field, values } = props;
  const id = usePlainId();
  const help = `${id}-help`;
  const shown = row.keep === 'one' || row.takes === null ? [values[0] ?? ''] : [...values, ''];
  return (
    <div className="jp-dataops-tagField" data-key={row.key}>
      <label htmlFor={`${id}-0`} title={row.takes === null ? row.key : `${row.key}:${row.example}`}>
        {labelOf(row, field, texts)}
      </label>
      <div className="jp-dataops-tagField-control">
        {shown.map((value, at) => (
          // Values have no name but their place.
          <OptionInput {...props} key={at} at={at} id={`${id}-${at}`} value={value} describedBy={help} />
        ))}
        <p className="jp-dataops-tagField-help" id={help}>
          {sentence(row.meaning)}
        </p>
      </div>
    </div>
  );
}

function labelOf(row: TagRow, field: Field, texts: Texts): string {
  return field.label === null ? row.key : texts.__(field.label);
}

interface OptionInputProps extends OptionFieldProps {
  readonly at: number;
  readonly id: string;
  readonly value: string;
  readonly describedBy: string;
}

function OptionInput(props: OptionInputProps): JSX.Element {
  const { texts, row, field, values, at, id, value, describedBy, isReadOnly, problemAt, onValues } = props;
  const problem = problemAt(at);
  const set = (text: string): void => onValues(withText(values, at, text, row.keep === 'one'));
  const common = {
    id,
    disabled: isReadOnly,
    'aria-describedby': problem ? `${id}-problem ${describedBy}` : describedBy,
    'aria-invalid': problem !== '',
    ...(at > 0 ? { 'aria-label': `${labelOf(row, field, texts)} ${at + 1}` } : {})
  };
  const className = problem ? 'jp-mod-styled jp-mod-error' : 'jp-mod-styled';
  return (
    <div className="jp-dataops-tagField-value">
      {field.input === 'flag' ? (
        <input
          {...common}
          type="checkbox"
          className="jp-mod-styled"
          checked={values.length > 0}
          onChange={event => onValues(event.target.checked ? [''] : [])}
        />
      ) : field.input === 'choice' ? (
        <select {...common} className={className} value={value} onChange={event => set(event.target.value)}>
          <option value="">{texts.__('Default')}</option>
          {[...new Set([...row.choices, ...(value ? [value] : [])])].map(choice => (
            <option key={choice}>{choice}</option>
          ))}
        </select>
      ) : field.input === 'long' ? (
        <textarea
          {...common}
          className={className}
          rows={2}
          value={value}
          onChange={event => set(event.target.value)}
        />
      ) : (
        <input
          {...common}
          type="text"
          className={className}
          spellCheck={false}
          autoComplete="off"
          inputMode={field.input === 'count' ? 'numeric' : field.input === 'number' ? 'decimal' : 'text'}
          placeholder={at === 0 ? field.placeholder : texts.__('Another one')}
          list={field.input === 'combo' ? `${id}-choices` : listFor(field, props.lists)}
          value={value}
          onChange={event => set(event.target.value)}
        />
      )}
      {field.input === 'combo' && (
        <datalist id={`${id}-choices`}>
          {row.choices.map(choice => (
            <option key={choice} value={choice} />
          ))}
        </datalist>
      )}
      {problem && (
        <p className="jp-dataops-tagField-problem" id={`${id}-problem`}>
          {problem}
        </p>
      )}
    </div>
  );
}

function listFor({ input }: Field, lists: Lists): string | undefined {
  return input === 'node' || input === 'variable' ? lists[input] : undefined;
}

function withText(values: readonly string[], at: number, text: string, isOne: boolean): string[] {
  const texts = isOne ? [text] : [...values.slice(0, at), text, ...values.slice(at + 1)];
  // An empty one in the middle stays while somebody is about to fill it; at the end it is the one that is offered anyway.
  while (texts.at(-1) === '') {
    texts.pop();
  }
  return texts;
}
