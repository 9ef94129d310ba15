import type { JSX } from 'react';
import { useTexts } from '../context';
import { CheckRow } from '../forms/FormRow';

interface TakeoverRowProps {
  readonly isChecked: boolean;
  readonly onChange: (isChecked: boolean) => void;
}

/** Whether a notebook takes the place of one at another place. */
export function TakeoverRow({ isChecked, onChange }: TakeoverRowProps): JSX.Element {
  const texts = useTexts();
  return (
    <CheckRow
      label={texts.__('Take over the deployment')}
      help={texts.__('It is the same notebook: its project has moved, or this is another checkout of it.')}
      isChecked={isChecked}
      onChange={onChange}
    />
  );
}
