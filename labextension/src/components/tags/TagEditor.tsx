import { type JSX, useEffect, useState } from 'react';
import type { Grammar, TagView } from '../../api/wire.generated';
import { sentences } from '../../model/sentences';
import { formOf, isFitting, problemAt, withValues } from '../../model/tagForm';
import { type Field, fieldOf, GROUPS } from '../../model/tagGroups';
import type { Texts } from '../../model/texts';
import { OptionField } from './OptionField';
import { OptionGroup } from './OptionGroup';
import { OtherTags } from './OtherTags';
import { RoleFields } from './RoleFields';
import { usePlainId } from '../ui/usePlainId';
import { type Spell, useSpelling } from './useSpelling';

/** What may be meant, offered while typing. */
export interface Suggestions {
  readonly nodes: readonly string[];
  readonly variables: readonly string[];
}

interface TagEditorProps {
  readonly texts: Texts;
  readonly grammar: Grammar;
  /** Of the cell, taken apart; what comes later is not taken up. */
  readonly tags: readonly TagView[];
  readonly suggestions: Suggestions;
  readonly isReadOnly: boolean;
  readonly spell: Spell;
  /** The tags that the form makes now; `null`: not known, or something is wrong. Called after each change. */
  readonly onTags: (tags: readonly string[] | null) => void;
}

/** Everything that tags can say of one cell, as a form with help. */
export function TagEditor(props: TagEditorProps): JSX.Element {
  const { texts, grammar, suggestions, isReadOnly, spell, onTags } = props;
  const id = usePlainId();
  const lists = { node: `${id}-nodes`, variable: `${id}-variables` };
  const [form, setForm] = useState(() => formOf(props.tags, grammar));
  const { tags, problems, places, failure } = useSpelling(form, grammar, spell);
  useEffect(() => {
    // Also where another form makes the same tags: who listens may have forgotten them when it was changed.
    onTags(tags);
  }, [tags, form, onTags]);

  const told = (key: string, at: number): string => {
    const problem = problemAt(problems, places, key, at);
    return problem === null ? '' : sentences(problem.message, problem.hint);
  };
  const fields = grammar.rows
    .filter(row => row.role === null && (isFitting(row.key, form.role) || form.values.has(row.key)))
    .map(row => ({ row, field: fieldOf(row) }));
  return (
    <div className="jp-dataops-tagEditor">
      <datalist id={lists.node}>
        {suggestions.nodes.map(name => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <datalist id={lists.variable}>
        {suggestions.variables.map(name => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <RoleFields
        texts={texts}
        grammar={grammar}
        form={form}
        lists={lists}
        isReadOnly={isReadOnly}
        problem={told(form.role, 0)}
        onForm={setForm}
      />
      {GROUPS.map(({ name, title }) => {
        const here = fields.filter(({ field }) => field.group === name);
        const count = here.filter(({ row }) => form.values.has(row.key)).length;
        const wrong = problems.filter(({ index }) => here.some(({ row }) => row.key === places[index]?.key)).length;
        return here.length === 0 ? null : (
          <OptionGroup
            key={name}
            title={texts.__(title)}
            count={count}
            counted={texts._n('%1 option given', '%1 options given', count, count)}
            problem={wrong > 0 ? texts._n('%1 problem', '%1 problems', wrong, wrong) : ''}
            isOpen={count > 0}
          >
            {here.map(({ row, field }: { row: (typeof grammar.rows)[number]; field: Field }) => (
              <OptionField
                key={row.key}
                texts={texts}
                row={row}
                field={field}
                values={form.values.get(row.key) ?? []}
                lists={lists}
                isReadOnly={isReadOnly}
                problemAt={at => told(row.key, at)}
                onValues={values => setForm(withValues(form, row.key, values))}
              />
            ))}
          </OptionGroup>
        );
      })}
      <OtherTags texts={texts} form={form} isReadOnly={isReadOnly} onForm={setForm} />
      {failure && (
        <p className="jp-dataops-tagField-problem" role="alert">
          {failure}
        </p>
      )}
    </div>
  );
}
