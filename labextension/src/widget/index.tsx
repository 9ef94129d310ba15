import type { RenderProps } from '@anywidget/types';
import { createRoot } from 'react-dom/client';

/** Shows the pipeline in an output cell; what is returned takes it away. */
function render({ el }: RenderProps): () => void {
  el.classList.add('jp-dataops-panel');
  const root = createRoot(el);
  root.render(<section aria-label="Pipeline" />);
  return () => root.unmount();
}

export default { render };
