import type { TranslationBundle } from '@jupyterlab/translation';
import type { Grammar, TagView } from '../api/wire.generated';
import { type Suggestions, TagEditor } from '../components/tags/TagEditor';
import type { Spell } from '../components/tags/useSpelling';
import { askForm } from './formDialog';

/** What the form of tags needs. */
export interface TagDialogOptions {
  trans: TranslationBundle;
  grammar: Grammar;
  tags: readonly TagView[];
  suggestions: Suggestions;
  spell: Spell;
}

/** Resolves to the tags that a cell should have; `null`: as they are. */
export function askTags({ trans, ...rest }: TagDialogOptions): Promise<readonly string[] | null> {
  return askForm<readonly string[]>({
    title: trans.__('Data pipeline: tags of this cell'),
    action: trans.__('Apply'),
    focus: 'select',
    initial: null,
    render: tell => <TagEditor {...rest} texts={trans} isReadOnly={false} onTags={tell} />
  });
}
