import type { JSX } from 'react';

/** A text of the wire, in which names stand between backquotes. */
export function Marked({ text }: { readonly text: string }): JSX.Element {
  return (
    <>
      {text.split(/`([^`]+)`/).map((part, index) =>
        index % 2 === 1 ? (
          <code key={index} className="jp-dataops-code" data-in-text>
            {part}
          </code>
        ) : (
          part
        )
      )}
    </>
  );
}
