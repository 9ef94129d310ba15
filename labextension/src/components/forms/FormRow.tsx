import { type JSX, type ReactNode, useId } from 'react';
import { Marked } from '../ui/Marked';
import { usePlainId } from '../ui/usePlainId';

/** What makes an input the one of its row. */
export interface InputAttributes {
  readonly id: string;
  readonly className: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': boolean;
}

interface FormRowProps {
  readonly label: string;
  /** What is wrong, and what would be right; empty: nothing is. */
  readonly fault?: string;
  readonly help?: string;
  readonly children: (attributes: InputAttributes) => ReactNode;
  /** Below the input, in its column. */
  readonly more?: ReactNode;
}

/** One line of a form: its label, its input, and below it what is wrong with it, or what it means. */
export function FormRow({ label, fault = '', help = '', children, more }: FormRowProps): JSX.Element {
  const id = usePlainId();
  const attributes: InputAttributes = {
    id,
    className: 'jp-dataops-input',
    'aria-describedby': fault || help ? `${id}-about` : undefined,
    'aria-invalid': fault !== ''
  };
  return (
    <div className="jp-dataops-formRow">
      <label htmlFor={id}>{label}</label>
      <div className="jp-dataops-formRow-control">
        <div className="jp-dataops-formRow-inputs">{children(attributes)}</div>
        {fault || help ? (
          <div id={`${id}-about`} className={fault ? 'jp-dataops-field-fault' : 'jp-dataops-field-help'}>
            <Marked text={fault || help} />
          </div>
        ) : null}
        {more}
      </div>
    </div>
  );
}

interface CheckRowProps {
  readonly label: string;
  readonly help?: string;
  readonly isChecked: boolean;
  readonly onChange: (isChecked: boolean) => void;
}

/** A line with a box to tick. */
export function CheckRow({ label, help = '', isChecked, onChange }: CheckRowProps): JSX.Element {
  const id = useId();
  return (
    <div className="jp-dataops-formRow">
      <div className="jp-dataops-formRow-control" data-alone>
        <label className="jp-dataops-checkbox">
          <input
            type="checkbox"
            checked={isChecked}
            aria-describedby={help ? `${id}-help` : undefined}
            onChange={event => onChange(event.target.checked)}
          />
          {label}
        </label>
        {help ? (
          <div id={`${id}-help`} className="jp-dataops-field-help">
            {help}
          </div>
        ) : null}
      </div>
    </div>
  );
}
