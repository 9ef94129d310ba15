import type { JSX } from 'react';
import { FormRow } from './FormRow';

interface TextFieldProps {
  readonly label: string;
  /** What is wrong, and what would be right; empty: nothing is. */
  readonly fault?: string;
  readonly help?: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Offered while one types; anything else may be written, too. */
  readonly choices?: readonly string[];
  /** Code rather than prose. */
  readonly isCode?: boolean;
  /** A word or number is all that is typed. */
  readonly isShort?: boolean;
}

/** One line of a form with a text to type. */
export function TextField(props: TextFieldProps): JSX.Element {
  const { label, fault = '', help = '', value, onChange, choices = [], isCode = false, isShort = false } = props;
  return (
    <FormRow label={label} fault={fault} help={help}>
      {attributes => {
        const list = `${attributes.id}-choices`;
        return (
          <>
            <input
              {...attributes}
              type="text"
              list={choices.length > 0 ? list : undefined}
              data-code={isCode || undefined}
              data-short={isShort || undefined}
              spellCheck={false}
              autoComplete="off"
              value={value}
              onChange={event => onChange(event.target.value)}
            />
            {choices.length > 0 ? (
              <datalist id={list}>
                {choices.map(choice => (
                  <option key={choice} value={choice} />
                ))}
              </datalist>
            ) : null}
          </>
        );
      }}
    </FormRow>
  );
}
