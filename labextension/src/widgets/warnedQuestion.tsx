import type { JSX } from 'react';
import { TextsProvider } from '../components/context';
import { Marked } from '../components/ui/Marked';
import { Notice } from '../components/ui/Notice';
import type { Texts } from '../model/texts';

/** The body of a question that something speaks against. */
export function warnedQuestion(text: string, warning: string, texts: Texts): JSX.Element {
  return (
    <TextsProvider texts={texts}>
      <div className="jp-dataops-view jp-dataops-formView jp-dataops-question">
        <p>{text}</p>
        <Notice kind="warning" title={<Marked text={warning} />} />
      </div>
    </TextsProvider>
  );
}
