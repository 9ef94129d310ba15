import { type JSX, useRef, useState } from 'react';
import { Announcements } from './Announcements';
import { SessionProvider, useSelected, useTexts } from './context';
import { Controls } from './controls/Controls';
import { NodeDetails } from './details/NodeDetails';
import { Header } from './Header';
import type { Session } from './session';
import { StartState, useStart } from './Start';
import { Boundary } from './ui/Boundary';
import { Splitter } from './ui/Splitter';
import { useKeptFocus, useReturnedFocus } from './ui/useFocus';
import { useWidth } from './ui/useSize';
import { Views } from './views/Views';

/**
 * A pipeline with its state, in the side panel and in the notebook widget alike. Who has made the session can drive the
 * view with it, and will dispose it.
 */
export function PipelineView({ session }: { readonly session: Session }): JSX.Element {
  const { texts } = session.host;
  return (
    <SessionProvider session={session}>
      <Root label={texts.__('Pipeline')}>
        <Boundary texts={texts} resetKey={session}>
          <Content />
        </Boundary>
        <Announcements />
      </Root>
    </SessionProvider>
  );
}

function Root({ label, children }: { label: string; children: React.ReactNode }): JSX.Element {
  const root = useRef<HTMLElement>(null);
  useKeptFocus(root);
  return (
    <section ref={root} aria-label={label} className="jp-dataops-view" tabIndex={-1}>
      {children}
    </section>
  );
}

function Content(): JSX.Element {
  const texts = useTexts();
  const start = useStart();
  if (start.isAll) {
    return <StartState start={start} />;
  }
  return (
    <>
      <Header />
      <Boundary texts={texts}>
        <Controls />
      </Boundary>
      <StartState start={start} />
      <Body />
    </>
  );
}

/** Wide enough for the details beside the graph. */
const WIDE_PX = 820;

function Body(): JSX.Element {
  const texts = useTexts();
  const node = useSelected(state => state.panel.node);
  const [share, setShare] = useState(50);
  const body = useRef<HTMLDivElement>(null);
  const isWide = useWidth(body) >= WIDE_PX;
  return (
    <div ref={body} className="jp-dataops-body" data-wide={isWide || undefined}>
      <div className="jp-dataops-main">
        <Boundary texts={texts}>
          <Views />
        </Boundary>
      </div>
      {node === null ? null : (
        <>
          <Splitter container={body} isSideBySide={isWide} share={share} onShare={setShare} />
          <Side share={share}>
            <Boundary texts={texts} resetKey={node}>
              <NodeDetails key={node} name={node} />
            </Boundary>
          </Side>
        </>
      )}
    </div>
  );
}

/** The part with the details: where the keyboard was before, it is again when they are closed. */
function Side({ share, children }: { share: number; children: React.ReactNode }): JSX.Element {
  const side = useRef<HTMLDivElement>(null);
  useReturnedFocus(side);
  return (
    <div ref={side} className="jp-dataops-side" style={{ flexBasis: `${share}%` }}>
      {children}
    </div>
  );
}
