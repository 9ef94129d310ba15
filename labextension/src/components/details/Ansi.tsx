import type { CSSProperties, JSX } from 'react';
import { type Style } from '../../model/ansi';
import type { Line } from '../../model/line';
import { linesOf } from '../../model/log';
import { type Segment, segmentsOf } from '../../model/segments';

/** Stretches of a line in their colours. */
export function Segments({ segments }: { segments: readonly Segment[] }): JSX.Element {
  return <>{segments.map((segment, index) => shown(segment, index))}</>;
}

function shown({ text, style, mark }: Segment, key: number): JSX.Element | string {
  const classes = classesOf(style);
  if (mark !== null) {
    return (
      <mark key={key} className={`jp-dataops-mark ${classes}`} data-current={mark === 'current' || undefined}>
        {text}
      </mark>
    );
  }
  if (classes === '') {
    return text;
  }
  return (
    <span key={key} className={classes} style={colours(style)}>
      {text}
    </span>
  );
}

function classesOf(style: Style): string {
  const [fore, back] = style.isInverse ? [style.back, style.fore] : [style.fore, style.back];
  return [
    style.isInverse ? 'jp-dataops-ansi-inverse' : '',
    typeof fore === 'number' ? `jp-dataops-ansi-fore-${fore}` : '',
    typeof back === 'number' ? `jp-dataops-ansi-back-${back}` : '',
    typeof fore === 'string' || typeof back === 'string' ? 'jp-dataops-ansi-own' : '',
    style.isBold ? 'jp-dataops-ansi-bold' : '',
    style.isDim ? 'jp-dataops-ansi-dim' : '',
    style.isItalic ? 'jp-dataops-ansi-italic' : '',
    style.isUnderlined ? 'jp-dataops-ansi-underlined' : '',
    style.isStruck ? 'jp-dataops-ansi-struck' : ''
  ]
    .filter(Boolean)
    .join(' ');
}

function colours(style: Style): CSSProperties {
  const [fore, back] = style.isInverse ? [style.back, style.fore] : [style.fore, style.back];
  return {
    // Mixed with the text's own colour, so that a dark one can be read on a dark ground, and a light one on a light.
    ...(typeof fore === 'string' ? { color: `color-mix(in srgb, ${fore} 60%, currentcolor)` } : {}),
    ...(typeof back === 'string' ? { backgroundColor: back } : {})
  };
}

interface AnsiTextProps {
  readonly text: string;
  readonly label: string;
}

const MOST_LINES = 2000;

/** A text with ANSI colours, such as a traceback; of a very long one, the beginning and the end. */
export function AnsiText({ text, label }: AnsiTextProps): JSX.Element {
  const lines = cut(linesOf(text));
  return (
    <pre className="jp-dataops-ansi" tabIndex={0} role="region" aria-label={label}>
      {lines.map((line, index) => (
        <span key={index}>
          <Segments segments={segmentsOf(line)} />
          {'\n'}
        </span>
      ))}
    </pre>
  );
}

function cut(lines: readonly Line[]): readonly Line[] {
  if (lines.length <= MOST_LINES) {
    return lines;
  }
  const gap: Line = { text: `… ${lines.length - MOST_LINES} …`, spans: null, stream: 'system', at: '' };
  return [...lines.slice(0, MOST_LINES / 2), gap, ...lines.slice(-MOST_LINES / 2)];
}
