import { type JSX, useId } from 'react';
import type { Grammar } from '../../api/wire.generated';
import { sentence } from '../../model/sentences';
import { NO_ROLE, type TagForm, withRole } from '../../model/tagForm';
import type { Texts } from '../../model/texts';
import type { Lists } from './OptionField';

interface RoleFieldsProps {
  readonly texts: Texts;
  readonly grammar: Grammar;
  readonly form: TagForm;
  readonly lists: Lists;
  readonly isReadOnly: boolean;
  /** What is wrong with the role or its name; empty: nothing. */
  readonly problem: string;
  readonly onForm: (form: TagForm) => void;
}

/** What the cell is to the pipeline, and the name that goes with it. */
export function RoleFields({ texts, grammar, form, lists, isReadOnly, problem, onForm }: RoleFieldsProps): JSX.Element {
  const id = useId();
  const rows = grammar.rows.filter(row => row.role !== null);
  const row = rows.find(({ key }) => key === form.role);
  const words: Readonly<Record<string, string>> = {
    node: texts.__('Part of a node'),
    check: texts.__('Check of a node'),
    setup: texts.__('Setup'),
    parameters: texts.__('Parameters'),
    skip: texts.__('Not in the pipeline')
  };
  const order = ['node', 'check', 'setup', 'parameters', 'skip'];
  const sorted = [...rows].sort((one, other) => order.indexOf(one.key) - order.indexOf(other.key));
  return (
    <div className="jp-dataops-tagRole">
      <div className="jp-dataops-tagField">
        <label htmlFor={`${id}-role`}>{texts.__('This cell is')}</label>
        <div className="jp-dataops-tagField-control">
          <select
            id={`${id}-role`}
            className="jp-mod-styled"
            disabled={isReadOnly}
            value={form.role}
            aria-describedby={`${id}-meaning`}
            onChange={event => onForm(withRole(form, event.target.value, grammar))}
          >
            <option value={NO_ROLE}>{texts.__('Part of the block above')}</option>
            {sorted.map(({ key }) => (
              <option key={key} value={key}>
                {words[key] ?? key}
              </option>
            ))}
          </select>
          <p className="jp-dataops-tagField-help" id={`${id}-meaning`}>
            {row === undefined ? texts.__('Goes on with what the code above it belongs to.') : sentence(row.meaning)}
          </p>
        </div>
      </div>
      {row !== undefined && row.takes !== null && (
        <div className="jp-dataops-tagField" data-key={row.key}>
          <label htmlFor={`${id}-name`}>{row.key === 'check' ? texts.__('Node and check') : texts.__('Name')}</label>
          <div className="jp-dataops-tagField-control">
            <input
              id={`${id}-name`}
              type="text"
              className={problem ? 'jp-mod-styled jp-mod-error' : 'jp-mod-styled'}
              disabled={isReadOnly}
              spellCheck={false}
              autoComplete="off"
              list={lists.node}
              placeholder={row.example}
              value={form.name}
              aria-invalid={problem !== ''}
              aria-describedby={`${id}-takes`}
              onChange={event => onForm({ ...form, name: event.target.value })}
            />
            <p className={problem ? 'jp-dataops-tagField-problem' : 'jp-dataops-tagField-help'} id={`${id}-takes`}>
              {problem || texts.__('Takes %1.', row.takes)}
            </p>
          </div>
        </div>
      )}
    </div>
  );
}
