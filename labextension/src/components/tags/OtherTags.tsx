import type { JSX } from 'react';
import { type TagForm, withoutTag } from '../../model/tagForm';
import type { Texts } from '../../model/texts';

interface OtherTagsProps {
  readonly texts: Texts;
  readonly form: TagForm;
  readonly isReadOnly: boolean;
  readonly onForm: (form: TagForm) => void;
}

/** Tags that have no field: somebody else's, which stay as they are, and those of ours that say nothing as they stand. */
export function OtherTags({ texts, form, isReadOnly, onForm }: OtherTagsProps): JSX.Element | null {
  if (form.others.length === 0 && form.broken.length === 0) {
    return null;
  }
  return (
    <div className="jp-dataops-otherTags">
      <h3>{texts.__('Other tags')}</h3>
      <ul>
        {form.broken.map(({ text, problem }) => (
          <li key={text} className="jp-dataops-otherTag jp-mod-broken">
            <code>{text}</code>
            <span className="jp-dataops-tagField-problem">{problem ?? texts.__('A cell can only be one thing.')}</span>
            {!isReadOnly && (
              <button
                type="button"
                className="jp-dataops-tagLink"
                aria-label={texts.__('Remove %1', text)}
                onClick={() => onForm(withoutTag(form, text))}
              >
                {texts.__('Remove')}
              </button>
            )}
          </li>
        ))}
        {form.others.map(text => (
          <li key={text} className="jp-dataops-otherTag">
            <code>{text}</code>
          </li>
        ))}
      </ul>
    </div>
  );
}
