import { InputDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

/** Resolves to one of the nodes `names`; `null`: the user thought better of it. */
export async function chooseNode(
  title: string,
  action: string,
  names: readonly string[],
  trans: TranslationBundle
): Promise<string | null> {
  const { value } = await InputDialog.getItem({ title, label: trans.__('Node'), items: [...names], okLabel: action });
  return value;
}
