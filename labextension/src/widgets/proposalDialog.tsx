import type { TranslationBundle } from '@jupyterlab/translation';
import { type Proposal, ProposalList } from '../components/tags/ProposalList';
import { askForm } from './formDialog';

/** Resolves to the proposals that are wanted; empty: none, or the user thought better of it. */
export async function askProposals(
  trans: TranslationBundle,
  proposals: readonly Proposal[]
): Promise<readonly Proposal[]> {
  const chosen = await askForm<readonly Proposal[]>({
    title: trans.__('Tag this notebook'),
    action: trans.__('Apply'),
    focus: 'input',
    initial: proposals,
    render: tell => (
      <ProposalList texts={trans} proposals={proposals} onChosen={some => tell(some.length > 0 ? some : null)} />
    )
  });
  return chosen ?? [];
}
