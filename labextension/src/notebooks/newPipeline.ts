import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { Contents, KernelSpec } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { UUID } from '@lumino/coreutils';

interface CellText {
  readonly source: string;
  /** `null`: Markdown. */
  readonly tags: readonly string[] | null;
}

/** A pipeline that runs as it is, with one of everything that most pipelines have. */
function cells(trans: TranslationBundle): CellText[] {
  return [
    {
      source: [
        `# ${trans.__('New data pipeline')}`,
        '',
        trans.__('The tags of its cells make this notebook a pipeline. *Run All* still runs it from top to bottom.')
      ].join('\n'),
      tags: null
    },
    {
      source: `# ${trans.__('Parameters: a run may set them to other values.')}\nsize: int = 10`,
      tags: ['parameters']
    },
    { source: `# ${trans.__('Setup: runs first in every node.')}\nfrom statistics import mean`, tags: ['setup'] },
    {
      source: `# ${trans.__('A node: what it makes travels to the nodes that use it.')}\nnumbers = [n * n for n in range(size)]\nprint(len(numbers))`,
      tags: ['node:load']
    },
    {
      source: `# ${trans.__('It reads numbers, so it runs after load.')}\nsummary = {"count": len(numbers), "mean": mean(numbers)}\nsummary`,
      tags: ['node:summarise']
    }
  ];
}

/** Of the kernel, as nbformat has it; `python3` where the server does not say. */
function kernelspec(specs: KernelSpec.ISpecModels | null): { name: string; display_name: string; language: string } {
  const known = Object.values(specs?.kernelspecs ?? {}).filter(spec => spec?.language === 'python');
  const spec = known.find(one => one?.name === specs?.default) ?? known[0];
  return {
    name: spec?.name ?? 'python3',
    display_name: spec?.display_name ?? 'Python 3',
    language: 'python'
  };
}

/** The new notebook, as a document. */
export function newPipelineNotebook(specs: KernelSpec.ISpecModels | null, trans: TranslationBundle): object {
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: kernelspec(specs), language_info: { name: 'python' } },
    cells: cells(trans).map(({ source, tags }) => ({
      id: UUID.uuid4().slice(0, 8),
      cell_type: tags === null ? 'markdown' : 'code',
      metadata: tags === null ? {} : { tags },
      source,
      ...(tags === null ? {} : { outputs: [], execution_count: null })
    }))
  };
}

/** A new notebook lies in `folder`, and is open. Resolves to its path. */
export async function createPipeline(
  docManager: IDocumentManager,
  contents: Contents.IManager,
  specs: KernelSpec.ISpecModels | null,
  folder: string,
  trans: TranslationBundle
): Promise<string> {
  const { path } = await docManager.newUntitled({ path: folder, type: 'notebook' });
  const content = newPipelineNotebook(specs, trans);
  const model: Partial<Contents.IModel> = { type: 'notebook', format: 'json', content };
  await contents.save(path, model);
  docManager.open(path, 'Notebook', { name: kernelspec(specs).name });
  return path;
}
