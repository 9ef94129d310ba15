import type { TranslationBundle } from '@jupyterlab/translation';
import { type JSX, useEffect, useId, useMemo, useState } from 'react';
import type { Grammar } from '../api/wire.generated';
import { type Spell, useSpelling } from '../components/tags/useSpelling';
import { sentences } from '../model/sentences';
import { EMPTY_FORM } from '../model/tagForm';
import { askForm } from './formDialog';

interface NameDialogOptions {
  trans: TranslationBundle;
  grammar: Grammar;
  /** Nodes that there are: their names may be taken again, to go on with them. */
  nodes: readonly string[];
  spell: Spell;
}

/** Resolves to the name of a node, which is a valid one; `null`: none. */
export function askNodeName(options: NameDialogOptions): Promise<string | null> {
  const { trans } = options;
  return askForm<string>({
    title: trans.__('Start a node here'),
    action: trans.__('Start node'),
    focus: 'input',
    initial: null,
    render: tell => <NameField {...options} onName={tell} />
  });
}

interface NameFieldProps extends NameDialogOptions {
  readonly onName: (name: string | null) => void;
}

function NameField({ trans, grammar, nodes, spell, onName }: NameFieldProps): JSX.Element {
  const [name, setName] = useState('');
  const id = useId();
  const form = useMemo(() => ({ ...EMPTY_FORM, role: 'node', name }), [name]);
  const { tags, problems, failure } = useSpelling(form, grammar, spell);
  useEffect(() => {
    onName(tags === null ? null : name.trim());
  }, [tags, name, onName]);
  const [problem] = problems;
  const told = name.trim() === '' ? '' : failure || (problem ? sentences(problem.message, problem.hint) : '');
  const help = nodes.includes(name.trim())
    ? trans.__('The cells join the node %1.', name.trim())
    : trans.__('Code below belongs to it, up to where the next node starts.');
  return (
    <div className="jp-dataops-tagField">
      <label htmlFor={id}>{trans.__('Name')}</label>
      <div className="jp-dataops-tagField-control">
        <input
          id={id}
          type="text"
          className={told ? 'jp-mod-styled jp-mod-error' : 'jp-mod-styled'}
          spellCheck={false}
          autoComplete="off"
          list={`${id}-nodes`}
          value={name}
          aria-invalid={told !== ''}
          aria-describedby={`${id}-help`}
          onChange={event => setName(event.target.value)}
        />
        <datalist id={`${id}-nodes`}>
          {nodes.map(node => (
            <option key={node} value={node} />
          ))}
        </datalist>
        <p id={`${id}-help`} className={told ? 'jp-dataops-tagField-problem' : 'jp-dataops-tagField-help'}>
          {told || help}
        </p>
      </div>
    </div>
  );
}
