import { type JSX, useId } from 'react';
import { useSelected, useSession, useTexts } from '../context';
import { defaultsOf, jobsOf, shownGraph } from '../sessionState';

/** Which nodes, how many at once, and whether the first failure ends all. */
export function RunOptions(): JSX.Element {
  const texts = useTexts();
  const session = useSession();
  const id = useId();
  const draft = useSelected(state => state.draft);
  const graph = useSelected(shownGraph);
  const defaults = session.host.defaults?.();
  const isBadNumber = draft.jobs.trim() !== '' && jobsOf(draft) === null;
  return (
    <form className="jp-dataops-form" aria-label={texts.__('Options')} onSubmit={event => event.preventDefault()}>
      <div className="jp-dataops-field">
        <label htmlFor={`${id}-select`} className="jp-dataops-field-label">
          {texts.__('Nodes')}
        </label>
        <div className="jp-dataops-field-input">
          <input
            id={`${id}-select`}
            className="jp-dataops-input"
            list={`${id}-names`}
            spellCheck={false}
            autoComplete="off"
            placeholder={texts.__('all')}
            aria-describedby={`${id}-select-help`}
            value={draft.select}
            onChange={event => session.type({ select: event.target.value })}
          />
          <datalist id={`${id}-names`}>
            {graph.nodes.slice(0, 200).map(node => (
              <option key={node.name} value={node.name} />
            ))}
          </datalist>
        </div>
        <div id={`${id}-select-help`} className="jp-dataops-field-help">
          {texts.__('clean: that node alone; clean+: and all below; +clean: and all above; several with spaces.')}
        </div>
      </div>
      <div className="jp-dataops-field">
        <label htmlFor={`${id}-jobs`} className="jp-dataops-field-label">
          {texts.__('At once')}
        </label>
        <div className="jp-dataops-field-input">
          <input
            id={`${id}-jobs`}
            className="jp-dataops-input"
            inputMode="numeric"
            autoComplete="off"
            placeholder={defaults?.jobs ? String(defaults.jobs) : texts.__('as configured')}
            aria-invalid={isBadNumber}
            aria-describedby={isBadNumber ? `${id}-jobs-fault` : undefined}
            value={draft.jobs}
            onChange={event => session.type({ jobs: event.target.value })}
          />
        </div>
        {isBadNumber ? (
          <div id={`${id}-jobs-fault`} className="jp-dataops-field-fault">
            {texts.__('A whole number of at least 1 is needed.')}
          </div>
        ) : null}
      </div>
      <label className="jp-dataops-checkbox">
        <input
          type="checkbox"
          checked={defaultsOf(draft, session.host).failFast}
          onChange={({ target: { checked } }) =>
            session.type({ failFast: checked === (defaults?.failFast ?? false) ? null : checked })
          }
        />
        {texts.__('Stop at the first failure')}
      </label>
    </form>
  );
}
