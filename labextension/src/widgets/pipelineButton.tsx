import { type LabIcon, ReactWidget, ToolbarButtonComponent } from '@jupyterlab/ui-components';
import { CommandRegistry } from '@lumino/commands';
import { Signal } from '@lumino/signaling';
import type { JSX } from 'react';
import type { INotebookPipeline } from '../tokens';

export interface PipelineButtonOptions {
  readonly pipeline: INotebookPipeline;
  readonly commands: CommandRegistry;
  readonly command: string;
  readonly icon: LabIcon;
}

/**
 * A button in the toolbar of one notebook, for that notebook: in a split view the active one may be another. It is there
 * while the notebook is a pipeline.
 */
export class PipelineButton extends ReactWidget {
  constructor(private readonly options: PipelineButtonOptions) {
    super();
    this.addClass('jp-ToolbarButton');
    this.addClass('jp-dataops-toolbarButton');
    options.pipeline.changed.connect(this.onChanged, this);
    options.commands.commandChanged.connect(this.onCommand, this);
    this.onChanged();
  }

  override dispose(): void {
    Signal.clearData(this);
    super.dispose();
  }

  protected override render(): JSX.Element {
    const { commands, command, icon } = this.options;
    const args = { path: this.options.pipeline.path };
    return (
      <ToolbarButtonComponent
        icon={icon}
        enabled={commands.isEnabled(command, args)}
        tooltip={this.tooltip(args)}
        dataset={{ 'data-command': command }}
        onClick={() => {
          void commands.execute(command, args);
        }}
      />
    );
  }

  /** As the application's own: name and keys; below it, why it cannot be used. */
  private tooltip(args: { path: string }): string {
    const { commands, command } = this.options;
    const keys = commands.keyBindings.find(binding => binding.command === command)?.keys ?? [];
    const shortcut = keys.length > 0 ? ` (${keys.map(key => CommandRegistry.formatKeystroke(key)).join(', ')})` : '';
    const [, reason] = commands.caption(command, args).split('\n');
    return [commands.label(command, args) + shortcut, reason].filter(line => line !== undefined).join('\n');
  }

  private readonly onChanged = (): void => {
    this.setHidden(this.options.pipeline.preview?.is_pipeline !== true);
    this.update();
  };

  private readonly onCommand = (_: CommandRegistry, { id }: CommandRegistry.ICommandChangedArgs): void => {
    if (id === this.options.command) {
      this.update();
    }
  };
}
