import { type JSX, useEffect, useState } from 'react';
import { Announcer } from '../model/announcer';
import { pageTimers } from '../model/timers';
import { useSession, useTexts } from './context';

/** Says politely what has become of the run and its nodes, whichever view is shown. */
export function Announcements(): JSX.Element {
  const texts = useTexts();
  const session = useSession();
  const [said, setSaid] = useState('');
  useEffect(() => {
    // The same words again would be no change, and nobody would hear them.
    const say = (words: string) => setSaid(before => (before === words ? `${words}\u00a0` : words));
    const announcer = new Announcer(texts, pageTimers, say);
    const hear = () => announcer.hear(session.state.run);
    hear();
    const stop = session.store.subscribe(hear);
    return () => {
      stop();
      announcer.dispose();
    };
  }, [session, texts]);
  return (
    <div className="jp-dataops-announcements jp-dataops-hidden" role="status" aria-live="polite">
      {said}
    </div>
  );
}
