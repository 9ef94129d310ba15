import type { Client } from '../api/client';
import { ENGLISH } from '../model/texts';
import type { Host } from '../components/host';
import { type About, bridge } from './bridge';

/** What the page around the widget can do: in JupyterLab what its extension offers, elsewhere what any page can. */
export function pageHost(client: Client, element: HTMLElement, about: About): Host {
  const { isReadOnly } = about;
  return (
    bridge()?.hostOf(element, about) ?? {
      texts: ENGLISH,
      isReadOnly,
      openReport: runId => void showReport(client, runId)
    }
  );
}

/** The report in a window of its own. It is opened at once: after a wait, browsers take it for an advertisement. */
async function showReport(client: Client, runId: string): Promise<void> {
  const page = window.open('', '_blank');
  if (page === null) {
    return;
  }
  page.document.title = runId;
  try {
    const { html } = await client.call('report', { run_id: runId });
    const frame = page.document.createElement('iframe');
    // It has what users' code displayed: without scripts, and without this page's origin.
    frame.sandbox.add('allow-popups');
    frame.style.cssText = 'position: fixed; inset: 0; width: 100%; height: 100%; border: 0';
    frame.srcdoc = html;
    page.document.body.replaceChildren(frame);
  } catch (error) {
    page.document.body.textContent = error instanceof Error ? error.message : String(error);
  }
}
