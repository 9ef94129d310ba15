import { type JSX, type ReactNode, useEffect, useId, useRef } from 'react';
import type { Client } from '../../api/client';
import type { CellDiff, FileDiff, ValueDiff, VersionDiffView } from '../../api/wire.generated';
import type { Texts } from '../../model/texts';
import { useTexts } from '../context';
import { Button } from '../ui/Button';
import { Waiting } from '../ui/Waiting';
import { useCall } from '../useCall';

interface DiffViewProps {
  readonly deployment: string;
  readonly versions: readonly number[];
  readonly before: number;
  readonly after: number;
  readonly client: Client;
  readonly onChoose: (compared: { before: number; after: number }) => void;
  readonly onClose: () => void;
}

/** What differs between two versions: cells, files, packages, settings and schedules. */
export function DiffView({
  deployment,
  versions,
  before,
  after,
  client,
  onChoose,
  onClose
}: DiffViewProps): JSX.Element {
  const texts = useTexts();
  const id = useId();
  const root = useRef<HTMLElement>(null);
  const request = { deployment, before: String(before), after: String(after) };
  const answer = useCall(client, 'diff_versions', request);
  useEffect(() => root.current?.querySelector('select')?.focus(), []);
  const choice = (key: 'before' | 'after', label: string, value: number) => (
    <select
      className="jp-dataops-input"
      aria-label={label}
      value={value}
      onChange={event => onChoose({ before, after, [key]: Number(event.target.value) })}
    >
      {versions.map(version => (
        <option key={version} value={version}>
          @{version}
        </option>
      ))}
    </select>
  );
  return (
    <section
      ref={root}
      className="jp-dataops-versionDiff"
      aria-labelledby={id}
      onKeyDown={event => {
        if (event.key === 'Escape') {
          event.stopPropagation();
          onClose();
        }
      }}
    >
      <div className="jp-dataops-versionDiff-head">
        <span id={id}>{texts.__('Changes')}</span>
        {choice('before', texts.__('From version'), before)}
        <span aria-hidden="true">→</span>
        {choice('after', texts.__('To version'), after)}
        <span className="jp-dataops-bar-end">
          <Button look="quiet" icon="close" isIconOnly label={texts.__('Close changes')} onClick={onClose} />
        </span>
      </div>
      <Waiting answer={answer}>{diff => <Differences diff={diff} />}</Waiting>
    </section>
  );
}

function Differences({ diff }: { diff: VersionDiffView }): JSX.Element {
  const texts = useTexts();
  if (diff.is_same) {
    return <p className="jp-dataops-faint">{texts.__('Nothing differs.')}</p>;
  }
  return (
    <>
      {diff.cells.map(cell => (
        <Change key={`${cell.notebook} ${cell.change} ${cell.index}`} title={cellTitle(cell, texts)} word={cell.change}>
          <Lines lines={[...tagLines(cell), ...cell.lines]} />
        </Change>
      ))}
      {diff.files.map(({ path, change, lines }: FileDiff) => (
        <Change key={path} title={path} word={change}>
          <Lines lines={lines} />
        </Change>
      ))}
      <Values title={texts.__('Packages')} values={diff.packages} />
      <Values title={texts.__('Settings')} values={diff.settings} />
      <Values title={texts.__('Schedules')} values={diff.schedules} />
    </>
  );
}

function cellTitle({ node, index }: CellDiff, texts: Texts): string {
  const cell = texts.__('cell %1', index + 1);
  return node === null ? cell : `${node} · ${cell}`;
}

function tagLines({ tags_before, tags_after }: CellDiff): string[] {
  const [before, after] = [tags_before.join(' '), tags_after.join(' ')];
  return before === after ? [] : [before && `-# ${before}`, after && `+# ${after}`].filter(Boolean);
}

function Change({
  title,
  word,
  children
}: {
  title: string;
  word: CellDiff['change'];
  children: ReactNode;
}): JSX.Element {
  return (
    <div className="jp-dataops-versionDiff-part">
      <div className="jp-dataops-versionDiff-title">
        <span>{title}</span>
        <span className="jp-dataops-tag">{useTexts().__(word)}</span>
      </div>
      {children}
    </div>
  );
}

const KINDS: Readonly<Record<string, string>> = { '+': 'added', '-': 'removed', '@': 'place' };

function Lines({ lines }: { lines: readonly string[] }): JSX.Element | null {
  return lines.length === 0 ? null : (
    <pre className="jp-dataops-versionDiff-lines" tabIndex={0}>
      {lines.map((line, index) => (
        <span key={index} data-line={KINDS[line.charAt(0)]}>
          {line}
          {'\n'}
        </span>
      ))}
    </pre>
  );
}

function Values({ title, values }: { title: string; values: readonly ValueDiff[] }): JSX.Element | null {
  return values.length === 0 ? null : (
    <div className="jp-dataops-versionDiff-part">
      <div className="jp-dataops-versionDiff-title">{title}</div>
      <Lines
        lines={values.flatMap(({ name, before, after }) => [
          ...(before === null ? [] : [`-${name} ${shown(before)}`]),
          ...(after === null ? [] : [`+${name} ${shown(after)}`])
        ])}
      />
    </div>
  );
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
